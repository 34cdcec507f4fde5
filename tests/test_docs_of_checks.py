"""The YAML in the pages about checks, telephony and the data centre is what the inventory takes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from nms.config import SyslogPolling
from nms.inventory.endpoints import TRANSPORTS

DOCS = Path(__file__).parent.parent / "docs"
PAGES = ("applications.md", "telephony.md", "datacenter.md")


def documents(page: str) -> list[dict[str, Any]]:
    text = (DOCS / page).read_text(encoding="utf-8")
    return [yaml.safe_load(block) for block in re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)]


def endpoints(value: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every endpoint below a document; a block with a transport of its own is one too."""
    if not isinstance(value, dict):
        return
    for name, inner in value.items():
        if name == "endpoints":
            yield from ((str(keys.get("transport", one)), keys) for one, keys in inner.items())
        elif isinstance(inner, dict) and "transport" in inner:
            yield str(inner["transport"]), inner
        else:
            yield from endpoints(inner)


@pytest.mark.parametrize("page", PAGES)
def test_the_examples_of_a_page_are_right(page: str):
    found = [pair for document in documents(page) for pair in endpoints(document)]
    assert found
    for transport, keys in found:
        entry = TRANSPORTS[transport].model_validate({"transport": transport, **keys})
        assert all(getattr(entry, needed) is not None for needed in entry.NEEDS)


def test_the_example_of_syslog_is_right():
    (settings,) = [one["polling"]["syslog"] for one in documents("applications.md") if "polling" in one]
    assert SyslogPolling.model_validate(settings).events[0].name == "ring broken"


def test_every_transport_of_checks_is_explained():
    pages = "".join((DOCS / page).read_text(encoding="utf-8") for page in PAGES)
    missing = [name for name in TRANSPORTS if not re.search(rf"[`\s]{name}[`:]", pages)]
    assert missing == ["icmp", "snmp", "ssh", "dhcp"], "these have pages of their own"
