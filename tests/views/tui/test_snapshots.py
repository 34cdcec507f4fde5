"""Whole screens as people see them, held against files; the clock stands still.

After a change that is meant: `NMS_WRITE_SNAPSHOTS=1 pytest tests/views/tui/test_snapshots.py`, and read the difference.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from nms.access import actor
from nms.views.tui.places import Place
from tests.views.tui.city import City
from tests.views.tui.support import sitting

FOLDER = Path(__file__).parent / "snapshots"
NOW = 1_790_000_000.0
ANA = actor("ana", ["technician"])


@pytest.fixture
def still() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", "UTC")
        patch.setattr(time, "time", lambda: NOW)
        time.tzset()
        yield
    time.tzset()


@pytest.mark.parametrize("size", [(80, 24), (200, 60)], ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize(
    ("name", "place", "sign"),
    [
        ("overview", Place("overview"), "Depto 38"),
        ("alerts", Place("alerts"), "does not answer"),
        ("devices", Place("devices"), "router 0"),
        ("tickets", Place("tickets"), "Repair"),
    ],
)
@pytest.mark.parametrize("language", ["es", "en"])
@pytest.mark.usefixtures("still")
async def test_a_screen_is_as_it_was(
    tmp_path: Path, name: str, place: Place, sign: str, size: tuple[int, int], language: str
) -> None:
    city = City.of(devices=30, alerts=3)
    city.open_ticket(ANA, title="Repair", department="dep-00")
    async with sitting(city, tmp_path, place=place, size=size, language=language) as here:
        if language == "en" or sign != "does not answer":
            await here.sees(sign)
        await here.pilot.pause(0.3)
        shown = "\n".join(line.rstrip() for line in here.text.splitlines()) + "\n"
    path = FOLDER / f"{name}-{size[0]}x{size[1]}-{language}.txt"
    if os.environ.get("NMS_WRITE_SNAPSHOTS"):
        path.write_text(shown, encoding="utf-8")
    assert shown == path.read_text(encoding="utf-8")
