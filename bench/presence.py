"""What it costs to know where everybody is: CPU seconds for one round of forwarding and ARP tables, and for the list.

.venv/bin/python -m bench.presence --switches 100 --stations 5000
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from nms.model import Device, DeviceId, Inventory, Neighbour, Poll, Role, Sight, Sighting
from nms.presence.book import Policy, PresenceBook
from nms.queries.presence import PresenceReads
from nms.store.records import Records

AT = 1_790_000_000.0
ROUND = 600.0


def city(switches: int, stations: int) -> Inventory:
    def device(name: str, role: Role, address: str) -> Device:
        return Device(DeviceId(name), name, role, address, "s", "d")

    found = [device(f"sw-{n}", Role.SWITCH, f"10.200.{n // 250}.{n % 250}") for n in range(switches)]
    found += [device(f"pc-{n}", Role.COMPUTER, address(n)) for n in range(stations)]
    return Inventory("bench", {}, {}, {one.id: one for one in found}, {})


def address(number: int) -> str:
    return f"10.{number // 62_500}.{number // 250 % 250}.{number % 250}"


def polls(switches: int, stations: int, at: float) -> Iterator[Poll]:
    each = stations // switches
    for switch in range(switches):
        mine = range(switch * each, (switch + 1) * each)
        seen = [Sighting(Sight.FORWARDING, f"001b54{n:06x}", f"Gi1/0/{n % each}", 10) for n in mine]
        seen += [Sighting(Sight.ARP, f"001b54{n:06x}", "Vl10", address=address(n)) for n in mine]
        around = (Neighbour("lldp", "mgmt", "console", "eth0"),)
        yield Poll(DeviceId(f"sw-{switch}"), at, 1.0, (), sightings=tuple(seen), neighbours=around)


def timed(what: str, work: Callable[[], object]) -> None:
    began = time.process_time()
    work()
    print(f"{what:<40} {time.process_time() - began:7.3f} CPU s")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--switches", type=int, default=100, help="switches that are polled")
    parser.add_argument("--stations", type=int, default=5000, help="stations behind them, each with a port of its own")
    wanted = parser.parse_args()
    inventory = city(wanted.switches, wanted.stations)
    with tempfile.TemporaryDirectory() as folder:
        records = Records.open(Path(folder) / "records.db")
        book = PresenceBook.open(inventory, records, Policy(), AT)

        def turn(number: int) -> None:
            for poll in polls(wanted.switches, wanted.stations, AT + ROUND * number):
                book.take(poll)

        timed("the first round of tables", lambda: turn(0))
        timed("writing what is new", lambda: book.flush(AT, all_of_it=True))
        timed("the same tables again", lambda: turn(1))
        timed("writing that they are still there", lambda: book.flush(AT + ROUND, all_of_it=True))
        reads = PresenceReads(inventory, book, records, clock=lambda: AT + ROUND)
        timed("the list of all stations", reads.stations)
        records.close()


if __name__ == "__main__":
    main()
