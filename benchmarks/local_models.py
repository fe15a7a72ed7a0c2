"""Throughput of models on this machine: slots served at once, and ways to guess tokens ahead (speculative decoding).

    streamdial models pull qwen2.5-coder-0.5b qwen2.5-coder-1.5b
    python -m benchmarks.local_models --json local_models.json

The prompts are those of dialogues on the English example, recorded against a mock: single lines to reword
(`reworded`), and turns of guided dialogues, whose history grows (`guided`). Every row answers the same calls; rows are
compared by seconds, and by the tokens of prompts and answers that were worked through. A draft is a smaller model whose
guesses the larger one checks (Leviathan et al. 2023); n-grams guess by what stands in the prompt (Saxena 2023, "Prompt
Lookup Decoding").
"""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import orjson

from benchmarks.endpoint import EndpointOptions, serve_endpoint
from benchmarks.engine import build_settings, prepare, read_people, run_engine
from benchmarks.floor import record_posts
from benchmarks.hashed_sentences import use_hashing
from benchmarks.machine import describe_machine
from streamdial.models import ChatMessage, ChatRequest
from streamdial.models.llama_server import LocalChatModel
from streamdial.models.weights import require_weights

DIALOGUES = 4
LARGE, SMALL = "qwen2.5-coder-1.5b", "qwen2.5-coder-0.5b"
Chain = list[dict[str, Any]]
GUESSES = ("none", "draft", "ngram_simple", "ngram_cache")


class GuessingModel(LocalChatModel):
    """A local model that guesses tokens ahead.

    Args:
        name: Name of pulled weights.
        slots: Calls served at once.
        guess: How tokens are guessed, of `GUESSES`.
    """

    def __init__(self, name: str, slots: int, guess: str = "none") -> None:
        super().__init__(require_weights(name) / "model.gguf", name, slots=slots)
        self._guess = guess

    def _configure(self, key: str) -> Any:  # noqa: ANN401
        params = super()._configure(key)
        if self._guess != "none":
            kinds = self._xllamacpp.common_speculative_type
            kind = "DRAFT_SIMPLE" if self._guess == "draft" else self._guess.upper()
            params.speculative.types = [getattr(kinds, f"COMMON_SPECULATIVE_TYPE_{kind}")]
            if self._guess == "draft":
                params.speculative.draft.mparams.path = str(require_weights(SMALL) / "model.gguf")
        return params


async def record(folder: Path, url: str, mode: str) -> list[Chain]:
    """Return what some dialogues send, call by call."""
    settings = build_settings(folder, url, DIALOGUES).replace(mode=mode, guided_by="turn", concurrency=1)
    await prepare(folder, url, settings)
    chains: dict[str, Chain] = {}
    with record_posts() as posts:
        await run_engine(settings, read_people(folder))
    for dialogue, body in posts:
        chains.setdefault(dialogue, []).append(orjson.loads(body))
    return list(chains.values())


async def answer(model: LocalChatModel, chains: Iterable[Chain]) -> dict[str, float]:
    """Answer the calls of all dialogues side by side, those of one after the other."""
    tokens = {"prompt": 0, "answer": 0}

    async def talk(chain: Chain) -> None:
        for body in chain:
            reply = await model.complete(
                ChatRequest(
                    messages=tuple(ChatMessage.model_validate(message) for message in body["messages"]),
                    max_tokens=body["max_tokens"],
                    temperature=body["temperature"],
                    seed=body["seed"],
                    json_schema=(body.get("response_format") or {}).get("json_schema", {}).get("schema"),
                )
            )
            tokens["prompt"] += reply.prompt_tokens
            tokens["answer"] += reply.completion_tokens

    hello = ChatRequest(messages=(ChatMessage(role="user", content="hello"),), max_tokens=1)
    await model.complete(hello)  # the weights are loaded with the first call
    begun = time.monotonic()
    await asyncio.gather(*map(talk, chains))
    seconds = time.monotonic() - begun
    await model.aclose()
    return {"seconds": seconds, **tokens}


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--slots", type=int, nargs="+", default=[1, 2, 4, 8])
    parser.add_argument("--guesses", nargs="+", choices=GUESSES, default=list(GUESSES))
    parser.add_argument("--modes", nargs="+", choices=["reworded", "guided"], default=["reworded", "guided"])
    arguments = parser.parse_args()
    use_hashing()
    print(f"{describe_machine('xllamacpp')}\n\n| mode | model | slots | guesses | calls | prompt | answer | s |")
    print("| --- | --- | ---: | --- | ---: | ---: | ---: | ---: |")
    figures = []
    for mode in arguments.modes:
        with tempfile.TemporaryDirectory() as folder, serve_endpoint(EndpointOptions(latency=0)) as url:
            chains = asyncio.run(record(Path(folder) / "run", url, mode))
        rows = [(SMALL, slots, "none") for slots in arguments.slots]
        rows += [(LARGE, 1, guess) for guess in arguments.guesses]
        for name, slots, guess in rows:
            found = asyncio.run(answer(GuessingModel(name, slots, guess), chains))
            calls = sum(map(len, chains))
            figures.append({"mode": mode, "model": name, "slots": slots, "guess": guess, "calls": calls, **found})
            print(
                f"| {mode} | {name} | {slots} | {guess} | {calls} | {found['prompt']} | {found['answer']} | "
                f"{found['seconds']:.1f} |",
                flush=True,
            )
    if arguments.json:
        arguments.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
