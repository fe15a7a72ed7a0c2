"""What CB makes: drafts of the local model that hold together, and how far they and the stream agree with induction.

Run it as `python benchmarks/blueprints.py --json blueprints.json`; about fifteen minutes on two quiet cores, nearly all
of it the model's. Figures and what they mean: docs/blueprints.md.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

from machine import describe_machine
from streams import read_streams

from streamdial.blueprints import (
    BlueprintRunner,
    draft_blueprint,
    enumerate_paths,
    find_failed_checks,
    induce_blueprint,
)
from streamdial.counts import Counts
from streamdial.domains import DomainPack, list_domains, load_pack, load_seeds
from streamdial.evaluation import measure_adherence
from streamdial.evaluation.metrics.adherence import compare_order
from streamdial.models import ChatModel, ChatReply, ChatRequest, build_chat_model, build_embedder
from streamdial.personas import build_agent_persona
from streamdial.records import AgentPersona, AgentStyle, Blueprint, Language, Observed, Provenance, SeedDialogue
from streamdial.signals import SignalSet

LANGUAGES: tuple[Language, ...] = ("en", "zh")


class CountingModel:
    """A model that counts the calls a draft took.

    Args:
        model: The model that answers.
    """

    def __init__(self, model: ChatModel) -> None:
        self._model = model
        self.model_id = model.model_id
        self.calls = 0
        self.tokens = 0

    async def complete(self, request: ChatRequest) -> ChatReply:
        """Return the model's reply."""
        self.calls += 1
        reply = await self._model.complete(request)
        self.tokens += reply.completion_tokens
        return reply

    async def aclose(self) -> None:
        """Give the model back."""
        await self._model.aclose()


def make_persona(pack: DomainPack, language: Language) -> AgentPersona:
    """Return an agent persona of a vertical of which nothing but its name is known."""
    name = {"en": f"An expert for {pack.names['en'].lower()}", "zh": f"{pack.names['zh']}顾问"}[language]
    return AgentPersona(
        id=f"agent-{pack.id}-{language}",
        domain=pack.id,
        language=language,
        provenance=Provenance(source_id="benchmark"),
        account=pack.id,
        identity=Observed(text=name, evidence=("benchmark",)),
        style=AgentStyle(description=""),
    )


def induce_from_seeds(pack: DomainPack, language: Language, seeds: Sequence[SeedDialogue]) -> Blueprint:
    """Return the blueprint that seed dialogues alone give."""
    persona = make_persona(pack, language)
    return induce_blueprint(persona, pack, strategies=(), questions={}, responses={}, pairs=(), seeds=seeds)


def read_examples() -> dict[str, tuple[AgentPersona, SignalSet]]:
    """Return the persona and the signals of each example stream, keyed `domain.language`."""
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        embedder = build_embedder("use-multilingual", Path(folder) / "vectors.sqlite")
        for stream in read_streams(embedder):
            signals = stream.signals
            assert signals.account is not None
            persona = build_agent_persona(
                signals.account, signals.responses, signals.strategies, stream.rows, stream.pack
            )
            found[f"{stream.pack.id}.{stream.language}"] = (persona, signals)
        embedder.close()
    return found


def induce_from_stream(pack: DomainPack, persona: AgentPersona, signals: SignalSet, *, seeded: bool) -> Blueprint:
    """Return the blueprint of an example stream, alone or with the seed dialogues of its vertical."""
    return induce_blueprint(
        persona,
        pack,
        strategies=signals.strategies,
        questions={question.id: question for question in signals.questions},
        responses={response.id: response for response in signals.responses},
        pairs=signals.pairs,
        seeds=load_seeds(pack, persona.language) if seeded else (),
    )


def compare_stages(left: Blueprint, right: Blueprint) -> float:
    """Return how far two blueprints agree on their stages: those of both over those of either (Jaccard), 0 to 1."""
    names = [{stage.pack_stage for stage in blueprint.stages} for blueprint in (left, right)]
    return len(names[0] & names[1]) / len(names[0] | names[1])


def measure_streams(examples: Mapping[str, tuple[AgentPersona, SignalSet]]) -> dict[str, float]:
    """Compare what a stream alone gives with what the seed dialogues of its vertical give: stages, and steps seen."""
    stages, steps, scenarios = [], [], []
    for key, (persona, signals) in examples.items():
        pack = load_pack(key.partition(".")[0])
        alone = induce_from_stream(pack, persona, signals, seeded=False)
        seeds = induce_from_seeds(pack, persona.language, load_seeds(pack, persona.language))
        both = induce_from_stream(pack, persona, signals, seeded=True)
        assert not find_failed_checks(alone, pack) and not find_failed_checks(both, pack)
        stages.append(compare_stages(alone, seeds))
        seen, usual = ({(step.source, step.target) for step in b.transitions} for b in (alone, seeds))
        steps.append(len(seen & usual) / len(seen))
        observed = [scenario for scenario in both.scenarios if "#" not in scenario.evidence[0]]
        scenarios.append(len(observed) / len(both.scenarios))
    return {
        "stream_alone_stages_agree": fmean(stages),
        "stream_steps_seen_in_seeds": fmean(steps),
        "scenarios_from_stream": fmean(scenarios),
    }


def measure_held_out(pack: DomainPack, language: Language) -> tuple[list[float], list[float], list[float]]:
    """Hold each seed dialogue against the blueprint of all the others: coverage, order, lift over shuffled stages."""
    seeds = load_seeds(pack, language)
    coverage, order, lift = [], [], []
    for left_out in seeds:
        blueprint = induce_from_seeds(pack, language, [seed for seed in seeds if seed is not left_out])
        found = measure_adherence(left_out.turns, blueprint)
        coverage.append(found.coverage)
        order.append(found.order)
        if found.lift is not None:
            lift.append(found.lift)
    return coverage, order, lift


async def draft_all(
    model: CountingModel, drafts: int, examples: Mapping[str, tuple[AgentPersona, SignalSet]]
) -> list[dict[str, Any]]:
    """Draft a blueprint for each vertical and language, `drafts` in all, and say what became of each.

    Where there is an example stream its account, its strategies and its seeds are the material, else the seeds alone.
    """
    rows: list[dict[str, Any]] = []
    cases = [(domain, language) for domain in list_domains() for language in LANGUAGES]
    for number in range(drafts):
        domain, language = cases[number % len(cases)]
        pack, seeds = load_pack(domain), load_seeds(load_pack(domain), language)
        # Another round over the same vertical sees other seeds.
        shift = number // len(cases) % max(len(seeds), 1)
        seeds = (*seeds[shift:], *seeds[:shift])
        persona, signals = examples.get(f"{domain}.{language}", (make_persona(pack, language), None))
        induced = (
            induce_from_stream(pack, persona, signals, seeded=True)
            if signals
            else induce_from_seeds(pack, language, seeds)
        )
        strategies = signals.strategies if signals else ()
        counts = Counts("drafts")
        before, started = model.calls, time.perf_counter()
        made = await draft_blueprint(model, induced, persona, pack, strategies=strategies, seeds=seeds, counts=counts)
        drafted = made.origin == "drafted"
        rows.append(
            {
                "case": f"{domain}.{language}",
                "valid": drafted and model.calls - before == 1,
                "valid_reasked": drafted,
                "stages": compare_stages(induced, made) if drafted else None,
                "order": _compare_paths(induced, made) if drafted else None,
                "seconds": time.perf_counter() - started,
                "why": "; ".join(counts.notes),
            }
        )
        print(f"  {rows[-1]['case']}: valid at once {rows[-1]['valid']}, in two {drafted}", file=sys.stderr)
    return rows


def _compare_paths(induced: Blueprint, drafted: Blueprint) -> float:
    """Return how well the drafted paths keep the induced order, each against the closest induced one, 0 to 1."""
    found = [max(compare_order(path.stages, other.stages) for other in induced.paths) for path in drafted.paths]
    return fmean(found)


def follow_all_paths() -> tuple[int, int]:
    """Walk every path of every vertical's blueprint with the runner: (paths, those whose end was reached)."""
    paths = ended = 0
    for domain in list_domains():
        for language in LANGUAGES:
            pack = load_pack(domain)
            blueprint = induce_from_seeds(pack, language, load_seeds(load_pack(domain), language))
            assert not find_failed_checks(blueprint, pack)
            for path in blueprint.paths:
                runner = BlueprintRunner(blueprint, path.name, pack)
                seed = next(s for s in load_seeds(load_pack(domain), language))
                for stage in path.stages:
                    runner.observe(seed.turns[1].model_copy(update={"role": "agent", "stage": stage}))
                paths += 1
                ended += runner.ended
    return paths, ended


def main() -> None:
    """Measure, print the table, and write the figures where that is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path, help="write the figures here")
    parser.add_argument("--model", default="local/qwen2.5-coder-1.5b", help="model that drafts")
    parser.add_argument("--drafts", type=int, default=12, help="drafts to make; 0 leaves the model out")
    arguments = parser.parse_args()
    examples = read_examples()
    figures = measure_streams(examples)
    held_out = [measure_held_out(load_pack(domain), language) for domain in list_domains() for language in LANGUAGES]
    for name, values in zip(("coverage", "order", "lift"), zip(*held_out, strict=True), strict=True):
        figures[f"held_out_{name}"] = fmean(value for group in values for value in group)
    paths, ended = follow_all_paths()
    figures["paths"], figures["paths_ended"] = paths, ended / paths
    ways: Counter[str] = Counter()
    for domain in list_domains():
        blueprint = induce_from_seeds(load_pack(domain), "en", load_seeds(load_pack(domain), "en"))
        for outcome, found in enumerate_paths(blueprint, load_pack(domain)).items():
            ways[outcome] += len(found)
    figures |= {f"ways_{outcome}": count for outcome, count in ways.items()}
    rows: list[dict[str, Any]] = []
    if arguments.drafts:
        model = CountingModel(build_chat_model(arguments.model, timeout=600).model)

        async def draft() -> None:
            try:
                rows.extend(await draft_all(model, arguments.drafts, examples))
            finally:
                await model.aclose()

        asyncio.run(draft())
        drafted = [row for row in rows if row["valid_reasked"]]
        figures["blueprint_valid_share"] = fmean(row["valid"] for row in rows)
        figures["blueprint_valid_share_reasked"] = fmean(row["valid_reasked"] for row in rows)
        figures["drafts"] = len(rows)
        figures["draft_seconds"] = fmean(row["seconds"] for row in rows)
        if drafted:
            figures["drafted_stages_agree"] = fmean(row["stages"] for row in drafted)
            figures["drafted_order_agrees"] = fmean(row["order"] for row in drafted)
    print(describe_machine("igraph", "xllamacpp"))
    for row in rows:
        told = f"{row['case']:16} {row['valid']!s:6} {row['valid_reasked']!s:6} {row['seconds']:6.0f} s"
        print(f"{told}  {row['why'][:100]}")
    for name, value in figures.items():
        print(f"{name:32} {value:.3f}")
    if arguments.json:
        arguments.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
