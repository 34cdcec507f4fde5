"""The boards ask for metrics that exist, in expressions that a real Prometheus accepts."""

from __future__ import annotations

import json
import re
import urllib.parse
import urllib.request
from pathlib import Path

import pytest

from nms.metrics import METRICS
from tests import peers

BOARDS = sorted((Path(__file__).parents[2] / "dashboards" / "grafana").glob("*.json"))


def expressions(board: Path) -> list[str]:
    panels = json.loads(board.read_text())["panels"]
    return [target["expr"] for panel in panels for target in panel["targets"]]


@pytest.mark.parametrize("board", BOARDS, ids=lambda path: path.stem)
def test_every_metric_of_a_board_exists(board: Path) -> None:
    text = " ".join(expressions(board))
    named = set(re.findall(r"nms_([a-z0-9_]+)", text))
    assert named
    assert named <= METRICS.keys()


@pytest.mark.peer("prometheus")
def test_a_real_prometheus_accepts_every_expression(tmp_path: Path) -> None:
    with peers.start_prometheus(tmp_path, {}) as peer:
        for expression in (e for board in BOARDS for e in expressions(board)):
            plain = expression.replace("$device", ".*").replace("$interface", ".*")
            query = urllib.parse.urlencode({"query": plain})
            with urllib.request.urlopen(f"http://127.0.0.1:{peer.port}/api/v1/query?{query}", timeout=5) as answer:
                assert json.load(answer)["status"] == "success"
