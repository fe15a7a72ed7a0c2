"""`streamdial lexicon`: compile lists of names and terms, and look into what was compiled."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

lexicon_app = typer.Typer(help="Lexicons of names and terms: compile them, look into them.", no_args_is_help=True)


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
    """Show which entries a lexicon finds in a sentence: exactly, by sound and by spelling."""
    from streamdial.lexicon import open_lexicon

    compiled = open_lexicon(lexicon)
    for match in [*compiled.find_exact(text), *compiled.find_similar(text)]:
        entry = compiled.get_entry(match.entry)
        typer.echo(f"{text[match.start : match.end]}\t{match.how}\t{entry.canonical}\t{entry.kind}")
