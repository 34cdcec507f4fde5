"""Against Net-SNMP's agent."""

import pytest

from nms.transports.errors import Unreachable
from nms.transports.snmp import Community, SnmpClient, SnmpTarget, Version
from tests.peers import Peer, start_snmpd

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
