from __future__ import annotations

from nms.collect.collected import Memory
from nms.model import DEVICE_ITSELF

from .support import SHIPPED, Counting, read, recording, values

SWITCH = """
    1.3.6.1.2.1.1.1.0|4|Test switch
    1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.99999.1
    1.3.6.1.2.1.1.3.0|67|8640000
    1.3.6.1.2.1.1.5.0|4|sw-1
    1.3.6.1.2.1.2.2.1.2.1|4|GigabitEthernet0/1
    1.3.6.1.2.1.2.2.1.2.2|4|Vlan1
    1.3.6.1.2.1.2.2.1.3.1|2|6
    1.3.6.1.2.1.2.2.1.5.1|66|1000000000
    1.3.6.1.2.1.2.2.1.5.2|66|4294967295
    1.3.6.1.2.1.2.2.1.6.1|4x|00C0B7E18278
    1.3.6.1.2.1.2.2.1.7.1|2|1
    1.3.6.1.2.1.2.2.1.7.2|2|1
    1.3.6.1.2.1.2.2.1.8.1|2|1
    1.3.6.1.2.1.2.2.1.8.2|2|2
    1.3.6.1.2.1.2.2.1.10.1|65|4000000000
    1.3.6.1.2.1.2.2.1.10.2|65|77
    1.3.6.1.2.1.31.1.1.1.1.1|4|Gi0/1
    1.3.6.1.2.1.31.1.1.1.1.2|4|Vl1
    1.3.6.1.2.1.31.1.1.1.6.1|70|94000000000
    1.3.6.1.2.1.31.1.1.1.15.1|66|10000
    1.3.6.1.2.1.31.1.1.1.18.1|4|[red]uplink\x1b[31m
"""


async def test_interfaces_are_known_by_name_and_counted_in_64_bits_where_the_agent_can() -> None:
    collected = await read(SHIPPED, recording(SWITCH))
    assert values(collected, "interface_in_octets_total") == {"Gi0/1": 94000000000, "Vl1": 77}
    assert values(collected, "interface_speed_bits_per_second") == {"Gi0/1": 10_000_000_000}
    interfaces = {record["index"]: record for record in collected.records["interfaces"]}
    assert interfaces[1]["mac"] == "00c0b7e18278"
    assert interfaces[1]["type"] == "ethernetCsmacd"
    assert interfaces[1]["alias"] == "[red]uplink [31m"
    assert interfaces[2]["descr"] == "Vlan1"


async def test_a_discontinuity_goes_with_the_counters_of_its_row_at_every_poll() -> None:
    reader, memory = Counting(recording(SWITCH + "    1.3.6.1.2.1.31.1.1.1.19.2|67|8630000\n")), Memory()
    for at in (0.0, 60.0):
        collected = await read(SHIPPED, reader, at=at, memory=memory)
        counted = next(r for r in collected.readings if "interface_in_octets_total" in r.columns)
        marks = collected.discontinuities[counted.table]
        named = [component.key for component in counted.components]
        assert dict(zip(named, marks, strict=True)) == {"Gi0/1": None, "Vl1": 8630000}


async def test_uptime_is_of_the_device_itself() -> None:
    collected = await read(SHIPPED, recording(SWITCH))
    reading = next(r for r in collected.readings if "device_uptime_seconds" in r.columns)
    assert reading.components == (DEVICE_ITSELF,)
    assert list(reading.columns["device_uptime_seconds"]) == [86400.0]
    assert reading.counters_since == 1000.0 - 86400.0


async def test_labels_are_read_hourly_and_counters_every_poll() -> None:
    reader, memory = Counting(recording(SWITCH)), Memory()
    await read(SHIPPED, reader, at=0.0, memory=memory)
    reader.asked.clear()
    collected = await read(SHIPPED, reader, at=60.0, memory=memory)
    asked = {oid for request in reader.asked for oid in request}
    assert "1.3.6.1.2.1.31.1.1.1.6" in asked
    assert "1.3.6.1.2.1.31.1.1.1.1" in asked
    assert "1.3.6.1.2.1.31.1.1.1.18" not in asked
    assert collected.records.get("interfaces") is None
    assert values(collected, "interface_in_octets_total") == {"Gi0/1": 94000000000, "Vl1": 77}
    reader.asked.clear()
    again = await read(SHIPPED, reader, at=3600.0, memory=memory)
    assert "1.3.6.1.2.1.31.1.1.1.18" in {oid for request in reader.asked for oid in request}
    assert again.records["interfaces"]


async def test_no_column_is_asked_for_twice_in_one_poll() -> None:
    reader = Counting(recording(SWITCH))
    await read(SHIPPED, reader, at=0.0)
    columns = [oid for request in reader.asked for oid in request if not oid.endswith(".0")]
    assert len(columns) == len(set(columns))


async def test_history_follows_the_name_when_the_index_moves() -> None:
    memory = Memory()
    await read(SHIPPED, recording(SWITCH), at=0.0, memory=memory)
    moved = SWITCH.replace(".1|", ".7|").replace("67|8640000", "67|8646000")
    collected = await read(SHIPPED, recording(moved), at=60.0, memory=memory)
    reading = next(r for r in collected.readings if "interface_in_octets_total" in r.columns)
    keys = {component.key: component.index for component in reading.components}
    assert keys == {"Gi0/1": "7", "Vl1": "2"}
    assert values(collected, "interface_in_octets_total")["Gi0/1"] == 94000000000


async def test_a_32_bit_counter_is_not_asked_for_where_every_row_has_64_bits() -> None:
    lines = SWITCH + "1.3.6.1.2.1.31.1.1.1.6.2|70|78\n"
    reader, memory = Counting(recording(lines)), Memory()
    await read(SHIPPED, reader, at=0.0, memory=memory)
    reader.asked.clear()
    collected = await read(SHIPPED, reader, at=60.0, memory=memory)
    assert "1.3.6.1.2.1.2.2.1.10" not in {oid for request in reader.asked for oid in request}
    assert values(collected, "interface_in_octets_total") == {"Gi0/1": 94000000000, "Vl1": 78}


async def test_a_restart_makes_everything_be_read_anew() -> None:
    memory = Memory()
    await read(SHIPPED, recording(SWITCH), at=0.0, memory=memory)
    renamed = SWITCH.replace("|8640000", "|100").replace("uplink", "other")
    collected = await read(SHIPPED, recording(renamed), at=60.0, memory=memory)
    assert "other" in collected.records["interfaces"][0]["alias"]
