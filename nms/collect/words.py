"""The words that families declare and people read: what each state and each part is called."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from nms.collect.catalogue import Catalogue
from nms.collect.compiled import GroupSpec
from nms.messages import CALLED, SPELLED


def of_families(folder: Path) -> Iterator[tuple[str, str, str]]:
    """(context, msgid, file) of every word below `folder`, as the catalogues of translations keep them."""
    for family in Catalogue.load(folder).families.values():
        file = f"collectors/{family.folder}/{family.name}.yaml"
        for table in family.tables.values():
            for group in table.groups:
                for word in _states(group):
                    yield SPELLED, word, file
                for word in group.label.words():
                    yield CALLED, word, file


def _states(group: GroupSpec) -> Iterator[str]:
    for reading in group.states:
        for _, word, _ in reading.states.meanings.values() if reading.states else ():
            yield word.template
