"""Stage: what is kept of rows that were measured -> how much of each network, or nothing."""

import json
from pathlib import Path
from typing import Annotated, Final

import typer

from ..config import settings
from ..edges import TextOrJson, align, command_edge, printable
from ..jobs.row_store import Holding, RowStore

_MB: Final = 1e6


@command_edge
def manage_rows(
    empty: Annotated[
        bool, typer.Option("--empty", help="Forget all; what is asked for again is measured anew.")
    ] = False,
    list_format: Annotated[
        TextOrJson, typer.Option("--format", help="How the list is written.")
    ] = TextOrJson.TEXT,
) -> None:
    """Say what is kept of what networks measured of pictures, and where; or empty it.

    A picture is measured once by each network, whatever is trained or asked later: its row is kept
    under the SHA-256 sum of its file, 9 KB for 4,128 numbers.
    """
    path, held = settings().measured_file, list[Holding]()
    if path.exists():
        with RowStore(path) as store:
            if empty:
                store.empty()
            held = store.holdings()
    print(render_holdings(held, path, list_format))


def render_holdings(held: list[Holding], path: Path, list_format: TextOrJson) -> str:
    """Say how many rows of each network a file holds, and how large it is.

    Examples
    --------
    >>> print(render_holdings([Holding("embedding 1", 2, 8)], Path("no.sqlite"), TextOrJson.TEXT))
    embedding 1  2 pictures
    0.0 MB in no.sqlite
    """
    size = path.stat().st_size if path.exists() else 0
    if list_format is TextOrJson.JSON:
        kept = [{"measured": each.label, "pictures": each.rows} for each in held]
        return json.dumps({"file": str(path), "bytes": size, "kept": kept}, indent=2)
    lines = [(printable(each.label), f"{each.rows:,} pictures") for each in held]
    table = [align(lines, numbers=True)] if lines else []
    return "\n".join([*table, f"{size / _MB:,.1f} MB in {printable(str(path))}"])


if __name__ == "__main__":
    typer.run(manage_rows)
