"""SNMP v1 has no GETBULK: the rows of last time are guessed, and what does not follow is not believed."""

from collections.abc import Sequence

import pytest

from nms.transports.snmp import Version
from tests.transports.snmp.agents import Agent, Asked, integer, interfaces
from tests.transports.snmp.test_survival import COLUMNS, TABLE, asking, expected

BEHIND = {"1.3.6.1.4.1.99.2.1.1": integer(5)}


def rows_of(table: dict[str, bytes], present: Sequence[int]) -> dict[str, bytes]:
    return {oid: value for oid, value in table.items() if int(oid.rpartition(".")[2]) in present}


async def test_known_rows_are_asked_for_several_at_a_time() -> None:
    agent = Agent(interfaces(90) | BEHIND)
    async with asking(agent, Version.V1) as (session, _):
        for most in (91, 12, 12, 12):
            agent.asked.clear()
            assert (await session.table(COLUMNS)).columns == expected(90)
            assert len(agent.asked) <= most
            assert all(len(asked.names) <= 120 for asked in agent.asked)


@pytest.mark.parametrize("after", [[1, 2, 4, 5, 6, 7, 8], [2, 3, 4], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10], [8], []])
@pytest.mark.parametrize("reads", [1, 2, 3])
async def test_rows_that_come_and_go_are_never_missed_nor_told_twice(after: list[int], reads: int) -> None:
    whole = interfaces(12)
    agent = Agent(rows_of(whole, [1, 2, 3, 5, 6, 7, 8]) | BEHIND)
    async with asking(agent, Version.V1) as (session, client):
        for _ in range(reads):
            await session.table(COLUMNS)
        agent.load(rows_of(whole, after) | BEHIND)
        for _ in range(3):
            table = await session.table(COLUMNS)
            assert table.indexes == tuple(map(str, after))
            assert table.columns.get(COLUMNS[0], ()) == tuple(after)
        assert client.statistics.oddities.total() == 0


async def test_columns_with_gaps_keep_their_rows() -> None:
    mib = {oid: value for oid, value in interfaces(9).items() if oid not in (f"{TABLE}.2.4", f"{TABLE}.3.9")}
    agent = Agent(mib | BEHIND)
    async with asking(agent, Version.V1) as (session, _):
        for _ in range(4):
            table = await session.table(COLUMNS)
            assert table.columns[COLUMNS[1]][3] is None
            assert table.columns[COLUMNS[2]][8] is None
            assert table.columns[COLUMNS[3]] == expected(9)[COLUMNS[3]]


async def test_an_agent_whose_objects_end_with_the_table_is_read_whole() -> None:
    agent = Agent(interfaces(20))
    async with asking(agent, Version.V1) as (session, _):
        for _ in range(4):
            assert (await session.table(COLUMNS)).columns == expected(20)


async def test_an_agent_that_drops_long_requests_is_asked_row_by_row() -> None:
    def answering(agent: Agent, asked: Asked) -> Sequence[bytes]:
        return [] if len(asked.data) > 200 else [agent.answer(asked)]

    agent = Agent(interfaces(30) | BEHIND, answering)
    async with asking(agent, Version.V1) as (session, client):
        for _ in range(4):
            assert (await session.table(COLUMNS)).columns == expected(30)
        assert client.statistics.timeouts == 1
