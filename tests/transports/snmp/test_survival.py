"""What agents do against the protocol, and what the engine makes of it."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from itertools import groupby, pairwise

import pytest

from nms.transports.errors import AccessDenied, LocalFault, Malformed, OverBudget, TransportError, Unreachable
from nms.transports.snmp import Community, SnmpClient, SnmpSession, SnmpTarget, Version
from nms.transports.snmp.ber import encode_oid, tlv
from nms.transports.snmp.messages import GET, GET_BULK
from tests.transports.snmp.agents import (
    GEN_ERR,
    NO_SUCH_NAME,
    TOO_BIG,
    Agent,
    Answering,
    Asked,
    counter64,
    integer,
    interfaces,
    opaque_double,
    opaque_float,
    reply,
    running,
    text,
)

TABLE = "1.3.6.1.4.1.99.1"
COLUMNS = [f"{TABLE}.{column}" for column in (1, 2, 3, 4)]
NAME = "1.3.6.1.2.1.1.5.0"


@asynccontextmanager
async def asking(
    agent: Agent, version: Version = Version.V2C, **more: object
) -> AsyncIterator[tuple[SnmpSession, SnmpClient]]:
    options = {"timeout": 0.15, "retries": 1} | more
    async with running(agent), SnmpClient() as client:
        yield client.session(SnmpTarget("127.0.0.1", agent.port, Community(version, "c"), **options)), client


def expected(rows: int, first: int = 1) -> dict[str, tuple[object, ...]]:
    numbers = range(first, first + rows)
    return {
        COLUMNS[0]: tuple(numbers),
        COLUMNS[1]: tuple(b"port %d" % row for row in numbers),
        COLUMNS[2]: tuple(row * 10**9 for row in numbers),
        COLUMNS[3]: tuple(-row * 1000 for row in numbers),
    }


@pytest.mark.parametrize("version", list(Version))
@pytest.mark.parametrize("rows", [0, 1, 7, 90])
async def test_tables_of_any_length_are_read_exactly_again_and_again(version: Version, rows: int) -> None:
    agent = Agent(interfaces(rows) | {"1.3.6.1.4.1.99.2.1.1": integer(5)})
    async with asking(agent, version) as (session, client):
        for _ in range(5):
            table = await session.table(COLUMNS)
            assert table.indexes == tuple(str(row) for row in range(1, rows + 1))
            assert table.columns == (expected(rows) if rows else {})
        assert client.statistics.oddities.total() == 0


async def test_a_table_that_grows_shrinks_and_moves_is_never_stale() -> None:
    agent = Agent(interfaces(10))
    async with asking(agent) as (session, client):
        for rows, first in [
            (10, 1),
            (10, 1),
            (11, 1),
            (11, 1),
            (11, 1),
            (3, 5),
            (3, 5),
            (0, 1),
            (60, 1),
            (60, 1),
            (59, 2),
        ]:
            agent.load(interfaces(rows, first) | {"1.3.6.1.4.1.99.7.1": integer(1)})
            for _ in range(3):
                table = await session.table(COLUMNS)
                assert table.columns == (expected(rows, first) if rows else {})
        assert client.statistics.layout_hits > 0


async def test_values_that_change_their_length_and_type_are_read_right() -> None:
    values = [0, 127, 128, 255, 256, 70_000, 2**24, 2**31, 2**32, 2**40, 2**48, 2**56, 2**63, 2**64 - 1]
    agent = Agent({})
    async with asking(agent) as (session, _):
        for value in values + [value for value in values for _ in range(3)]:
            agent.load(
                {NAME: counter64(value), f"{TABLE}.3.1": counter64(value), f"{TABLE}.3.2": text(b"x" * (value % 50))}
            )
            assert await session.get([NAME]) == {NAME: value}
            table = await session.table([f"{TABLE}.3"])
            assert table.columns[f"{TABLE}.3"] == (value, b"x" * (value % 50))


async def test_sparse_columns_keep_their_rows_apart() -> None:
    mib = interfaces(20)
    for row in (2, 3, 11, 20):
        del mib[f"{TABLE}.2.{row}"]
    for row in range(5, 21):
        del mib[f"{TABLE}.4.{row}"]
    async with asking(Agent(mib)) as (session, _):
        for _ in range(4):
            table = await session.table([*COLUMNS, f"{TABLE}.9"])
            assert table.indexes == tuple(str(row) for row in range(1, 21))
            assert [row for row, cell in enumerate(table.columns[COLUMNS[1]], 1) if cell is None] == [2, 3, 11, 20]
            assert table.columns[COLUMNS[3]] == (-1000, -2000, -3000, -4000, *[None] * 16)
            assert f"{TABLE}.9" not in table.columns


def rewired(successor: dict[str, str]) -> Answering:
    """An agent whose GETBULK goes from OID to OID as told."""
    steps = {encode_oid(a): encode_oid(b) for a, b in successor.items()}

    def answering(agent: Agent, asked: Asked) -> list[bytes]:
        pairs, cursors = [], list(asked.names)
        for _ in range(asked.second):
            cursors = [steps.get(name, name) for name in cursors]
            pairs += [(name, integer(name[-1])) for name in cursors]
        return [reply(asked, pairs)]

    return answering


async def test_oids_that_do_not_increase_are_read_in_the_agents_order() -> None:
    column = f"{TABLE}.1"
    path = [column, f"{column}.3", f"{column}.1", f"{column}.2", "1.3.6.1.4.1.99.2.1"]
    agent = Agent({}, rewired(dict(pairwise(path))))
    async with asking(agent) as (session, client):
        table = await session.table([column])
        assert (table.indexes, table.columns) == (("3", "1", "2"), {column: (3, 1, 2)})
        assert client.statistics.oddities == {"not-increasing": 1}


async def test_a_cycle_ends_when_a_row_comes_again() -> None:
    column = f"{TABLE}.1"
    successor = {column: f"{column}.1", f"{column}.1": f"{column}.2", f"{column}.2": f"{column}.1"}
    agent = Agent({}, rewired(successor))
    async with asking(agent) as (session, client):
        table = await session.table([column])
        assert (table.indexes, table.columns) == (("1", "2"), {column: (1, 2)})
        assert client.statistics.oddities["cycle"] == 1
        assert len(agent.asked) == 1


async def test_a_table_that_never_ends_uses_up_its_budget() -> None:
    def answering(agent: Agent, asked: Asked) -> list[bytes]:
        start = int.from_bytes(asked.names[0][-2:], "big") if len(asked.names[0]) > 9 else 0
        names = [encode_oid(f"{TABLE}.1.{start * 1000 + step}") for step in range(1, asked.second + 1)]
        return [reply(asked, [(name, integer(1)) for name in names])]

    counter = iter(range(1, 1 << 30))

    def endless(agent: Agent, asked: Asked) -> list[bytes]:
        return [reply(asked, [(encode_oid(f"{TABLE}.1.{next(counter)}"), integer(1)) for _ in range(asked.second)])]

    async with asking(Agent({}, endless), budget_requests=20) as (session, client):
        with pytest.raises(OverBudget, match="20 SNMP requests"):
            await session.table([f"{TABLE}.1"])
        assert client.statistics.requests == 20
        session.renew()
        with pytest.raises(OverBudget):
            await session.walk(TABLE)
    async with asking(Agent({}, endless), budget_requests=None, budget_seconds=0.2) as (session, _):
        with pytest.raises(OverBudget, match=r"0\.2 s"):
            await session.table([f"{TABLE}.1"])


def deep(levels: int) -> bytes:
    inner = b""
    for _ in range(levels):
        inner = tlv(0x30, inner)
    return inner


async def test_bad_packets_are_counted_by_reason_and_the_good_one_is_taken() -> None:
    def answering(agent: Agent, asked: Asked) -> list[bytes]:
        good = agent.answer(asked)
        return [
            b"",
            b"\x30",
            b"\xff" * 40,
            good[:-3],
            good[:20],
            deep(10_000),
            good.replace(b"\x02\x04", b"\x02\x84", 1),
            b"\x30\x80" + good[2:] + b"\0\0",
            reply(asked, agent.pairs(asked), request_id=asked.request_id ^ 1),
            reply(asked, agent.pairs(asked), community=b"other"),
            reply(asked, agent.pairs(asked), version=0),
            reply(asked, agent.pairs(asked), kind=GET),
            good + b"trailing",
            good,
        ]

    async with asking(Agent({NAME: text(b"sw")}, answering), timeout=2.0) as (session, client):
        assert await session.get([NAME]) == {NAME: b"sw"}
        await until(lambda: client.statistics.dropped.total() == 13)
        dropped = client.statistics.dropped
        assert (dropped["wrong-community"], dropped["wrong-version"], dropped["not-a-response"]) == (1, 1, 1)
        assert dropped["unknown-id"] + dropped["malformed"] == 10
        assert dropped["unknown-id"] == 2, "one of another id, and the copy of what was taken"
        assert client.statistics.responses == 1


async def until(condition: object) -> None:
    async with asyncio.timeout(5):
        while not condition():  # type: ignore[operator]
            await asyncio.sleep(0.005)


async def test_an_answer_from_another_address_or_port_is_not_believed() -> None:
    class Elsewhere(Agent):
        def _send(self, asked: Asked, source: tuple[str, int]) -> None:
            stranger.sendto(reply(asked, [(encode_oid(NAME), text(b"lie"))]), source)
            asyncio.get_running_loop().call_later(0.02, super()._send, asked, source)

    loop = asyncio.get_running_loop()
    stranger, _ = await loop.create_datagram_endpoint(asyncio.DatagramProtocol, local_addr=("127.0.0.2", 0))
    async with asking(Elsewhere({NAME: text(b"truth")}), timeout=2.0) as (session, client):
        assert await session.get([NAME]) == {NAME: b"truth"}
        assert client.statistics.dropped == {"wrong-source": 1}
    stranger.close()


async def test_nothing_but_garbage_is_malformed_not_unreachable() -> None:
    async with asking(Agent({NAME: text(b"x")}, lambda agent, asked: [agent.answer(asked)[:-2]])) as (session, _):
        with pytest.raises(Malformed, match="readable"):
            await session.get([NAME])
        with pytest.raises(Malformed):
            await session.table(COLUMNS)


async def test_a_dead_agent_costs_its_tries_and_no_more() -> None:
    agent = Agent({}, lambda agent, asked: [])
    async with asking(agent, timeout=0.1, retries=2) as (session, client):
        for read in (session.get([NAME]), session.table(COLUMNS), session.walk(TABLE)):
            begun = time.monotonic()
            with pytest.raises(Unreachable, match=r"3 tries of 0\.1 s"):
                await read
            assert time.monotonic() - begun >= 0.29
        assert client.statistics.timeouts == 9
        assert len(agent.asked) == 9


async def test_a_dead_agent_costs_the_same_once_it_has_plans() -> None:
    agent = Agent(interfaces(30) | {NAME: text(b"x")})
    async with asking(agent, timeout=0.1, retries=2, max_in_flight=2) as (session, _):
        for _ in range(3):
            await session.get([NAME])
            await session.table(COLUMNS)
        agent._answering = lambda agent, asked: []
        for read in (session.get([NAME]), session.table(COLUMNS)):
            before = len(agent.asked)
            begun = time.monotonic()
            with pytest.raises(Unreachable):
                await read
            assert time.monotonic() - begun >= 0.29
            assert len(agent.asked) - before <= 4


async def test_an_answer_that_comes_after_its_timeout_still_counts() -> None:
    agent = Agent({NAME: text(b"slow")})
    agent.delay = 0.25
    async with asking(agent, timeout=0.15, retries=3) as (session, client):
        assert await session.get([NAME]) == {NAME: b"slow"}
        assert client.statistics.retries == 1
        await until(lambda: client.statistics.dropped["unknown-id"] == 1)


async def test_responses_that_get_lost_when_large_are_asked_for_smaller() -> None:
    def lossy(agent: Agent, asked: Asked) -> list[bytes]:
        response = agent.answer(asked)
        return [response] if len(response) < 600 else []

    async with asking(Agent(interfaces(60), lossy), timeout=0.05, retries=3) as (session, client):
        assert (await session.table(COLUMNS)).columns == expected(60)
        assert client.statistics.retries > 0


async def test_too_big_is_answered_with_less() -> None:
    def small(agent: Agent, asked: Asked) -> list[bytes]:
        response = reply(asked, agent.pairs(asked))
        return [response if len(response) <= 200 else reply(asked, [], TOO_BIG)]

    scalars = {f"1.3.6.1.4.1.99.5.{n}": integer(n) for n in range(40)}
    agent = Agent(interfaces(12) | scalars, small)
    async with asking(agent) as (session, client):
        assert await session.get(list(scalars)) == {oid: n for n, oid in enumerate(scalars)}
        assert (await session.table(COLUMNS)).columns == expected(12)
        assert client.statistics.errors["too-big"] > 0
        client.statistics.errors.clear()
        assert await session.get(list(scalars)) == {oid: n for n, oid in enumerate(scalars)}
        assert client.statistics.errors["too-big"] == 0, "it has learned what the agent can do"


async def test_what_is_always_too_big_is_left_out() -> None:
    agent = Agent({}, lambda agent, asked: [reply(asked, [], TOO_BIG)])
    async with asking(agent) as (session, client):
        assert await session.get([NAME, f"{TABLE}.1.1"]) == {}
        assert (await session.table(COLUMNS)).columns == {}
        assert client.statistics.oddities["column-left-out-too-big"] == 4
        assert len(agent.asked) < 60


@pytest.mark.parametrize("index", [3, 0, 99, -1])
async def test_an_instance_with_gen_err_costs_only_itself(index: int) -> None:
    bad = f"{TABLE}.1.3"

    def answering(agent: Agent, asked: Asked) -> list[bytes]:
        if asked.kind == GET and encode_oid(bad) in asked.names:
            place = asked.names.index(encode_oid(bad)) + 1
            return [reply(asked, [], GEN_ERR, place if index == 3 else index)]
        return [agent.answer(asked)]

    oids = [f"{TABLE}.1.{row}" for row in range(1, 9)]
    async with asking(Agent(interfaces(8), answering)) as (session, _):
        for _ in range(3):
            assert await session.get(oids) == {oid: row for row, oid in enumerate(oids, 1) if row != 3}


@pytest.mark.parametrize("named", [True, False])
async def test_a_column_with_gen_err_costs_only_its_own_rest(named: bool) -> None:
    stuck = encode_oid(f"{TABLE}.3.5")

    def answering(agent: Agent, asked: Asked) -> list[bytes]:
        if any(name == stuck for name, _ in agent.pairs(asked)):
            place = next((at for at, name in enumerate(asked.names, 1) if agent.following(name)[0] == stuck), 0)
            return [reply(asked, [], GEN_ERR, place if named else 0)]
        return [agent.answer(asked)]

    async with asking(Agent(interfaces(9), answering)) as (session, _):
        table = await session.table(COLUMNS)
        whole = expected(9)
        assert table.columns[COLUMNS[2]] == (*[row * 10**9 for row in range(1, 5)], *[None] * 5)
        assert {oid: cells for oid, cells in table.columns.items() if oid != COLUMNS[2]} == {
            oid: cells for oid, cells in whole.items() if oid != COLUMNS[2]
        }


async def test_v1_agents_say_no_such_name_and_the_rest_is_read() -> None:
    agent = Agent(interfaces(5) | {NAME: text(b"old")})
    async with asking(agent, Version.V1) as (session, client):
        for _ in range(3):
            assert await session.get([f"{NAME}.1", NAME, f"{TABLE}.9.9"]) == {NAME: b"old"}
            assert (await session.table([*COLUMNS, f"{TABLE}.9"])).columns == expected(5)
        assert client.statistics.errors["no-such-name"] > 0
        assert all(asked.kind != GET_BULK for asked in agent.asked)


async def test_a_v2c_agent_that_answers_like_v1_is_read() -> None:
    def answering(agent: Agent, asked: Asked) -> list[bytes]:
        pairs = agent.pairs(asked)
        for at, (_, value) in enumerate(pairs):
            if value[0] in (0x81, 0x82):
                return [reply(asked, [], NO_SUCH_NAME, at % len(asked.names) + 1)]
        return [reply(asked, pairs)]

    async with asking(Agent(interfaces(5) | {NAME: text(b"x")}, answering)) as (session, _):
        assert await session.get([NAME, f"{NAME}.7"]) == {NAME: b"x"}
        assert (await session.table(COLUMNS)).columns == expected(5)


async def test_an_agent_that_refuses_is_access_denied() -> None:
    async with asking(Agent({}, lambda agent, asked: [reply(asked, [], 16)])) as (session, _):
        with pytest.raises(AccessDenied, match="authorization-error"):
            await session.get([NAME])
        with pytest.raises(AccessDenied):
            await session.table(COLUMNS)


@pytest.mark.parametrize("status", [3, 5, 13, 99, -4])
async def test_an_agent_that_knows_nothing_but_errors_is_left_in_peace(status: int) -> None:
    agent = Agent({}, lambda agent, asked: [reply(asked, [], status, 0)])
    async with asking(agent) as (session, _):
        assert await session.get([NAME, f"{TABLE}.1.1", f"{TABLE}.1.2"]) == {}
        assert (await session.table(COLUMNS)).columns == {}
        assert len(agent.asked) < 40


async def test_empty_answers_end() -> None:
    agent = Agent({}, lambda agent, asked: [reply(asked, [])])
    async with asking(agent) as (session, client):
        assert await session.get([NAME]) == {}
        assert (await session.table(COLUMNS)).columns == {}
        assert client.statistics.oddities["variable-left-out-empty-answer"] == 1
        assert len(agent.asked) < 40


async def test_odd_values_become_numbers_octets_or_nothing() -> None:
    values = {
        1: (integer(-5), -5),
        2: (integer(-(2**31)), -(2**31)),
        3: (tlv(0x02, b"\x7f" + b"\xff" * 7), 2**63 - 1),
        4: (tlv(0x02, b"\1" + b"\0" * 8), None),
        5: (tlv(0x02, b""), None),
        6: (tlv(0x46, b"\0" + b"\xff" * 8), 2**64 - 1),
        7: (tlv(0x46, b"\xff" * 8), 2**64 - 1),
        8: (tlv(0x46, b"\1" + b"\xff" * 8), None),
        9: (tlv(0x41, b"\xff\xff\xff\xff"), 2**32 - 1),
        10: (tlv(0x41, b"\0\xff\xff\xff\xff"), 2**32 - 1),
        11: (tlv(0x41, b"\1\xff\xff\xff\xff"), None),
        12: (tlv(0x42, b"\xff\xff\xff\xff\xff\xff\xff\xfe"), 2**32 - 2),
        13: (tlv(0x43, b"\0" * 12 + b"\1"), 1),
        14: (opaque_float(23.5), 23.5),
        15: (opaque_double(-1e-3), -1e-3),
        16: (opaque_float(float("nan")), None),
        17: (opaque_double(float("inf")), None),
        18: (tlv(0x44, b"\x9f\x78\x03abc"), b"\x9f\x78\x03abc"),
        19: (text(b"Tel\xe9fonos \x1b]52;c;\x07 \0"), b"Tel\xe9fonos \x1b]52;c;\x07 \0"),
        20: (text(b""), b""),
        21: (tlv(0x40, b"\x0a\0\0\1"), "10.0.0.1"),
        22: (tlv(0x40, b"\x0a\0\0"), None),
        23: (tlv(0x06, encode_oid("1.3.6.1.4.1.4294967295")), "1.3.6.1.4.1.4294967295"),
        24: (tlv(0x06, b"\x2b\x86"), None),
        25: (tlv(0x06, b""), None),
        26: (b"\x05\0", None),
        27: (b"\x80\0", None),
        28: (b"\x81\0", None),
        29: (tlv(0x99, b"?"), None),
        30: (tlv(0x06, b"\0"), "0.0"),
        31: (tlv(0x44, b"\x9f\x7a\x02\xff\xfe"), -2),
    }
    mib = {f"{TABLE}.1.{row}": encoded for row, (encoded, _) in values.items()}
    async with asking(Agent(mib)) as (session, _):
        for _ in range(4):
            got = await session.get(list(mib))
            assert got == {f"{TABLE}.1.{row}": value for row, (_, value) in values.items() if value is not None}
            walked = await session.walk(TABLE)
            assert walked == got
            table = await session.table([f"{TABLE}.1"])
            assert table.columns == {f"{TABLE}.1": tuple(value for _, value in values.values())}


async def test_an_answer_of_64_kilobytes_is_read() -> None:
    long = bytes(range(256)) * 250
    async with asking(Agent({NAME: text(long)}, most_octets=65_507), timeout=1.0) as (session, client):
        for _ in range(3):
            assert await session.get([NAME]) == {NAME: long}
        assert client.statistics.layout_hits == 2


async def test_an_agent_that_shuffles_its_answers_is_read_right() -> None:
    def shuffled(agent: Agent, asked: Asked) -> list[bytes]:
        pairs, width = agent.pairs(asked), len(asked.names)
        rows = [pairs[at : at + width] for at in range(0, len(pairs), width)]
        turn = len(agent.asked) % width
        return [reply(asked, [pair for row in rows for pair in row[turn:] + row[:turn]])]

    oids = [f"{TABLE}.1.{row}" for row in range(1, 8)]
    mib = interfaces(30) | {"1.3.6.1.4.1.99.2.1": integer(1)}
    async with asking(Agent(mib, shuffled)) as (session, _):
        for _ in range(4):
            assert await session.get(oids) == {oid: row for row, oid in enumerate(oids, 1)}
            table = await session.table(COLUMNS)
            assert table.columns == expected(30)


async def test_answers_cut_below_one_row_still_make_progress() -> None:
    agent = Agent(interfaces(12), most_octets=110)
    async with asking(agent) as (session, _):
        for _ in range(3):
            assert (await session.table(COLUMNS)).columns == expected(12)


async def test_repetitions_are_learned() -> None:
    agent = Agent(interfaces(52) | {"1.3.6.1.4.1.99.9.0": integer(1)})
    async with asking(agent) as (session, _):
        await session.table(COLUMNS)
        first = len(agent.asked)
        await session.table(COLUMNS)
        second = len(agent.asked) - first
        assert second <= first
        assert second == 4, "4098 octets in responses of at most 1400"
        rows = sum(asked.second for asked in agent.asked[first:])
        assert 53 <= rows <= 54, "no more than the table has, and one to see its end"


async def test_no_request_asks_for_more_rows_than_the_inventory_allows() -> None:
    agent = Agent(interfaces(52))
    async with asking(agent, max_repetitions=7) as (session, _):
        for _ in range(3):
            assert (await session.table(COLUMNS)).columns == expected(52)
    assert max(asked.second for asked in agent.asked) == 7


async def test_no_more_requests_than_allowed_wait_for_one_device() -> None:
    agent = Agent(interfaces(60) | {NAME: text(b"x")})
    agent.delay = 0.005
    async with asking(agent, max_in_flight=3, timeout=2.0) as (session, _):
        for _ in range(3):
            reads = [
                session.get([NAME]),
                session.table(COLUMNS),
                session.walk(TABLE),
                *[session.get([NAME]) for _ in range(8)],
            ]
            await asyncio.gather(*reads)
        assert agent.most_unanswered == 3


async def test_a_cancelled_read_makes_room_for_the_next() -> None:
    agent = Agent(interfaces(60) | {NAME: text(b"x")})
    async with asking(agent, max_in_flight=1, timeout=5.0) as (session, _):
        for _ in range(3):
            await session.table(COLUMNS)
        agent.delay = 30.0
        for read in (session.get([NAME]), session.table(COLUMNS)):
            task = asyncio.ensure_future(read)
            count = len(agent.asked)
            await until(lambda count=count: len(agent.asked) > count)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        agent.delay = 0.0
        assert await session.get([NAME]) == {NAME: b"x"}
        assert (await session.table(COLUMNS)).columns == expected(60)


async def test_no_more_requests_than_allowed_are_on_the_way_over_all_devices() -> None:
    agent = Agent(interfaces(60) | {NAME: text(b"x")})
    agent.delay = 0.005
    async with running(agent), SnmpClient(max_in_flight=5) as client:
        target = SnmpTarget("127.0.0.1", agent.port, Community(Version.V2C, "c"), timeout=2.0)
        sessions = [client.session(target) for _ in range(20)]
        for _ in range(2):
            await asyncio.gather(*[read for one in sessions for read in (one.get([NAME]), one.table(COLUMNS))])
        assert agent.most_unanswered == 5


async def test_what_is_begun_is_read_to_its_end_before_more_is_begun() -> None:
    """Half-read tables of a thousand devices at once would fill the memory."""
    agent = Agent(interfaces(300))
    devices = ("a", "b", "c", "d")
    async with running(agent), SnmpClient(max_in_flight=2) as client:
        credentials = [Community(Version.V2C, name) for name in devices]
        sessions = [client.session(SnmpTarget("127.0.0.1", agent.port, credential=one)) for one in credentials]
        for session in sessions:
            for _ in range(3):  # until it has a plan
                await session.table(COLUMNS)
        agent.asked.clear()
        await asyncio.gather(*(session.table(COLUMNS) for session in sessions))
    served = [asked.community.decode() for asked in agent.asked]
    assert [name for name, _ in groupby(served)] == list(devices)
    assert len(served) > 40


async def test_silent_devices_give_their_room_to_others_and_cancelled_reads_theirs() -> None:
    silent, alive = Agent({}, lambda agent, asked: []), Agent({NAME: text(b"x")})
    async with running(silent), running(alive), SnmpClient(max_in_flight=2) as client:
        dead = client.session(SnmpTarget("127.0.0.1", silent.port, Community(Version.V2C, "c"), timeout=0.1, retries=1))
        quick = client.session(SnmpTarget("127.0.0.1", alive.port, Community(Version.V2C, "c"), timeout=5.0))
        waiting = [asyncio.ensure_future(dead.get([NAME])) for _ in range(6)]
        cancelled = [asyncio.ensure_future(dead.get([NAME])) for _ in range(2)]
        await until(lambda: len(silent.asked) > 0)
        for task in cancelled:
            task.cancel()
        assert await quick.get([NAME]) == {NAME: b"x"}
        results = await asyncio.gather(*waiting, return_exceptions=True)
        assert [type(result) for result in results] == [Unreachable] * 6
        assert client.statistics.requests == 13


async def test_closing_the_client_ends_what_waits() -> None:
    async with asking(Agent({}, lambda agent, asked: []), max_in_flight=1, timeout=30.0) as (session, client):
        reads = [asyncio.ensure_future(session.get([NAME])) for _ in range(3)]
        await until(lambda: client.statistics.requests == 1)
        await client.close()
        results = await asyncio.gather(*reads, return_exceptions=True)
        assert [type(result) for result in results] == [LocalFault] * 3


async def test_an_unknown_name_is_unreachable_and_nonsense_is_refused() -> None:
    async with SnmpClient() as client:
        with pytest.raises(Unreachable, match="name has no address"):
            await client.session(SnmpTarget("no-such-host.invalid")).get([NAME])
        session = client.session(SnmpTarget("127.0.0.1"))
        for nonsense in ("", "1", "1.3.x", "1.3.-4", "3.1.1", "1.40.1", "1.3.4294967296", "1." * 200 + "1"):
            with pytest.raises(ValueError, match="is not an OID"):
                await session.get([nonsense])


async def test_ipv6_agents_are_read() -> None:
    agent = Agent(interfaces(3) | {NAME: text(b"six")})
    async with running(agent, "::1"), SnmpClient() as client:
        session = client.session(SnmpTarget("0:0:0:0:0:0:0:1", agent.port, Community(Version.V2C, "c")))
        for _ in range(3):
            assert await session.get([NAME]) == {NAME: b"six"}
            assert (await session.table(COLUMNS)).columns == expected(3)


async def test_repeated_reads_of_hostile_agents_leave_nothing_behind() -> None:
    async with asking(Agent({}, lambda agent, asked: [b"", reply(asked, [], GEN_ERR)]), timeout=0.05) as (
        session,
        client,
    ):
        for number in range(200):
            with suppress(TransportError):
                await session.get([f"{TABLE}.{number}"])
        exchange = next(iter(client._exchanges.values()))
        assert len(exchange._pending) == 0
        assert len(session._memories) <= 64


def test_the_engine_runs_on_uvloop() -> None:
    uvloop = pytest.importorskip("uvloop")

    async def read() -> None:
        async with asking(Agent(interfaces(30) | {NAME: text(b"u")})) as (session, _):
            for _ in range(3):
                assert (await session.table(COLUMNS)).columns == expected(30)
                assert await session.get([NAME]) == {NAME: b"u"}

    uvloop.run(read())


async def test_dead_devices_keep_no_other_device_waiting() -> None:
    options = {"timeout": 5.0, "retries": 0}
    alive, dead = Agent(interfaces(40) | {NAME: text(b"up")}), Agent({}, lambda agent, asked: [])
    async with running(alive), running(dead), SnmpClient() as client:

        async def poll(agent: Agent) -> int:
            session = client.session(SnmpTarget("127.0.0.1", agent.port, Community(Version.V2C, "c"), **options))
            await session.get([NAME])
            return len((await session.table(COLUMNS)).indexes)

        silent = [asyncio.ensure_future(poll(dead)) for _ in range(60)]
        assert await asyncio.gather(*(poll(alive) for _ in range(60))) == [40] * 60
        assert not any(task.done() for task in silent)
        await client.close()
        assert all(isinstance(end, LocalFault) for end in await asyncio.gather(*silent, return_exceptions=True))


async def test_a_visit_tells_its_round_trip_and_begins_anew_by_itself_after_a_pause() -> None:
    agent = Agent({NAME: text(b"x")})
    agent.delay = 0.03
    async with asking(agent, timeout=2.0, budget_requests=1) as (session, _):
        assert session.round_trip is None
        await session.get([NAME])
        assert session.round_trip is not None
        assert 0.03 <= session.round_trip < 1.0
        with pytest.raises(OverBudget):
            await session.get([NAME])
        session._idle_since -= 11.0
        assert await session.get([NAME]) == {NAME: b"x"}
