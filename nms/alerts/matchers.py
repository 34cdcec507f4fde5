"""Which alerts a silence or a maintenance window is about."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

from nms.alerts.changes import Matchers
from nms.alerts.held import Held
from nms.config.policies import Scope
from nms.model import Alert, Device
from nms.refusals import Unfit
from nms.text import clean

LABELS = ("key", "rule", "device", "department", "site", "role", "family", "component", "severity", "tag")
_MOST_PATTERNS = 200
_MOST_STARS = 4


def labels_of(held: Held | Alert, device: Device | None) -> dict[str, tuple[str, ...]]:
    """The values of each label of an alert; several for families and tags."""
    return {
        "key": (held.key,),
        "rule": (held.rule,),
        "device": (held.device,),
        "department": (held.department,),
        "site": (held.site,),
        "component": (held.component.key, held.component.label, held.component.kind),
        "severity": (held.severity.word,),
        "role": (device.role.value,) if device else (),
        "family": device.families if device else (),
        "tag": device.tags if device else (),
    }


def matches(matchers: Matchers, labels: Mapping[str, Iterable[str]]) -> bool:
    """Whether each label that the matchers name has a value that fits one of its patterns."""
    return all(
        any(fits(value, pattern) for value in labels.get(label, ()) for pattern in patterns)
        for label, patterns in matchers.items()
    )


def fits(value: str, pattern: str) -> bool:
    """Whether a pattern, in which only `*` is special, fits a value: keys may hold brackets and question marks."""
    return _expression(pattern).fullmatch(value) is not None


@lru_cache(maxsize=4096)
def _expression(pattern: str) -> re.Pattern[str]:
    return re.compile(re.escape(pattern).replace(r"\*", ".*"), re.DOTALL)


def checked(matchers: Mapping[str, Iterable[str]]) -> dict[str, list[str]]:
    """Matchers as people give them, made safe to keep.

    Raises: ValueError for an unknown label, for an empty pattern, and for matchers that would cover everything.
    """
    kept: dict[str, list[str]] = {}
    for label, patterns in matchers.items():
        if label not in LABELS:
            known = {"label": clean(label, limit=40), "known": ", ".join(LABELS)}
            raise Unfit("alerts have no label “{label}”: use one of {known}", **known)
        texts = [patterns] if isinstance(patterns, str) else list(patterns)
        kept[label] = [clean(text, limit=300) for text in texts[:_MOST_PATTERNS]]
        if not kept[label] or not all(kept[label]) or any(text.count("*") > _MOST_STARS for text in kept[label]):
            raise Unfit("the label “{label}” needs a value, or a pattern such as sw-*", label=label)
    if all(set(patterns) == {"*"} for patterns in kept.values()):
        raise Unfit("this would silence everything: name a device, department, site, rule or key")
    return kept


def of_scope(scope: Scope) -> dict[str, tuple[str, ...]]:
    """The scope of a configured maintenance window as matchers; an empty one is about everything."""
    named = {
        "role": tuple(role.value for role in scope.roles),
        "department": scope.departments,
        "site": scope.sites,
        "device": scope.devices,
        "family": scope.families,
    }
    return {label: patterns for label, patterns in named.items() if patterns}
