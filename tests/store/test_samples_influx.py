"""What only the store on a server does: wait on disk while it is away, and fill in later."""

from __future__ import annotations

from pathlib import Path

import pytest

from nms.model import Component, DeviceId
from nms.store.samples import InfluxSamples, SamplesAway, SamplesFull, SamplesUnwell, Server, influx
from nms.store.samples.lines import protocol_lines
from nms.store.samples.spool import Spool
from tests import peers
from tests.store.samples_data import HEAT, IN, STATUS, T0, octets, reading, steady
from tests.store.samples_influx import PatientInflux


@pytest.mark.peer("victoria-metrics")
def test_an_outage_waits_on_disk_and_is_filled_in(tmp_path: Path) -> None:
    port = peers.free_port()
    with peers.start_victoria_metrics(tmp_path, port):
        store = PatientInflux(port, tmp_path / "spool")
        store.write(steady(T0, 10))
        store.settle()
    for n in range(10, 30):
        store.write(steady(T0, n + 1)[n:])
    peers.wait_until(lambda: store.is_away, "the store to notice")
    assert store.waiting == 20
    with pytest.raises(SamplesAway, match="does not answer"):
        InfluxSamples.raw(store, octets(), T0, T0 + 3600)
    store.close()
    store = PatientInflux(port, tmp_path / "spool")
    assert store.waiting == 20
    with peers.start_victoria_metrics(tmp_path, port):
        assert store.read(octets(), T0, T0 + 3600).values.tolist() == [100.0] * 29
        store.close()


@pytest.mark.peer("victoria-metrics")
def test_a_batch_that_the_server_will_never_take_does_not_stop_the_rest(tmp_path: Path) -> None:
    with peers.start_victoria_metrics(tmp_path) as peer:
        (tmp_path / "spool").mkdir()
        (tmp_path / "spool" / "000000000001.lp.z").write_bytes(b"spoiled")
        store = PatientInflux(peer.port, tmp_path / "spool")
        store.write(steady(T0, 3))
        assert store.read(octets(), T0, T0 + 3600).values.tolist() == [100.0] * 2
        assert (tmp_path / "spool" / "000000000001.lp.z.rejected").exists()
        store.close()


@pytest.mark.peer("victoria-metrics")
def test_a_batch_of_any_size_is_sent_in_requests_that_the_server_takes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(influx, "_REQUEST_BYTES", 500)
    with peers.start_victoria_metrics(tmp_path) as peer:
        store = PatientInflux(peer.port, tmp_path / "spool")
        store.write(steady(T0, 30))
        assert store.read(octets(), T0, T0 + 3600).values.tolist() == [100.0] * 29
        store.close()


def test_a_disk_that_fails_for_a_moment_costs_no_batch(tmp_path: Path) -> None:
    spool = Spool(tmp_path, 10**6)
    spool.append(b"kept")
    (name,) = spool.oldest()
    (tmp_path / name).rename(tmp_path / "elsewhere")
    (tmp_path / name).mkdir()
    with pytest.raises(SamplesUnwell):
        spool.read(name)
    (tmp_path / name).rmdir()
    (tmp_path / "elsewhere").rename(tmp_path / name)
    assert spool.read(name) == b"kept"


def test_a_server_that_hangs_does_not_hold_the_writer(tmp_path: Path) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as deaf:
        server = Server(f"http://127.0.0.1:{deaf.getsockname()[1]}", timeout_seconds=600)
        store = InfluxSamples(server, tmp_path / "spool", token="secret-token")
        for n in range(5):
            store.write(steady(T0 + 60 * n, 1))
        assert store.waiting == 5
        assert "secret-token" not in repr(store) + repr(server)
    store.close()


def test_the_spool_drops_the_oldest_past_its_limit_and_counts_them(tmp_path: Path) -> None:
    spool = Spool(tmp_path, 200)
    for n in range(30):
        spool.append(bytes(str(n) * 20, "ascii"))
    assert spool.dropped > 0
    assert spool.waiting_bytes <= 200
    assert spool.read(list(spool.oldest())[-1]) == b"29" * 20
    again = Spool(tmp_path, 200)
    assert list(again.oldest()) == list(spool.oldest())


def test_a_spool_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool", 10**6)
    (tmp_path / "spool").rmdir()
    with pytest.raises(Exception, match="samples"):
        spool.append(b"x")
    assert len(spool) == 0
    assert SamplesFull.__doc__


def test_lines_are_typed_by_kind_and_escaped() -> None:
    nasty = Component("interface", "a b,c=d\\\n")
    (line,) = protocol_lines(reading(T0, {IN: [2**64 - 1], STATUS: [2], HEAT: [3]}, (nasty,), DeviceId("sw 1")))
    assert line == (
        r"nms,device=sw\ 1,kind=interface,component=a\ b\,c\=d "
        f"{IN}=18446744073709551615u,{STATUS}=2i,{HEAT}=3.0 1699999200000"
    )
    assert list(protocol_lines(reading(T0, {IN: [None], HEAT: [float("nan")]}, (nasty,)))) == []
