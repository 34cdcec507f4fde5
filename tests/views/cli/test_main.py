"""The command line itself: global options anywhere, one line and exit code 2 for a wrong call."""

from pathlib import Path

import pytest

from nms.views.cli.main import global_first, run


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (["check", "--config", "a.yaml"], ["--config", "a.yaml", "check"]),
        (["alerts", "--json", "--lang=en"], ["--lang=en", "alerts", "--json"]),
        (["ticket", "note", "F", "--", "--config", "x"], ["ticket", "note", "F", "--", "--config", "x"]),
        (["check", "--config"], ["--config", "check"]),
        (["-c", "a.yaml", "status"], ["-c", "a.yaml", "status"]),
    ],
)
def test_global_options_may_stand_anywhere(written: list[str], meant: list[str]) -> None:
    assert global_first(written) == meant


@pytest.mark.parametrize("wrong", [["status", "--bogus"], ["bogus"], ["--lang", "fr", "status"], ["probe"]])
def test_a_wrong_call_ends_with_2_and_no_traceback(
    wrong: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--config", str(tmp_path / "config.yaml"), *wrong]
    assert run(None, arguments) == 2  # type: ignore[arg-type]
    said = capsys.readouterr().err
    assert said.strip()
    assert "Traceback" not in said
