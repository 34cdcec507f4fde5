"""The terminal's speed: first screen, a key, a new alert, idle, memory.

    python bench/tui.py [--devices 10000] [--alerts 500]

A generated city answers over HTTP from a process of its own. The first screen is that of `nms tui` itself in a pseudo
terminal of 200x60, with its settings read from a file. For the rest the terminal runs headless in this process
(Textual's test driver), so that what is measured is the terminal and not the city. Times are CPU seconds where they are
about work, and wall seconds where somebody waits; both are printed. Needs the repository (tests/).
"""

from __future__ import annotations

import argparse
import asyncio
import fcntl
import gc
import os
import pty
import resource
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from textual import events
from textual.app import App

if TYPE_CHECKING:
    from tests.views.tui.city import City

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

SIZE = (200, 60)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--devices", type=int, default=10_000)
    parser.add_argument("--alerts", type=int, default=500)
    parser.add_argument("--idle", type=float, default=30.0, help="seconds of each idle measurement; 0: none")
    parser.add_argument("--serve", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.serve:
        asyncio.run(serve(arguments.serve, arguments.devices, arguments.alerts))
    else:
        measure(arguments.devices, arguments.alerts, arguments.idle)


async def serve(socket: Path, devices: int, alerts: int) -> None:
    """The city; each line on standard input breaks the next device, and a change comes every second as in life."""
    from tests.views.tui.city import City, served

    city = City.of(devices, alerts)
    async with served(city, socket):
        print("ready", flush=True)
        loop, lines = asyncio.get_running_loop(), asyncio.Queue[str]()
        loop.add_reader(sys.stdin, lambda: lines.put_nowait(sys.stdin.readline()))
        while True:
            try:
                line = await asyncio.wait_for(lines.get(), 1.0)
            except TimeoutError:
                poll(city)
                city.publish()
                continue
            if not line:
                return
            city.break_device(f"dev-{devices - len(city.alerts_) % 100 - 1:05d}")


def poll(city: City) -> None:
    """A sixtieth of the devices answered: their rows are other rows when they are read again."""
    now = time.time()
    for i in range(int(now) % 60, len(city.devices_), 60):
        city.devices_[i] = replace(city.devices_[i], last_poll_at=now, round_trip=now % 0.02)


class Served:
    """The city in a process of its own."""

    def __init__(self, devices: int, alerts: int) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.socket = Path(self.folder.name) / "api.sock"
        argv = [
            sys.executable,
            __file__,
            "--serve",
            str(self.socket),
            "--devices",
            str(devices),
            "--alerts",
            str(alerts),
        ]
        self.process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == "ready\n"

    def __enter__(self) -> Served:
        return self

    def break_one(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write("break\n")
        self.process.stdin.flush()

    def __exit__(self, *_: object) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(10)
        self.folder.cleanup()


LAST_TILE = b"Depto 38"


def first_screen(city: Served) -> tuple[float, float]:
    """`nms tui` as a technician starts it, until its last department is on the screen: wall and CPU seconds."""
    settings = Path(city.folder.name) / "config.yaml"
    settings.write_text(f"data_dir: {city.folder.name}\napi: {{socket: {city.socket}}}\n")
    environment = {**os.environ, "NMS_TOKEN": "administrator", "PYTHONPATH": str(ROOT), "TERM": "xterm-256color"}
    began = time.perf_counter()
    child, screen = pty.fork()
    if child == 0:
        argv = [sys.executable, "-m", "nms", "--lang", "en", "--config", str(settings), "tui"]
        os.execve(argv[0], argv, environment)
    fcntl.ioctl(screen, termios.TIOCSWINSZ, struct.pack("HHHH", SIZE[1], SIZE[0], 0, 0))
    seen = b""
    while LAST_TILE not in seen:
        seen += os.read(screen, 65536)
    wall, cpu = time.perf_counter() - began, cpu_of(child)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    os.close(screen)
    return wall, cpu


def cpu_of(process: int) -> float:
    """User and system seconds that a running process has used."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measure(devices: int, alerts: int, idle_seconds: float) -> None:
    with Served(1000, 50) as city:
        walls, cpus = zip(*(first_screen(city) for _ in range(5)), strict=True)
        show("first screen of nms tui, 1,000 devices", min(walls), min(cpus), 1.0)
    with Served(devices, alerts) as city:
        asyncio.run(sitting(city, devices, alerts, idle_seconds))


def show(what: str, wall: float, cpu: float, limit: float, unit: str = "s") -> None:
    factor, word = (1000, "ms") if unit == "ms" else (1, unit)
    measured = f"wall {wall * factor:8.3f} {word}   CPU {cpu * factor:8.3f} {word}"
    print(f"{what:<62} {measured}   limit {limit * factor:g} {word}", flush=True)


EVERY_SCREEN = ["1", "4", "2", "4", "3", "4", "5", "6", "7", "8", "9", "V", "R", "4"]


async def sitting(city: Served, devices: int, alerts: int, idle_seconds: float) -> None:
    from nms.views.client import Client
    from nms.views.tui.app import NmsApp
    from nms.views.tui.places import Place
    from nms.views.tui.tidying import tidied_in_pauses
    from nms.views.tui.widgets.rowlist import RowList

    gc.freeze()  # as `nms tui` does after its imports
    with tidied_in_pauses() as tidier:
        async with Client(f"unix:{city.socket}", "administrator", language="en") as client:
            app = NmsApp(client, language="en", first=Place("devices"), tidier=tidier)
            async with app.run_test(size=SIZE) as pilot:
                while len(app.screen.query_one(RowList).rows) < devices:
                    await asyncio.sleep(0.01)
                await asyncio.sleep(2)
                print(f"{devices} devices, {alerts} open alerts:")
                for what, keys in (
                    ("key: cursor down", ["down"] * 40),
                    ("key: page down", ["pagedown"] * 40),
                    ("key: end, home", ["end", "home"] * 10),
                    ("key: mark", ["space"] * 20),
                    ("key: sort by the next column, in every set of columns", [*["greater_than_sign"] * 9, "c"] * 4),
                    ("key: sort the other way round", ["r"] * 6),
                    ("key: a letter of a filter", ["slash", *"printer", *["backspace"] * 7]),
                ):
                    await keys_of(app, what, keys)
                await pilot.press("enter", "escape")
                await keys_of(app, "key: to every screen", EVERY_SCREEN)
                await keys_of(app, "key: to every screen, once more", EVERY_SCREEN)
                app.follower.poke("devices")
                await asyncio.sleep(0.7)
                await keys_of(app, "key: a letter of a filter, on rows that just came", ["slash", *"switch"])
                await pilot.press("enter", "escape", "escape")
                await keys_of(app, "key: the palette, and letters in it", ["colon", *"dev-0999"])
                await pilot.press("escape")
                await new_alert(app, city)
                if idle_seconds:
                    await idle(app, idle_seconds)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{'memory, at its peak':<62} {peak:8.0f} MB   limit 120 MB")


async def keys_of(app: object, what: str, keys: list[str]) -> None:
    """Each key from its arrival until the App is idle again with everything drawn; the median and the worst."""
    assert isinstance(app, App)
    walls, cpus = [], []
    for key in keys:
        wall, cpu = time.perf_counter(), time.process_time()
        screen, drawn = app.screen, asyncio.Event()
        app.post_message(events.Key(key, key if len(key) == 1 else None))
        app.call_later(then_drawn, app, drawn)
        while not drawn.is_set() and app.screen is screen:  # a screen that is left may never say that it is drawn
            await asyncio.sleep(0.001)
        await another_drawn(app, screen)
        walls.append(time.perf_counter() - wall)
        cpus.append(time.process_time() - cpu)
        await asyncio.sleep(0.05)
    walls.sort()
    cpus.sort()
    middle = len(keys) // 2
    show(f"{what}, median", walls[middle], cpus[middle], 0.05, "ms")
    show(f"{what}, worst", walls[-1], cpus[-1], 0.05, "ms")


async def another_drawn(app: App[int], before: object) -> None:
    """When the key leads to another screen, until that one is drawn."""
    for _ in range(50):
        if app.screen is not before:
            drawn = asyncio.Event()
            app.screen.call_after_refresh(drawn.set)
            await drawn.wait()
            return
        await asyncio.sleep(0)


def then_drawn(app: App[int], done: asyncio.Event) -> None:
    """Behind the key in the App's queue: behind it again in that of the widget it went to, then after the drawing."""
    target = app.focused or app.screen
    target.call_later(lambda: app.screen.call_after_refresh(done.set))


async def new_alert(app: object, city: Served) -> None:
    from nms.views.tui.app import NmsApp
    from nms.views.tui.places import Place

    assert isinstance(app, NmsApp)
    app.go(Place("alerts"))
    await asyncio.sleep(2)
    before = len(app.mirror.get("alerts") or ())
    walls, cpus = [], []
    for _ in range(5):
        wall, cpu = time.perf_counter(), time.process_time()
        city.break_one()
        while len(app.mirror.get("alerts") or ()) == before:
            await asyncio.sleep(0.002)
        shown = asyncio.Event()
        app.screen.call_after_refresh(shown.set)
        await shown.wait()
        before = len(app.mirror.get("alerts") or ())
        walls.append(time.perf_counter() - wall)
        cpus.append(time.process_time() - cpu)
        await asyncio.sleep(1.3)
    show("a new alert on the screen, worst of 5", max(walls), max(cpus), 1.0)


async def idle(app: object, seconds: float) -> None:
    """Nobody at the keys, the daemon says each second that something was polled."""
    from nms.views.tui.app import NmsApp
    from nms.views.tui.places import Place

    assert isinstance(app, NmsApp)
    for kind in ("overview", "alerts", "devices"):
        app.go(Place(kind))
        await asyncio.sleep(5)
        cpu, wall = time.process_time(), time.perf_counter()
        await asyncio.sleep(seconds)
        share = (time.process_time() - cpu) / (time.perf_counter() - wall)
        print(f"{f'idle on {kind}, a change a second, {seconds:g} s':<62} {share * 100:8.2f} % of a core   limit 2 %")


if __name__ == "__main__":
    main()
