"""Call records of CUCM: files as it writes them, delivered in any order, half or twice."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nms.collect.answer import Answer
from nms.collect.telephony.records import RecordsAsker
from nms.i18n import in_english
from nms.model import Device, DeviceId, Endpoint, Outcome, Role, Severity

PBX = Device(DeviceId("cucm"), "cucm", Role.PBX, "127.0.0.1", "s", "d")
NOW = 1_773_849_600.0
CDR = (
    "cdrRecordType,globalCallID_callManagerId,globalCallID_callId,dateTimeOrigination,callingPartyNumber,origCause_value,"
    "destCause_value,dateTimeConnect,dateTimeDisconnect,pkid,duration,origDeviceName,destDeviceName,globalCallID_ClusterID"
)
CMR = (
    "cdrRecordType,globalCallID_callManagerId,globalCallID_callId,dateTimeStamp,numberPacketsReceived,numberPacketsLost,"
    "jitter,latency,pkid,deviceName,varVQMetrics,globalCallID_ClusterID"
)


def write(path: Path, columns: str, *rows: str, age: float = 30.0) -> Path:
    names = columns.split(",")
    lines = [",".join(f'"{name}"' for name in names), ",".join("INTEGER" for _ in names), *rows]
    path.write_text("\n".join(lines) + "\n")
    os.utime(path, (NOW - age, NOW - age))
    return path


def cdr(call: int, orig: str, dest: str, seconds: int, *, cause: int = 16, ago: int = 60) -> str:
    ended = int(NOW) - ago
    connected = ended - seconds if seconds else 0
    return (
        f'1,1,{call},{ended - seconds - 5},"4811234",{cause},0,{connected},{ended},"p{call}",{seconds},'
        f'"{orig}","{dest}","StandAloneCluster"'
    )


def cmr(call: int, side: int, received: int, lost: int, jitter: int, latency: int, metrics: str = "") -> str:
    return (
        f'2,1,{call},{int(NOW) - 60},{received},{lost},{jitter},{latency},"q{call}-{side}","SEP00",'
        f'"{metrics}","StandAloneCluster"'
    )


async def ask(asker: RecordsAsker, at: float = NOW, folder: str = "cdr") -> Answer:
    options = {"folder": folder, "trunks": ("SIP_Telmex", "MGCP_GW"), "silent_after": 3600.0}
    return await asker.ask(PBX, Endpoint("cdr", "127.0.0.1", options=options), at)


def cells(answer: Answer) -> dict[tuple[str, str, str], float]:
    return {
        (component.kind, component.key, metric): value
        for reading in answer.readings
        for metric, column in reading.columns.items()
        for component, value in zip(reading.components, column, strict=True)
        if value is not None
    }


def states(answer: Answer) -> dict[tuple[str, str], tuple[str, Severity | None]]:
    return {(one.component.key, one.name): (in_english(one.text), one.severity) for one in answer.states}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "cdr").mkdir()
    return tmp_path / "cdr"


async def test_calls_are_told_by_trunk_with_their_quality(tmp_path: Path, folder: Path) -> None:
    write(folder / "cdr_StandAloneCluster_01_202603181600_1", CDR,
          cdr(1, "SEP001", "SIP_Telmex", 120), cdr(2, "SIP_Telmex", "SEP002", 0, cause=17),
          cdr(3, "SEP001", "SEP002", 60), cdr(4, "SEP003", "MGCP_GW", 0, cause=34),
          cdr(5, "SEP003", "SIP_Telmex", 40, ago=7000))  # fmt: skip
    write(folder / "cmr_StandAloneCluster_01_202603181600_1", CMR,
          cmr(1, 0, 980, 20, 4, 40, "CCR=0.0;MLQK=4.0;MLQKav=3.2;MLQKmx=4.4"), cmr(1, 1, 1000, 0, 2, 0),
          cmr(3, 0, 500, 0, 1, 0, "MLQK=nan"), cmr(9, 0, 0, 0, 0, 0))  # fmt: skip
    (folder / "_cdrIndex").write_text("not ours")
    answer = await ask(RecordsAsker(tmp_path))
    assert (answer.witness.outcome, answer.problems) == (Outcome.ANSWERED, ())
    found = cells(answer)
    assert (found["calls", "SIP_Telmex", "count"], found["calls", "SIP_Telmex", "percentage_ratio"]) == (2, 0.5)
    assert found["calls", "SIP_Telmex", "call_duration_seconds"] == 120
    assert found["calls", "telephones", "count"] == 1
    assert found["voice", "SIP_Telmex", "loss_ratio"] == pytest.approx(0.01)
    assert found["voice", "SIP_Telmex", "jitter_seconds"] == pytest.approx(0.003)
    assert found["voice", "SIP_Telmex", "delay_seconds"] == pytest.approx(0.08)
    assert 3.7 < found["voice", "SIP_Telmex", "mean_opinion_score"] < 3.9, "the telephone's 3.2 and an estimate of 4.4"
    assert ("voice", "MGCP_GW", "loss_ratio") not in found
    told = states(answer)
    assert told["MGCP_GW", "congestion"] == ("calls of the last hour that found no free line: 1", Severity.WARNING)
    assert told["SIP_Telmex", "congestion"] == ("none in the last hour", None)
    assert told["records", "delivery"] == ("last delivered 0 min ago", None)
    assert "4811234" not in str(answer), "who called is not kept"


async def test_a_call_counts_once_however_its_file_comes(tmp_path: Path, folder: Path) -> None:
    asker = RecordsAsker(tmp_path)
    path = write(folder / "cdr_1", CDR, cdr(1, "SEP001", "SIP_Telmex", 20), "1,1,2,17738", age=60)
    first = await ask(asker)
    write(path, CDR, cdr(1, "SEP001", "SIP_Telmex", 20), cdr(2, "SEP001", "SIP_Telmex", 20), age=30)
    write(folder / "cdr_2", CDR, cdr(2, "SEP001", "SIP_Telmex", 20), age=0)
    second = await ask(asker)
    third = await ask(asker, NOW + 60)
    later = await ask(asker, NOW + 3700)
    counts = [cells(one).get(("calls", "SIP_Telmex", "count")) for one in (first, second, third, later)]
    assert counts == [1, 2, 2, None]


async def test_silence_a_missing_folder_and_one_that_was_never_filled_are_told(tmp_path: Path, folder: Path) -> None:
    asker = RecordsAsker(tmp_path)
    missing = await ask(asker, folder="nowhere")
    assert missing.witness.outcome is Outcome.FAILED
    assert "No such file or directory" in missing.witness.reason
    empty = await ask(asker)
    assert states(empty)["records", "delivery"] == ("nothing was ever delivered", Severity.WARNING)
    write(folder / "cdr_1", CDR, cdr(1, "SEP001", "SIP_Telmex", 20))
    late = await ask(asker, NOW + 7200)
    assert late.witness.outcome is Outcome.FAILED, "old files say nothing of the exchange"
    assert states(late)["records", "delivery"][1] is Severity.WARNING


@given(st.binary(max_size=300))
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_files_of_any_content_do_no_harm(tmp_path: Path, noise: bytes) -> None:
    place = tmp_path / "any"
    place.mkdir(exist_ok=True)
    for name in ("cdr_x", "cmr_x"):
        head = (CDR if name[1] == "d" else CMR).encode() + b"\n"
        (place / name).write_bytes(head + noise)
        os.utime(place / name, (NOW - 60, NOW - 60))
    answer = asyncio.run(ask(RecordsAsker(tmp_path), folder="any"))
    assert answer.witness.outcome is Outcome.ANSWERED
