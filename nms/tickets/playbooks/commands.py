"""Commands that the monitor may run on a device for a playbook: a closed catalogue of read-only ones.

`playbooks/commands.yaml` lists them per platform (netmiko's names). A command has typed parameters, written
`{port:interface}`. Three walls stand before a device: a playbook may only name a command that is in the catalogue
letter for letter; a value must match the whole pattern of its type; and the finished line is matched once more
against the catalogue, and refused when it is more than one line, or holds a character with which a shell or a
router chains, redirects or filters.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from pydantic import Field, field_validator

from nms.documents import Strict, mistake
from nms.model import Device, Endpoint, Message
from nms.text import clean, clean_columns
from nms.tickets.errors import TicketError
from nms.tickets.playbooks.language import Expectation, Some, compiled

PARAMETER_TYPES: Mapping[str, str] = {
    "interface": r"[A-Za-z0-9][A-Za-z0-9/.:_-]{0,63}",
    "address": r"(?:[0-9]{1,3}\.){3}[0-9]{1,3}|[0-9a-fA-F]{0,4}(?::[0-9a-fA-F]{0,4}){2,7}",
    "number": r"[0-9]{1,9}",
    "vlan": r"[1-9][0-9]{0,3}",
    "word": r"[A-Za-z0-9][A-Za-z0-9_]{0,63}",
    "name": r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}",
    "disk": r"(?:sd[a-z]{1,2}|nvme[0-9]{1,2}n[0-9]{1,2}|vd[a-z])",
    "mount": r"(?:/[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}){1,8}|/",
}
"""The types of parameters and the whole of what each may be: ASCII, never empty, never starting with a dash."""

_PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]*):([a-z]+)\}")
_CHAINS = re.compile(r"[|;&<>`$\\\n\r\x00-\x1f\x7f!*?~#()\[\]{}^]")
_ANSI = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")
"""Colours and cursor movements of a terminal (ECMA-48, 5.4)."""
_OUTPUT_LIMIT = 64 * 1024
_LINE_LIMIT = 240


class CommandRefused(TicketError):
    """A command that may not be run; the message says why, and it never reaches a device."""


class CatalogueCommand(Strict):
    """One allowed command and how long its answer may take."""

    run: str = Field(min_length=2, max_length=_LINE_LIMIT)
    shows: str = Field(min_length=3)
    timeout_seconds: float = Field(default=30.0, gt=0, le=300)

    @field_validator("run")
    @classmethod
    def _safe(cls, run: str) -> str:
        for _, kind in _PLACEHOLDER.findall(run):
            if kind not in PARAMETER_TYPES:
                raise mistake(
                    "“{key}”: there is no parameter type “{kind}”",
                    "use one of {types}",
                    kind=kind,
                    types=", ".join(PARAMETER_TYPES),
                )
        rest = _PLACEHOLDER.sub("x", run)
        if _CHAINS.search(rest) or not rest.isascii() or not rest.isprintable():
            raise mistake(
                "“{key}”: a command is one line of ASCII without pipes, redirections, substitutions or braces"
            )
        return run

    @property
    def parameters(self) -> Mapping[str, str]:
        """The parameters by name, with their types."""
        return dict(_PLACEHOLDER.findall(self.run))

    def pattern(self) -> re.Pattern[str]:
        """What the finished line must match as a whole."""
        parts = _PLACEHOLDER.split(self.run)
        fixed, kinds = parts[0::3], parts[2::3]
        text = re.escape(fixed[0])
        for kind, after in zip(kinds, fixed[1:], strict=True):
            text += f"(?:{PARAMETER_TYPES[kind]})" + re.escape(after)
        return re.compile(text, re.ASCII)


class PlatformCatalogue(Strict):
    """The commands of one platform. Each starts with one of its reading verbs."""

    verbs: Some[str]
    commands: Some[CatalogueCommand]
    also: tuple[str, ...] = ()
    """Other names of netmiko for devices that take the same commands."""
    refusals: tuple[str, ...] = ()
    """Patterns, line by line, with which a device says that it does not know or allow a command."""

    @field_validator("refusals")
    @classmethod
    def _patterns(cls, patterns: tuple[str, ...]) -> tuple[str, ...]:
        for pattern in patterns:
            compiled(pattern)
        return patterns


class Catalogue(Strict):
    """All commands that the monitor may run for playbooks, by platform."""

    platforms: Mapping[str, PlatformCatalogue]

    @field_validator("platforms")
    @classmethod
    def _reading_only(cls, platforms: Mapping[str, PlatformCatalogue]) -> Mapping[str, PlatformCatalogue]:
        for name, platform in platforms.items():
            for command in platform.commands:
                if not any(command.run == verb or command.run.startswith(verb + " ") for verb in platform.verbs):
                    raise mistake(
                        "“{command}” of {platform} does not start with one of its verbs",
                        command=command.run,
                        platform=name,
                    )
        return platforms

    def name_of(self, platform: str) -> str:
        """The platform here under which the commands of a netmiko device type stand; empty where there is none."""
        if platform in self.platforms:
            return platform
        return next((name for name, one in self.platforms.items() if platform in one.also), "")

    def refusal(self, platform: str, output: str) -> str:
        """What a device said when it did not take a command; empty where it took it."""
        known = self.platforms.get(platform)
        found = (compiled(pattern).search(output) for pattern in (known.refusals if known else ()))
        return next((one[0].strip() for one in found if one), "")

    def find(self, platform: str, run: str) -> CatalogueCommand | None:
        """The catalogue's command that is written exactly so."""
        known = self.platforms.get(platform)
        return next((one for one in known.commands if one.run == run), None) if known else None

    def allows(self, platform: str, line: str) -> bool:
        """Whether a finished line, as it would be sent, is one of the platform's commands."""
        known = self.platforms.get(platform)
        if known is None or _CHAINS.search(line) or len(line) > _LINE_LIMIT:
            return False
        return any(one.pattern().fullmatch(line) for one in known.commands)

    def line(self, platform: str, run: str, values: Mapping[str, str]) -> str:
        """The line to send for a command of the catalogue and the values of its parameters.

        Raises: CommandRefused for a command that is not in the catalogue, or a value that is not of its type.
        """
        command = self.find(platform, run)
        if command is None:
            params = {"command": clean(run, limit=80), "platform": clean(platform, limit=40)}
            raise CommandRefused("“{command}” is not a command of {platform}", **params)
        if set(values) != set(command.parameters):
            if not command.parameters:
                raise CommandRefused("the command takes no parameters")
            raise CommandRefused("the command needs the parameters {names}", names=", ".join(command.parameters))
        for name, kind in command.parameters.items():
            if not re.fullmatch(PARAMETER_TYPES[kind], values[name], re.ASCII):
                given = clean(values[name], limit=60)
                raise CommandRefused(
                    "“{value}” is not of the type {kind}, for {name}", value=given, kind=kind, name=name
                )
        line = _PLACEHOLDER.sub(lambda found: values[found[1]], command.run)
        if not self.allows(platform, line):
            raise CommandRefused("“{command}” is not allowed", command=clean(line, limit=80))
        return line


class CommandRunner(Protocol):
    """Runs one line on one device and returns its output. The daemon's goes over SSH."""

    async def run(self, device: Device, endpoint: Endpoint, line: str, seconds: float) -> str:
        """The output of a line. Raises: nms.transports.errors.TransportError."""
        ...


@dataclass(frozen=True, slots=True)
class Judgement:
    """What an expectation says of an output; `failures` in the order of the expectation, for people."""

    passed: bool
    failures: tuple[Message, ...] = ()
    values: tuple[float, ...] = ()


def kept_output(raw: str | bytes) -> str:
    """The output as it is kept: without control characters, at most 64 KiB."""
    text = raw.decode("utf-8", "replace") if isinstance(raw, bytes) else raw
    plain = _ANSI.sub("", text[: _OUTPUT_LIMIT * 2])
    return clean_columns(plain).strip("\n")[:_OUTPUT_LIMIT]


def judge(expected: Expectation, output: str) -> Judgement:
    """Judges the output of a command."""
    absent = [text for text in expected.contains if text not in output]
    present = [text for text in expected.lacks if text in output]
    unmatched = [pattern for pattern in expected.matches if not compiled(pattern).search(output)]
    matched = [found[0] for pattern in expected.lacks_match if (found := compiled(pattern).search(output))]
    failures = [Message("“{text}” is absent", {"text": text}) for text in absent]
    failures += [Message("“{text}” is present", {"text": clean(text, limit=80)}) for text in (*present, *matched)]
    failures += [Message("nothing matches {pattern}", {"pattern": pattern}) for pattern in unmatched]
    values: list[float] = []
    for one in expected.values:
        numbers = [_number(text) for text in compiled(one.pattern).findall(output)]
        if not numbers:
            failures.append(Message("no value matches {pattern}", {"pattern": one.pattern}))
        for number in numbers:
            values.append(number)
            if not within(number, one.min, one.max):
                shown = f"{number:g} {one.unit}".strip()
                failures.append(Message("{value} is outside its limits", {"value": shown}))
    return Judgement(not failures, tuple(failures), tuple(values))


def within(number: float, lowest: float | None, highest: float | None) -> bool:
    """Whether a number is inside limits (inclusive, None: no limit); what is not a finite number never is."""
    return math.isfinite(number) and (lowest is None or number >= lowest) and (highest is None or number <= highest)


def _number(text: str) -> float:
    try:
        return float(text.replace(",", ""))
    except ValueError:
        return float("nan")
