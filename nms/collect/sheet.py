"""Puts values together into one reading: components down, metrics across, `None` where a part has no such value."""

from __future__ import annotations

from collections.abc import Mapping

from nms.model import Component, DeviceId, Number, Reading

Rows = Mapping[Component, Mapping[str, Number]]


def sheet(device: DeviceId, table: str, at: float, rows: Rows) -> tuple[Reading, ...]:
    """One reading, or none where there are no values."""
    metrics = sorted({metric for values in rows.values() for metric in values})
    if not metrics:
        return ()
    columns = {metric: [values.get(metric) for values in rows.values()] for metric in metrics}
    return (Reading(device, table, at, tuple(rows), columns),)
