"""`nms demo` as a newcomer runs it: without a terminal, to its end, in Spanish."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.timeout(300)


@pytest.fixture
def alone() -> Iterator[list[str]]:
    """The words before a command that give it a loopback of its own, where this machine lets us make one."""
    ip, name = shutil.which("ip"), f"nms-{uuid.uuid4().hex[:8]}"
    if not ip or os.geteuid() != 0 or subprocess.run([ip, "netns", "add", name], capture_output=True).returncode:
        yield []
        return
    try:
        subprocess.run([ip, "-n", name, "link", "set", "lo", "up"], check=True)
        yield [ip, "netns", "exec", name]
    finally:
        subprocess.run([ip, "netns", "del", name], check=False)


def test_the_demo_tells_its_whole_story_and_ends_well(alone: list[str], tmp_path: Path) -> None:
    command = [*alone, sys.executable, "-m", "nms", "--lang", "en", "demo", "--once", "--dir", str(tmp_path / "demo")]
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, env=environment, timeout=280
    )
    told = done.stdout
    assert done.returncode == 0, told + done.stderr
    assert "Traceback" not in done.stderr
    assert re.search(r"390 agents answer SNMP", told)
    (link,) = re.findall(r"simulated: The link (.+) is cut", told)
    incident = re.search(rf"incident (\d+): {re.escape(link)} is down", told)
    assert incident, told
    number = incident[1]
    assert re.search(rf"incident {number} silences 1[0-9] symptoms: unreachable, not down", told)
    assert re.search(r"incident \d+: UPS .+ Output source: battery", told)
    assert re.search(r"incident \d+: .+ supply level is 0 %, below 2 %", told)
    assert re.search(r"incident \d+: .+ out of service", told)
    assert re.search(r"incident \d+: .+/var: storage used is 97 %, above 95 %", told)
    assert re.search(r"preventive ticket MP-\d{4}-\d{6}", told)
    assert re.search(r"notification: .*SIMULATED", told)
    assert re.search(r"ticket MC-\d{4}-\d{6} resolved by the recovery", told)
    tickets = re.findall(r"one corrective ticket: (MC-\d{4}-\d{6})", told)
    assert len(tickets) == len(set(tickets))
    uptime = told.partition("Uptime of every department")[2]
    assert len(re.findall(r"\d+\.\d\d %", uptime)) == 39
    assert re.search(r"\d+\.\d\d %\s+down \d+", uptime)
