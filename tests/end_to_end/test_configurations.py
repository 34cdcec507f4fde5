"""Configurations as their users have them: the daemon, the commands, a device over SSH, and a kill in between."""

from __future__ import annotations

import asyncio
import json
import shutil
import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from nms.store.configurations import copies
from nms.views.cli.main import run
from tests.collect.configuration.samples import IOS
from tests.end_to_end.municipality import municipality
from tests.ssh_devices import PASSWORD, USER, network_device

MORE = """
configuration_backup: {timeout: 10s}
"""
CREDENTIAL = f"  ssh-read: {{kind: ssh, user: {USER}, password: env:TEST_SSH}}\n"


@contextmanager
def beside(outputs: dict[str, str]) -> Iterator[int]:
    """A device in a thread of its own, so that commands may block meanwhile."""
    ready, port, ends = threading.Event(), [0], asyncio.Event()
    loop = asyncio.new_event_loop()

    async def live() -> None:
        async with network_device(outputs) as (number, _heard):
            port[0] = number
            ready.set()
            await ends.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=[live()])
    thread.start()
    assert ready.wait(10)
    try:
        yield port[0]
    finally:
        loop.call_soon_threadsafe(ends.set)
        thread.join(10)
        loop.close()


@pytest.mark.timeout(180)
def test_a_configuration_is_fetched_shown_compared_searched_accepted_and_survives_a_kill(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEST_SSH", PASSWORD)

    def nms(*arguments: str, code: int = 0) -> str:
        """One command, in this process: a new one for each would be most of the time of this test."""
        assert run(None, ["--config", str(tmp_path / "config.yaml"), "--lang", "en", *arguments]) == code  # type: ignore[arg-type]
        said = capsys.readouterr()
        assert len(said.err.splitlines()) == (code == 2)
        return said.out + said.err

    outputs = {"show running-config": IOS, "show startup-config": IOS}
    with beside(outputs) as port:
        device = (
            "devices:\n  sw: {role: switch, name: Switch, address: 127.0.0.1, department: tesoreria, site: palacio,"
            f" interval: 1h, endpoints: {{ssh: {{port: {port}, credential: ssh-read, platform: cisco_ios}}}}}}\n"
        )
        with municipality(tmp_path, device, more=MORE, environment={"TEST_SSH": PASSWORD}) as here:
            config = here.directory / "config.yaml"
            config.write_text(config.read_text().replace("credentials:\n", f"credentials:\n{CREDENTIAL}"))
            assert nms("check")
            here.start()
            assert nms("configuration", "fetch", "sw").startswith("sw: ")
            (row,) = json.loads(nms("configuration", "list", "--json"))
            assert (row["problem"], row["findings"]) == ("", [])
            shown = nms("configuration", "show", "sw")
            assert "hostname sw-test" in shown
            assert "ThisIsAHashOfASecret" not in shown
            assert "soloLectura" not in shown
            assert nms("configuration", "diff", "sw", "startup", "running") == "there is no difference\n"
            outputs["show running-config"] = IOS.replace("Enlace a Tesoreria", "Enlace nuevo")
            assert "changed (+1 -1)" in nms("configuration", "fetch")
            assert "+ description Enlace nuevo" in nms("configuration", "diff", "sw", code=1)
            assert "+1 -1" in nms("configuration", "history", "sw")
            hits = json.loads(nms("configuration", "search", "description .*nuevo", "--json"))["hits"]
            assert [(hit["device"], hit["section"]) for hit in hits] == [("sw", "interface GigabitEthernet0/1")]
            assert nms("configuration", "accept", "sw", "--note", "norma")
            nms("configuration", "drift")
            assert "configure replace" in nms("configuration", "restore", "sw")
            assert "names no text" in nms("configuration", "show", "sw", "yesterday", code=2)
            assert "no device" in nms("configuration", "show", "nobody", code=2)
            assert here.stop(signal.SIGKILL) == -signal.SIGKILL
            here.start()
            assert nms("configuration", "show", "sw").count("Enlace nuevo") == 1
            nms("backup", str(tmp_path / "copy"))
            nms("doctor")
            assert copies.check(tmp_path / "copy") == ""
            repository = here.directory / "data" / "configurations" / "repository.git"
            if git := shutil.which("git"):
                command = [git, "-c", "safe.directory=*", "-C", str(repository), "log", "-p", "--format=%an %s", "main"]
                log = subprocess.run(command, check=True, capture_output=True, text=True).stdout
                assert [line for line in log.splitlines() if " sw: " in line] == [
                    "local sw: accepted as the baseline by local",
                    "ana sw: changed (+1 -1)",
                    "nms sw: first copy",
                ]
                for secret in ("ThisIsAHashOfASecret", "soloLectura", "0822455D0A16"):
                    assert secret not in log
            assert PASSWORD not in here.log
