"""Devices that behave badly, and those that netmiko would change: hung, cut off, paging, noisy, full of questions."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import asyncssh
import pytest

from nms.transports.errors import AccessDenied, Unreachable
from nms.transports.getters import get
from nms.transports.ssh import HostKeyChanged, HostKeys, SshClient, SshTarget
from tests.ssh_devices import PASSWORD, QUIET, USER, served

WRONG_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDLdnBVB4QYNyGtAVTBSLwM2BZQmIVI4tqMzBlvWv6xa"
TEXT = "\n".join(
    ["version 15.2", "banner motd ^C", "nobody types at sw-test# or at <sw-test> here", "^C"]
    + [f"interface GigabitEthernet1/0/{n}\n description {'x' * (n % 60)}\n shutdown" for n in range(60)]
    + ["end"]
)
SHOW = "show everything"


@dataclass
class Trouble:
    """A shell that answers `SHOW` with `TEXT`, in its own way. `heard`: the lines typed at it."""

    prompt: str = "sw-test#"
    greeting: str = ""
    questions: tuple[str, ...] = ()
    pager: str = ""
    wipes: str = ""
    stops_after: int = 0
    """So many characters of the text, and nothing more."""
    hangs_up: bool = False
    heard: list[str] = field(default_factory=list)

    async def talk(self, process: asyncssh.SSHServerProcess[str]) -> None:
        await self._talk(process)
        process.exit(0)

    async def _talk(self, process: asyncssh.SSHServerProcess[str]) -> None:
        process.stdout.write(self.greeting)
        for question in self.questions:
            process.stdout.write(question)
            self.heard.append(await self._line(process))
        process.stdout.write(f"\r\n{self.prompt}")
        while (line := await self._line(process)) not in ("exit", "quit", None):
            self.heard.append(line)
            process.stdout.write(f"{line}\r\n")
            if line == SHOW:
                if not await self._show(process):
                    return
            elif line and not line.startswith(QUIET):
                process.stdout.write("Unknown action 0\r\n")
            process.stdout.write(self.prompt)

    async def _line(self, process: asyncssh.SSHServerProcess[str]) -> str | None:
        typed = ""
        while (one := await process.stdin.read(1)) not in ("\r", "\n"):
            if not one:
                return None
            typed += one
        return typed.strip()

    async def _show(self, process: asyncssh.SSHServerProcess[str]) -> bool:
        """Whether a prompt comes after it."""
        lines = TEXT.split("\n")
        if self.stops_after:
            process.stdout.write(TEXT[: self.stops_after].replace("\n", "\r\n"))
            if not self.hangs_up:
                await process.stdin.read(1)
            return False
        step = 20 if self.pager else len(lines)
        for start in range(0, len(lines), step):
            process.stdout.write("".join(f"{line}\r\n" for line in lines[start : start + step]))
            if start + step < len(lines):
                process.stdout.write(self.pager)
                while await process.stdin.read(1) not in (" ", ""):
                    pass
                process.stdout.write(self.wipes)
        return True


@asynccontextmanager
async def troubled(trouble: Trouble) -> AsyncIterator[int]:
    async with served(trouble.talk, line_editor=False) as port:
        yield port


@pytest.fixture
def client(tmp_path: Path) -> Iterator[SshClient]:
    client = SshClient(HostKeys(tmp_path / "known_hosts"), threads=2, connect_timeout=10, command_timeout=30)
    yield client
    client.close()


async def shown(client: SshClient, port: int, platform: str = "cisco_ios", seconds: float | None = None) -> str:
    target = SshTarget("127.0.0.1", port, platform, USER, password=PASSWORD)
    outputs, _logged_in = await client.run(target, [SHOW], seconds=seconds)
    return outputs[SHOW].rstrip()


async def test_an_output_that_stops_after_it_spelled_the_prompt_is_not_taken_for_whole(client: SshClient) -> None:
    async with troubled(Trouble(stops_after=TEXT.index("sw-test#") + len("sw-test#"))) as port:
        # the prompt at the very end of what came cannot be told from the prompt
        assert "interface" not in await shown(client, port, seconds=1)
    async with troubled(Trouble(stops_after=900)) as port:
        with pytest.raises(Unreachable, match="did not end within 1 s"):
            await shown(client, port, seconds=1)


async def test_a_device_that_hangs_up_in_the_middle_is_told_at_once_and_as_that(client: SshClient) -> None:
    async with troubled(Trouble(stops_after=900, hangs_up=True)) as port:
        with pytest.raises(Unreachable, match="hung up in the middle of a command"):
            await asyncio.wait_for(shown(client, port, seconds=600), 60)


@pytest.mark.parametrize(
    ("pager", "wipes"),
    [
        (" --More-- ", "\x08" * 9 + " " * 8 + "\x08" * 9),
        ("  ---- More ----", "\x1b[42D" + " " * 42 + "\x1b[42D"),
        ("---(more 45%)---", "\r" + " " * 40 + "\r"),
        ("<--- More --->", "\r" + " " * 14 + "\r"),
        ("-- MORE --, next page: Space, next line: Enter, quit: Control-C", "\r\x1b[K"),
        ("--More-- or (q)uit", "\r\n"),
    ],
    ids=["ios", "vrp", "junos", "asa", "procurve", "edgeswitch"],
)
async def test_a_pager_is_answered_and_leaves_nothing_in_the_text(client: SshClient, pager: str, wipes: str) -> None:
    async with troubled(Trouble(pager=pager, wipes=wipes)) as port:
        found = await shown(client, port)
    assert [line for line in found.splitlines() if line] == TEXT.splitlines()


async def test_a_banner_full_of_prompts_and_their_signs_does_not_confuse(client: SshClient) -> None:
    greeting = "\r\n### Only > for # the $ authorised ###\r\nsw-test# <sw-test>\r\n"
    async with troubled(Trouble(greeting=greeting)) as port:
        assert await shown(client, port) == TEXT


@pytest.mark.filterwarnings("ignore:Diffie-Hellman")
async def test_a_fortigate_that_pages_is_read_without_touching_its_configuration(client: SshClient) -> None:
    trouble = Trouble(prompt="FGT-1 # ", pager="--More-- ", wipes="\r" + " " * 9 + "\r")
    async with troubled(trouble) as port:
        assert await shown(client, port, "fortinet") == TEXT
    assert {line for line in trouble.heard if line} == {SHOW}


async def test_what_vrp_asks_before_its_prompt_is_answered_with_no(client: SshClient) -> None:
    risks = "\r\nWarning: There are security risks in the configuration file. Do you want to continue? [Y/N]:"
    trouble = Trouble(prompt="<sw-test>", questions=("\r\nThe password needs to be changed. Change now? [Y/N]:", risks))
    async with troubled(trouble) as port:
        assert await shown(client, port, "huawei") == TEXT
    assert trouble.heard[:2] == ["N", "N"]
    assert "Y" not in trouble.heard


@pytest.mark.parametrize("platform", ["cisco_ios", "cisco_nxos", "cisco_xr", "arista_eos", "juniper_junos", "huawei"])
async def test_to_a_changed_key_not_even_the_name_of_the_account_is_sent(
    client: SshClient, platform: str, tmp_path: Path
) -> None:
    attempts: list[str] = []

    async def visit(port: int) -> None:
        target = SshTarget("127.0.0.1", port, platform, USER, password="wrong")
        await (client.run(target, [SHOW]) if platform == "huawei" else get(client, target, ["facts"]))

    async with served(Trouble().talk, line_editor=False, attempts=attempts) as port:
        (tmp_path / "known_hosts").write_text(f"[127.0.0.1]:{port} {WRONG_KEY}\n")
        with pytest.raises(HostKeyChanged, match="nothing was sent"):
            await visit(port)
        assert attempts == []
        assert client.host_keys.forget(f"[127.0.0.1]:{port}")
        with pytest.raises(AccessDenied, match="refuses the log-in"):
            await visit(port)
        assert set(attempts) == {USER}
