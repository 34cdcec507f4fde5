"""How little a command imports before it does anything: everybody waits for it at every call."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from nms.config.local import load_local
from nms.documents import DocumentError

HEAVY = ("httpx", "pydantic", "numpy", "sqlalchemy", "jinja2", "xlsxwriter", "textual")


def test_the_command_line_starts_without_what_only_some_commands_need() -> None:
    code = f"import sys, nms.__main__; print([name for name in {HEAVY!r} if name in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_a_client_finds_the_daemon_without_the_settings_of_the_daemon(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from nms.config.local import load_local\n"
        "print(load_local(Path(sys.argv[1])).address, 'nms.config.policies' in sys.modules, 'numpy' in sys.modules)"
    )
    settings = tmp_path / "config.yaml"
    settings.write_text("polling: {no_such_key: 1}\napi: {port: 9000}\n")
    found = subprocess.run([sys.executable, "-c", code, str(settings)], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "http://127.0.0.1:9000 False False"


def test_the_socket_is_taken_where_there_is_one(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text("data_dir: here\n")
    (tmp_path / "here").mkdir()
    assert load_local(tmp_path / "config.yaml").address == "http://127.0.0.1:8470"
    (tmp_path / "here" / "api.sock").touch()
    found = load_local(tmp_path / "config.yaml")
    assert found.address == f"unix:{tmp_path}/here/api.sock"
    assert found.data_dir == tmp_path / "here"


def test_a_wrong_address_is_told_with_its_line(tmp_path: Path) -> None:
    settings = tmp_path / "config.yaml"
    settings.write_text("data_dir: here\napi:\n  port: many\n")
    with pytest.raises(DocumentError) as told:
        load_local(settings)
    assert told.value.problems[0].line == 3
