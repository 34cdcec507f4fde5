from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from nms.collect.catalogue import Catalogue
from nms.collect.collected import Memory
from nms.collect.gather import visit
from nms.collect.recording import Recording
from nms.model import Device, DeviceId, Neighbour, Role
from nms.transports.errors import OverBudget, Unreachable
from nms.transports.snmp.values import Table, Value

from .support import Counting, read, recording, values, write_families

BASE = "1.3.6.1.4.1.99999.9"


def device(*lines: str) -> Recording:
    system = ("1.3.6.1.2.1.1.1.0|4|Box", f"1.3.6.1.2.1.1.2.0|6|{BASE}", "1.3.6.1.2.1.1.3.0|67|1000")
    return recording("\n".join([*system, *(f"{BASE}.{line}" for line in lines)]))


def family(body: str) -> str:
    head = f"title: Box\nprefix: {{box: {BASE}}}\nmatch: [{{sys_object_id: box}}]\n"
    return head + body


async def collected_with(tmp_path: Path, body: str, *lines: str) -> object:
    return await read(write_families(tmp_path, box=family(body)), device(*lines))


async def test_cases_choose_metric_and_unit_by_row(tmp_path: Path) -> None:
    body = """
tables:
  probes:
    at: box.1
    columns: {kind: 1, value: 2, name: {at: 3, as: text}}
    component: {label: "{name}"}
    readings:
      - value: value / 10
        by: kind
        cases:
          1: {metric: temperature_celsius, unit: C}
          "2, 3": {metric: voltage_volts, unit: mV}
          4: {skip: true}
"""
    rows = [
        "1.1.1|2|1",
        "1.2.1|2|215",
        "1.3.1|4|air",
        "1.1.2|2|3",
        "1.2.2|2|120000",
        "1.3.2|4|rail",
        "1.1.3|2|4",
        "1.2.3|2|5",
    ]
    collected = await collected_with(tmp_path, body, *rows)
    assert values(collected, "temperature_celsius") == {"air": 21.5}
    assert values(collected, "voltage_volts") == {"rail": pytest.approx(12)}


async def test_joins_follow_pointers_parts_of_the_index_and_values(tmp_path: Path) -> None:
    body = """
tables:
  names: {at: box.1, columns: {name: {at: 1, as: text}, tag: 2}}
  loads:
    at: box.2
    index: [slot, unit]
    columns: {pointer: 1, load: {at: 2, metric: load_ratio, unit: percent}, wanted: 3}
    join:
      - {table: names, by: pointer}
      - {table: names, by: slot, prefix: slot_}
      - {table: names, by: wanted, on: tag, prefix: tagged_}
    component: {label: "{name} {slot_name} {tagged_name} {unit}"}
"""
    rows = ["1.1.1|4|one", "1.1.2|4|two", "1.2.1|2|70", "1.2.2|2|80", "2.1.2.9|2|1", "2.2.2.9|2|50", "2.3.2.9|2|70"]
    collected = await collected_with(tmp_path, body, *rows)
    assert values(collected, "load_ratio") == {"one two one 9": 0.5}


async def test_equal_names_are_told_apart_by_their_index(tmp_path: Path) -> None:
    body = """
tables:
  fans:
    at: box.1
    columns: {name: {at: 1, as: text}, rpm: {at: 2, metric: fan_speed_rpm, unit: rpm}}
    component: {label: "{name}"}
"""
    collected = await collected_with(tmp_path, body, "1.1.1|4|fan", "1.1.2|4|fan", "1.2.1|2|10", "1.2.2|2|20")
    assert values(collected, "fan_speed_rpm") == {"fan #1": 10, "fan #2": 20}


async def test_parts_of_the_index_have_names_and_meanings(tmp_path: Path) -> None:
    body = """
tables:
  counters:
    at: box.1
    index: [{name: colour, map: {1: Black, 2: Colour}}, {name: string function}]
    columns: {pages: {at: 5, metric: pages_total}}
    component: {label: "{colour} {function}"}
"""
    rows = ("1.5.1.4.99.111.112.121|65|7", "1.5.2.3.102.97.120|65|9", "1.5.9.1.97|65|3")
    collected = await collected_with(tmp_path, body, *rows)
    assert values(collected, "pages_total") == {"Black copy": 7, "Colour fax": 9, "9 a": 3}


async def test_rows_that_are_left_out_number_no_label(tmp_path: Path) -> None:
    body = """
tables:
  fans:
    at: box.1
    columns: {name: {at: 1, as: text}, rpm: {at: 2, metric: fan_speed_rpm, unit: rpm}, kind: 3}
    component: {label: "{name}"}
    where: kind == 1
"""
    rows = ("1.1.1|4|fan", "1.1.2|4|fan", "1.2.1|2|10", "1.2.2|2|20", "1.3.1|2|1", "1.3.2|2|2")
    collected = await collected_with(tmp_path, body, *rows)
    assert values(collected, "fan_speed_rpm") == {"fan": 10}
    assert collected.readings[0].components[0].key == "fan #1"


async def test_only_rows_told_for_the_same_metric_number_their_labels(tmp_path: Path) -> None:
    body = """
tables:
  optics:
    at: box.1
    index: [port, sort]
    columns: {name: {at: 1, as: text}, amount: 2}
    component: {label: "{name}"}
    readings:
      - value: amount
        by: sort
        cases:
          1: {metric: temperature_celsius, unit: C}
          2: {metric: voltage_volts, unit: V}
"""
    rows = ("1.1.7.1|4|Port 7", "1.1.7.2|4|Port 7", "1.1.8.1|4|twin", "1.1.9.1|4|twin")
    rows += ("1.2.7.1|2|40", "1.2.7.2|2|3", "1.2.8.1|2|41", "1.2.9.1|2|42")
    collected = await collected_with(tmp_path, body, *rows)
    assert values(collected, "temperature_celsius") == {"Port 7": 40, "twin #8.1": 41, "twin #9.1": 42}
    assert values(collected, "voltage_volts") == {"Port 7": 3}


async def test_a_condition_on_the_value_itself_changes_no_label(tmp_path: Path) -> None:
    body = """
tables:
  outlets:
    at: box.1
    columns: {name: {at: 1, as: text}, amperes: 2}
    component: {label: "{name}"}
    readings:
      - {metric: current_amperes, unit: A, value: amperes, when: amperes > 0}
"""
    collected = await collected_with(tmp_path, body, "1.1.1|4|plug", "1.1.2|4|plug", "1.2.1|2|0", "1.2.2|2|5")
    assert values(collected, "current_amperes") == {"plug #2": 5}


async def test_memory_gets_its_ratio_and_more_used_than_there_is_is_dropped(tmp_path: Path) -> None:
    body = """
tables:
  pools:
    at: box.1
    columns:
      used: {at: 1, metric: memory_used_bytes, unit: KB}
      size: {at: 2, metric: memory_size_bytes, unit: KB}
"""
    collected = await collected_with(tmp_path, body, "1.1.1|2|25", "1.1.2|2|200", "1.2.1|2|100", "1.2.2|2|100")
    assert values(collected, "memory_used_ratio") == {"1": 0.25}
    assert values(collected, "memory_size_bytes") == {"1": 102400}


async def test_limits_come_from_numbers_and_from_the_device(tmp_path: Path) -> None:
    body = """
tables:
  probes:
    at: box.1
    columns:
      heat: {at: 1, metric: temperature_celsius, unit: 0.1 C, limits: {warning_above: 400, critical_above: top}}
      top: 2
"""
    collected = await collected_with(tmp_path, body, "1.1.1|2|215", "1.2.1|2|550")
    assert {(limit.level, limit.value) for limit in collected.limits} == {
        ("warning_above", 40.0),
        ("critical_above", 55.0),
    }


async def test_aggregates_count_and_sum_rows(tmp_path: Path) -> None:
    body = """
tables:
  phones:
    at: box.1
    columns: {status: 1}
    component: {label: Telephones}
    readings:
      - {metric: registrations, aggregate: count, value: status, when: status == 2}
"""
    collected = await collected_with(tmp_path, body, "1.1.1|2|2", "1.1.2|2|3", "1.1.3|2|2")
    assert values(collected, "registrations") == {"Telephones": 2}


async def test_a_table_that_stands_in_is_read_only_without_the_other(tmp_path: Path) -> None:
    body = """
tables:
  better: {at: box.1, columns: {load: {at: 1, metric: processor_used_ratio, unit: percent}}}
  worse: {at: box.2, columns: {load: {at: 1, metric: processor_used_ratio, unit: percent}}, unless: [better]}
"""
    both = await collected_with(tmp_path, body, "1.1.1|2|10", "2.1.7|2|20")
    assert values(both, "processor_used_ratio") == {"1": 0.1}
    one = await collected_with(tmp_path, body, "2.1.7|2|20")
    assert values(one, "processor_used_ratio") == {"7": 0.2}


async def test_the_more_specific_family_keeps_a_column_that_two_read(tmp_path: Path) -> None:
    column = "columns: {heat: {at: 1, metric: temperature_celsius, unit: %s}}"
    special = family("facts: {vendor: Special}\ntables:\n  t: {at: box.1, " + column % "0.1 C" + "}\n")
    general = (
        f"title: General\nmatch: always\nfacts: {{vendor: General}}\ntables:\n  t: {{at: {BASE}.1, {column % 'C'}}}\n"
    )
    collected = await read(write_families(tmp_path, special=special, a_general=general), device("1.1.1|2|215"))
    assert values(collected, "temperature_celsius") == {"1": 21.5}
    assert collected.facts["vendor"] == "Special"


async def test_a_family_can_stand_below_the_devices_own_object_id(tmp_path: Path) -> None:
    text = """\
title: Models
prefix: {model: "sysObjectID[:8]"}
match: [{sys_object_id: 1.3.6.1.4.1.99999, has: model.5.0}]
scalars:
  load: {at: model.5.0, metric: processor_used_ratio, unit: percent, label: CPU}
"""
    folder = write_families(tmp_path, models=text)
    assert values(await read(folder, device("5.0|2|40")), "processor_used_ratio") == {"CPU": 0.4}
    assert values(await read(folder, device("6.0|2|40")), "processor_used_ratio") == {}


async def test_neighbours_are_told_as_neighbours(tmp_path: Path) -> None:
    body = """
tables:
  near:
    at: box.1
    columns: {port: {at: 1, as: text}, name: {at: 2, as: text}}
    records: {neighbors: {protocol: "'acme'", local_if: port, remote_name: name}}
"""
    collected = await collected_with(tmp_path, body, "1.1.1|4|p1", "1.2.1|4|sw-2")
    assert collected.neighbours == (Neighbour("acme", "p1", "sw-2", ""),)


class Failing(Counting):
    """A device that stops answering when a column below `bad` is asked for."""

    def __init__(self, inner: Recording, bad: str, error: Exception) -> None:
        super().__init__(inner)
        self.bad, self.error = bad, error

    async def table(self, columns: Sequence[str]) -> Table:
        if any(column.startswith(self.bad) for column in columns):
            raise self.error
        return await super().table(columns)


TWO = """
tables:
  first: {at: box.1, columns: {load: {at: 1, metric: load_ratio, unit: percent}}}
  second: {at: box.2, columns: {heat: {at: 1, metric: temperature_celsius, unit: C}}}
"""


async def test_a_part_that_fails_is_named_and_the_rest_is_kept(tmp_path: Path) -> None:
    folder = write_families(tmp_path, box=family(TWO))
    reader = Failing(device("1.1.1|2|10", "2.1.1|2|20"), f"{BASE}.1", OverBudget("too slow"))
    collected = await read(folder, reader)
    assert list(collected.problems) == ["box.first: too slow"]
    reader = Failing(device("1.1.1|2|10", "2.1.1|2|20"), f"{BASE}.2", OverBudget("too slow"))
    collected = await read(folder, reader)
    assert values(collected, "load_ratio") == {"1": 0.1}


async def test_a_device_that_is_silent_from_the_start_is_the_callers_to_judge(tmp_path: Path) -> None:
    class Silent(Counting):
        async def get(self, oids: Sequence[str]) -> Mapping[str, Value]:
            raise Unreachable("nobody answers")

    with pytest.raises(Unreachable):
        await read(write_families(tmp_path, box=family(TWO)), Silent(device()))


async def test_what_the_agent_lacks_is_not_asked_for_at_every_poll(tmp_path: Path) -> None:
    folder, memory = write_families(tmp_path, box=family(TWO)), Memory()
    reader = Counting(device("1.1.1|2|10"))
    await read(folder, reader, at=0.0, memory=memory)
    reader.asked.clear()
    await read(folder, reader, at=60.0, memory=memory)
    assert (f"{BASE}.1.1",) in reader.asked
    assert not [request for request in reader.asked if f"{BASE}.2.1" in request]
    reader.asked.clear()
    await read(folder, reader, at=1800.0, memory=memory)
    assert [request for request in reader.asked if f"{BASE}.2.1" in request]


async def test_hostile_text_never_reaches_a_label_as_it_came(tmp_path: Path) -> None:
    body = """
tables:
  fans:
    at: box.1
    columns: {name: {at: 1, as: text}, rpm: {at: 2, metric: fan_speed_rpm, unit: rpm}}
    component: {label: "{name}"}
"""
    collected = await collected_with(tmp_path, body, "1.1.1|4x|1b5d35323b633b61626307410a42", "1.2.1|2|10")
    (label,) = values(collected, "fan_speed_rpm")
    assert label.isprintable()


LABELLED = """
tables:
  fans:
    at: box.1
    columns: {name: {at: 1, as: text}, rpm: {at: 2, metric: fan_speed_rpm, unit: rpm}}
    component: {key: "{index}", label: "{name|index}"}
"""


async def test_labels_survive_a_poll_that_failed(tmp_path: Path) -> None:
    folder, memory = write_families(tmp_path, box=family(LABELLED)), Memory()
    good = device("1.1.1|4|front", "1.2.1|2|100")
    await read(folder, good, at=0.0, memory=memory)
    failed = await read(folder, Failing(good, f"{BASE}.1", OverBudget("slow")), at=60.0, memory=memory)
    assert values(failed, "fan_speed_rpm") == {}
    again = await read(folder, good, at=120.0, memory=memory)
    assert values(again, "fan_speed_rpm") == {"front": 100}


async def test_rows_that_appear_later_come_with_their_labels(tmp_path: Path) -> None:
    body = LABELLED.replace("unit: rpm}", "unit: rpm, every: 1m}")
    folder, memory = write_families(tmp_path, box=family(body)), Memory()
    await read(folder, device(), at=0.0, memory=memory)
    appeared = await read(folder, device("1.1.1|4|front", "1.2.1|2|100"), at=60.0, memory=memory)
    assert values(appeared, "fan_speed_rpm") == {"front": 100}


async def test_other_equipment_at_the_same_address_is_recognised_at_the_next_visit(tmp_path: Path) -> None:
    other = "title: Other\nmatch: [{sys_object_id: 1.3.6.1.4.1.88888}]\nfacts: {vendor: Other}\n"
    catalogue = Catalogue.load(write_families(tmp_path, box=family("facts: {vendor: Box}\n"), other=other))
    switch = Device(DeviceId("d"), "d", Role.SWITCH, "192.0.2.1", "site", "department")
    memory = Memory()
    first = await visit(catalogue, device(), switch, 0.0, memory)
    swapped = recording("1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.88888.1\n1.3.6.1.2.1.1.3.0|67|5")
    await visit(catalogue, swapped, switch, 60.0, memory)
    third = await visit(catalogue, swapped, switch, 120.0, memory)
    assert (first.facts["vendor"], third.facts["vendor"]) == ("Box", "Other")
