"""Against Net-SNMP's agent."""

import asyncio
import socket
from pathlib import Path

import pytest

from nms.transports.errors import AccessDenied, Malformed, OverBudget, TransportError, Unreachable
from nms.transports.snmp import AuthProtocol, Community, PrivProtocol, SnmpClient, SnmpTarget, UsmUser, Version
from tests.peers import Peer, free_port, start_snmpd

SYSTEM = "1.3.6.1.2.1.1"
IF_INDEX, IF_DESCR, IF_NAME = "1.3.6.1.2.1.2.2.1.1", "1.3.6.1.2.1.2.2.1.2", "1.3.6.1.2.1.31.1.1.1.1"


@pytest.fixture(scope="module")
def agent(tmp_path_factory: pytest.TempPathFactory):
    with start_snmpd(tmp_path_factory.mktemp("snmp"), community="lectura") as peer:
        yield peer


def target(agent: Peer, version: Version = Version.V2C, community: str = "lectura", **more: object) -> SnmpTarget:
    return SnmpTarget(agent.address, agent.port, Community(version, community), timeout=1.0, **more)


@pytest.mark.parametrize("version", list(Version))
async def test_scalars_tables_and_walks_read_the_same_every_time(agent: Peer, version: Version) -> None:
    async with SnmpClient() as client:
        session = client.session(target(agent, version))
        for _ in range(4):
            got = await session.get([f"{SYSTEM}.5.0", f"{SYSTEM}.99.0", f"{SYSTEM}.3.0"])
            assert got[f"{SYSTEM}.5.0"] == b"test-agent"
            assert set(got) == {f"{SYSTEM}.5.0", f"{SYSTEM}.3.0"}
            table = await session.table([IF_INDEX, IF_DESCR, IF_NAME, "1.3.6.1.2.1.2.2.1.99"])
            assert [str(number) for number in table.columns[IF_INDEX]] == list(table.indexes)
            assert list(table.columns) == [IF_INDEX, IF_DESCR, IF_NAME]
            assert b"lo" in table.columns[IF_NAME]
            walked = await session.walk(SYSTEM)
            assert walked[f"{SYSTEM}.5.0"] == b"test-agent"
            assert next(iter(walked)) == f"{SYSTEM}.1.0"
        assert client.statistics.layout_hits > 0
        assert client.statistics.dropped.total() == 0


async def test_a_walk_of_one_instance_finds_it(agent: Peer) -> None:
    async with SnmpClient() as client:
        assert await client.session(target(agent)).walk(f"{SYSTEM}.5.0") == {f"{SYSTEM}.5.0": b"test-agent"}


async def test_a_wrong_community_is_silence(agent: Peer) -> None:
    async with SnmpClient() as client:
        session = client.session(target(agent, community="otra", retries=0))
        with pytest.raises(Unreachable, match="community"):
            await session.get([f"{SYSTEM}.5.0"])


USERS = {
    "sin": UsmUser("sin"),
    "md5": UsmUser("md5", AuthProtocol.MD5, "clave-md5-1"),
    "des": UsmUser("des", AuthProtocol.MD5, "clave-md5-1", PrivProtocol.DES, "secreto-des-1"),
    "sha": UsmUser("sha", AuthProtocol.SHA, "clave-sha-1", PrivProtocol.AES128, "secreto-aes-1"),
    "s256": UsmUser("s256", AuthProtocol.SHA256, "clave-sha-256", PrivProtocol.AES128, "secreto-aes-2"),
    "s512": UsmUser("s512", AuthProtocol.SHA512, "clave-sha-512", PrivProtocol.AES256, "secreto-aes-256"),
}


@pytest.fixture(scope="module")
def usm_agent(tmp_path_factory: pytest.TempPathFactory):
    users = [
        " ".join(filter(None, [u.name, u.auth_protocol, u.auth_password, u.priv_protocol, u.priv_password]))
        for u in USERS.values()
    ]
    with start_snmpd(tmp_path_factory.mktemp("usm"), users=users) as peer:
        yield peer


def usm_target(agent: Peer, user: UsmUser, **more: object) -> SnmpTarget:
    return SnmpTarget(agent.address, agent.port, user, timeout=1.0, **more)


async def test_every_kind_of_user_reads_the_same(usm_agent: Peer) -> None:
    async with SnmpClient() as client:
        for user in USERS.values():
            session = client.session(usm_target(usm_agent, user))
            assert await session.get([f"{SYSTEM}.5.0", f"{SYSTEM}.99.0"]) == {f"{SYSTEM}.5.0": b"test-agent"}
            table = await session.table([IF_INDEX, IF_DESCR, "1.3.6.1.2.1.2.2.1.99"])
            assert [str(number) for number in table.columns[IF_INDEX]] == list(table.indexes)
            assert list(table.columns) == [IF_INDEX, IF_DESCR]
            walked = await session.walk(SYSTEM)
            assert walked[f"{SYSTEM}.2.0"] == "1.3.6.1.4.1.8072.3.2.10"


@pytest.mark.parametrize(
    ("user", "says"),
    [
        (UsmUser("nadie", AuthProtocol.SHA, "clave-sha-1"), "does not know the user"),
        (UsmUser("sha", AuthProtocol.SHA, "clave-falsa-1", PrivProtocol.AES128, "secreto-aes-1"), "authentication"),
        (UsmUser("sha", AuthProtocol.SHA256, "clave-sha-1", PrivProtocol.AES128, "secreto-aes-1"), "authentication"),
    ],
)
async def test_a_refused_user_is_access_denied_and_no_secret_is_told(usm_agent: Peer, user: UsmUser, says: str) -> None:
    async with SnmpClient() as client:
        with pytest.raises(AccessDenied, match=says) as raised:
            await client.session(usm_target(usm_agent, user, retries=0)).get([f"{SYSTEM}.5.0"])
        assert user.auth_password not in str(raised.value)


async def test_an_agent_that_restarts_is_read_again_without_help(tmp_path: Path) -> None:
    user = USERS["sha"]
    line = f"{user.name} SHA {user.auth_password} AES {user.priv_password}"
    async with SnmpClient() as client:
        with start_snmpd(tmp_path, users=[line]) as first:
            session = client.session(usm_target(first, user))
            assert await session.get([f"{SYSTEM}.5.0"])
        with start_snmpd(tmp_path, users=[line], port=first.port):
            session.renew()
            assert await session.get([f"{SYSTEM}.5.0"])


async def test_keys_are_made_and_localised_once(usm_agent: Peer, monkeypatch: pytest.MonkeyPatch) -> None:
    from nms.transports.snmp import usm  # pysnmp's modules import each other in a circle: this is the way in

    made: list[str] = []
    hmac_sha2 = type(usm.config.AUTH_SERVICES[usm.config.USM_AUTH_HMAC192_SHA256])

    def counted(name: str) -> None:
        plain = getattr(hmac_sha2, name)
        monkeypatch.setattr(hmac_sha2, name, lambda *given: (made.append(name), plain(*given))[1])

    counted("hash_passphrase")
    counted("localize_key")
    async with SnmpClient() as client:
        session = client.session(usm_target(usm_agent, USERS["s256"]))
        await session.get([f"{SYSTEM}.5.0"])
        assert {"hash_passphrase", "localize_key"} <= set(made)
        made.clear()
        for _ in range(3):
            session.renew()
            await session.get([f"{SYSTEM}.5.0"])
            await session.table([IF_INDEX, IF_DESCR])
        await client.session(usm_target(usm_agent, USERS["s256"])).get([f"{SYSTEM}.5.0"])
    assert made == []


async def test_a_v3_visit_keeps_its_budget_and_its_limit_of_requests(usm_agent: Peer) -> None:
    async with SnmpClient() as client:
        session = client.session(usm_target(usm_agent, USERS["sin"], budget_requests=3, max_in_flight=1))
        names = [[f"{SYSTEM}.{number}.0"] for number in (1, 2, 3, 4, 5)]
        found = await asyncio.gather(*(session.get(one) for one in names), return_exceptions=True)
        assert [type(one) for one in found].count(OverBudget) == 2
        session.renew()
        assert await session.get(names[4])


async def test_a_v3_agent_that_answers_rubbish_is_unreachable_in_its_tries() -> None:
    class Rubbish(asyncio.DatagramProtocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            self.transport = transport
            self.port = transport.get_extra_info("sockname")[1]

        def datagram_received(self, data: bytes, source: tuple[str, int]) -> None:
            for answer in (b"", b"\x30", b"\x30\x82\xff\xff", data, data[:-1], b"\x30\x80" + data, bytes(2000)):
                self.transport.sendto(answer, source)

    rubbish = Rubbish()
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: rubbish, local_addr=("127.0.0.1", 0)
    )
    try:
        async with SnmpClient() as client:
            target = SnmpTarget("127.0.0.1", rubbish.port, USERS["sha"], timeout=0.2, retries=1)
            with pytest.raises(TransportError) as raised:
                await client.session(target).get([f"{SYSTEM}.5.0"])
            assert isinstance(raised.value, Unreachable | Malformed)
    finally:
        transport.close()


async def test_a_silent_v3_agent_is_unreachable() -> None:
    async with SnmpClient() as client:
        target = SnmpTarget("127.0.0.1", free_port(socket.SOCK_DGRAM), USERS["sha"], timeout=0.1, retries=1)
        with pytest.raises(Unreachable, match="2 tries"):
            await client.session(target).get([f"{SYSTEM}.5.0"])
        assert client.statistics.timeouts == 2


def test_secrets_do_not_show() -> None:
    target = SnmpTarget("192.0.2.1", credential=USERS["s512"])
    assert "clave" not in repr(target)
    assert "secreto" not in repr(target)
    assert "lectura" not in repr(SnmpTarget("192.0.2.1", credential=Community(Version.V2C, "lectura")))
