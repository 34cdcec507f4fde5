from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.views.city import City, open_city


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    with open_city(tmp_path) as found:
        yield found
