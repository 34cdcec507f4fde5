"""Servers through Redfish: a whole controller, and controllers with the bad habits of real ones."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from nms.collect.answer import Answer
from nms.collect.servers.redfish import RedfishAsker
from nms.i18n import in_english
from nms.model import Device, DeviceId, Endpoint, Outcome, Role, Severity, StateReading
from nms.transports.redfish import RedfishTarget
from tests.collect.servers.controller import ROOT, Controller, health, ref, server
from tests.peers import free_port
from tests.transports.servers import make_certificate

SERVER = Device(DeviceId("srv"), "srv", Role.SERVER, "127.0.0.1", "s", "d")
AT = 1_700_000_000.0


def asker(port: int, password: str = "nmspass", **more: Any) -> RedfishAsker:
    settings = {"tls": False, "seconds": 5.0, **more}
    return RedfishAsker(lambda device, endpoint: RedfishTarget("127.0.0.1", port, "nms", password, **settings))


async def ask(controller: Controller, password: str = "nmspass", **more: Any) -> Answer:
    async with controller.serve() as port:
        return await asker(port, password, **more).ask(SERVER, Endpoint("redfish", "127.0.0.1", port), AT)


def cells(answer: Answer) -> dict[tuple[str, str], float]:
    return {
        (component.key, metric): value
        for reading in answer.readings
        for metric, column in reading.columns.items()
        for component, value in zip(reading.components, column, strict=True)
        if value is not None
    }


def severities(answer: Answer) -> dict[tuple[str, str], Severity | None]:
    return {(state.component.key, state.name): state.severity for state in answer.states}


def state(answer: Answer, key: str) -> StateReading:
    return next(state for state in answer.states if state.component.key == key)


async def test_a_whole_controller_is_read_and_its_session_given_back():
    controller = Controller(server())
    answer = await ask(controller)
    assert answer.witness.outcome is Outcome.ANSWERED, answer.witness.reason
    found = cells(answer)
    assert found["CPU", "temperature_celsius"] == 56
    assert found["CPU 1", "temperature_celsius"] == 57
    assert found["Fan 1", "fan_speed_rpm"] == 8400
    assert found["Fan 2", "fan_speed_ratio"] == pytest.approx(0.3)
    assert found["Server", "power_watts"] == 248
    assert found["PSU 1", "voltage_volts"] == 230
    assert found["1", "memory_size_bytes"] == 64 * 2**30
    assert found["Drive", "percentage_ratio"] == pytest.approx(0.93)
    assert ("Gone", "temperature_celsius") not in found
    assert ("Strange", "temperature_celsius") not in found
    assert answer.facts == {"vendor": "Acme", "hardware": "R-1", "serial": "S1", "version": "2.1",
                            "firmware BIOS": "2.21.1"}  # fmt: skip
    assert (controller.sessions, controller.made, controller.connections) == (set(), 1, 1)


async def test_what_is_ill_is_told_with_its_severity():
    answer = await ask(Controller(server()))
    told = severities(answer)
    assert told["1", "health"] is Severity.WARNING
    assert told["1", "power"] is None
    assert told["CPU", "health"] is None
    assert told["Inlet", "health"] is Severity.WARNING
    assert told["Fan 2", "health"] is Severity.CRITICAL
    assert told["PSU 1", "health"] is Severity.CRITICAL
    assert told["PSU redundancy", "redundancy"] is Severity.WARNING
    assert told["A1", "health"] is Severity.CRITICAL
    assert told["Drive 1", "failure"] is Severity.CRITICAL
    assert told["Virtual disk 0", "health"] is Severity.WARNING
    assert not any("Drive 2" in key for key, _ in told)
    log = state(answer, "event log")
    assert (log.value, log.severity) == (1, Severity.CRITICAL)
    assert in_english(log.text) == "1 in the last day, the newest: DIMM A1 [2J failed"


async def test_parts_are_read_a_few_times_an_hour_and_their_states_repeated_in_between():
    controller = Controller(server())
    async with controller.serve() as port:
        one = asker(port)
        endpoint = Endpoint("redfish", "127.0.0.1", port)
        first = await one.ask(SERVER, endpoint, AT)
        whole = len(controller.log)
        second = await one.ask(SERVER, endpoint, AT + 60)
        quick = len(controller.log) - whole
        await one.ask(SERVER, endpoint, AT + 960)
        again = len(controller.log) - whole - quick
    assert severities(second) == severities(first)
    assert quick < whole == again
    assert ("A1", "health") in severities(second)
    assert controller.sessions == set()


async def test_the_session_is_given_back_after_errors_and_when_the_visit_is_cut_off():
    controller = Controller(server())
    controller.broken[f"{ROOT}/Chassis/1/Thermal"] = b"\x00garbage\r\n\r\n"
    answer = await ask(controller)
    assert answer.witness.outcome is Outcome.PARTIAL
    assert ("1", "power") in severities(answer)
    assert (controller.made, controller.sessions) == (1, set())
    slow = Controller(server())
    slow.slow[f"{ROOT}/Chassis"] = 30
    late = await ask(slow, seconds=0.5)
    assert late.witness.outcome is Outcome.PARTIAL
    assert "used up the 0.5 s" in late.witness.reason
    assert (slow.made, slow.sessions) == (1, set())
    cancelled = Controller(server())
    cancelled.slow[f"{ROOT}/Chassis"] = 30
    async with cancelled.serve() as port:
        task = asyncio.create_task(asker(port).ask(SERVER, Endpoint("redfish", "127.0.0.1", port), AT))
        async with asyncio.timeout(5):
            while ("GET", f"{ROOT}/Chassis") not in cancelled.log:
                await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert (cancelled.made, cancelled.sessions) == (1, set())


async def test_pages_that_link_to_each_other_end():
    pages = server()
    pages["Systems"] = {"Members": [ref("Systems/1"), ref("Systems/1"), ref("Systems")],
                        "Members@odata.nextLink": f"{ROOT}/Systems"}  # fmt: skip
    pages["Systems/1"] = {**pages["Systems/1"], "Storage": ref("Systems"), "Memory": ref("Systems/1")}
    controller = Controller(pages)
    answer = await ask(controller)
    assert answer.witness.outcome is Outcome.ANSWERED, answer.witness.reason
    read = [path for method, path in controller.log if method == "GET"]
    assert len(read) == len(set(read))
    endless = server()
    for number in range(400):
        endless[f"Chain/{number}"] = {"Members": [], "Members@odata.nextLink": f"{ROOT}/Chain/{number + 1}"}
    endless["Chassis"] = endless["Chain/0"]
    bounded = Controller(endless)
    late = await ask(bounded, pages=50)
    assert "more than 50 pages" in late.witness.reason
    assert bounded.sessions == set()


@pytest.mark.parametrize(
    "path",
    ["http://169.254.169.254/latest", "//evil/redfish/x", "/etc/passwd", "/redfish/../../x", "x" * 9000, 7, None],
)
async def test_links_that_lead_elsewhere_are_not_followed(path: Any):
    pages = server()
    pages["Chassis"] = {"Members": [{"@odata.id": path}, ref("Chassis/1")]}
    controller = Controller(pages)
    answer = await ask(controller)
    assert ("Server", "power_watts") in cells(answer)
    assert all(asked.startswith(ROOT) for _, asked in controller.log)


@pytest.mark.parametrize(
    "strange", [[], "text", {"Members": "x"}, {"Members": [1, None, []]}, {"Temperatures": {"a": 1}}]
)
async def test_documents_of_another_shape_do_no_harm(strange: Any):
    for place in ("Systems", "Chassis/1/Thermal", "Managers", "Systems/1/Log/Entries", "Systems/1/Memory"):
        pages = server() | {place: strange}
        answer = await ask(Controller(pages))
        assert answer.witness.outcome in (Outcome.ANSWERED, Outcome.PARTIAL), (place, answer.witness)


async def test_a_controller_without_sessions_takes_basic_authentication():
    controller = Controller(server())
    controller.without_sessions = True
    answer = await ask(controller)
    assert answer.witness.outcome is Outcome.ANSWERED
    assert controller.made == 0


async def test_a_wrong_password_a_foreign_certificate_and_an_empty_port_are_told_apart(tmp_path: Path):
    refused = await ask(Controller(server()), "wrong")
    assert refused.witness.outcome is Outcome.REFUSED
    controller = Controller(server())
    made = make_certificate(tmp_path)
    async with controller.serve(made.context()) as port:
        endpoint = Endpoint("redfish", "127.0.0.1", port)
        untrusted = await asker(port, tls=True).ask(SERVER, endpoint, AT)
        assert "certificate" in untrusted.witness.reason
        assert controller.log == []
        trusted = await asker(port, tls=True, verify=False).ask(SERVER, endpoint, AT)
        assert trusted.witness.outcome is Outcome.ANSWERED
    gone = await asker(free_port()).ask(SERVER, Endpoint("redfish", "127.0.0.1"), AT)
    assert gone.witness.outcome is Outcome.SILENT


async def test_a_part_that_the_account_may_not_read_is_named_and_the_rest_kept():
    controller = Controller(server())
    controller.broken["/redfish/v1/Systems/1/LogServices"] = b"HTTP/1.1 403 X\r\nContent-Length: 0\r\n\r\n"
    answer = await ask(controller)
    assert answer.witness.outcome is Outcome.PARTIAL
    assert [problem for problem in answer.problems if "event log" in problem]
    assert severities(answer)["Drive 1", "failure"] is Severity.CRITICAL
    assert answer.facts["firmware BIOS"] == "2.21.1"
    assert controller.sessions == set()


async def test_sensors_that_the_account_may_not_read_leave_the_others():
    controller = Controller(server())
    controller.broken["/redfish/v1/Chassis/1/Thermal"] = b"HTTP/1.1 403 X\r\nContent-Length: 0\r\n\r\n"
    answer = await ask(controller)
    assert answer.witness.outcome is Outcome.PARTIAL
    assert [problem for problem in answer.problems if "temperatures and fans" in problem]
    assert ("Server", "power_watts") in cells(answer)
    assert ("Drive 1", "failure") in severities(answer)


async def test_what_a_visit_does_not_reach_is_read_by_the_next_and_what_was_known_stays():
    controller = Controller(server())
    controller.slow[f"{ROOT}/Systems/1/Memory"] = 30
    async with controller.serve() as port:
        one, endpoint = asker(port, seconds=3.0), Endpoint("redfish", "127.0.0.1", port)
        first = await one.ask(SERVER, endpoint, AT)
        assert "used up the 3 s" in first.witness.reason
        assert ("Drive 1", "failure") in severities(first)
        assert ("event log", "serious entries") not in severities(first), "it comes after the memory"
        second = await one.ask(SERVER, endpoint, AT + 60)
        assert second.witness.outcome is Outcome.ANSWERED, second.witness.reason
        assert ("event log", "serious entries") in severities(second)
        controller.broken[f"{ROOT}/Systems/1/Storage"] = b"HTTP/1.1 403 X\r\nContent-Length: 0\r\n\r\n"
        controller.slow.clear()
        third = await one.ask(SERVER, endpoint, AT + 960)
    assert severities(third)["Drive 1", "failure"] is Severity.CRITICAL, "what was known of the drives"
    assert severities(third)["A1", "health"] is Severity.CRITICAL
    assert [problem for problem in third.problems if "storage" in problem]


async def test_fans_and_supplies_are_found_in_the_subsystems_of_newer_controllers():
    pages = server()
    pages["Chassis/1"] = {
        "Name": "Chassis", "ThermalSubsystem": ref("Chassis/1/T"), "PowerSubsystem": ref("Chassis/1/P"),
    }  # fmt: skip
    pages |= {
        "Chassis/1/T": {"Fans": ref("Chassis/1/T/Fans")},
        "Chassis/1/T/Fans": {"Members": [ref("Chassis/1/T/Fans/1")]},
        "Chassis/1/T/Fans/1": {"Id": "1", "Name": "Fan 1", "SpeedPercent": {"Reading": 40, "SpeedRPM": 5200},
                               **health("OK")},
        "Chassis/1/P": {"PowerSupplies": ref("Chassis/1/P/S")},
        "Chassis/1/P/S": {"Members": [ref("Chassis/1/P/S/1")]},
        "Chassis/1/P/S/1": {"Id": "1", "Name": "PSU 1", "Metrics": ref("Chassis/1/P/M"), **health("Critical")},
        "Chassis/1/P/M": {"OutputPowerWatts": {"Reading": 180}, "InputVoltage": {"Reading": 127}},
    }  # fmt: skip
    answer = await ask(Controller(pages))
    found = cells(answer)
    assert (found["Fan 1", "fan_speed_ratio"], found["Fan 1", "fan_speed_rpm"]) == (pytest.approx(0.4), 5200)
    assert (found["PSU 1", "power_watts"], found["PSU 1", "voltage_volts"]) == (180, 127)
    assert severities(answer)["PSU 1", "health"] is Severity.CRITICAL


async def test_logs_of_log_ins_are_no_faults_and_those_of_manager_and_system_count_together():
    pages = server()
    entry = {"Id": "1", "Severity": "Critical", "Created": "2023-11-14T22:05:00Z", "Message": "fan gone"}
    pages["Managers/1"]["LogServices"] = ref("Managers/1/Logs")
    pages["Managers/1/Logs"] = {"Members": [ref("Managers/1/Audit"), ref("Managers/1/Sel")]}
    pages["Managers/1/Audit"] = {"Id": "AuditLog", "Entries": ref("Managers/1/Audit/E")}
    pages["Managers/1/Audit/E"] = {"Members": [{**entry, "Message": "log-in failed"}]}
    pages["Managers/1/Sel"] = {"Id": "Sel", "Entries": ref("Managers/1/Sel/E")}
    pages["Managers/1/Sel/E"] = {"Members": [entry]}
    log = state(await ask(Controller(pages)), "event log")
    assert in_english(log.text) == "2 in the last day, the newest: fan gone"
