"""What the store of samples says of itself, as alerts about the monitor.

Three things must not be found out too late: blocks that cannot be read, a size budget that will take samples before
their time, and a server that takes none.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from nms.model import Message, Severity, Verdict
from nms.rules.policies import MONITOR
from nms.store.samples import Damage, EmbeddedSamples, InfluxSamples, SampleStore

RULE = "samples"
ANNOUNCED_SECONDS = 30 * 86_400.0
"""How long before it bites the size budget becomes an alert; `nms doctor` tells it at any time."""


def health(samples: SampleStore, now: float) -> Iterator[Verdict]:
    """What is wrong with the samples, and what is not. Raises: SamplesError."""
    if isinstance(samples, EmbeddedSamples):
        yield _verdict("samples-damaged", now, _of_damage(samples.damage()))
        coming = samples.forecast(now)
        near = coming.bites_at is not None and coming.bites_at - now <= ANNOUNCED_SECONDS
        yield _verdict("samples-budget", now, coming.warning if near else None)
    elif isinstance(samples, InfluxSamples):
        yield _verdict("samples-away", now, _of_outage(samples))
        yield _verdict("samples-lost", now, _of_loss(samples))


def _verdict(name: str, now: float, message: Message | None) -> Verdict:
    severity = None if message is None else Severity.WARNING
    return Verdict(
        f"{name}/{MONITOR}", RULE, MONITOR, now, severity, message or Message("The samples are kept as they should be")
    )


def _of_damage(damage: Sequence[Damage]) -> Message | None:
    if not damage:
        return None
    text = "{count} blocks of samples cannot be read, the first is {where}; all others are: see “nms doctor”"
    return Message(text, {"count": len(damage), "where": damage[0].where})


def _of_outage(samples: InfluxSamples) -> Message | None:
    if not samples.is_away:
        return None
    text = "The server of the samples does not take them: {count} batches wait on the disk of the monitor"
    return Message(text, {"count": samples.waiting})


def _of_loss(samples: InfluxSamples) -> Message | None:
    if not samples.lost:
        return None
    text = (
        "{count} batches of samples are lost: they waited for the server for longer than “store.influx.buffer” has room"
    )
    return Message(text, {"count": samples.lost})
