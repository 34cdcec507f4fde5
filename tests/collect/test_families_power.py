"""Power, environment and storage beyond the best known makers, from small recordings written after their MIBs."""

from __future__ import annotations

import pytest

from nms.i18n import in_english

from .support import states, told, values


async def test_riedo_meters_sensors_and_relays() -> None:
    found = await told(
        "55108.1.0",
        """
        55108.1.3.1.1.2.0.1 L1
        55108.1.3.1.1.7.0.1 272
        55108.1.3.1.1.10.0.1 230364
        55108.1.3.1.1.11.0.1 1482
        55108.1.3.2.1.2.1 Door
        55108.1.3.2.1.3.1 2
        55108.1.3.2.1.4.1 215
        55108.1.3.2.1.5.1 430
        55108.1.4.1.1.4.1.2 0
        55108.1.4.1.1.5.1.2 1
        """,
    )
    assert values(found, "power_watts") == {"L1": 272}
    assert values(found, "voltage_volts") == {"L1": pytest.approx(230.364)}
    assert values(found, "current_amperes") == {"L1": pytest.approx(1.482)}
    assert values(found, "temperature_celsius") == {"Door": pytest.approx(21.5)}
    assert values(found, "humidity_ratio") == {"Door": pytest.approx(0.43)}
    assert {(in_english(state.text), state.severity and state.severity.name) for state in found.states} == {
        ("off", "INFO"),
        ("failed", "CRITICAL"),
    }


async def test_breakers_of_hpe_that_are_not_built_in_are_left_out() -> None:
    found = await told(
        "232.165.2",
        """
        232.165.2.3.2.1.2.1.1 231
        232.165.2.3.2.1.3.1.1 3
        232.165.2.3.2.1.5.1.1 2
        232.165.2.3.2.1.2.1.4 0
        232.165.2.3.2.1.3.1.4 0
        """,
    )
    assert states(found) == {"PDU 1 breaker 1": "overloadWarning"}
    assert values(found, "current_amperes") == {"PDU 1 breaker 1": 3}


async def test_a_card_under_cyberpowers_number_may_speak_the_standard_only() -> None:
    found = await told("3808.1.1.1", "1.3.6.1.2.1.33.1.2.4.0 80\n1.3.6.1.2.1.33.1.4.4.1.5.1 28")
    assert values(found, "charge_ratio") == {"Battery": 0.8}
    assert values(found, "load_ratio") == {"Output 1": 0.28}


async def test_delta_counts_in_tenths_and_hides_the_standard_where_it_tells_more() -> None:
    found = await told(
        "2254.2.4",
        """
        2254.2.4.1.2.0 E1500
        2254.2.4.4.3.0 2302
        2254.2.4.5.1.0 1
        2254.2.4.5.4.0 2299
        2254.2.4.7.5.0 12
        2254.2.4.9.14.0 1
        1.3.6.1.2.1.33.1.4.4.1.2.1 230
        """,
    )
    assert found.facts["hardware"] == "E1500"
    assert values(found, "voltage_volts") == {"Input 1": pytest.approx(230.2), "Output 1": pytest.approx(229.9)}
    assert values(found, "runtime_seconds") == {"Battery": 720}
    assert states(found) == {"Output source": "battery", "Inverter": "on"}


async def test_volumes_of_nimble_are_counted_in_two_halves() -> None:
    cells = "37447.1.2.1.3.1 vol\n37447.1.2.1.4.1 100\n37447.1.2.1.5.1 1\n37447.1.2.1.6.1 50"
    found = await told("37447.3", cells)
    assert values(found, "storage_size_bytes") == {"vol": (2**32 + 100) * 2**20}
    assert values(found, "storage_used_bytes") == {"vol": 50 * 2**20}


async def test_hosts_and_containers_of_a_nutanix_cluster() -> None:
    found = await told(
        "41263",
        """
        41263.9.1.3.1 n1
        41263.9.1.6.1 12
        41263.9.1.8.1 40
        41263.8.1.3.1 data
        41263.8.1.4.1 100
        41263.8.1.5.1 25
        """,
    )
    assert values(found, "processor_used_ratio") == {"n1": 0.12}
    assert values(found, "memory_used_ratio") == {"n1": 0.4}
    assert values(found, "storage_used_ratio") == {"Container data": 0.25}


async def test_alerts_of_3par_that_were_fixed_are_none() -> None:
    found = await told(
        "12925.1",
        """
        12925.1.7.1.2.1 3
        12925.1.7.1.5.1 cage 1
        12925.1.7.1.9.1 1
        12925.1.7.1.2.2 1
        12925.1.7.1.5.2 cage 2
        12925.1.7.1.9.2 3
        """,
    )
    assert states(found) == {"Alert cage 1": "minor"}


async def test_room_alerts_tell_hundredths_of_a_degree() -> None:
    found = await told("20916.1.9", "20916.1.9.1.1.1.1.0 2231\n20916.1.9.1.1.1.3.0 Rack")
    assert values(found, "temperature_celsius") == {"Rack": pytest.approx(22.31)}
    assert found.facts["hardware"] == "Room Alert 3E"
    found = await told(
        "20916.1.3",
        "20916.1.3.1.2.1.0 2100\n20916.1.3.1.2.6.0 Inside\n20916.1.3.1.1.2.0 1\n20916.1.3.1.1.10.0 Door",
    )
    assert values(found, "temperature_celsius") == {"Inside": 21}
    assert states(found) == {"Door": "closed"}


async def test_power_systems_for_direct_current_tell_thousandths_or_whole_amperes() -> None:
    found = await told(
        "7309.5", "7309.5.3.1.10.0 54172\n7309.5.3.1.14.0 22084\n7309.5.3.1.30.0 97500\n7309.5.3.1.35.0 1000"
    )
    assert values(found, "voltage_volts") == {"System": pytest.approx(54.172)}
    assert values(found, "charge_ratio") == {"Battery": pytest.approx(0.975)}
    assert values(found, "count") == {"Rectifiers failed": 1}
    found = await told(
        "6302.2", "6302.2.1.2.1.0 5\n6302.2.1.2.2.0 53960\n6302.2.1.2.3.0 2147483647\n6302.2.1.2.7.1.0 24500"
    )
    assert values(found, "voltage_volts") == {"System": pytest.approx(53.96)}
    assert values(found, "current_amperes") == {}
    assert values(found, "temperature_celsius") == {"Temperature 1": pytest.approx(24.5)}
    assert states(found) == {"System": "minor"}
    found = await told("885.3", "885.3.2.4.1.2.1 267\n885.3.2.5.1.2.10 1\n885.3.2.5.1.3.10 20")
    assert values(found, "current_amperes") == {"Shunt 1": 267, "PCU 10": 20}
    assert states(found) == {"PCU 10": "true"}


async def test_data_domain_is_read_by_the_newer_columns_only() -> None:
    newer = "19746.1.1.2.1.1.1.4.1.1 CPU\n19746.1.1.2.1.1.1.5.1.1 41\n19746.1.1.2.1.1.1.6.1.1 3"
    space = "19746.1.3.2.1.1.3.1 /data\n19746.1.3.2.1.1.4.1 1000\n19746.1.3.2.1.1.5.1 250\n19746.1.3.2.1.1.7.1 25"
    found = await told("19746.3.1.40", f"{newer}\n{space}")
    assert values(found, "temperature_celsius") == {"Enclosure 1 CPU": 41}
    assert values(found, "storage_used_ratio") == {"/data": 0.25}
    assert values(found, "storage_size_bytes") == {"/data": 1000 * 2**30}
    assert states(found) == {"Enclosure 1 CPU": "overheatWarning"}
    older = await told(
        "19746.3.1.4", "19746.1.1.2.1.1.1.3.1.1 CPU\n19746.1.1.2.1.1.1.4.1.1 41\n19746.1.1.2.1.1.1.5.1.1 1"
    )
    assert values(older, "temperature_celsius") == {}


async def test_pure_storage_tells_its_work() -> None:
    found = await told("40482.1", "40482.4.1.0 1000\n40482.4.3.0 500\n40482.4.5.0 250")
    assert values(found, "bit_rate_bits_per_second") == {"Reads": 8000}
    assert values(found, "delay_seconds") == {"Reads": pytest.approx(0.00025)}


async def test_a_panel_of_ict_tells_numbers_as_text() -> None:
    found = await told(
        "39145.10", "39145.10.6.0 -55.2\n39145.10.8.1.2.1 Router\n39145.10.8.1.3.1 -1.9\n39145.10.8.1.4.1 2"
    )
    assert values(found, "voltage_volts") == {"System": -55.2}
    assert values(found, "current_amperes") == {"Router": -1.9}
    assert states(found) == {"Router": "open"}


async def test_units_on_a_bus_of_schleifenbauer_tell_hundredths() -> None:
    bus = "31034.12.1.1"
    found = await told(
        "31034.10.1",
        f"""
        {bus}.2.1.1.1.10.1 Rack 7
        {bus}.2.6.1.1.4.1.1 9830
        {bus}.2.6.1.1.5.1.1 110
        {bus}.2.6.1.1.7.1.1 23110
        {bus}.2.8.2.1.2.1.1 T
        {bus}.2.8.2.1.3.1.1 2110
        {bus}.2.8.2.1.4.1.1 inlet
        """,
    )
    assert values(found, "power_factor_ratio") == {"Rack 7 input 1": pytest.approx(0.983)}
    assert values(found, "current_amperes") == {"Rack 7 input 1": pytest.approx(1.1)}
    assert values(found, "voltage_volts") == {"Rack 7 input 1": pytest.approx(231.1)}
    assert values(found, "temperature_celsius") == {"Rack 7 inlet": pytest.approx(21.1)}


async def test_a_transfer_switch_of_eaton_judges_its_sources() -> None:
    ats = "534.10.2"
    found = await told(ats, f"{ats}.2.2.1.2.1 2304\n{ats}.2.4.0 5\n{ats}.3.2.1.3.1 1\n{ats}.3.2.1.3.2 2")
    assert values(found, "voltage_volts") == {"Source 1": pytest.approx(230.4)}
    assert states(found)["Operation mode"] == "source2"
    assert states(found)["Source 1"] == "voltageOrFreqOutofRange"


async def test_sensors_of_siteboss_tell_their_unit_in_words() -> None:
    point = "3052.14.1.1.1.1"
    found = await told(
        "3052.14.3.2",
        f"""
        {point}.4.200.1.1 Room
        {point}.6.200.1.1 30
        {point}.7.200.1.1 30 C
        {point}.4.200.1.2 Yard
        {point}.7.200.1.2 68 F
        {point}.6.3.3.1 33
        3052.14.1.5.4.1.1.13.1.1 53458
        3052.14.1.5.4.1.1.23.1.4 75
        """,
    )
    assert values(found, "temperature_celsius") == {"Room": 30, "Yard": pytest.approx(20)}
    assert values(found, "humidity_ratio") == {"3.3.1": 0.33}
    assert values(found, "voltage_volts") == {"Distribution 1 main": pytest.approx(53.458)}
    assert values(found, "current_amperes") == {"Distribution 1 output 4": pytest.approx(0.075)}


async def test_lighthouse_judges_its_nodes_and_pulsar_its_rectifiers() -> None:
    node = "25049.18.1.1.2.5.1"
    found = await told(
        "25049.1.42", f"25049.18.1.1.2.4.0 1\n{node}.2.10.0.0.2 og01\n{node}.8.10.0.0.2 2\n{node}.11.10.0.0.2 4"
    )
    assert states(found) == {"og01": "disconnected", "og01 cellular": "good"}
    assert values(found, "count") == {"Nodes disconnected": 1}
    rectifier = "10520.2.1.3.7.1"
    found = await told(
        "10520.2.1.3", f"10520.2.1.3.1.4.0 -54690\n{rectifier}.6.10 1\n{rectifier}.11.10 900\n{rectifier}.12.10 57"
    )
    assert values(found, "voltage_volts") == {"System": pytest.approx(-54.69)}
    assert values(found, "current_amperes") == {"Rectifier 10": 1, "Rectifier 10 input": pytest.approx(0.9)}
    assert values(found, "temperature_celsius") == {"Rectifier 10": 57}


async def test_powertek_reads_the_inlets_that_ever_counted() -> None:
    inlet = "42610.1.4.4.1.6.1.2.1"
    cells = {4: (3470594, 0), 5: (1, 1), 12: (313, 0), 15: (2287, 0), 16: (0, 0), 30: (6440, 0), 33: (2, 1), 45: (0, 0)}
    lines = [f"{inlet}.{column}.{row + 1} {both[row]}" for column, both in cells.items() for row in (0, 1)]
    found = await told("42610.1.4.4", "\n".join(lines), "PWT_v3.10.6")
    assert values(found, "current_amperes") == {"Inlet 1 phase 1": pytest.approx(3.13)}
    assert values(found, "voltage_volts") == {"Inlet 1 phase 1": pytest.approx(228.7)}
    assert values(found, "power_watts") == {"Inlet 1 phase 1": 644}
    assert states(found) == {"Inlet 1": "normal", "Inlet 1 phase 1": "warning"}


async def test_valere_reads_rectifiers_and_the_battery_probe_that_is_there() -> None:
    found = await told(
        "13858.1",
        """
        13858.2.1.2.0 BC2000
        13858.2.1.6.1.4.1.1 911
        13858.2.1.6.1.5.1.1 1
        13858.2.3.2.0 5400
        13858.2.3.3.0 17
        13858.2.3.4.0 3
        13858.7.1.1.1.2.0 Main Batteries
        13858.7.1.1.1.2.1 TProbe 2
        13858.7.1.1.1.3.0 30
        13858.7.1.1.1.3.1 -126
        """,
    )
    assert values(found, "voltage_volts") == {"System": 54}
    assert values(found, "current_amperes") == {"System": 17, "Shelf 1 module 1": pytest.approx(9.11)}
    assert values(found, "temperature_celsius") == {"Main Batteries": 30}
    assert states(found) == {"Controller": "alarm", "Shelf 1 module 1": "alarm"}


async def test_an_aloha_tells_its_servers_by_the_name_of_their_backend() -> None:
    al = "23263.4.2.1"
    found = await told(
        "23263.4.1",
        f"""
        {al}.5.1.0 ALB5100
        {al}.3.2.1.3.1.2 www
        {al}.3.2.1.13.1.2 OPEN
        {al}.3.3.1.3.1.8 shop
        {al}.3.3.1.20.1.8 DOWN
        {al}.3.4.1.4.1.8.1 as1
        {al}.3.4.1.4.1.8.2 as2
        {al}.3.4.1.19.1.8.1 UP 1/3
        {al}.3.4.1.19.1.8.2 no check
        """,
    )
    assert states(found) == {
        "Frontend www": "OPEN",
        "Backend shop": "DOWN",
        "Server shop as1": "UP",
        "Server shop as2": "no check",
    }
