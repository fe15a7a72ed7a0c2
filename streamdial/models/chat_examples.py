"""Chats as a causal model is trained on them: token ids, and labels on what the assistant says alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from streamdial.errors import ConfigurationError

IGNORED = -100
"""Label of a token that is not learned."""
Messages = Sequence[Mapping[str, str]]


class ChatExample(NamedTuple):
    """One chat in tokens.

    Attributes:
        ids: Token ids.
        labels: The same where the assistant speaks, with the mark that ends its turn; else `IGNORED`.
    """

    ids: tuple[int, ...]
    labels: tuple[int, ...]

    @property
    def learned(self) -> int:
        """Tokens that are learned. The first one of all follows nothing, so it never is."""
        return sum(label != IGNORED for label in self.labels[1:])


def encode_chat(messages: Messages, tokenizer: Any, longest: int) -> ChatExample:  # noqa: ANN401
    """Return a chat in tokens, cut to the longest that fits, from its beginning.

    Each stretch is tokenised by itself, so that no token reaches over the border of what is learned.

    Args:
        messages: Messages of the roles system, user and assistant, as they are exported.
        tokenizer: Of transformers. Without a chat template of its own each message is a line `role: content`.
        longest: Tokens that are kept.

    Raises:
        ConfigurationError: If the template does not only add to what stood before.
    """
    ids: list[int] = []
    labels: list[int] = []
    done = ""
    for number, message in enumerate(messages):
        if message["role"] != "assistant":
            continue
        for learned, wanted in ((False, messages[:number]), (True, messages[: number + 1])):
            text = render_chat(wanted, tokenizer, asks=not learned)
            if not text.startswith(done):
                raise ConfigurationError(
                    "the chat template of the model writes earlier turns anew when a turn is added, so it cannot be "
                    "told which tokens are the assistant's.",
                    fix="take a model whose template keeps what was said",
                )
            part = tokenizer.encode(text[len(done) :], add_special_tokens=False)
            ids += part
            labels += part if learned else [IGNORED] * len(part)
            done = text
    return ChatExample(tuple(ids[:longest]), tuple(labels[:longest]))


def render_chat(messages: Messages, tokenizer: Any, *, asks: bool) -> str:  # noqa: ANN401
    """Return messages as one text.

    Args:
        messages: The messages.
        tokenizer: With or without a chat template.
        asks: Whether the assistant is to speak next.
    """
    if tokenizer.chat_template:
        given = [dict(message) for message in messages]
        return str(tokenizer.apply_chat_template(given, tokenize=False, add_generation_prompt=asks))
    ends = {"assistant": tokenizer.eos_token or ""}
    lines = (f"{message['role']}: {message['content']}{ends.get(message['role'], '')}\n" for message in messages)
    return "".join(lines) + ("assistant: " if asks else "")


def encode_chats(chats: Iterable[Messages], tokenizer: Any, longest: int) -> tuple[list[ChatExample], int]:  # noqa: ANN401
    """Return the chats in tokens, and how many are left out because nothing of the assistant's is left in them."""
    examples = [encode_chat(messages, tokenizer, longest) for messages in chats]
    kept = [example for example in examples if example.learned]
    return kept, len(examples) - len(kept)
