"""`nms init DIR`: the settings and the content of a municipality, laid out to be edited."""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path

import nms
from nms.model import Message

CONTENT = ("config.yaml", "inventories", "collectors", "playbooks", "dashboards")
_LEFT_BEHIND = shutil.ignore_patterns(".*", "__pycache__", "*~", "*.swp")


class CannotLayOut(Exception):
    """The directory cannot be laid out; `message` says why and what to do. What was begun is taken away again."""

    def __init__(self, message: Message) -> None:
        self.message = message
        super().__init__(message.template)


def content_root() -> Path:
    """Where the content lies: package data of an installed wheel, or the top level of a source checkout.

    Raises: `CannotLayOut` when it is in neither.
    """
    package = Path(nms.__file__).resolve().parent
    for root in (package / "_content", package.parent):
        if (root / "config.yaml").is_file() and (root / "inventories").is_dir():
            return root
    message = Message(
        "the content is missing from this installation ({place}): install it again", {"place": str(package)}
    )
    raise CannotLayOut(message)


def lay_out(directory: Path) -> list[Path]:
    """Copies the content to a new or empty directory; gives what now stands at its top.

    Raises: `CannotLayOut` when it is not empty, or cannot be written (no permission, read-only, disk full).
    """
    root = content_root()
    existed = _made(directory)
    try:
        return [_copied(root / name, directory / name) for name in CONTENT if (root / name).exists()]
    except (OSError, shutil.Error) as error:
        _take_away(directory, existed)
        raise CannotLayOut(_why(directory, error)) from error


def _made(directory: Path) -> bool:
    """Whether the directory was there before, empty; now it is there in any case."""
    try:
        existed = directory.exists()
        if existed and not directory.is_dir():
            raise CannotLayOut(Message("{directory} is a file: name a directory", {"directory": str(directory)}))
        if existed and any(directory.iterdir()):
            template = "{directory} is not empty: name a new directory, nothing was changed"
            raise CannotLayOut(Message(template, {"directory": str(directory)}))
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CannotLayOut(_why(directory, error)) from error
    return existed


def _copied(source: Path, target: Path) -> Path:
    if source.is_dir():
        shutil.copytree(source, target, ignore=_LEFT_BEHIND, copy_function=shutil.copyfile)
    else:
        shutil.copyfile(source, target)
    return target


def _take_away(directory: Path, existed: bool) -> None:
    """Removes what this call has made; the directory itself only if it was not there before."""
    for name in CONTENT:
        path = directory / name
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
    if not existed and directory.is_dir():
        shutil.rmtree(directory, ignore_errors=True)


_REASONS = {
    errno.ENOSPC: "{directory} cannot be laid out: the disk is full; make room or name another place",
    errno.EDQUOT: "{directory} cannot be laid out: your disk quota is used up; make room or name another place",
    errno.EROFS: "{directory} cannot be laid out: that file system is read-only; name another place",
    errno.EACCES: "{directory} cannot be laid out: you may not write there; name another place or ask for permission",
    errno.EPERM: "{directory} cannot be laid out: you may not write there; name another place or ask for permission",
}


def _why(directory: Path, error: OSError | shutil.Error) -> Message:
    number = error.errno or _first_number(error)
    template = _REASONS.get(number or 0, "{directory} cannot be laid out: {reason}")
    reason = os.strerror(number) if number else str(error)
    return Message(template, {"directory": str(directory), "reason": reason})


def _first_number(error: OSError | shutil.Error) -> int | None:
    """`shutil.Error` holds (source, target, text) of each failure instead of a number."""
    failures = error.args[0] if error.args and isinstance(error.args[0], list) else []
    for failure in failures:
        for number in _REASONS:
            if os.strerror(number) in str(failure[-1]):
                return number
    return None
