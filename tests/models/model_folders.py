"""Ways to spoil a model folder as somebody would who rewrites the sums too."""

import json
from collections.abc import Callable
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile


def edit_json(folder: Path, edit: Callable[[dict[str, Any]], object]) -> None:
    fields = json.loads((folder / "model.json").read_text())
    edit(fields)
    (folder / "model.json").write_text(json.dumps(fields))


def sign(folder: Path, name: str, content: bytes) -> None:
    """Replace a file and the sum that stands for it."""
    (folder / name).write_bytes(content)
    edit_json(folder, lambda fields: fields["sha256"].update({name: sha256(content).hexdigest()}))


def read_members(content: bytes) -> dict[str, bytes]:
    with ZipFile(BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def zip_members(members: dict[str, bytes]) -> bytes:
    buffer = BytesIO()
    with ZipFile(buffer, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def edit_schema(folder: Path, edit: Callable[[dict[str, Any]], object]) -> None:
    """Change the structure in a signed ``model.skops``."""
    members = read_members((folder / "model.skops").read_bytes())
    schema = json.loads(members["schema.json"])
    edit(schema)
    members["schema.json"] = json.dumps(schema).encode()
    sign(folder, "model.skops", zip_members(members))
