"""Storage through its own interface: peers that answer as DSM, TrueNAS and ONTAP document it, and bad habits."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from nms.collect.answer import Answer
from nms.collect.servers.storage import StorageAsker
from nms.i18n import in_english
from nms.model import Device, DeviceId, Endpoint, Outcome, Role, Severity
from nms.transports.http import HttpClient
from tests.transports.servers import page, web

NAS = Device(DeviceId("nas"), "nas", Role.STORAGE, "127.0.0.1", "s", "d")
TIB = 2**40
DSM = {
    "SYNO.Core.System": {"model": "RS3621xs+", "serial": "2140", "firmware_ver": "DSM 7.2", "sys_temp": 41,
                         "temperature_warning": True},
    "SYNO.Storage.CGI.Storage": {
        "disks": [
            {"id": "sata1", "longName": "Drive 1", "status": "normal", "smart_status": "normal", "temp": 33},
            {"id": "sata2", "longName": "Drive 2", "status": "crashed", "smart_status": "failing", "temp": 35},
            {"id": "sata3", "longName": "Drive 3\u001b[2J", "status": "odd", "temp": "hot"}, "noise",
        ],
        "volumes": [{"id": "volume_1", "vol_path": "/volume1", "status": "degrade",
                     "size": {"total": str(4 * TIB), "used": str(3 * TIB)}}],
        "storagePools": [{"id": "reuse_1", "status": "degrade"}],
    },
}  # fmt: skip
TRUENAS: dict[str, Any] = {
    "/system/info": {"version": "TrueNAS-SCALE-24.04.2", "system_product": "MINI-X", "system_serial": "A1"},
    "/pool": [
        {"name": "tank", "status": "ONLINE", "healthy": True, "size": 10 * TIB, "allocated": 4 * TIB,
         "scan": {"function": "SCRUB", "state": "FINISHED", "errors": 2}},
        {"name": "old", "status": "DEGRADED", "healthy": False, "size": TIB, "allocated": 0, "scan": None},
    ],
    "/alert/list": [
        {"level": "CRITICAL", "formatted": "Pool old state is DEGRADED", "dismissed": False},
        {"level": "WARNING", "formatted": "dismissed one", "dismissed": True},
        {"level": "INFO", "formatted": "hello", "dismissed": False},
    ],
}  # fmt: skip
ONTAP: dict[str, Any] = {
    "/cluster": {"name": "c1", "version": {"full": "NetApp Release 9.13.1: Mon", "generation": 9}},
    "/storage/aggregates": {"records": [
        {"name": "aggr1", "state": "online", "space": {"block_storage": {"size": 100, "used": 90}}}]},
    "/storage/volumes": {
        "records": [{"name": "vol1", "svm": {"name": "svm0"}, "state": "online", "space": {"size": 50, "used": 10}}],
        "_links": {"next": {"href": "/api/storage/volumes?start.uuid=2"}},
    },
    "/storage/volumes?start.uuid=2": {
        "records": [{"name": "vol2", "svm": {"name": "svm0"}, "state": "error"}],
        "_links": {"next": {"href": "http://169.254.169.254/latest"}},
    },
    "/storage/disks": {"records": [{"name": "1.0.1", "state": "present"}, {"name": "1.0.2", "state": "broken"}]},
}  # fmt: skip


class Station:
    """The Web API of DSM: everything at one path, every answer with status 200, sessions that are counted."""

    def __init__(self, refused: tuple[str, ...] = ()) -> None:
        self.refused = refused
        self.sessions: set[str] = set()
        self.made = 0

    def answer(self, target: str, headers: Mapping[str, str]) -> bytes:
        asked = {k: v[0] for k, v in (parse_qs(urlsplit(target).query) | parse_qs(headers[":body"])).items()}
        assert "secret" not in target, "a password belongs in no address"
        return page(json.dumps(self._answer(asked, headers)))

    def _answer(self, asked: Mapping[str, str], headers: Mapping[str, str]) -> dict[str, Any]:
        if asked["method"] == "login":
            if (asked["account"], asked["passwd"]) != ("nms", "secret&=%"):
                return {"success": False, "error": {"code": 400}}
            self.made += 1
            self.sessions.add(f"id=s{self.made}")
            return {"success": True, "data": {"sid": f"s{self.made}"}}
        if headers.get("cookie") not in self.sessions:
            return {"success": False, "error": {"code": 119}}
        if asked["method"] == "logout":
            self.sessions.discard(headers["cookie"])
            return {"success": True}
        if asked["api"] in self.refused:
            return {"success": False, "error": {"code": 105}}
        return {"success": True, "data": DSM[asked["api"]]}


async def ask(port: int, product: str, password: str = "secret&=%") -> Answer:
    asker = StorageAsker(
        HttpClient(), lambda *_: {"Authorization": "Bearer key"}, lambda *_: ("nms", password), seconds=10.0
    )
    options = {"product": product, "tls": False}
    return await asker.ask(NAS, Endpoint("storage", "127.0.0.1", port, options=options), 1000.0)


def documents(found: Mapping[str, Any], root: str) -> Any:
    def answer(target: str, headers: Mapping[str, str]) -> bytes:
        if headers.get("authorization") != "Bearer key":
            return page("{}", "401 Unauthorized")
        path = target.removeprefix(root)
        known = found.get(path, found.get(path.partition("?")[0]))
        return page("{}", "404 Not Found") if known is None else page(json.dumps(known))

    return answer


def told(answer: Answer) -> dict[tuple[str, str], tuple[str, Severity | None]]:
    return {(one.component.label, one.name): (in_english(one.text), one.severity) for one in answer.states}


def ratio(answer: Answer, key: str) -> float | None:
    (reading,) = answer.readings
    place = [component.key for component in reading.components].index(key)
    return reading.columns["storage_used_ratio"][place]


async def test_a_synology_station_tells_disks_pools_and_volumes_and_gets_its_session_back() -> None:
    station = Station()
    async with web(station.answer) as port:
        answer = await ask(port, "synology")
    assert answer.witness.outcome is Outcome.ANSWERED, answer.problems
    assert (station.made, station.sessions) == (1, set())
    assert answer.facts == {"vendor": "Synology", "os": "DSM", "hardware": "RS3621xs+", "serial": "2140",
                            "version": "DSM 7.2"}  # fmt: skip
    found = told(answer)
    assert found["Drive 1", "status"] == ("normal", None)
    assert found["Drive 2", "status"] == ("crashed", Severity.CRITICAL)
    assert found["Drive 2", "S.M.A.R.T."] == ("failing", Severity.WARNING)
    assert found["Drive 3 [2J", "status"] == ("odd (not known)", None)
    assert found["Volume /volume1", "status"] == ("degrade", Severity.CRITICAL)
    assert found["System", "temperature"] == ("too hot", Severity.CRITICAL)
    assert ratio(answer, "/volume1") == pytest.approx(0.75)


async def test_a_refused_part_leaves_the_rest_and_a_wrong_password_is_told() -> None:
    station = Station(refused=("SYNO.Core.System",))
    async with web(station.answer) as port:
        part = await ask(port, "synology")
        wrong = await ask(port, "synology", "other")
    assert part.witness.outcome is Outcome.PARTIAL
    assert [problem for problem in part.problems if "system" in problem and "105" in problem]
    assert ("Drive 2", "status") in told(part)
    assert wrong.witness.outcome is Outcome.REFUSED
    assert "wrong user or password" in wrong.witness.reason
    assert station.sessions == set()


async def test_truenas_tells_pools_scrubs_and_alerts() -> None:
    async with web(documents(TRUENAS, "/api/v2.0")) as port:
        answer = await ask(port, "truenas")
    assert answer.witness.outcome is Outcome.ANSWERED, answer.problems
    found = told(answer)
    assert found["Pool tank", "status"] == ("online", None)
    assert found["Pool tank", "scrub"] == ("errors in the last scrub: 2", Severity.WARNING)
    assert found["Pool old", "status"] == ("degraded", Severity.CRITICAL)
    assert found["Alerts", "alerts"] == ("1: Pool old state is DEGRADED", Severity.CRITICAL)
    assert ratio(answer, "tank") == pytest.approx(0.4)


async def test_ontap_is_read_page_after_page_and_links_that_lead_elsewhere_are_not_followed() -> None:
    async with web(documents(ONTAP, "/api")) as port:
        answer = await ask(port, "ontap")
    assert answer.witness.outcome is Outcome.ANSWERED, answer.problems
    found = told(answer)
    assert found["Aggregate aggr1", "status"] == ("online", None)
    assert found["Volume svm0:vol2", "status"] == ("error", Severity.CRITICAL)
    assert found["Disk 1.0.2", "status"] == ("broken", Severity.CRITICAL)
    assert ("Disk 1.0.1", "status") not in found
    assert ratio(answer, "aggr1") == pytest.approx(0.9)
    assert answer.facts["version"] == "NetApp Release 9.13.1"


@pytest.mark.parametrize(
    "strange", [[], "text", None, {"records": "x"}, {"records": [1, None]}, [[]], {"success": True}]
)
@pytest.mark.parametrize("product", ["synology", "truenas", "ontap"])
async def test_documents_of_another_shape_do_no_harm(product: str, strange: Any) -> None:
    async with web(lambda *_: page(json.dumps(strange))) as port:
        answer = await ask(port, product)
    assert answer.witness.outcome in (Outcome.ANSWERED, Outcome.PARTIAL, Outcome.REFUSED, Outcome.FAILED)


async def test_pages_without_end_are_bounded() -> None:
    endless = {**ONTAP, "/storage/volumes": {"records": [], "_links": {"next": {"href": "/api/storage/volumes?x=1"}}}}
    async with web(documents(endless, "/api")) as port:
        answer = await ask(port, "ontap")
    assert [problem for problem in answer.problems if "more than 20 pages" in problem]
    assert ("Disk 1.0.2", "status") in told(answer)
