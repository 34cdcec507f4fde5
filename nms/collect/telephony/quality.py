"""How a call sounds, estimated from what its packets suffered.

Source: ITU-T G.107 (the E-model), simplified: all terms at their default values but delay and packet loss.
R = 93.2 - Id - Ie,eff; Id by the usual approximation of G.107 for the absolute delay;
Ie,eff = Ie + (95 - Ie) Ppl / (Ppl + Bpl) with Ie and Bpl of G.113 Appendix I for G.711 with packet loss concealment
(0 and 25.1); MOS from R as in G.107 Annex B.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

R_BEST = 93.2
IE, BPL = 0.0, 25.1
FIXED_DELAY = 0.030
"""Seconds that packets of 20 ms and their coding take besides the network."""
CLOCK_HERTZ = 8000.0
"""RTP clock of G.711, G.722 and G.729; jitter in RTCP counts its ticks (RFC 3551)."""


@dataclass(frozen=True, slots=True)
class Heard:
    """One RTCP report: share of packets lost, jitter and round trip in seconds (None: not told).

    `told`: the score of a telephone that makes one itself.
    """

    loss: float
    jitter: float
    round_trip: float | None = None
    told: float | None = None

    @property
    def score(self) -> float:
        return score(self.loss, self.jitter, self.round_trip) if self.told is None else self.told


def rating(loss: float, one_way: float) -> float:
    """R of G.107 for a share of lost packets and a one-way delay in seconds, 0 to 93.2."""
    milliseconds = max(0.0, one_way) * 1000
    delay = 0.024 * milliseconds + max(0.0, 0.11 * (milliseconds - 177.3))
    percent = 100 * min(1.0, max(0.0, loss))
    equipment = IE + (95 - IE) * percent / (percent + BPL)
    return max(0.0, R_BEST - delay - equipment)


def opinion(r: float) -> float:
    """The mean opinion score of a rating, 1 to 4.5."""
    if r <= 0:
        return 1.0
    return max(1.0, min(4.5, 1 + 0.035 * r + r * (r - 60) * (100 - r) * 7e-6))


def score(loss: float, jitter: float, round_trip: float | None) -> float:
    """The mean opinion score; a jitter buffer of twice the jitter adds to the delay."""
    return opinion(rating(loss, (round_trip or 0.0) / 2 + 2 * jitter + FIXED_DELAY))


def together(reports: Iterable[Heard]) -> dict[str, float]:
    """Mean loss, jitter and round trip of several reports, and the score that goes with each, averaged."""
    heard = list(reports)
    if not heard:
        return {}
    trips = [one.round_trip for one in heard if one.round_trip is not None]
    found = {
        "loss_ratio": math.fsum(one.loss for one in heard) / len(heard),
        "jitter_seconds": math.fsum(one.jitter for one in heard) / len(heard),
        "mean_opinion_score": math.fsum(one.score for one in heard) / len(heard),
    }
    return found | ({"delay_seconds": math.fsum(trips) / len(trips)} if trips else {})
