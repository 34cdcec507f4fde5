"""Voice trunks (DS1-MIB): the alarm bits of RFC 4805 become a state and a trunk that is up or not."""

import asyncio
from pathlib import Path

import pytest

from nms.collect.catalogue import Catalogue
from nms.collect.recording import Recording
from nms.collect.report import report
from nms.transports.snmp.values import Oid

CATALOGUE = Catalogue.load(Path(__file__).parents[2] / "collectors")


def gateway(status: int) -> Recording:
    return Recording(
        {
            "1.3.6.1.2.1.1.1.0": b"Gateway",
            "1.3.6.1.2.1.1.2.0": Oid("1.3.6.1.4.1.99999.1"),
            "1.3.6.1.2.1.2.2.1.2.7": b"E1 1",
            "1.3.6.1.2.1.2.2.1.3.7": 18,
            "1.3.6.1.2.1.10.18.6.1.10.7": status,
        }
    )


@pytest.mark.parametrize(
    ("status", "up", "text", "word"),
    [(1, 1, "no alarm", "ok"), (2, 1, "far end alarm", "warning"), (64, 0, "out of service", "critical")],
)
def test_a_trunk_without_signal_is_out_of_service(status: int, up: int, text: str, word: str) -> None:
    metrics = asyncio.run(report(CATALOGUE, gateway(status))).as_dict()["metrics"]
    assert [one["value"] for one in metrics if one.get("metric") == "trunk_up"] == [up]
    (state,) = [one for one in metrics if one["kind"] == "state"]
    assert (state["label"], state["text"], state["status"]) == ("E1 1 dsx1LineStatus", text, word)
