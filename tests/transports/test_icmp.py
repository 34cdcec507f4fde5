from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from nms.transports.errors import LocalFault, Unreachable
from nms.transports.icmp import IcmpClient
from tests.peers import require_peer

ROOT = Path(__file__).parents[2]


@pytest.fixture
async def client():
    try:
        opened = IcmpClient.open()
    except LocalFault as fault:
        pytest.skip(str(fault))
    async with opened:
        yield opened


def in_a_network_of_its_own(*argv: str) -> list[str]:
    """The command in an empty network namespace; skips where this system gives none, which not even CI can mend."""
    unshare = require_peer("unshare")
    require_peer("ip")
    tried = subprocess.run([unshare, "--net", "true"], capture_output=True, text=True)
    if tried.returncode or not Path("/dev/net/tun").exists() or os.getuid():
        pytest.skip(f"needs root, network namespaces and /dev/net/tun: {tried.stderr.strip()}")
    return [unshare, "--net", *argv]


@pytest.fixture(scope="module", params=["raw asyncio", "raw uvloop", "ping asyncio", "ping uvloop"])
def seen(request: pytest.FixtureRequest) -> dict[str, Any]:
    """What a client, raw or as an unprivileged user, sees of a network that misbehaves."""
    argv = [sys.executable, "-W", "error", "-m", "tests.transports.icmp_bench", *request.param.split()]
    done = subprocess.run(in_a_network_of_its_own(*argv), cwd=ROOT, capture_output=True, text=True, timeout=30)
    assert done.returncode == 0, done.stderr
    result: dict[str, Any] = json.loads(done.stdout)
    return result


async def test_a_loopback_address_answers_every_echo(client: IcmpClient):
    echo = await client.ping("127.3.2.1", count=3, interval=0.01)
    assert (echo.sent, echo.received, echo.loss) == (3, 3, 0)
    assert len(echo.round_trips) == 3
    assert echo.round_trip is not None
    assert 0 < echo.round_trip < 0.5


async def test_a_thousand_addresses_at_once_lose_nothing(client: IcmpClient):
    targets = [f"127.9.{n >> 8}.{n & 255}" for n in range(1, 1001)]
    echoes = await asyncio.gather(*(client.ping(t, count=2, interval=0.05, timeout=5) for t in targets))
    assert [echo.address for echo in echoes] == targets
    assert {echo.received for echo in echoes} == {2}


async def test_the_round_trip_is_the_networks_not_that_of_a_busy_event_loop(client: IcmpClient):
    pinging = asyncio.ensure_future(client.ping("127.0.0.1", count=1, timeout=0.05))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    end = asyncio.get_running_loop().time() + 0.2
    while asyncio.get_running_loop().time() < end:
        pass
    echo = await pinging
    assert echo.received == 1
    assert echo.round_trips[0] < 0.05


async def test_two_visits_of_one_address_do_not_take_each_others_answers(client: IcmpClient):
    echoes = await asyncio.gather(*(client.ping("127.0.0.1", count=3, interval=0.005) for _ in range(50)))
    assert {echo.received for echo in echoes} == {3}


async def test_a_name_is_resolved_and_an_unknown_one_is_unreachable(client: IcmpClient):
    assert (await client.ping("localhost", count=1)).received == 1
    with pytest.raises(Unreachable, match=r"the name nowhere\.invalid does not resolve"):
        await client.ping("nowhere.invalid")


async def test_closing_ends_the_visits_that_wait(client: IcmpClient):
    pinging = asyncio.ensure_future(client.ping("127.0.0.1", count=1000, interval=0.001, timeout=30))
    await asyncio.sleep(0.01)
    pinging.cancel()
    with pytest.raises(asyncio.CancelledError):
        await pinging
    assert not client._flights
    client.close()
    client.close()


def test_without_any_permission_the_sentence_names_the_sysctl_and_the_capability():
    code = (
        "import asyncio, os\n"
        "from nms.transports.icmp import IcmpClient\n"
        "from nms.transports.errors import LocalFault\n"
        "async def main():\n"
        "    os.setgroups([]); os.setgid(65534); os.setuid(65534)\n"
        "    try: IcmpClient.open()\n"
        "    except LocalFault as fault: print(fault)\n"
        "asyncio.run(main())\n"
    )
    done = subprocess.run(in_a_network_of_its_own(sys.executable, "-c", code), cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    for part in ("net.ipv4.ping_group_range is '1 0'", "leaves out group 65534", "CAP_NET_RAW"):
        assert part in done.stdout


def test_an_answering_neighbour_is_heard(seen: dict[str, Any]):
    for name in ("10.99.0.1", "127.0.0.1", "again"):
        assert (seen[name]["sent"], seen[name]["received"], seen[name]["reason"]) == (4, 4, "")


def test_duplicate_answers_count_once(seen: dict[str, Any]):
    assert (seen["10.99.0.2"]["sent"], seen["10.99.0.2"]["received"]) == (4, 4)


@pytest.mark.parametrize(
    "address",
    ["10.99.0.3", "10.99.0.4", "10.99.0.7", "10.99.0.8"],
    ids=["from another address", "to another echo", "truncated or altered", "not ICMP"],
)
def test_an_answer_that_does_not_match_is_no_answer(seen: dict[str, Any], address: str):
    assert (seen[address]["received"], seen[address]["reason"]) == (0, "")


def test_an_answer_after_the_deadline_is_lost_and_the_deadline_holds(seen: dict[str, Any]):
    assert seen["10.99.0.5"]["received"] == 0
    assert 0.3 <= seen["took"] < 2


def test_a_router_that_refuses_is_named(seen: dict[str, Any]):
    assert seen["10.99.0.6"]["received"] == 0
    assert seen["10.99.0.6"]["reason"] == "host unreachable, says 10.99.0.200"


def test_a_route_that_prohibits_or_lacks_is_told_without_waiting(seen: dict[str, Any]):
    assert (seen["10.98.0.1"]["sent"], seen["10.98.0.1"]["received"]) == (4, 0)
    assert "says this machine" in seen["10.98.0.1"]["reason"]
    assert "network is unreachable" in seen["192.0.2.1"]["reason"]


def test_half_of_the_echoes_lost_is_half_lost(seen: dict[str, Any]):
    echo = seen["10.99.0.9"]
    assert (echo["sent"], echo["received"], len(echo["round_trips"])) == (4, 2, 2)


def test_loss_by_a_packet_filter_is_measured():
    nft = require_peer("nft")
    code = (
        "import asyncio\n"
        "from nms.transports.icmp import IcmpClient\n"
        "async def main():\n"
        "    async with IcmpClient.open(True) as client:\n"
        "        print((await client.ping('127.0.0.1', count=40, interval=0.005, timeout=0.1)).received)\n"
        "asyncio.run(main())\n"
    )
    chain = "chain c { type filter hook input priority 0; icmp type echo-request numgen inc mod 4 0 drop; }"
    rules = f"table ip t {{ {chain}; }}"
    shell = f"ip link set lo up && {nft} '{rules}' && exec {sys.executable} -c \"$CODE\""
    argv = in_a_network_of_its_own("sh", "-c", shell)
    done = subprocess.run(argv, cwd=ROOT, env={**os.environ, "CODE": code}, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) == 30
