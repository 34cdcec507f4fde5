"""From a datagram to a verdict, through the wired receiver."""

import asyncio
import socket
from pathlib import Path

from nms.config import Config, Polling, SyslogPolling
from nms.model import Device, DeviceId, Inventory, Role, Severity, Verdict
from nms.wiring.events import Outlets, open_syslog

SWITCH = Device(DeviceId("sw"), "sw", Role.SWITCH, "127.0.0.1", "s", "d")
INVENTORY = Inventory("x", {}, {}, {SWITCH.id: SWITCH}, {})


def config(listen: str) -> Config:
    return Config(data_dir=Path("data"), polling=Polling(syslog=SyslogPolling(listen=listen)))


async def test_a_datagram_becomes_a_verdict():
    told: asyncio.Queue[Verdict] = asyncio.Queue()
    troubles: dict[str, str] = {}
    outlets = Outlets(told.put_nowait, troubles.__setitem__)
    async with open_syslog(config("127.0.0.1:0"), INVENTORY, outlets) as listening:
        port = listening.port
        assert port is not None
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.sendto(b"<187>Nov 22 10:00:00 sw %ENV-3: Fan 1 has failed", ("127.0.0.1", port))
        verdict = await asyncio.wait_for(told.get(), 5)
    assert (verdict.key, verdict.severity) == ("syslog/sw/1/fan", Severity.CRITICAL)
    assert troubles == {}


async def test_a_port_that_is_taken_is_a_trouble_and_no_end():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        troubles: dict[str, str] = {}
        where = f"127.0.0.1:{taken.getsockname()[1]}"
        async with open_syslog(config(where), INVENTORY, Outlets(print, troubles.__setitem__)) as listening:
            assert listening.port is None
    assert "cannot listen for syslog" in troubles["syslog"]


async def test_nothing_is_received_unless_the_configuration_says_so():
    async with open_syslog(config(""), INVENTORY, Outlets(print, {}.__setitem__)) as listening:
        assert listening.port is None
