"""Takes the pictures of the README and of docs/tui.md from the real dashboard over the real demo.

    .venv/bin/python docs/images/take.py [es|en] [MINUTES]

The dashboard runs without a terminal, its screen is exported as SVG and drawn by Chromium.
"""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from textual.pilot import Pilot

from nms import i18n
from nms.demo import show
from nms.views.cli.init import lay_out
from nms.views.tui.app import NmsApp
from nms.views.tui.screens.base import Page

HERE = Path(__file__).parent
FAULTS = 5
"""Faults of the demo's day after which the screen is worth a picture."""
MINUTES = 12.0
"""How long the demo runs at least: the graph of a device wants some past."""
USUAL, SMALL = (132, 40), (80, 24)


@dataclass(frozen=True)
class Picture:
    """`to`: what is typed into `:` to get there; then `keys`."""

    name: str
    to: str = ""
    keys: tuple[str, ...] = ()
    size: tuple[int, int] = USUAL


PICTURES = (
    Picture("overview", keys=("1",)),
    Picture("tui-overview", keys=("1", "n"), size=SMALL),
    Picture("tui-alerts", keys=("2",)),
    Picture("ticket", keys=("3", "enter")),
    Picture("tui-device", to="rt-core-1", keys=("down",) * 6 + ("plus",)),
    Picture("tui-preventive", to="preventive"),
    Picture("tui-tree", keys=("6", "z")),
    Picture("tui-telephony", keys=("V",)),
    Picture("tui-racks", keys=("R",)),
)


async def take(language: str, scratch: Path, minutes: float) -> None:
    """Leaves an SVG for each of `PICTURES` in `scratch`."""
    lay_out(scratch)
    until = time.monotonic() + minutes * 60
    async with show._stage(scratch) as lines:
        listening = await show._first(scratch, lines, "listening")
        app = NmsApp(show._client(scratch, listening), language=language, views=scratch / "dashboards")
        async with app.run_test(size=USUAL) as pilot:
            faults = 0
            async for line in lines:
                faults += line["kind"] == "step"
                if faults >= FAULTS and time.monotonic() > until:
                    break
            await asyncio.sleep(8)
            for picture in PICTURES:
                await pose(app, pilot, picture)
                (scratch / f"{picture.name}.svg").write_text(app.export_screenshot(title="nms tui"), encoding="utf-8")


async def pose(app: NmsApp, pilot: Pilot[int], picture: Picture) -> None:
    """Goes where the picture is, and waits for what it shows."""
    await pilot.resize_terminal(*picture.size)
    if picture.to:
        await pilot.press("colon", *("minus" if letter == "-" else letter for letter in picture.to))
        await asyncio.sleep(3)
        await pilot.press("enter")
        while not isinstance(app.screen, Page) or picture.to not in app.trail.place.topic:  # noqa: ASYNC110 (as below)
            await asyncio.sleep(0.2)
        await asyncio.sleep(2)
    for key in picture.keys:
        await pilot.press(key)
        await asyncio.sleep(1)
    while not app.wanted_topics() <= app.mirror.held.keys():  # noqa: ASYNC110 (nothing tells)
        await asyncio.sleep(0.2)
    app.clear_notifications()
    await asyncio.sleep(3)


def draw(scratch: Path) -> None:
    """PNG from SVG, by Chromium."""
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        raise SystemExit("Chromium is needed: apt install chromium")
    for picture in PICTURES:
        columns, lines = picture.size
        command = [
            browser,
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--hide-scrollbars",
            f"--window-size={round(columns * 12.2) + 20},{round(lines * 24.4) + 54}",
        ]
        command += [f"--screenshot={HERE / picture.name}.png", (scratch / f"{picture.name}.svg").as_uri()]
        subprocess.run(command, check=True, capture_output=True)  # noqa: S603 (a browser found by name)


def main() -> None:
    language = sys.argv[1] if len(sys.argv) > 1 else i18n.DEFAULT_LANGUAGE
    minutes = float(sys.argv[2]) if len(sys.argv) > 2 else MINUTES
    i18n.use(language)
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(take(language, Path(folder), minutes))
        draw(Path(folder))


if __name__ == "__main__":
    main()
