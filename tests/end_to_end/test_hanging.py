"""Parts of the real daemon that hang: they are started again, people are told, and the work goes on."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.end_to_end.municipality import ROOT, SECRET, Municipality, municipality
from tests.end_to_end.test_main_job import devices
from tests.peers import start_snmpd

pytestmark = pytest.mark.timeout(180)

PROGRAM = str(ROOT / "tests" / "end_to_end" / "hanging.py")


def start(here: Municipality, parts: str) -> None:
    flags = here.directory / "flags"
    flags.mkdir()
    here.environment["PYTHONPATH"] = str(ROOT)
    here.start(PROGRAM, parts, str(flags))


def keys(here: Municipality, *, resolved: bool) -> set[str]:
    found = here.ask("alerts", resolved=True) or []
    return {row.key for row in found if (row.resolved_at is not None) is resolved}


def is_polled_on(here: Municipality) -> bool:
    began = time.time()
    here.wait_for(lambda: _last_poll(here) > began, "a poll after that")
    return True


def _last_poll(here: Municipality) -> float:
    """0 as long as nobody answers, or nothing was polled."""
    overview = here.ask("overview")
    return (overview.pollers.last_poll_at if overview else None) or 0.0


def test_parts_that_hang_on_the_loop_are_started_again_and_said_so(tmp_path: Path) -> None:
    with (
        start_snmpd(tmp_path, community=SECRET) as snmpd,
        municipality(tmp_path / "m", devices(srv=snmpd.port)) as here,
    ):
        parts = {"pollers", "scheduler", "notifier"}
        start(here, ",".join(sorted(parts)))
        hung = {f"part-hung/monitor/{part}" for part in parts}
        here.wait_for(lambda: hung <= keys(here, resolved=True) | keys(here, resolved=False), "alerts about each", 60)
        here.wait_for(lambda: hung <= keys(here, resolved=True), "their end, since the parts work again", 60)
        assert is_polled_on(here)
        assert keys(here, resolved=False) <= {"device-down/srv", "polling-stalled/monitor"}
        for part in ("The poller", "The scheduler", "The sending of messages"):
            assert f"{part} was restarted" in here.log


def test_a_pipeline_that_hangs_is_replaced_with_the_process_and_nothing_is_lost(tmp_path: Path) -> None:
    with (
        start_snmpd(tmp_path, community=SECRET) as snmpd,
        municipality(tmp_path / "m", devices(srv=snmpd.port, gone=1)) as here,
    ):
        start(here, "pipeline")
        assert here.process is not None
        before = here.process.pid
        here.wait_for(lambda: "restarted/monitor" in keys(here, resolved=False), "the alert about the restart", 60)
        assert (here.process.pid, here.process.poll()) == (before, None), "the same process for systemd"
        assert "pipeline hangs and cannot be restarted by itself" in here.log
        here.wait_for(lambda: "device-down/gone" in keys(here, resolved=False), "what is wrong")
        assert is_polled_on(here)
        assert not (here.directory / "data" / "restarted.json").exists()
        assert here.ask("overview").devices.up == 1
        assert here.stop() == 0
