"""`streamdial deployment add`: adds the entry of another domain to prefect.yaml."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Optional

import typer

PREFECT_FILE = Path(__file__).parent / "prefect.yaml"
_CHECKOUT = Path("deployments/prefect.yaml")
_OWN = Path("prefect.yaml")


def add_deployment(
    domain: Annotated[str, typer.Argument(help="automotive, hotel, restaurant, or the path of a YAML file.")],
    source: Annotated[list[str], typer.Option(help="Folder, file or URL; may be given several times.")],
    out: Annotated[Optional[str], typer.Option(help="Folder of the runs; runs/DOMAIN by default.")] = None,  # noqa: UP045
    limit: Annotated[int, typer.Option(help="Runs of this deployment at once.", min=1)] = 1,
    file: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option(help="File of the deployments; prefect.yaml in this folder by default, made if missing."),
    ] = None,
    tools: Annotated[
        bool, typer.Option("--tools", help="Add the deployment of dialogues with executable tools instead.")
    ] = False,
) -> None:
    """Write the entry of another domain into prefect.yaml; comments and other entries stay as they are."""
    import yaml

    from streamdial.domains import load_pack
    from streamdial.errors import ConfigurationError
    from streamdial.pipeline import RunSettings, ToolUseSettings

    pack = load_pack(domain)
    name = f"tool-use-{pack.id}" if tools else f"stream-{pack.id}"
    file = file or (_CHECKOUT if _CHECKOUT.is_file() else _OWN)
    # An installed package is nobody's to write into: its file begins one of the user's own.
    text = file.read_text(encoding="utf-8") if file.is_file() else _read_head()
    known: list[dict[str, Any]] = yaml.safe_load(text)["deployments"] or []
    if any(entry["name"] == name for entry in known):
        raise ConfigurationError(f"{file} has a deployment {name!r} already.", fix="change that entry by hand")
    settings = {
        "domain": domain,
        "sources": {"paths": list(source)},
        "out": out or f"runs/{pack.id}{'-tools' if tools else ''}",
    }
    (ToolUseSettings if tools else RunSettings).model_validate(settings)
    entry = {
        "name": name,
        "entrypoint": "streamdial.flows.tool_use.tool_use" if tools else "streamdial.flows.stream.stream",
        "description": f"{pack.names['en'].capitalize()} streams to dialogues{' with tools' if tools else ''}.",
        "tags": ["streamdial", pack.id],
        "concurrency_limit": limit,
        "parameters": {"settings": settings},
        "work_pool": {"name": "streamdial"},
    }
    written = yaml.safe_dump([entry], allow_unicode=True, sort_keys=False)
    added = "".join(f"  {line}\n" for line in written.splitlines())
    file.write_text(f"{text.rstrip()}\n{added}", encoding="utf-8")
    typer.echo(f"{file}: {name} added. Deploy it: prefect --no-prompt deploy --name {name} --prefect-file {file}")


def _read_head() -> str:
    """Return the packaged file up to its deployments."""
    return PREFECT_FILE.read_text(encoding="utf-8").partition("\ndeployments:\n")[0] + "\ndeployments:\n"
