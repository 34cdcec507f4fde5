"""From what a device printed to a text worth keeping: harmless, whole, without what changes by itself.

A doubtful output is refused, so that a bad fetch never takes the place of a good copy.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from nms.collect.configuration.definitions import Kind
from nms.text import clean, harmless_lines
from nms.transports.errors import Malformed

HEAD_LINES = 60
"""Where `begins` is looked for."""

REFUSAL_LINES = 5
"""Where refusals are."""

LARGEST = 4_000_000
"""Characters; the transport keeps no more, so that a longer output is a cut one."""


@dataclass(frozen=True, slots=True)
class Understood:
    """One configuration: its text, and what it says itself of its last change."""

    text: str
    changed_by: str = ""
    changed_at: str = ""


def understand(kind: Kind, outputs: Sequence[tuple[str, str]]) -> Understood:
    """The outputs of the commands that together show a configuration: (command, what was printed).

    Raises: Malformed, with what is wrong and that the copy kept before stays.
    """
    texts = [_whole(kind, command, harmless_lines(printed), printed) for command, printed in outputs]
    last_change = next((found for text in texts if (found := _last_change(kind, text))), ("", ""))
    return Understood("".join(without_volatile(kind, text) for text in texts), *last_change)


def without_volatile(kind: Kind, text: str) -> str:
    """Without what changes by itself, white space at the ends of lines, and empty lines around."""
    kept = "\n".join(line.rstrip() for line in _lasting(kind, text.splitlines())).strip("\n")
    return kept + "\n"


def _whole(kind: Kind, command: str, text: str, printed: str) -> str:
    lines = [line for line in text.splitlines() if line.strip()]
    begins = kind.begins is not None and kind.begins.search("\n".join(lines[:HEAD_LINES])) is not None
    ends = kind.ends is not None and bool(lines) and kind.ends.search(lines[-1]) is not None
    looked_at = [(pattern, text) for pattern in kind.interruptions]
    if not (begins and ends):  # a banner may well say “access denied”
        looked_at += [(pattern, "\n".join(lines[:REFUSAL_LINES])) for pattern in kind.refusals]
    for pattern, where in looked_at:
        if found := pattern.search(where):
            raise _unusable(command, f"the device says “{clean(_line_of(found), limit=120)}”")
    if len(printed) >= LARGEST:
        raise _unusable(command, f"it is longer than {LARGEST:,} characters and was cut")
    if len(lines) < kind.definition.least_lines:
        raise _unusable(command, f"it has {len(lines)} lines, where at least {kind.definition.least_lines} are usual")
    if kind.begins is not None and not begins:
        raise _unusable(command, "it does not begin as a configuration does")
    if kind.ends is not None and not ends:
        raise _unusable(command, f"it is cut short: it ends with “{clean(lines[-1], limit=60)}”")
    return text


def _line_of(found: re.Match[str]) -> str:
    start = found.string.rfind("\n", 0, found.start()) + 1
    end = found.string.find("\n", found.end())
    return found.string[start : end if end >= 0 else None]


def _unusable(command: str, why: str) -> Malformed:
    return Malformed(f"the output of “{command}” is not kept: {why}; the copy from before stays")


def _last_change(kind: Kind, text: str) -> tuple[str, str] | None:
    found = kind.changed.search(text) if kind.changed else None
    if found is None:
        return None
    groups = found.groupdict()
    return clean(groups.get("by") or "", limit=80), clean(groups.get("at") or "", limit=80)


def _lasting(kind: Kind, lines: Sequence[str]) -> Iterator[str]:
    until: re.Pattern[str] | None = None
    for line in lines:
        if until is not None:
            if until.search(line):
                until = None
                yield line
            continue
        until = next((ends for begins, ends in kind.blocks if begins.search(line)), None)
        if until is not None or not any(pattern.search(line) for pattern in kind.volatile):
            yield line


def is_sudden_loss(before: str, after: str) -> bool:
    """Whether half of a configuration is gone at once, which is a fault of the fetch more often than a change."""
    return len(after.splitlines()) * 2 < len(before.splitlines())
