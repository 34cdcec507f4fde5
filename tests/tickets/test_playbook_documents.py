from __future__ import annotations

from datetime import date
from html.parser import HTMLParser
from pathlib import Path

import pytest

from nms import i18n
from nms.tickets.playbooks import load_playbooks
from nms.views.cli.playbooks import as_html, as_markdown, as_table, as_text, evidence_wanted, limits, manual
from tests.tickets.conftest import playbook

TODAY = date(2026, 11, 22)
SHIPPED = Path(__file__).parents[2] / "playbooks"
HOSTILE = playbook(
    title="<script>alert(1)</script> | `x` *y*",
    purpose="Línea [uno](javascript:alert(1))",
    steps=[{"id": "uno", "do": "<img src=x onerror=alert(1)> # no"}],
)


@pytest.fixture(autouse=True)
def _english() -> None:
    i18n.use("en")


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_every_shipped_playbook_renders_with_all_of_its_steps() -> None:
    known = list(load_playbooks(SHIPPED).playbooks.values())
    for one in known:
        text, markdown = as_text(one, TODAY), as_markdown(one, TODAY)
        assert text.count("[ ]") == len(one.steps)
        assert f"{len(one.steps)}. " in markdown
        assert one.owner in text
    page = as_html(known, TODAY)
    tags = Tags()
    tags.feed(page)
    assert tags.open == []
    assert not tags.seen & {"script", "img", "iframe", "link"}
    assert page.count("<li>") >= sum(len(one.steps) for one in known)
    assert manual(known, TODAY).count("\n## ") >= len(known)


def test_hostile_text_is_shown_and_not_run() -> None:
    page = as_html([HOSTILE], TODAY)
    tags = Tags()
    tags.feed(page)
    assert not tags.seen & {"script", "img"}
    assert "&lt;script&gt;" in page
    markdown = as_markdown(HOSTILE, TODAY)
    assert "\\<script\\>" in markdown
    assert "](javascript" not in markdown.replace("\\]", "")


def test_an_overdue_review_is_said() -> None:
    old = playbook(reviewed=date(2025, 1, 1))
    assert as_table([old], TODAY)[0][-1] == "overdue"
    assert as_table([playbook()], TODAY)[0][-1] == ""
    assert "2026-01-01 (overdue)" in as_text(old, TODAY)


def test_limits_are_said_as_people_write_them() -> None:
    def limits_of(**given: float) -> str:
        one = playbook(steps=[{"id": "m", "do": "Mida.", "measure": {"name": "tensión", "unit": "V", **given}}])
        measure = one.steps[0].measure
        assert measure is not None
        return limits(measure)

    assert [limits_of(min=1, max=2.5), limits_of(min=3), limits_of(max=4), limits_of(min=5, max=5), limits_of()] == [
        "1 – 2.5",
        "≥ 3",
        "≤ 4",
        "= 5",
        "any",
    ]


def test_what_a_step_wants_is_said() -> None:
    steps = playbook().steps
    assert [evidence_wanted(step) for step in steps] == [
        [],
        ["tensión: ______ V (13.2 – 13.9)"],
        ["photo: banco"],
        ["linux: upsc {ups:name}"],
    ]
