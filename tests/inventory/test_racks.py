"""Where devices are in racks."""

from __future__ import annotations

import pytest

from nms.inventory.racks import Position, position
from nms.model import DeviceId
from tests.inventory.city import City


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("R1 U40", Position("R1", 40, 40)),
        ("R1 U12-14", Position("R1", 12, 14)),
        ("sala-b/3  u7-U8", Position("sala-b/3", 7, 8)),
        ("R1", Position("R1")),
        ("R1 U14-12", None),
        ("R1 U0", None),
        ("R1 unit 4", None),
        ("", None),
    ],
)
def test_a_place_in_a_rack(written: str, meant: Position | None) -> None:
    assert position(written) == meant


def test_a_range_of_devices_takes_a_range_of_units(city: City) -> None:
    city.replace("inventories/devices/palacio.yaml", "  pc-[01:03]:\n", "  pc-[01:03]:\n    rack: R1 U[12:14]\n")
    city.replace("inventories/devices/anexo.yaml", "parents:", "rack: R1 U1-2, parents:")
    devices = city.load().devices
    assert [devices[DeviceId(f"pc-0{n}")].rack for n in (1, 2, 3)] == ["R1 U12", "R1 U13", "R1 U14"]
    assert devices[DeviceId("rt-anexo")].rack == "R1 U1-2"


def test_a_wrong_place_is_told_with_what_would_be_right(city: City) -> None:
    city.replace("inventories/devices/anexo.yaml", "parents:", "rack: third from the door, parents:")
    (told,) = city.mistakes()
    assert "“rack”: third from the door is no place in a rack (write it as R1 U40, R1 U12-14 or R1)" in told
