"""Flapping: a score that doubles at each fall and decays while all is quiet, as the NORDUnet monitor Zino keeps one."""

from __future__ import annotations

from dataclasses import dataclass

from nms.rules.policies import FlapPolicy


@dataclass(frozen=True, slots=True)
class Flap:
    """The score at an instant, how many falls made it, and whether the thing is held to be flapping."""

    score: float = 0.0
    at: float = 0.0
    falls: int = 0
    since: float = 0.0
    flapping: bool = False


def fallen(flap: Flap, at: float, policy: FlapPolicy) -> Flap:
    """The score after one more fall."""
    before = settled(flap, at, policy)
    score = min(policy.ceiling, before.score * 2 + 1)
    return Flap(
        score,
        at,
        before.falls + 1,
        before.since if before.falls else at,
        before.flapping or score >= policy.threshold,
    )


def settled(flap: Flap, at: float, policy: FlapPolicy) -> Flap:
    """The score at a later instant; a clock set back does not raise it. Forgotten once it has decayed."""
    if not flap.score:
        return flap
    score = flap.score * 0.5 ** (max(0.0, at - flap.at) / policy.half_life)
    if score < 0.5:
        return Flap(at=at)
    return Flap(score, at, flap.falls, flap.since, flap.flapping and score > policy.calm)


STEADY = Flap()
