"""From the answer of a command to rows of named values, through a TextFSM template.

`template` names one of ntc-templates (Apache-2.0, https://github.com/networktocode/ntc-templates); what it does not
have is written in the family. A line that a template does not expect is an error of the template, never a guess.
"""

from __future__ import annotations

import io
from functools import lru_cache
from pathlib import Path

import ntc_templates
import textfsm

from nms.collect.compiled import Told
from nms.transports.errors import Malformed

LONGEST_LINE = 2000
MOST_ROWS = 20_000
ANSWER_BEGINS = 1000
"""Characters at the beginning of an answer in which a device says that it has no such thing."""

Row = dict[str, object]

_TEMPLATES = Path(ntc_templates.__file__).parent / "templates"


@lru_cache(maxsize=256)
def _text(template: str) -> str:
    try:
        return (_TEMPLATES / f"{template}.textfsm").read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ValueError(f"ntc-templates has no template “{template}”") from None


def _machine(told: Told) -> textfsm.TextFSM:
    return textfsm.TextFSM(io.StringIO(told.textfsm or _text(told.template)))


def value_names(told: Told) -> list[str]:
    """The values of a template. Raises: ValueError for one that does not exist or cannot be read."""
    try:
        return [str(name) for name in _machine(told).header]
    except textfsm.TextFSMTemplateError as error:
        raise ValueError(f"the TextFSM template cannot be read: {error}") from None


def rows_of(told: Told, output: str) -> list[Row]:
    """The rows of an answer, values as bytes; what is empty is left out. None where the device has no such thing.

    Raises: Malformed when the answer is not what the template expects.
    """
    if any(pattern.search(output[:ANSWER_BEGINS]) for pattern in told.absent):
        return []
    lines = (line[:LONGEST_LINE].rstrip() for line in output.splitlines())
    try:
        found = _machine(told).ParseTextToDicts("\n".join(lines).strip("\n") + "\n")
    except textfsm.TextFSMError as error:
        where = str(error).partition("Line:")[2].strip(" .")[:80] or str(error)[:80]
        raise Malformed(f"“{told.command}” answers what its template does not know: {where!r}") from None
    return [
        {str(name): ", ".join(value).encode() if isinstance(value, list) else str(value).encode()
         for name, value in row.items() if value}
        for row in found[:MOST_ROWS]
    ]  # fmt: skip
