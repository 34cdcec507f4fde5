"""The migrations are one chain: two branches of work that take the same number are seen here."""

from __future__ import annotations

import re

from nms.store.records import MIGRATIONS


def test_each_migration_has_a_number_of_its_own_and_follows_the_one_before() -> None:
    files = sorted((MIGRATIONS / "versions").glob("*.py"))
    texts = [path.read_text(encoding="utf-8") for path in files]
    numbers = [re.search(r"^revision = '(\d+)'", text, re.MULTILINE) for text in texts]
    found = [match[1] for match in numbers if match]
    assert found == [f"{number:04}" for number in range(1, len(files) + 1)]
    assert [path.name[:4] for path in files] == found
    for before, text in zip(["None", *(f"'{one}'" for one in found)], texts, strict=False):
        assert f"down_revision = {before}" in text
