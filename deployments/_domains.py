"""`streamdial domains`: lists packs, checks and shows one, explains how a line is read with it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Optional

import typer

domains_app = typer.Typer(help="Domain packs: list, draft, check and show them.", invoke_without_command=True)
Pack = Annotated[str, typer.Argument(help="Id of a pack, or the path of a YAML file.", metavar="PACK")]


@domains_app.callback()
def list_packs(context: typer.Context) -> None:
    """List the domain packs."""
    if context.invoked_subcommand is not None:
        return
    from streamdial.domains import list_domains, load_pack

    for name in list_domains():
        pack = load_pack(name)
        called = " / ".join(pack.names[language] for language in pack.languages)
        typer.echo(f"{name:12} {called}: {len(pack.slots)} slots")


@domains_app.command("new")
def new(
    name: Annotated[str, typer.Argument(help="Id of the pack: cameras.")],
    source: Annotated[list[str], typer.Option(help="Folder, file or URL of the material; may be given several times.")],
    out: Annotated[Optional[Path], typer.Option(help="File to write; NAME.yaml by default.")] = None,  # noqa: UP045
    language: Annotated[Optional[str], typer.Option(help="en or zh; that of most of the material by default.")] = None,  # noqa: UP045
    model: Annotated[Optional[str], typer.Option(help="Model that improves the draft; none by default.")] = None,  # noqa: UP045
    api_base: Annotated[Optional[str], typer.Option(help="Address of the model's endpoint.")] = None,  # noqa: UP045
    transcriber: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(help="Recogniser for audio without a transcript; what is said there is left out by default."),
    ] = None,
    speech_model: Annotated[str, typer.Option(help="Weights of the recogniser.")] = "whisper-base",
    force: Annotated[bool, typer.Option("--force", help="Write over a file that is there.")] = False,
) -> None:
    """Draft a pack from material, and preview how its chat, things and facts are read with it."""
    from streamdial.deployments._drafting import draft_file

    draft_file(
        name,
        source,
        out or Path(f"{name}.yaml"),
        language=language,
        model=model,
        api_base=api_base,
        transcriber=transcriber,
        speech_model=speech_model,
        force=force,
    )


@domains_app.command("check")
def check(name: Pack, strict: Annotated[bool, typer.Option(help="Fail on warnings too.")] = False) -> None:
    """Tell all faults of a pack at once, with file, line and what to do."""
    from streamdial.domains import check_pack, load_pack

    faults = check_pack(name)
    for fault in faults:
        typer.echo(str(fault))
    errors = sum(fault.severity == "error" for fault in faults)
    told = f"{errors} errors, {len(faults) - errors} warnings"
    if errors or (strict and faults):
        typer.echo(f"{name}: {told}")
        raise typer.Exit(1)
    typer.echo(f"{name}: usable, {len(load_pack(name).slots)} slots; {told}")


@domains_app.command("show")
def show(name: Pack) -> None:
    """Print a pack as it is in effect: inherited slots, topics, what it took out of the shared lists."""
    from streamdial.domains.describing import describe_pack

    typer.echo(describe_pack(name), nl=False)


@domains_app.command("explain")
def explain(
    line: Annotated[str, typer.Argument(help="A line of a viewer.")],
    domain: Annotated[str, typer.Option(help="Id of a pack, or the path of a YAML file.")],
    thing: Annotated[Optional[list[str]], typer.Option(help="Name of a thing that is sold; several times.")] = None,  # noqa: UP045
    embedder: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(help="Sentence encoder of the second opinion, as a run has it; the rules alone by default."),
    ] = None,
) -> None:
    """Say why a line is a question and about which slot, or why it is dropped."""
    from streamdial.domains import load_pack
    from streamdial.signals.explaining import explain_line
    from streamdial.signals.intents import SecondOpinion
    from streamdial.slots import SlotReader
    from streamdial.text import detect_language

    pack = load_pack(domain)
    found = detect_language(line)
    language = found if found in pack.languages else pack.languages[0]
    opinion = None
    if embedder:
        from streamdial.models import build_embedder

        opinion = SecondOpinion(pack, build_embedder(embedder))
    typer.echo(str(explain_line(line, SlotReader(pack, language, thing or ()), opinion)))


@domains_app.command("schema")
def schema(
    out: Annotated[Optional[Path], typer.Option(help="File to write; printed by default.")] = None,  # noqa: UP045
) -> None:
    """Write the JSON Schema of packs, by which editors complete them."""
    from streamdial.domains import write_schema
    from streamdial.files import write_atomically

    text = json.dumps(write_schema(), indent=2, ensure_ascii=False) + "\n"
    if out is None:
        typer.echo(text, nl=False)
    else:
        write_atomically(out, text)
        typer.echo(f'{out}: begin your pack with "# yaml-language-server: $schema={out.name}"')
