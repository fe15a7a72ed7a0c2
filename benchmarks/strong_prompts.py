"""What the prompts of strong models cost and hold, over the examples with a scripted model that does as it is told.

    python -m benchmarks.strong_prompts [--json] [--dialogues 24] [--print FOLDER]

A token is four characters here, and a Chinese character is one. Of direct dialogues only the form of the prompts is
looked at: the scripted model gives no labels, so that each turn is asked for twice.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Any

import orjson

from benchmarks.dialogues import EXAMPLES, ROOT
from benchmarks.figures import print_figures
from streamdial.dialogues.messages import count_alternation_errors
from streamdial.models import ChatMessage, ChatRequest
from streamdial.models.build import ModelChoice
from streamdial.pipeline import Pipeline
from streamdial.pipeline.background import run_blocking
from streamdial.pipeline.loading import open_records
from streamdial.pipeline.participants import LoadedParticipants
from streamdial.pipeline.run import open_run
from streamdial.records import AgentResponse
from streamdial.testing import ObedientModel
from streamdial.text import fold_text

WAYS = {
    "dialogue": {"mode": "guided", "guided_by": "dialogue"},
    "turn": {"mode": "guided", "guided_by": "turn"},
    "direct": {"mode": "direct"},
}
"""Ways a strong model makes dialogues, with the options that choose them."""
NAMES = {"dialogue": "prompt_tokens_dialogue", "turn": "prompt_tokens_by_turn"}
"""Ways to the figure of their prompts' tokens a dialogue, all calls together."""
TURNS = ("dialogue", "user_turn", "agent_turn")
"""Purposes of the calls that word dialogues."""
COUNT = 16
NAME = "local/qwen2.5-coder-1.5b"
"""Name the scripted model stands under, so that no endpoint is looked for."""


def count_tokens(messages: Sequence[ChatMessage]) -> float:
    """Return about how many tokens a prompt has."""
    text = "".join(message.content for message in messages)
    chinese = sum("\u4e00" <= character <= "\u9fff" for character in text)
    return chinese + (len(text) - chinese) / 4


def find_uncorrected(requests: Sequence[ChatRequest], responses: Sequence[AgentResponse]) -> list[str]:
    """Return what recognition got wrong and correction mended that stands in a prompt as it was misheard."""
    misheard = [
        raw
        for response in responses
        if (raw := fold_text(response.raw_text)) != fold_text(response.text) and raw not in fold_text(response.text)
    ]
    prompts = [fold_text(message.content) for request in requests for message in request.messages]
    return [raw for raw in dict.fromkeys(misheard) if any(raw in prompt for prompt in prompts)]


def run_example(
    out: Path, domain: str, source: Path, dialogues: int
) -> Generator[tuple[str, ObedientModel], None, None]:
    """Make an example's dialogues in each way with a scripted model, out of one and the same mined stream.

    Yields:
        The way, and the model with all it was asked.
    """
    first, *others = WAYS
    model = ObedientModel()
    given = {"domain": domain, "sources": [str(source)], "out": str(out), "model": NAME, "dialogues": dialogues}
    with Pipeline(**given, signals="rules", **WAYS[first]) as making:  # type: ignore[arg-type]
        run = open_run(making.settings)
        run.choice = ModelChoice(model, "guided", 8)
        making.generate()
        yield first, model
        people = next((out / "cast").glob("people-*.jsonl"))
        planned = orjson.loads(next((out / "cast").glob("assignments-*.json")).read_bytes())
        for way in others:
            model = ObedientModel()
            run.settings = making.settings.replace(**WAYS[way])
            run.__dict__["model"] = run.__dict__["user_model"] = model
            known = LoadedParticipants(run, f"cast/{people.name}", dialogues)
            run_blocking(_make_again(known, planned))
            yield way, model
        for name in ("model", "user_model"):
            run.__dict__.pop(name)


async def _make_again(known: LoadedParticipants, planned: Sequence[dict[str, Any]]) -> None:
    for entry in planned:
        await known.make_dialogue(entry)


def measure_prompts(split: str = "held", *, dialogues: int = COUNT, folder: Path | None = None) -> dict[str, float]:
    """Return tokens a dialogue by way, and what must not be in a prompt: the worst example's, counts in sum.

    Args:
        split: Part of the set of answers; the prompts do not depend on it.
        dialogues: Dialogues of each example and way.
        folder: Where the first two dialogues' prompts are written, for reading.
    """
    tokens: dict[str, float] = {}
    alternation = uncorrected = 0
    with tempfile.TemporaryDirectory() as runs:
        for ending, (domain, example) in EXAMPLES.items():
            if not (ROOT / "examples" / example).is_dir():
                continue
            out, collected = Path(runs) / ending, []
            for way, model in run_example(out, domain, ROOT / "examples" / example, dialogues):
                asked = [request for request in model.requests if request.purpose in TURNS]
                collected += asked
                if way in NAMES:
                    cost = sum(count_tokens(request.messages) for request in asked) / dialogues
                    tokens[f"{way}_{ending}"] = cost
                    tokens[way] = max(tokens.get(way, 0.0), cost)
                if folder is not None:
                    _write_prompts(folder / f"{way}-{ending}.txt", asked)
            alternation += sum(count_alternation_errors(request.messages) for request in collected)
            with open_records(out) as (store, _):
                uncorrected += len(find_uncorrected(collected, store.get("signals", AgentResponse)))
    figures = {}
    for name, cost in tokens.items():
        way, _, ending = name.partition("_")
        figures[f"{NAMES[way]}{'_' if ending else ''}{ending}"] = round(cost)
    return {**figures, "alternation_errors": alternation, "uncorrected_speech_in_prompts": uncorrected}


def _write_prompts(file: Path, asked: Sequence[ChatRequest]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    parts = [f"[{message.role}]\n{message.content}" for request in asked[:2] for message in request.messages]
    file.write_text("\n\n".join(parts) + "\n", encoding="utf-8")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    parser.add_argument("--dialogues", type=int, default=COUNT)
    parser.add_argument("--print", type=Path, metavar="FOLDER", help="write the first prompts there, for reading")
    arguments = parser.parse_args()
    figures = measure_prompts(dialogues=arguments.dialogues, folder=arguments.print)
    print_figures(figures, as_json=arguments.json)


if __name__ == "__main__":
    main()
