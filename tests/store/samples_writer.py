"""A program that writes samples until somebody kills it; it says on stdout what the store has acknowledged.

python -m tests.store.samples_writer PATH POLLS_BEFORE
python -m tests.store.samples_writer     for each line "PATH POLLS_BEFORE" that it reads: forks a writer that maintains,
                                         which says its process id first; says "ended" when that was killed
"""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path
from typing import NoReturn

from nms.model import Component, DeviceId, Reading
from nms.store.samples import EmbeddedSamples, SamplesError

T0 = 1_699_920_000.0
PORTS = tuple(Component("interface", f"Gi{n}") for n in range(24))
DEVICES = [DeviceId(f"sw{n}") for n in range(4)]


def poll(n: int) -> list[Reading]:
    """The n-th poll: every value follows from n, so that a reader can tell what is right."""
    return [
        Reading(
            device,
            "interfaces",
            T0 + 60 * n,
            PORTS,
            {"interface_in_octets_total": [n * 6000 + p for p in range(24)], "temperature_celsius": [n / 8] * 24},
        )
        for device in DEVICES
    ]


def main() -> None:
    if len(sys.argv) == 3:
        write_on(Path(sys.argv[1]), int(sys.argv[2]), maintains=False)
    for line in sys.stdin:
        path, first = line.rsplit(maxsplit=1)
        child = os.fork()
        if child == 0:
            say(f"pid {os.getpid()}")
            write_on(Path(path), int(first), maintains=True)
        os.waitpid(child, 0)
        say("ended")


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def write_on(path: Path, first: int, maintains: bool) -> NoReturn:
    store = EmbeddedSamples(path, ballast_bytes=0)
    written = [first]
    if maintains:
        threading.Thread(target=maintain, args=(store, written), daemon=True).start()
    while True:
        try:
            store.write([reading for n in range(written[0], written[0] + 5) for reading in poll(n)])
        except SamplesError as error:
            say(f"refused {type(error).__name__}")
        else:
            written[0] += 5
            say(f"acknowledged {written[0]}")


def maintain(store: EmbeddedSamples, written: list[int]) -> None:
    while True:
        now = T0 + 60 * written[0]
        store.compact(now)
        store.roll_up(now)


if __name__ == "__main__":
    main()
