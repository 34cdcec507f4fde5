"""IOS XR through NAPALM's driver of its XML agent, with what that driver cuts off put right."""

from __future__ import annotations

import re
from collections.abc import Iterator

from napalm.iosxr import IOSXRDriver

_NEIGHBOUR = re.compile(r"^(?P<name>\S*)\s+(?P<interface>\S+/\S+|Mg\S+)\s+\d+\s+(?:[A-Z,]+\s+)?(?P<port>\S+)\s*$")


class StraightIosXr(IOSXRDriver):  # type: ignore[misc]
    """The driver takes the lines of `show lldp neighbors` by their number, and loses the last neighbour."""

    def get_lldp_neighbors(self) -> dict[str, list[dict[str, str]]]:
        found: dict[str, list[dict[str, str]]] = {}
        for name, interface, port in neighbours(self.device.show_lldp_neighbors()):
            found.setdefault(interface, []).append({"hostname": name, "port": port})
        return found


def neighbours(said: str) -> Iterator[tuple[str, str, str]]:
    """Name, local interface and port of each; a long name stands on a line of its own before the rest."""
    name, lines = "", iter(said.splitlines())
    for line in lines:
        if line.startswith("Device ID"):
            break
    for line in lines:
        if row := _NEIGHBOUR.match(line):
            yield row["name"] or name, row["interface"], row["port"]
            name = ""
        else:
            name = line.strip() if line and not line[0].isspace() and " " not in line.strip() else ""
