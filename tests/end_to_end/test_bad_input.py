"""What newcomers and bad days bring: each a clear sentence, none a traceback, nothing lost."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.end_to_end.municipality import SECRET, Municipality, municipality
from tests.end_to_end.test_main_job import devices, open_keys
from tests.peers import free_port, start_snmpd, wait_until

pytestmark = pytest.mark.timeout(180)

HOSTILE = "[/red][@click=app.quit]core\x1b]52;c;aGk=\x07"


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Municipality]:
    with municipality(tmp_path / "m", devices(srv=free_port(socket.SOCK_DGRAM))) as found:
        yield found


def fill(path: Path) -> None:
    with path.open("wb") as file:
        while True:
            file.write(b"x" * 65536)
            file.flush()


def refused(here: Municipality) -> str:
    """What `nms run` says when it cannot start: one sentence, exit code 2."""
    done = here.nms("run", check=False)
    assert done.returncode == 2, done.stdout + done.stderr
    said = done.stderr.strip()
    assert len(said.splitlines()) == 1, said
    return said


def test_an_occupied_port_is_named_with_the_way_out(here: Municipality) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", here.port))
        taken.listen()
        said = refused(here)
    assert f"127.0.0.1 port {here.port} is taken" in said
    assert "api.port" in said


def test_a_second_daemon_on_the_same_data_is_refused_and_the_first_goes_on(here: Municipality) -> None:
    here.start()
    config = here.directory / "config.yaml"
    config.write_text(config.read_text().replace(str(here.port), str(free_port())))
    assert "samples.db" in refused(here)
    assert here.ask("overview") is not None


def test_broken_yaml_is_told_with_file_and_line(here: Municipality) -> None:
    (here.directory / "inventories" / "devices" / "all.yaml").write_text("devices:\n  srv: {role: router\n  b: 1\n")
    done = here.nms("run", check=False)
    assert done.returncode == 2
    assert "all.yaml:3" in done.stderr or "all.yaml:2" in done.stderr


def test_a_mistyped_key_gets_a_suggestion(here: Municipality) -> None:
    config = here.directory / "config.yaml"
    config.write_text(config.read_text().replace("timeout: 300ms", "timeuot: 300ms"))
    done = here.nms("check", check=False)
    assert done.returncode == 1
    assert "timeuot" in done.stdout
    assert "timeout" in done.stdout


def test_a_data_directory_that_cannot_be_written_is_named(here: Municipality) -> None:
    (here.directory / "data").write_text("a file where the folder should be")
    assert str(here.directory / "data") in refused(here)


def test_a_missing_secret_is_named_and_the_others_go_on(tmp_path: Path) -> None:
    with (
        start_snmpd(tmp_path, community=SECRET) as snmpd,
        municipality(tmp_path / "m", devices(plain=snmpd.port, secret_v3=snmpd.port)) as here,
    ):
        del here.environment["TEST_AUTH"]
        here.start()
        here.wait_for(lambda: (page := here.ask("device", device_id="plain")) and page.interfaces, "interfaces")
        here.wait_for(lambda: (page := here.ask("device", device_id="secret_v3")) and page.witnesses, "a witness")
        (witness,) = here.ask("device", device_id="secret_v3").witnesses
        assert "TEST_AUTH" in witness.reason
        assert open_keys(here) == []


def test_a_hostile_system_name_neither_breaks_nor_acts(tmp_path: Path) -> None:
    lines = [f"sysContact {HOSTILE}", f"sysLocation {HOSTILE}"]
    with (
        start_snmpd(tmp_path, community=SECRET, lines=lines) as snmpd,
        municipality(tmp_path / "m", devices(srv=snmpd.port)) as here,
    ):
        here.start()
        here.wait_for(lambda: (page := here.ask("device", device_id="srv")) and page.facts.get("location"), "facts")
        facts = here.ask("device", device_id="srv").facts
        shown = here.nms("device", "srv").stdout
    assert "[@click=app.quit]core" in facts["location"]
    for text in (*facts.values(), shown, here.log):
        assert "\x1b" not in text
        assert "\x07" not in text


def test_a_full_disk_is_said_and_polling_goes_on(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = shutil.which("mount") and os.geteuid() == 0
    command = ["mount", "-t", "tmpfs", "-o", "size=160m", "tmpfs", str(disk)]
    if not mounted or subprocess.run(command, capture_output=True).returncode:
        pytest.skip("this machine lets nobody mount a small disk here")
    try:
        with (
            start_snmpd(tmp_path, community=SECRET) as snmpd,
            municipality(disk / "m", devices(srv=snmpd.port)) as here,
        ):
            here.start()
            here.wait_for(lambda: here.ask("overview").devices.up == 1, "the server to be up")
            filler = disk / "filler"
            with pytest.raises(OSError, match="space"):
                fill(filler)
            said = lambda: " ".join(here.ask("overview").pollers.problems)  # noqa: E731
            wait_until(lambda: "space" in said() or "full" in said(), f"a word about the disk: {said()}", 60)
            filler.unlink()
            wait_until(lambda: not here.ask("overview").pollers.problems, "work to resume by itself", 60)
            assert here.ask("overview").devices.up == 1
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=False)
