"""The real thing in a real terminal: tmux runs `nms tui` against a served city."""

from __future__ import annotations

import asyncio
import os
import shlex
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.peers import require_peer
from tests.views.tui.city import HOSTILE, City, served

RUN = """
import asyncio, sys
from nms.views.client import Client
from nms.views.tui.app import run_tui
sys.exit(run_tui(Client(sys.argv[1], "administrator", language="en"), language="en", screen=sys.argv[2]))
"""


class Terminal:
    """One tmux server of its own, stopped by its own command."""

    def __init__(self, program: str, folder: Path, size: tuple[int, int]) -> None:
        self.argv = [program, "-S", str(folder / "tmux"), "-f", os.devnull]
        self.size = size

    def __call__(self, *command: str) -> str:
        return subprocess.run([*self.argv, *command], check=True, capture_output=True, text=True).stdout

    def start(self, *argv: str) -> None:
        """A shell waits for the program and says how it ended: tmux itself loses the end of a child under load."""
        width, height = map(str, self.size)
        self("new-session", "-d", "-x", width, "-y", height, f'{shlex.join(argv)}; echo "left with $?"; read -r _')

    async def sees(self, *texts: str, seconds: float = 20.0) -> str:
        deadline = time.monotonic() + seconds
        while True:
            screen = await asyncio.to_thread(self, "capture-pane", "-p")
            if all(text in screen for text in texts):
                return screen
            assert time.monotonic() < deadline, f"waited for {texts}; the screen:\n{screen}"
            await asyncio.sleep(0.05)

    def stop(self) -> None:
        subprocess.run([*self.argv, "kill-server"], check=False, capture_output=True)


@pytest.mark.peer("tmux")
@pytest.mark.parametrize("size", [(80, 24), (200, 60)])
async def test_a_technician_works_in_a_real_terminal(tmp_path: Path, size: tuple[int, int]) -> None:
    terminal = Terminal(require_peer("tmux"), tmp_path, size)
    city = City.of(alerts=8)
    script = tmp_path / "run.py"
    script.write_text(RUN)
    environment = {"PYTHONPATH": str(Path(__file__).parents[3]), "LANG": "C.UTF-8", "TERM": "screen-256color"}
    async with served(city, tmp_path / "api.sock") as address:
        try:
            command = ["env", *(f"{k}={v}" for k, v in environment.items()), sys.executable, str(script), address]
            terminal.start(*command, "overview")
            screen = await terminal.sees("Depto 0", "Depto 38", "unattended", "live")
            assert len(screen.splitlines()) <= size[1]
            terminal("send-keys", "2")
            screen = await terminal.sees("age what", "does not answer", "columns 1 of 3")
            assert not any(hostile in screen for hostile in HOSTILE if not hostile.isprintable())
            terminal("send-keys", "t")
            await terminal.sees("Open a ticket", "What is to be done?", "Cancel")
            terminal("send-keys", "Enter")
            await terminal.sees("Look at the lamps")
            terminal("send-keys", "q")
            await terminal.sees("left with 0")
        finally:
            terminal.stop()
