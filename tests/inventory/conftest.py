from pathlib import Path

import pytest

from tests.inventory.city import FILES, City


@pytest.fixture
def city(tmp_path: Path) -> City:
    made = City(tmp_path)
    for name, text in FILES.items():
        made.write(name, text)
    return made
