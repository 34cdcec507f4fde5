"""What the commands share: where the configuration is, which daemon to ask, and how to print."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import os
import sys
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Protocol, TypeVar

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from nms import i18n
from nms.access import UserRole
from nms.i18n import gettext as _
from nms.queries.reports.wording import percent as percent
from nms.queries.rows import Attention
from nms.text import clean, clean_columns
from nms.views.times import clock as clock
from nms.views.times import duration as duration

if TYPE_CHECKING:
    from nms.config import Config
    from nms.config.local import Local
    from nms.inventory.strangers import Wanted
    from nms.model import Poll
    from nms.views.client import Client

T = TypeVar("T")

Json = Annotated[bool, typer.Option("--json", help="As JSON.")]
UserRoles = Annotated[list[UserRole], typer.Option("--role", help="What it may do; may be given more than once.")]
OnlyDepartments = Annotated[list[str] | None, typer.Option("--department", help="Only these departments.")]

EXIT_FOUND = 1
"""The command found a problem that it was asked to look for."""
EXIT_WRONG = 2
"""The call or the configuration is wrong."""

TOKEN_FILE = "local-token"  # noqa: S105 (the name of a file)

STYLES = {
    Attention.UNATTENDED: "bold red",
    Attention.ATTENDED: "yellow",
    Attention.MAINTENANCE: "blue",
    Attention.UNKNOWN: "bright_black",
    Attention.FINE: "green",
}


class WrongUse(Exception):
    """Somebody called a command in a way that cannot work; the message says what to write instead."""


class Application(Protocol):
    """What only the composition root can do. It is handed to the commands, which must not import it."""

    def run(self, config_path: Path, language: str) -> int: ...

    def demo_stage(self, directory: Path) -> int: ...

    def visit(self, config: Config, device: str, wanted: Wanted) -> Poll: ...

    def demo(self, *, once: bool, seconds: float | None, language: str, directory: Path | None) -> int: ...


@dataclass(frozen=True, slots=True)
class Session:
    """One call of `nms`: its global options, resolved."""

    application: Application
    config_path: Path
    language: str | None
    address: str

    def config(self) -> Config:
        """Raises `DocumentError` with every mistake of the file."""
        from nms.config import load_config  # a tenth of a second that clients of the daemon need not wait

        return load_config(self.config_path)

    def client(self) -> Client:
        """The daemon that `--address` names, or the one of this machine's configuration."""
        from nms.views.client import Client  # httpx: what works without a daemon starts without it

        return Client(self.address or self._local().address, self._token(), language=i18n.language())

    def _local(self) -> Local:
        from nms.config.local import load_local

        return load_local(self.config_path)

    def _token(self) -> str:
        if os.environ.get("NMS_TOKEN"):
            return os.environ["NMS_TOKEN"]
        path = self._local().data_dir / TOKEN_FILE
        try:
            return path.read_text(encoding="ascii").strip()
        except FileNotFoundError:
            reason = _("there is no token: is “nms run” running here? For another machine set NMS_TOKEN")
        except OSError as error:
            reason = _("the token file {path} cannot be read: {reason}").format(path=path, reason=error.strerror)
        raise WrongUse(reason)

    def ask(self, question: Callable[[Client], Awaitable[T]]) -> T:
        """Runs one conversation with the daemon."""

        async def conversation() -> T:
            async with self.client() as client:
                return await question(client)

        return asyncio.run(conversation())


def session(context: typer.Context) -> Session:
    found: Session = context.obj
    return found


def console(*, error: bool = False) -> Console:
    """Prints text as it is: nothing in it is markup, an emoji code or a link."""
    return Console(stderr=error, markup=False, emoji=False, highlight=False, soft_wrap=True)


def say(text: str) -> None:
    console().print(clean(text, limit=100_000, keep_newlines=True))


def save(target: Path, content: bytes) -> int:
    """A new file; one that is there already is kept. Raises: WrongUse."""
    try:
        with target.open("xb") as file:
            file.write(content)
    except OSError as error:
        said = _("{path} cannot be written: {reason}").format(path=target, reason=error.strerror)
        raise WrongUse(said) from None
    say(_("saved as {path}").format(path=target))
    return 0


def say_columns(text: str) -> None:
    """What a device wrote, with its columns where it put them."""
    console().print(clean_columns(text))


def show(found: T, tell: Callable[[T], object], *, as_json: bool, problem: bool = False) -> int:
    """Prints what was found, for programs or for people. Returns the exit code: EXIT_FOUND with a `problem`."""
    if as_json:
        print_json(found)
    else:
        tell(found)
    return EXIT_FOUND if problem else 0


def show_rows(
    found: Sequence[T],
    headings: Sequence[str],
    cells: Callable[[T], Sequence[str | Text]],
    *,
    as_json: bool,
    problem: bool = False,
) -> int:
    """The same for a list: to people a table with one line for each."""
    return show(found, lambda rows: table(headings, map(cells, rows)), as_json=as_json, problem=problem)


def print_json(value: object) -> None:
    sys.stdout.write(as_json(value))


def as_json(value: object) -> str:
    return json.dumps(value, default=_plain, ensure_ascii=False, indent=2) + "\n"


def _plain(value: object) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, set | frozenset | tuple):
        return list(value)
    return str(value)


def table(headings: Sequence[str], rows: Iterable[Sequence[str | Text]]) -> None:
    """A plain table: on a terminal as wide as it is, in a pipe as wide as it needs."""
    drawn = Table(box=None, pad_edge=False, header_style="bold", expand=False)
    for heading in headings:
        drawn.add_column(heading, no_wrap=True, overflow="ellipsis")
    for row in rows:
        drawn.add_row(*(cell if isinstance(cell, Text) else Text(clean(cell)) for cell in row))
    out = console()
    if not out.is_terminal:
        out.width = 500
    out.print(drawn, crop=False)


def attention_text(word: str, attention: Attention) -> Text:
    return Text(word, style=STYLES[attention])
