"""A strategy that changes nothing."""


class Nothing:
    NAME = "nothing"
    KIND = "user"

    def advise(self, view: object) -> None:
        return None
