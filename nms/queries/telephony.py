"""Telephony at one glance: the exchanges, their trunks, queues and mailboxes, and the telephone sets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from nms.i18n import part_name, render
from nms.model import Alert, Component, Device, Number, Role, Severity, State
from nms.queries import equipment
from nms.queries.equipment import Present
from nms.queries.live import DeviceLive
from nms.queries.rows import Attention, LineRow, Telephony
from nms.queries.situation import of_state

EXCHANGES = frozenset({Role.PBX, Role.GATEWAY})

_GRAPHED = (
    ("trunk", "trunk", ("channels_used", "load_ratio", "trunk_up")),
    ("gateway", "trunk", ("channels_used",)),
    ("queue", "queue", ("count",)),
    ("mailbox", "mailbox", ("count", "condition")),
    ("voicemail", "mailbox", ("count",)),
    ("voice-mail", "mailbox", ("count",)),
    ("licence", "licence", ("load_ratio", "count")),
    ("registration", "telephones", ()),
)
"""Kinds of components, the kind of line that each is, and which of its series tells most, if it is there."""
_SPOKEN = ("mean_opinion_score", "loss_ratio", "count", "percentage_ratio")
"""Of calls and of how they sounded, what tells most."""
_FIGURES = (
    "mean_opinion_score",
    "loss_ratio",
    "jitter_seconds",
    "delay_seconds",
    "count",
    "percentage_ratio",
    "call_duration_seconds",
)
_PARTS_OF_IT = frozenset({"protocol", "voice", "calls", *(of for of, _, _ in _GRAPHED)})
_WHOLE = ("calls_active", "channels_used", "registrations", "sip_response_seconds")


@dataclass(slots=True)
class _Part:
    """All that is known of one component of an exchange."""

    component: Component
    values: dict[str, Number]
    texts: list[str]
    worst: Severity | None = None
    is_unknown: bool = False


def telephony(now: Present) -> Telephony:
    """`lines` are in the order of their exchanges; those of kind `exchange` lead to the series of the whole."""
    devices = now.inventory.devices.values()
    exchanges = [device for device in devices if device.role in EXCHANGES]
    phones = [device for device in devices if device.role is Role.PHONE]
    return Telephony(
        exchanges=tuple(equipment.device_row(now, device) for device in exchanges),
        phones=tuple(equipment.device_row(now, device) for device in phones),
        lines=tuple(line for device in exchanges for line in _lines(now, device)),
    )


def _lines(now: Present, device: Device) -> Iterator[LineRow]:
    live = now.live.devices.get(device.id)
    parts = _parts(live, now.language) if live else {}
    yield from _whole(now, device, parts)
    for of, kind, metrics in _GRAPHED:
        for part in parts.values():
            if part.component.kind == of:
                yield _line(now, device, part, kind, next((m for m in metrics if m in part.values), ""))
    yield from _calls(now, device, parts)


def _calls(now: Present, device: Device, parts: dict[tuple[str, str], _Part]) -> Iterator[LineRow]:
    """One line for the calls of a trunk and for how they sounded, which are two parts that share their key."""
    for key in dict.fromkeys(key for kind, key in parts if kind in ("voice", "calls")):
        several = [part for kind in ("voice", "calls") if (part := parts.get((kind, key))) is not None]
        lines = [
            _line(now, device, part, "calls", next((m for m in _SPOKEN if m in part.values), "")) for part in several
        ]
        worst = min(lines, key=lambda line: (line.attention is Attention.FINE, line.state is State.UP))
        yield replace(
            lines[0],
            label=key,
            state=worst.state,
            attention=worst.attention,
            text=", ".join(line.text for line in lines if line.text),
            numbers={name: value for line in lines for name, value in line.numbers.items()},
        )


def _parts(live: DeviceLive, language: str) -> dict[tuple[str, str], _Part]:
    found: dict[tuple[str, str], _Part] = {}

    def of(component: Component) -> _Part:
        return found.setdefault((component.kind, component.key), _Part(component, {}, []))

    for reading in live.readings.values():
        for metric, column in reading.columns.items():
            for component, value in zip(reading.components, column, strict=True):
                if value is not None:
                    of(component).values[metric] = value
    for state in live.states.values():
        part = of(state.component)
        part.texts.append(render(state.text, language))
        part.worst = max((s for s in (part.worst, state.severity) if s is not None), default=None)
        part.is_unknown = part.is_unknown or state.unknown
    return found


def _whole(now: Present, device: Device, parts: dict[tuple[str, str], _Part]) -> Iterator[LineRow]:
    """One line for each number of the whole exchange: the first one is what a graph of the exchange shows."""
    for metric in _WHOLE:
        for part in parts.values():
            if metric in part.values and part.component.kind not in _PARTS_OF_IT:
                yield _line(now, device, part, "exchange", metric)
                break


def _line(now: Present, device: Device, part: _Part, kind: str, metric: str) -> LineRow:
    values, component = part.values, part.component
    state = _state(part)
    alert = _alert_of(now, device, component)
    used, size = values.get("channels_used"), values.get("channels_size")
    return LineRow(
        device=device.id,
        device_name=device.name,
        department=device.department,
        kind=kind,
        component_kind=component.kind,
        key=component.key,
        label=part_name(component, now.language) or device.name,
        state=state,
        attention=now.situation.attention(alert) if alert else of_state(state),
        metric=metric,
        value=values.get(metric),
        used=used,
        size=size,
        load=values.get("load_ratio", used / size if used is not None and size else None),
        text=", ".join(dict.fromkeys(text for text in part.texts if text)),
        numbers={name: float(values[name]) for name in _FIGURES if name in values} if kind == "calls" else {},
    )


def _state(part: _Part) -> State:
    """As the exchange tells it: out of service, in trouble, or in order; unknown where it says nothing."""
    up = part.values.get("trunk_up")
    if up == 0 or part.worst is Severity.CRITICAL:
        return State.DOWN
    if part.worst is Severity.WARNING:
        return State.DEGRADED
    if up is None and part.is_unknown:
        return State.UNKNOWN
    return State.UP


def _alert_of(now: Present, device: Device, component: Component) -> Alert | None:
    """The most severe one about this part."""
    about = (component.kind, component.key)
    alerts = now.situation.by_device.get(device.id, ())
    return next((alert for alert in alerts if (alert.component.kind, alert.component.key) == about), None)
