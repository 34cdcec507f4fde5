"""`nms init DIR`: what is laid out works at once, and nothing of somebody's is ever touched."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from nms.i18n import render
from nms.views.cli.check import check
from nms.views.cli.init import CannotLayOut, content_root, lay_out
from tests.inventory.city import unprivileged


def refusal(directory: Path) -> str:
    with pytest.raises(CannotLayOut) as caught:
        lay_out(directory)
    return render(caught.value.message, "en").replace(str(directory), "DIR")


def test_what_is_laid_out_is_right_and_complete(tmp_path: Path) -> None:
    target = tmp_path / "a" / "municipio"
    made = lay_out(target)
    assert {path.name for path in made} == {"config.yaml", "inventories", "collectors", "playbooks", "dashboards"}
    assert check(target / "config.yaml") == []
    assert (target / "config.yaml").read_bytes() == (content_root() / "config.yaml").read_bytes()
    assert not list(target.rglob(".gitkeep"))


def test_an_empty_directory_will_do(tmp_path: Path) -> None:
    assert lay_out(tmp_path)
    assert check(tmp_path / "config.yaml") == []


def test_a_directory_that_holds_anything_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text("mine")
    assert refusal(tmp_path) == "DIR is not empty: name a new directory, nothing was changed"
    assert [path.read_text() for path in tmp_path.iterdir()] == ["mine"]


def test_a_file_is_not_a_directory(tmp_path: Path) -> None:
    target = tmp_path / "file"
    target.write_text("mine")
    assert refusal(target) == "DIR is a file: name a directory"
    assert target.read_text() == "mine"


def test_a_place_that_cannot_be_made_says_why(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    target = tmp_path / "file" / "below"
    assert refusal(target) == "DIR cannot be laid out: Not a directory"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A real file system of 64 KiB."""
    mounted = tmp_path / "disk"
    mounted.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=64k", "nms-test", str(mounted)]
    if os.geteuid() != 0 or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("mounting a small file system needs root and the right to mount")
    try:
        yield mounted
    finally:
        subprocess.run(["umount", str(mounted)], check=True)


def test_a_full_disk_is_told_and_nothing_is_left_behind(small_disk: Path) -> None:
    target = small_disk / "municipio"
    assert refusal(target) == "DIR cannot be laid out: the disk is full; make room or name another place"
    assert list(small_disk.iterdir()) == []


def test_a_read_only_disk_is_told(small_disk: Path) -> None:
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    target = small_disk / "municipio"
    assert refusal(target) == "DIR cannot be laid out: that file system is read-only; name another place"


def test_a_forbidden_place_is_told(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    expected = "DIR cannot be laid out: you may not write there; name another place or ask for permission"
    with unprivileged(tmp_path):
        assert refusal(tmp_path / "x") == expected
