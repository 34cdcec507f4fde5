"""Readings as InfluxDB line protocol: one line for each component, one field for each metric.

    nms,device=sw-1,kind=interface,component=Gi1/0/1 interface_in_octets_total=5u,interface_oper_status=1i 1700000000000

Counters are unsigned, states signed, gauges floating, always, because the server fixes the type of a field with
its first value. The label is left out: it may change, and with it the identity of the series.
Reference: https://docs.influxdata.com/influxdb/v2/reference/syntax/line-protocol/
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from nms.model import MetricKind, Number, Reading
from nms.store.samples.series import kind_of, milliseconds

MEASUREMENT = "nms"
_TAG_ESCAPES = str.maketrans({"\\": "\\\\", ",": r"\,", "=": r"\=", " ": r"\ "})
_CONTROLS = dict.fromkeys([*range(32), *range(127, 160)])
_UNSIGNED_LIMIT = 2**64


def protocol_lines(reading: Reading) -> Iterator[str]:
    """The lines of one reading; components without any value, or with the name of an earlier one, give none."""
    cells = [_fields(name, values) for name, values in reading.columns.items()]
    stamp = milliseconds(reading.at)
    device = escaped(reading.device)
    told: set[str] = set()
    for component, fields in zip(reading.components, zip(*cells, strict=True), strict=True):
        known = [text for text in fields if text]
        if known:
            key = escaped(component.key) or "-"
            tags = f"device={device},kind={escaped(component.kind)},component={key}"
            if tags in told:
                continue
            told.add(tags)
            yield f"{MEASUREMENT},{tags} {','.join(known)} {stamp}"


def _fields(name: str, values: Sequence[Number | None]) -> list[str]:
    """One column as `name=value` texts, empty where there is no value."""
    kind = kind_of(name)
    if kind is MetricKind.GAUGE:
        return [f"{name}={float(v)!r}" if v is not None and math.isfinite(v) else "" for v in values]
    suffix, low, high = ("u", 0, _UNSIGNED_LIMIT) if kind is MetricKind.COUNTER else ("i", -(2**63), 2**63)
    return [
        f"{name}={int(v)}{suffix}" if v is not None and math.isfinite(v) and low <= v < high else "" for v in values
    ]


def escaped(text: str) -> str:
    """A tag value. Controls are removed; a trailing backslash, which the protocol cannot say, too."""
    return text.translate(_CONTROLS).rstrip("\\").translate(_TAG_ESCAPES)


def as_read(text: str) -> str:
    """A tag value as the server gives it back."""
    return text.translate(_CONTROLS).rstrip("\\") or "-"
