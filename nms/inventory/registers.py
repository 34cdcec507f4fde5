"""Registers of a Modbus device, as the inventory lists them: where each stands, and what it measures."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from nms.documents import Strict, mistake
from nms.metrics import METRICS


def _metric(name: str) -> str:
    if name and name not in METRICS:
        raise mistake("there is no metric “{name}”", "docs/collectors.md lists them", name=name)
    return name


class Register(Strict):
    """One value: a measurement (`metric`) or a condition (`states`)."""

    name: str = Field(min_length=1)
    """What people call it."""

    address: Annotated[int, Field(ge=0, le=65535)]
    """Address on the wire, counted from 0 (40001 in a manual is holding 0)."""

    table: Literal["coil", "discrete", "holding", "input"] = "holding"
    """Which of the four tables."""

    type: Literal["uint16", "int16", "uint32", "int32", "float32", "bit"] = "uint16"
    """How its registers are read; `bit` is one bit of a register, or a coil."""

    bit: Annotated[int, Field(ge=0, le=15)] = 0
    """Number of the bit, from the lowest."""

    words: Literal["high-first", "low-first"] = "high-first"
    """Order of the two registers of a 32-bit value."""

    metric: Annotated[str, AfterValidator(_metric)] = ""
    """Metric that it measures, in its base unit after `scale` and `offset`."""

    scale: float = 1.0
    """Factor ..."""

    offset: float = 0.0
    """... and what is added after it."""

    absent: int | None = None
    """Raw value by which the device says that it does not know."""

    states: dict[int, str] = Field(default_factory=dict)
    """Raw value -> severity (ok, info, warning, critical) and its name: `1: critical high temperature`."""
