"""Tokens by which chat templates part a dialogue: ChatML, Llama 2 and 3, Gemma, DeepSeek, Phi, Mistral."""

from __future__ import annotations

import re

CHAT_TOKEN = re.compile(
    r"<\|[^|<>\s]{1,40}\|>|<｜[^｜<>]{1,40}｜>|</?s>|\[/?INST\]|<</?SYS>>|<(?:start|end)_of_turn>|<end_of_utterance>|</?tool_(?:call|response)>"
    r"|<(?:eos|bos|pad|unk)>|\[(?:EOS|BOS|UNK|PAD)\]",
)
"""One token, as a template writes it; a server may take it for a turn of its own wherever it stands in a prompt."""


def drop_chat_tokens(text: str) -> str:
    """Return a text that goes into a prompt without the tokens somebody wrote into it."""
    return CHAT_TOKEN.sub(" ", text) if "<" in text or "[" in text else text
