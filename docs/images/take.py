"""Takes the pictures of the README and of docs/tui.md from the real dashboard over the real demo.

    .venv/bin/python docs/images/take.py [es|en]

The dashboard runs without a terminal, its screen is exported as SVG and drawn by Chromium.
"""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from nms import i18n
from nms.demo import show
from nms.views.cli.init import lay_out
from nms.views.tui.app import NmsApp

HERE = Path(__file__).parent
FAULTS = 5
"""Faults of the demo's day after which the screen is worth a picture."""
SCREENS = {
    "overview": ("1",),
    "tui-alerts": ("2",),
    "ticket": ("3", "enter"),
    "tui-telephony": ("V",),
    "tui-racks": ("R",),
}


async def take(language: str, scratch: Path) -> None:
    """Leaves an SVG for each of `SCREENS` in `scratch`."""
    lay_out(scratch)
    async with show._stage(scratch) as lines:
        listening = await show._first(scratch, lines, "listening")
        app = NmsApp(show._client(scratch, listening), language=language, views=scratch / "dashboards")
        async with app.run_test(size=(132, 40)) as pilot:
            faults = 0
            async for line in lines:
                faults += line["kind"] == "step"
                if faults == FAULTS:
                    break
            await asyncio.sleep(8)
            for name, keys in SCREENS.items():
                for key in keys:
                    await pilot.press(key)
                    await asyncio.sleep(2)
                    while not app.wanted_topics() <= app.mirror.held.keys():  # noqa: ASYNC110 (nothing tells)
                        await asyncio.sleep(0.2)
                    await asyncio.sleep(2)
                (scratch / f"{name}.svg").write_text(app.export_screenshot(title="nms tui"), encoding="utf-8")


def draw(scratch: Path) -> None:
    """PNG from SVG, by Chromium."""
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        raise SystemExit("Chromium is needed: apt install chromium")
    for name in SCREENS:
        command = [
            browser,
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--hide-scrollbars",
            "--window-size=1630,1030",
        ]
        command += [f"--screenshot={HERE / name}.png", (scratch / f"{name}.svg").as_uri()]
        subprocess.run(command, check=True, capture_output=True)  # noqa: S603 (a browser found by name)


def main() -> None:
    language = sys.argv[1] if len(sys.argv) > 1 else i18n.DEFAULT_LANGUAGE
    i18n.use(language)
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(take(language, Path(folder)))
        draw(Path(folder))


if __name__ == "__main__":
    main()
