"""Nothing acknowledged is lost, damage is named and stays where it is, and work resumes by itself."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from nms.store.samples import (
    EmbeddedSamples,
    SamplesBusy,
    SamplesDamaged,
    SamplesError,
    SamplesFull,
    SamplesReadOnly,
    Series,
    restore,
)
from tests import peers
from tests.store.samples_data import IN, T0, octets, reading, steady
from tests.store.samples_writer import DEVICES, PORTS
from tests.store.samples_writer import T0 as W0

ROOT = Path(__file__).parents[2]


def writer(*argv: object, **environment: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.store.samples_writer", *map(str, argv)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    return subprocess.Popen(command, cwd=ROOT, text=True, env={**os.environ, **environment}, **pipes)  # type: ignore[call-overload, no-any-return]


def said(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line, "the writer ended by itself"
    return line


def killed(parent: subprocess.Popen[str], path: Path, first: int, lines: int) -> int:
    """Has a writer begin, reads some lines, kills it, and returns the last acknowledged poll."""
    assert parent.stdin is not None
    parent.stdin.write(f"{path} {first}\n")
    parent.stdin.flush()
    child = int(said(parent).removeprefix("pid "))
    acknowledged = [first] + [polls_in(said(parent)) for _ in range(lines)]
    os.kill(child, signal.SIGKILL)
    while (line := said(parent)) != "ended\n":
        acknowledged.append(polls_in(line))
    return acknowledged[-1]


def polls_in(line: str) -> int:
    return int(line.removeprefix("acknowledged "))


def assert_whole(path: Path, polls: int) -> None:
    """Every poll that was acknowledged is there, once, with its value."""
    store = EmbeddedSamples(path, ballast_bytes=0)
    try:
        for device in DEVICES:
            series = Series(device, "interface", PORTS[3].key, "interface_in_octets_total")
            found = store.raw(series, W0, W0 + 60 * (polls + 1000))
            assert len(found.times) >= polls
            numbers = (found.times / 1000 - W0) / 60
            np.testing.assert_array_equal(numbers, np.arange(len(found.times)))
            np.testing.assert_array_equal(found.values.astype(np.int64), numbers * 6000 + 3)
        assert store.check() == []
    finally:
        store.close()


def kill_again_and_again(path: Path, times: int, seed: int) -> None:
    """One process forks the writers, since starting Python would take longer than all they do."""
    dice = random.Random(seed)
    acknowledged = 0
    with writer() as parent:
        for _ in range(times):
            acknowledged = killed(parent, path, acknowledged, dice.randrange(1, 15))
    assert_whole(path, acknowledged)


def test_kill_9_during_writes_and_maintenance_loses_nothing_acknowledged(tmp_path: Path) -> None:
    kill_again_and_again(tmp_path / "samples.db", 24, seed=1)


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_a_thousand_kills_lose_nothing_acknowledged(tmp_path: Path) -> None:
    for n in range(20):
        kill_again_and_again(tmp_path / f"samples-{n}.db", 50, seed=n)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "disk"
    folder.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=6m", "none", str(folder)], capture_output=True)
    if done.returncode:
        pytest.skip("mounting a tmpfs is not permitted here")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(path: Path) -> None:
    with path.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(65_536))
        except OSError:
            pass


@pytest.mark.parametrize("ballast", [0, 2**20])
def test_a_full_disk_refuses_clearly_keeps_all_and_resumes_by_itself(small_disk: Path, ballast: int) -> None:
    store = EmbeddedSamples(small_disk / "samples.db", ballast_bytes=ballast)
    store.write(steady(T0, 60))
    fill(small_disk / "somebody-elses-log")
    kept = 60
    refusal = None
    while refusal is None:
        try:
            store.write(steady(T0 + kept * 60, 10))
            kept += 10
        except SamplesFull as error:
            refusal = error
    assert "no space is left" in str(refusal)
    assert len(store.read(octets(), T0, T0 + 1e6, function="last")) == kept
    if ballast:
        store.compact(T0 + 1e6)
        with pytest.raises(SamplesFull):
            store.write(steady(T0 + kept * 60, 1))
    (small_disk / "somebody-elses-log").unlink()
    store.write([reading(T0 + 1e6, {IN: [1, 2]})])
    assert len(store.read(octets(), T0, T0 + 2e6, function="last")) == kept + 1
    assert (small_disk / "samples.db.ballast").exists() == bool(ballast)
    assert store.check() == []
    store.close()


def test_a_store_opens_on_a_full_disk_by_giving_up_its_ballast(small_disk: Path) -> None:
    store = EmbeddedSamples(small_disk / "samples.db", ballast_bytes=2**20)
    store.write(steady(T0, 60))
    store.close()
    fill(small_disk / "somebody-elses-log")
    store = EmbeddedSamples(small_disk / "samples.db", ballast_bytes=2**20)
    assert len(store.read(octets(), T0, T0 + 1e6, function="last")) == 60
    with pytest.raises(SamplesFull):
        store.write(steady(T0 + 3600, 1))
    (small_disk / "somebody-elses-log").unlink()
    store.write(steady(T0 + 3600, 1))
    store.close()


_SHIM = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>
static int sick(void) { const char *f = getenv("SICK_FILE"); return f && access(f, F_OK) == 0; }
int fsync(int fd) {
    if (sick()) { errno = EIO; return -1; }
    return ((int (*)(int)) dlsym(RTLD_NEXT, "fsync"))(fd);
}
int fdatasync(int fd) {
    if (sick()) { errno = EIO; return -1; }
    return ((int (*)(int)) dlsym(RTLD_NEXT, "fdatasync"))(fd);
}
"""


def test_an_io_error_on_fsync_is_not_acknowledged_and_work_resumes(tmp_path: Path) -> None:
    compiler = peers.require_peer("gcc")
    (tmp_path / "sick.c").write_text(_SHIM)
    shim, sick = tmp_path / "sick.so", tmp_path / "sick"
    subprocess.run([compiler, "-shared", "-fPIC", "-o", shim, tmp_path / "sick.c", "-ldl"], check=True)
    process = writer(tmp_path / "samples.db", 0, LD_PRELOAD=str(shim), SICK_FILE=str(sick))
    for _ in range(5):
        assert said(process).startswith("acknowledged")
    sick.touch()
    lines = [said(process) for _ in range(200)]
    while not lines[-1].startswith("refused"):
        lines.append(said(process))
    assert lines[-1] == "refused SamplesUnwell\n"
    sick.unlink()
    while said(process).startswith("refused"):
        pass
    acknowledged = [polls_in(said(process)) for _ in range(5)][-1]
    process.kill()
    process.communicate()
    assert_whole(tmp_path / "samples.db", acknowledged)


def settled_store(path: Path) -> EmbeddedSamples:
    """Three days of two devices: days, hours and hot rows."""
    store = EmbeddedSamples(path, ballast_bytes=0)
    everything = steady(T0, 4320)
    for first in range(0, 4320, 240):
        batch = everything[first : first + 240]
        store.write(batch)
        store.write([reading(r.at, dict(r.columns), r.components, DEVICES[0]) for r in batch])
    store.compact(T0 + 3 * 86_400)
    store.roll_up(T0 + 3 * 86_400)
    return store


def damage_blob(path: Path, table: str, where: str) -> None:
    """Flips one bit inside a stored blob, as a worn disk would."""
    with sqlite3.connect(path) as connection:
        (data,) = connection.execute(f"SELECT data FROM {table} WHERE {where}").fetchone()
        broken = bytearray(data)
        broken[len(broken) // 2] ^= 0x10
        connection.execute(f"UPDATE {table} SET data = ? WHERE {where}", (bytes(broken),))
    connection.close()


def test_a_flipped_bit_is_found_named_and_confined_to_its_block(tmp_path: Path) -> None:
    path = tmp_path / "samples.db"
    store = settled_store(path)
    whole = store.raw(octets(), T0, T0 + 3 * 86_400)
    heat = Series(octets().device, "interface", "Gi1", "temperature_celsius")
    with store._database.reading() as connection:
        metric = store._catalogue.metrics[IN]
        (group,) = [g.id for g, _, _ in store._catalogue.places(octets())]
        days = "SELECT max(t0) FROM chunk WHERE tier = 0 AND grp = ? AND metric = ? AND span = 86400"
        t0 = connection.execute(days, (group, metric)).fetchone()[0]
    damage_blob(path, "chunk", f"metric = {metric} AND tier = 0 AND grp = {group} AND t0 = {t0} AND span = 86400")
    left = store.raw(octets(), T0, T0 + 3 * 86_400)
    assert len(whole.times) - len(left.times) == 1440
    assert len(store.raw(heat, T0, T0 + 3 * 86_400).times) == 4320
    assert len(store.raw(Series(DEVICES[0], "interface", "Gi1", IN), T0, T0 + 3 * 86_400).times) == 4320
    (damage,) = store.check()
    assert str(t0) in damage.where
    assert f"metric {metric}" in damage.where
    store.write(steady(T0 + 3 * 86_400, 10))
    store.close()


def test_a_damaged_hot_row_costs_only_itself(tmp_path: Path) -> None:
    path = tmp_path / "samples.db"
    store = EmbeddedSamples(path, ballast_bytes=0)
    for n in range(20):
        store.write(steady(T0 + 60 * n, 1))
    damage_blob(path, "hot", "id = 10")
    assert len(store.raw(octets(), T0, T0 + 3600).times) == 19
    assert [d.where for d in store.damage()] == ["hot row 10 of device 1"]
    store.close()
    store = EmbeddedSamples(path, ballast_bytes=0)
    store.compact(T0 + 86_400)
    assert len(store.raw(octets(), T0, T0 + 3600).times) == 19
    store.close()


@pytest.mark.parametrize("seed", range(6))
def test_random_flipped_bytes_never_give_wrong_values(tmp_path: Path, seed: int) -> None:
    path = tmp_path / "samples.db"
    store = settled_store(path)
    store.close()
    dice = random.Random(seed)
    data = bytearray(path.read_bytes())
    for _ in range(3):
        data[dice.randrange(4096, len(data))] ^= 1 << dice.randrange(8)
    path.write_bytes(bytes(data))
    try:
        store = EmbeddedSamples(path, ballast_bytes=0)
    except SamplesError:
        return
    assert_steady(store)
    with suppress(SamplesError):
        store.compact(T0 + 9 * 86_400)
        store.roll_up(T0 + 9 * 86_400)
    assert_steady(store)
    store.close()


def assert_steady(store: EmbeddedSamples) -> None:
    """Every sample that is there is the one that was written."""
    for key, start, rate in (("Gi1", 10**6, 100), ("Gi2", 0, 200)):
        found = store.raw(octets(key), T0, T0 + 3 * 86_400)
        expected = start + (found.times / 1000 - T0) * rate
        np.testing.assert_array_equal(found.values.astype(np.float64), expected)


def test_a_half_written_file_is_repaired_and_put_aside(tmp_path: Path) -> None:
    path = tmp_path / "samples.db"
    store = settled_store(path)
    store.close()
    os.truncate(path, path.stat().st_size // 2 + 100)
    store = EmbeddedSamples(path, ballast_bytes=0)
    kept = len(store.raw(octets(), T0, T0 + 3 * 86_400).times)
    store.write(steady(T0 + 4 * 86_400, 10))
    assert len(store.raw(octets(), T0, T0 + 5 * 86_400).times) == kept + 10
    store.close()


def test_what_is_no_database_is_refused_with_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "samples.db"
    path.write_bytes(b"not a database at all" * 1000)
    with pytest.raises(SamplesDamaged, match="restore a backup"):
        EmbeddedSamples(path, read_only=True)


def test_a_backup_of_a_running_store_is_whole_and_can_be_restored(tmp_path: Path) -> None:
    store = settled_store(tmp_path / "samples.db")
    stop = threading.Event()
    written = [0]

    def write_on() -> None:
        while not stop.is_set():
            store.write(steady(T0 + 4 * 86_400 + 60 * written[0], 1))
            written[0] += 1

    thread = threading.Thread(target=write_on)
    thread.start()
    try:
        before = written[0]
        store.backup(tmp_path / "copy.db")
    finally:
        stop.set()
        thread.join()
    with pytest.raises(SamplesBusy):
        restore(tmp_path / "copy.db", tmp_path / "samples.db")
    store.close()
    aside = restore(tmp_path / "copy.db", tmp_path / "samples.db")
    assert aside is not None
    assert aside.exists()
    store = EmbeddedSamples(tmp_path / "samples.db", ballast_bytes=0)
    assert len(store.raw(octets(), T0, T0 + 5 * 86_400).times) >= 4320 + before
    assert store.check() == []
    store.close()


def test_only_a_sound_backup_is_restored(tmp_path: Path) -> None:
    (tmp_path / "copy.db").write_bytes(b"SQLite format 3\x00" + bytes(5000))
    with pytest.raises(SamplesDamaged):
        restore(tmp_path / "copy.db", tmp_path / "samples.db")
    assert not (tmp_path / "samples.db").exists()


def test_another_process_reads_while_this_one_writes(tmp_path: Path) -> None:
    store = EmbeddedSamples(tmp_path / "samples.db", ballast_bytes=0)
    store.write(steady(T0, 60))
    code = (
        "import sys; from pathlib import Path; from tests.store.samples_data import *\n"
        "from nms.store.samples import EmbeddedSamples\n"
        "store = EmbeddedSamples(Path(sys.argv[1]), read_only=True)\n"
        "print(len(store.read(octets(), T0, T0 + 86400, function='last')), flush=True)\n"
        "sys.stdin.readline()\n"
        "print(len(store.read(octets(), T0, T0 + 86400, function='last')), len(store.latest()), flush=True)\n"
    )
    argv = [sys.executable, "-c", code, str(tmp_path / "samples.db")]
    with subprocess.Popen(argv, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as reader:
        assert said(reader) == "60\n"
        store.write(steady(T0 + 3600, 60))
        store.compact(T0 + 7200 + 7200)
        assert reader.stdin is not None
        reader.stdin.write("go\n")
        reader.stdin.flush()
        assert said(reader) == "120 6\n"
    store.close()


def test_a_second_writer_is_turned_away_and_a_reader_cannot_write(tmp_path: Path) -> None:
    store = EmbeddedSamples(tmp_path / "samples.db", ballast_bytes=0)
    with pytest.raises(SamplesBusy):
        EmbeddedSamples(tmp_path / "samples.db", ballast_bytes=0)
    reader = EmbeddedSamples(tmp_path / "samples.db", read_only=True)
    with pytest.raises(SamplesReadOnly):
        reader.write(steady(T0, 1))
    reader.close()
    store.close()
