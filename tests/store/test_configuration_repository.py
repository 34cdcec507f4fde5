"""The Git repository of configurations: readable by git, safe from kill -9, a full disk and two writers."""

from __future__ import annotations

import errno
import os
import shutil
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from dulwich.object_store import DiskObjectStore

from nms.store.configurations import copies
from nms.store.configurations.repository import ConfigurationRepository, ConfigurationsError, masking_key


@pytest.fixture
def repository(tmp_path: Path) -> Iterator[ConfigurationRepository]:
    found = ConfigurationRepository(tmp_path / "configurations")
    yield found
    found.close()


def keep(repository: ConfigurationRepository, device: str, text: str, at: float = 1_790_000_000.0) -> str:
    message = f"{device}: changed"
    return repository.keep(device, {"running": text}, author=f"ana@{device}", message=message, at=at).commit


def git(repository: ConfigurationRepository, *arguments: str) -> str:
    program = shutil.which("git")
    if program is None:
        pytest.skip("the program git is not installed")
    command = [program, "-c", "safe.directory=*", "-C", str(repository.path), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def fsck(repository: ConfigurationRepository) -> str:
    """What git finds wrong; objects that a killed writer made and nobody names do no harm."""
    return git(repository, "fsck", "--strict", "--no-dangling")


def test_what_is_kept_is_an_ordinary_repository_with_author_time_and_message(
    repository: ConfigurationRepository,
) -> None:
    keep(repository, "sw-1", "hostname sw-1\n")
    keep(repository, "sw-2", "hostname sw-2\n")
    keep(repository, "sw-1", "hostname sw-1\ninterface Vlan1\n")
    assert fsck(repository) == ""
    assert git(repository, "log", "--format=%an %ae %cn %at %s", "main").splitlines() == [
        "ana ana@sw-1 nms 1790000000 sw-1: changed",
        "ana ana@sw-2 nms 1790000000 sw-2: changed",
        "ana ana@sw-1 nms 1790000000 sw-1: changed",
    ]
    assert git(repository, "show", "main:sw-1/running.cfg") == "hostname sw-1\ninterface Vlan1\n"
    assert "+interface Vlan1" in git(repository, "show", "main")


def test_the_same_text_makes_no_commit(repository: ConfigurationRepository) -> None:
    first = keep(repository, "sw-1", "hostname sw-1\n")
    assert keep(repository, "sw-1", "hostname sw-1\n", at=1_790_100_000.0) == first


def test_it_is_for_its_owner_alone(repository: ConfigurationRepository) -> None:
    keep(repository, "sw-1", "hostname sw-1\n")
    folder = repository.path.parent
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(repository.path.stat().st_mode) == 0o700
    assert len(masking_key(folder)) == 64
    assert stat.S_IMODE((folder / "masking-key").stat().st_mode) == 0o600
    assert masking_key(folder) == masking_key(folder)


@pytest.mark.parametrize("name", ["../evil", "a/b", "", ".git", "-x", "a\nb"])
def test_a_name_that_is_no_file_name_is_refused(repository: ConfigurationRepository, name: str) -> None:
    with pytest.raises(ConfigurationsError):
        keep(repository, name, "x\n")


def test_a_hostile_author_cannot_break_a_commit(repository: ConfigurationRepository) -> None:
    author = "eve <x>\ncommitter root <root@x> 1 +0000\n\x1b[2J"
    repository.keep("sw-1", {"running": "a\n"}, author=author, message="m", at=1.0)
    assert fsck(repository) == ""
    assert git(repository, "log", "--format=%cn").strip() == "nms"


def test_two_threads_that_keep_at_once_lose_nothing(repository: ConfigurationRepository) -> None:
    def work(number: int) -> None:
        for round_ in range(5):
            keep(repository, f"sw-{number}", f"hostname sw-{number}\nround {round_}\n")

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert fsck(repository) == ""
    assert len(git(repository, "log", "--format=%h").split()) == 20
    assert git(repository, "ls-tree", "--name-only", "main").split() == [f"sw-{number}" for number in range(4)]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_full_disk_leaves_what_was_there_and_the_next_write_works(
    repository: ConfigurationRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = keep(repository, "sw-1", "hostname sw-1\n")

    def full(_fd: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(ConfigurationsError, match="No space left"):
            keep(repository, "sw-1", "hostname new\n")
    assert repository.head() == first
    assert not list(repository.path.rglob("*.lock"))
    keep(repository, "sw-1", "hostname new\n")
    assert git(repository, "show", "main:sw-1/running.cfg") == "hostname new\n"


KILLED = """
import sys
from pathlib import Path
from nms.store.configurations.repository import ConfigurationRepository
repository = ConfigurationRepository(Path(sys.argv[1]))
for number in range(100_000):
    repository.keep("sw-1", {"running": f"line {number}\\n" * 200}, author="ana", message=f"{number}", at=float(number))
    print(number, flush=True)
"""


def test_killed_in_the_middle_of_a_commit_it_is_whole_and_goes_on(tmp_path: Path) -> None:
    folder = tmp_path / "configurations"
    for pause in (0.0, 0.003, 0.007):
        process = subprocess.Popen([sys.executable, "-c", KILLED, str(folder)], stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        for _ in range(3):
            assert process.stdout.readline()
        time.sleep(pause)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        repository = ConfigurationRepository(folder)
        assert repository.check() == ""
        keep(repository, "sw-1", f"after {pause}\n")
        assert fsck(repository) == ""
        repository.close()


def test_a_lock_left_behind_does_not_stop_anything(tmp_path: Path) -> None:
    repository = ConfigurationRepository(tmp_path / "c")
    keep(repository, "sw-1", "a\n")
    repository.close()
    (repository.path / "refs" / "heads" / "main.lock").write_text("")
    again = ConfigurationRepository(tmp_path / "c")
    keep(again, "sw-1", "b\n")
    again.close()


def test_damage_is_told_with_what_to_do(repository: ConfigurationRepository) -> None:
    keep(repository, "sw-1", "hostname sw-1\n" * 50)
    for path in repository.path.glob("objects/??/*"):
        path.chmod(0o600)
        path.write_bytes(b"")
    assert "restore it from a backup" in repository.check()


def test_many_loose_objects_are_packed(repository: ConfigurationRepository, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nms.store.configurations.repository.PACK_FROM", 10)
    for number in range(5):
        keep(repository, "sw-1", f"{number}\n")
    repository.tidy()
    assert not list(repository.path.glob("objects/??/*"))
    assert isinstance(repository._repo.object_store, DiskObjectStore)
    assert fsck(repository) == ""
    keep(repository, "sw-1", "after\n")
    assert repository.check() == ""


def test_a_copy_is_made_while_others_write_and_put_back_beside_what_was_there(
    repository: ConfigurationRepository, tmp_path: Path
) -> None:
    keep(repository, "sw-1", "hostname sw-1\n")
    masking_key(repository.path.parent)
    assert copies.backup(tmp_path, tmp_path / "copy")
    keep(repository, "sw-1", "later\n")
    repository.close()
    aside = copies.restore(tmp_path / "copy", tmp_path)
    assert aside is not None
    again = ConfigurationRepository(tmp_path / "configurations")
    assert git(again, "show", "main:sw-1/running.cfg") == "hostname sw-1\n"
    again.close()
    for path in (tmp_path / "configurations").glob("repository.git/objects/??/*"):
        path.chmod(0o600)
        path.write_bytes(b"")
    assert "damaged" in copies.check(tmp_path)
    assert copies.check(tmp_path / "nowhere") == ""
