"""The pages about settings and inventory hold every key, as the models have it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from nms.config import documentation as settings
from nms.inventory import documentation as inventory

DOCS = Path(__file__).parent.parent / "docs"


@pytest.mark.parametrize(
    ("page", "markdown"), [("configuration.md", settings.markdown), ("inventory.md", inventory.markdown)]
)
def test_the_page_holds_every_key_as_the_models_have_it(page: str, markdown: Callable[[], str]) -> None:
    """`NMS_WRITE_DOCS=1 pytest tests/test_documentation_of_settings.py` draws the tables anew."""
    path = DOCS / page
    text = path.read_text(encoding="utf-8")
    drawn = settings.between_marks(text, markdown())
    if os.environ.get("NMS_WRITE_DOCS"):
        path.write_text(drawn, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == drawn


def test_every_key_of_the_inventory_is_described() -> None:
    assert [line for line in inventory.markdown().splitlines() if line.endswith("|  |")] == []
