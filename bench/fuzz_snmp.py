"""Throws mutated SNMP packets at every decoder: no crash, no packet over 50 ms, flat memory.

    python bench/fuzz_snmp.py                      a million packets (about two minutes)
    python bench/fuzz_snmp.py --packets 20000 --seed 7

Exit code 1 when a decoder lets anything but BadPacket out, when a layout reads other values than the decoder, when a
packet takes too long, or when memory grows.
"""

from __future__ import annotations

import argparse
import gc
import random
import resource
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from nms.transports.snmp.ber import BadPacket, decode_index, decode_oid, encode_integer, encode_oid, tlv
from nms.transports.snmp.layout import Layout, Share, layout_of, read_same_names
from nms.transports.snmp.messages import Answer, preamble, read_answer, request_id_octets
from nms.transports.snmp.notifications import NotificationReceiver
from nms.transports.snmp.reader import TableReader

PREAMBLE = preamble("2c", "public")
_TAGS = (0x02, 0x04, 0x05, 0x06, 0x40, 0x41, 0x42, 0x43, 0x44, 0x46, 0x80, 0x81, 0x82)


def valid_packet(dice: random.Random) -> bytes:
    """A response, trap or inform with random variables."""
    column = f"1.3.6.1.2.1.2.2.1.{dice.randrange(1, 23)}"
    pairs = b""
    for row in range(dice.randrange(0, 40)):
        tag = dice.choice(_TAGS)
        content = encode_oid("1.3.6.1.4.1.9.1") if tag == 0x06 else dice.randbytes(dice.randrange(0, 10))
        if tag >= 0x80 or tag == 0x05:
            content = b""
        pairs += tlv(0x30, tlv(0x06, encode_oid(f"{column}.{10100 + row}")) + tlv(tag, content))
    request_id = tlv(0x02, dice.randrange(0x40000000, 0x7FFFFFFF).to_bytes(4, "big"))
    status = tlv(0x02, encode_integer(dice.choice((0, 0, 0, 2, 5))))
    pdu = tlv(dice.choice((0xA2, 0xA2, 0xA2, 0xA7, 0xA6)), request_id + status + tlv(0x02, b"\0") + tlv(0x30, pairs))
    return tlv(0x30, PREAMBLE + pdu)


def mutated(data: bytes, dice: random.Random) -> bytes:
    """The packet with some of what a broken or hostile agent does to it."""
    octets = bytearray(data)
    for _ in range(dice.choice((1, 1, 1, 2, 4, 16))):
        at = dice.randrange(len(octets)) if octets else 0
        kind = dice.randrange(8)
        if kind <= 2 and octets:
            octets[at] = dice.randrange(256)
        elif kind == 3 and octets:
            octets[at] = dice.choice((0x00, 0x7F, 0x80, 0x81, 0x82, 0x84, 0x88, 0xFF, 0x30, 0xA2))
        elif kind == 4:
            del octets[at : at + dice.randrange(1, 8)]
        elif kind == 5:
            octets[at:at] = dice.randbytes(dice.randrange(1, 8))
        elif kind == 6:
            del octets[at:]
        else:
            octets[at:at] = octets[dice.randrange(len(octets) + 1) :][:200]
    if dice.random() < 0.001:
        octets = bytearray(b"\x30\x84\x00\x00\xff\xff" * 10_000)
    return bytes(octets)


@dataclass
class Outcome:
    """What the fuzzer saw."""

    packets: int = 0
    slowest: float = 0.0
    grown_octets: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)


class Fuzzer:
    """All decoders, and what must hold for each packet."""

    def __init__(self) -> None:
        self._receiver = NotificationReceiver(lambda _: None, lambda _: True)
        self._receiver._acknowledge = lambda *_: None  # type: ignore[method-assign]
        self._share = Share(limit=2000)

    def feed(self, original: bytes, data: bytes, outcome: Outcome) -> None:
        layout = layout_of(original, PREAMBLE, self._share)
        begun = time.thread_time()
        for step in self._steps(data, layout):
            try:
                step()
            except BadPacket as bad:
                outcome.refused[bad.reason] += 1
            except Exception as error:
                outcome.failures.append(f"{type(error).__name__}: {error}: {data.hex()}")
        outcome.slowest = max(outcome.slowest, time.thread_time() - begun)
        outcome.packets += 1

    def _steps(self, data: bytes, layout: Layout | None) -> Iterator[Callable[[], object]]:
        yield lambda: request_id_octets(data)
        yield lambda: walk(read_answer(data, PREAMBLE))
        yield lambda: self._receiver._understand(data, ("127.0.0.1", 9), "127.0.0.1")
        yield lambda: layout_of(data, PREAMBLE, self._share)
        if layout is not None:
            yield lambda: agree(data, layout.read(data))
            yield lambda: agree(data, read_same_names(data, PREAMBLE, layout.names()))


def walk(answer: Answer) -> None:
    """What the reader does with an answer, whatever its names."""
    reader = TableReader([encode_oid("1.3.6.1.2.1.2.2.1.10")])
    reader.feed(reader.columns, answer)
    for name in answer.names:
        decode_oid(name)
    for index in reader.indexes():
        decode_index(index)


def agree(data: bytes, values: object) -> None:
    """A shortcut may decline a packet; if it reads it, then as the decoder does."""
    if values is not None and repr(list(values)) != repr(list(read_answer(data, PREAMBLE).values)):  # type: ignore[call-overload]
        raise AssertionError("a layout reads other values than the decoder")


def fuzz(packets: int, seed: int, memory: bool = True) -> Outcome:
    """Runs the fuzzer; repeatable by its seed. Timings and memory are judged by the caller."""
    dice = random.Random(seed)
    outcome = Outcome()
    fuzzer = Fuzzer()
    base = 0
    gc.disable()
    for number in range(packets):
        if number % 20 == 0:
            original = valid_packet(dice)
        fuzzer.feed(original, mutated(original, dice), outcome)
        if number % 5000 == 0:
            gc.collect()
        if memory and number == packets // 4:
            base = resident_octets()
    gc.enable()
    gc.collect()
    outcome.grown_octets = max(0, resident_octets() - base) if base else 0
    return outcome


def resident_octets() -> int:
    """Resident memory of this process now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--packets", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    begun = time.process_time()
    outcome = fuzz(options.packets, options.seed)
    print(f"packets           {outcome.packets} in {time.process_time() - begun:.0f} CPU s, seed {options.seed}")
    print(f"refused           {dict(outcome.refused)}")
    print(f"slowest packet    {outcome.slowest * 1000:.2f} ms (limit 50)")
    print(f"memory            {outcome.grown_octets / 1e6:+.1f} MB over the last three quarters (limit 8)")
    print(f"failures          {len(outcome.failures)}")
    for failure in outcome.failures[:10]:
        print("   ", failure[:400])
    return int(bool(outcome.failures) or outcome.slowest > 0.05 or outcome.grown_octets > 8_000_000)


if __name__ == "__main__":
    raise SystemExit(main())
