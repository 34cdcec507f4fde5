"""What a new red does beside the screen."""

from __future__ import annotations

from pathlib import Path

import pytest

from nms.views.tui.notices import Notice, sequence
from tests.views.tui.city import HOSTILE, City
from tests.views.tui.support import sitting


@pytest.mark.parametrize("hostile", [*HOSTILE, "a\x1b\\b\x9cc\x07d;e"])
def test_a_notice_is_two_sequences_whatever_its_text_holds(hostile: str) -> None:
    told = sequence(Notice.DESKTOP, "nms", hostile, {})
    assert told.count("\x1b") == 2
    assert told.count("\a") == 3, "the bell, and the end of each"
    assert told.startswith("\a\x1b]9; nms: ")
    assert told.rpartition("\x1b]777;notify;nms;")[2].count(";") == 0
    assert len(told) < 500
    inside = told.replace("\x1b", "").replace("\a", "")
    assert inside.isprintable()


def test_inside_tmux_it_is_wrapped() -> None:
    told = sequence(Notice.DESKTOP, "nms", "down", {"TMUX": "/tmp/tmux-0/default,1,0"})
    assert told == ("\a\x1bPtmux;\x1b\x1b]9; nms: down\a\x1b\\\x1bPtmux;\x1b\x1b]777;notify;nms;down\a\x1b\\")


def test_the_bell_alone_and_nothing_at_all() -> None:
    assert sequence(Notice.BELL, "nms", "down", {}) == "\a"
    assert sequence(Notice.NONE, "nms", "down", {}) == ""


async def test_a_new_red_is_told_as_was_chosen(tmp_path: Path) -> None:
    city = City.of(alerts=1)
    async with sitting(city, tmp_path) as here:
        await here.press("B")
        await here.sees("told on the desktop")
        assert here.app.notice is Notice.DESKTOP
        written: list[str] = []
        assert here.app._driver is not None
        here.app._driver.write = written.append  # type: ignore[method-assign,assignment]
        city.break_device("dev-00009")
        await here.until(lambda: any("\x1b]777;notify;" in text for text in written), "the notice")
        assert sum("]777;" in text for text in written) == 1, "the old red is no news"
