"""How many turns a minute the local model words with 1, 4 and 8 slots of continuous batching.

python -m benchmarks.slots
"""

from __future__ import annotations

import argparse
import asyncio
import time

from benchmarks.machine import describe_machine
from streamdial.dialogues.paraphrasing import MAX_TOKENS, build_examples
from streamdial.models import ChatMessage, ChatRequest
from streamdial.models.llama_server import LocalChatModel
from streamdial.models.weights import require_weights
from streamdial.prompts import render_prompt

LINES = (
    "The range is 510 km.", "What is the warranty?", "I need seven seats.", "It costs $36,800.",
    "Is it fully electric?", "The trunk holds 620 L.", "Could I come on Friday?", "It charges in 28 minutes.",
)  # fmt: skip


async def measure(model: LocalChatModel, turns: int) -> float:
    """Return turns a minute; the first call of each slot, which loads model and shared prompt, is not counted."""

    async def word(number: int) -> None:
        line = render_prompt("reword_line", "en", role="agent", line=LINES[number % len(LINES)], refused="")
        messages = (*build_examples("en"), ChatMessage(role="user", content=line))
        await model.complete(ChatRequest(messages=messages, max_tokens=MAX_TOKENS, seed=number, stop=("\n",)))

    await asyncio.gather(*(word(number) for number in range(model.slots)))
    start = time.perf_counter()
    await asyncio.gather(*(word(number) for number in range(100, 100 + turns)))
    seconds = time.perf_counter() - start
    await model.aclose()
    return 60 * turns / seconds


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="qwen2.5-coder-1.5b")
    parser.add_argument("--turns", type=int, default=48)
    arguments = parser.parse_args()
    print(f"{describe_machine('xllamacpp')}; {arguments.model}, {arguments.turns} rewordings\n")
    print("| slots | turns a minute |\n| ---: | ---: |")
    for slots in (1, 4, 8):
        model = LocalChatModel(require_weights(arguments.model) / "model.gguf", arguments.model, slots=slots)
        print(f"| {slots} | {asyncio.run(measure(model, arguments.turns)):.0f} |", flush=True)


if __name__ == "__main__":
    main()
