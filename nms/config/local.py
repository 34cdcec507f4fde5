"""Where the daemon of this machine answers: the part of `config.yaml` that its clients need.

They start in half the time, and a mistake in another section does not keep anybody from seeing the screen.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pydantic import ConfigDict

from nms.config.serving import Api
from nms.documents import Strict, load, parse

DATA_DIR = Path("data")
"""Beside `config.yaml`, unless it says otherwise."""


class _Part(Strict):
    model_config = ConfigDict(extra="ignore")

    data_dir: Path = DATA_DIR
    api: Api = Api()


@dataclass(frozen=True, slots=True)
class Local:
    """`address` is an HTTP URL or `unix:PATH`."""

    data_dir: Path
    address: str


def load_local(path: Path) -> Local:
    """Raises: `DocumentError` when the file cannot be read or this part of it is wrong."""
    base = path.resolve().parent
    part = parse(_Part, load(path), context={"base": base})
    data = base / part.data_dir.expanduser()
    socket = data / part.api.socket if part.api.socket else None
    is_there = socket is not None and socket.exists()
    return Local(data, f"unix:{socket}" if is_there else f"http://{part.api.address}:{part.api.port}")
