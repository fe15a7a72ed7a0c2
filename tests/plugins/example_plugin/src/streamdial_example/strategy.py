"""A strategy: the user begins with a question."""

from streamdial.strategies import AdvisingStrategy, Directive, TalkView


class AsksFirst(AdvisingStrategy):
    """The user's first turn is no greeting."""

    NAME = "asks_first"
    KIND = "user"

    def advise(self, view: TalkView) -> Directive | None:
        return None if view.turns else Directive(forbid=("greet",), note="Come to the point at once.")
