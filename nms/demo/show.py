"""`nms demo`: sets up a simulated city hall, and shows its day as text, or in the terminal dashboard.

The equipment and the monitor run in a process of their own (`nms.demo.stage`), so that both processors are used and
a screen never waits for a poll; what is shown comes through the monitor's API, as for any client.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from nms import i18n
from nms.demo.narrate import Narrator
from nms.i18n import gettext as _
from nms.text import clean
from nms.transports.errors import LocalFault
from nms.views.cli.common import TOKEN_FILE
from nms.views.cli.init import lay_out
from nms.views.client import Client

PATIENCE_SECONDS = 900.0
READY_SECONDS = 120.0

Line = Mapping[str, Any]


def show(*, once: bool, seconds: float | None, language: str, directory: Path | None) -> int:
    """Exit codes: 0 the whole story was seen, 1 a part of it was not, 2 this machine does not allow it."""
    i18n.use(language)
    as_text = once or not (sys.stdin.isatty() and sys.stdout.isatty())
    home = directory or Path(tempfile.mkdtemp(prefix="nms-demo-"))
    try:
        if not (home / "config.yaml").exists():
            lay_out(home)
        if as_text:
            return asyncio.run(_as_text(home, seconds or PATIENCE_SECONDS))
        return _in_terminal(home, language)
    finally:
        if directory is None:
            shutil.rmtree(home, ignore_errors=True)


async def _as_text(home: Path, seconds: float) -> int:
    write = _writer()
    write(_("Setting up the simulated city hall in {directory} ...").format(directory=home))
    async with _stage(home) as lines:
        listening = await _first(home, lines, "listening")
        async with _client(home, listening) as client:
            narrator = Narrator(client, write)
            try:
                async with asyncio.timeout(seconds):
                    await narrator.follow(lines, int(listening["agents"]))
            except TimeoutError:
                write(_("The time is over after {seconds} s.").format(seconds=f"{seconds:g}"))
            await narrator.conclude()
            return 0 if narrator.complete else 1


def _in_terminal(home: Path, language: str) -> int:
    """The stage runs beside while the dashboard has the terminal."""
    from nms.views.tui.app import run_tui  # Textual is only needed here

    write = _writer()
    write(_("Setting up the simulated city hall in {directory} ...").format(directory=home))

    async def start() -> tuple[asyncio.subprocess.Process, Line]:
        process = await _spawn(home)
        return process, await asyncio.wait_for(_first(home, _lines(process), "listening"), READY_SECONDS)

    loop = asyncio.new_event_loop()
    process, listening = loop.run_until_complete(start())
    try:
        return run_tui(_client(home, listening), language=language)
    finally:
        with suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
        loop.run_until_complete(process.wait())
        loop.close()


def _client(home: Path, listening: Line) -> Client:
    token = (home / "data" / TOKEN_FILE).read_text(encoding="ascii").strip()
    return Client(f"http://127.0.0.1:{listening['port']}", token, language=i18n.language())


@asynccontextmanager
async def _stage(home: Path) -> AsyncIterator[AsyncIterator[Line]]:
    process = await _spawn(home)
    try:
        yield _lines(process)
    finally:
        if process.stdin is not None:
            process.stdin.close()
        try:
            await asyncio.wait_for(process.wait(), 10)
        except TimeoutError:
            process.kill()
            await process.wait()


async def _spawn(home: Path) -> asyncio.subprocess.Process:
    log = (home / "stage.log").open("wb")
    command = [sys.executable, "-m", "nms", "--lang", i18n.language(), "demo", "--stage", str(home)]
    try:
        return await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=log,
            start_new_session=True,
            limit=1 << 20,
        )
    finally:
        log.close()


async def _lines(process: asyncio.subprocess.Process) -> AsyncIterator[Line]:
    assert process.stdout is not None
    while line := await process.stdout.readline():
        with suppress(ValueError):
            yield json.loads(line)


async def _first(home: Path, lines: AsyncIterator[Line], kind: str) -> Line:
    async for line in lines:
        if line["kind"] == kind:
            return line
    raise LocalFault(_("the demo could not start: {reason}").format(reason=_last_words(home)))


def _last_words(home: Path) -> str:
    """What the stage said before it ended."""
    said = [line for line in (home / "stage.log").read_text("utf-8", "replace").splitlines() if line.strip()]
    return clean(said[-1], limit=500) if said else _("it ended without a word")


def _writer() -> Callable[[str], None]:
    def write(text: str) -> None:
        sys.stdout.write(text + "\n")
        sys.stdout.flush()

    return write
