"""What a file in `collectors/configuration/` may say: how one kind of equipment shows its configuration over SSH.

Only data: which commands, how a whole output looks and how a refused or cut one, which lines change by themselves,
where secrets stand, how a change announces itself, and how a person puts a copy back.
"""

from __future__ import annotations

import re
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from nms.collect.expressions import ExpressionError, check_regex
from nms.documents import Strict, mistake


def _pattern(text: str) -> str:
    try:
        check_regex(text)
    except ExpressionError as error:
        raise mistake("“{key}”: {wrong}", wrong=str(error)) from None
    return text


def _command(text: str) -> str:
    if not text.isascii() or not text.isprintable():
        raise mistake("“{key}”: a command is one line of ASCII")
    return text


Pattern = Annotated[str, Field(min_length=1), AfterValidator(_pattern)]
"""A regular expression; matched line by line (`^` and `$` are those of lines), upper and lower case alike."""


def _some(items: tuple[str, ...]) -> tuple[str, ...]:
    if not items:
        raise mistake("“{key}” is empty", "write at least one")
    return items


Command = Annotated[str, Field(min_length=2, max_length=240), AfterValidator(_command)]
Steps = Annotated[tuple[str, ...], AfterValidator(_some)]
Oid = Annotated[str, Field(pattern=r"^\d+(\.\d+)+$")]


class Block(Strict):
    """Lines from one pattern to another."""

    begins: Pattern
    ends: Pattern


class SecretPlace(Strict):
    """Where a secret stands: the group `(?P<secret>...)` of a pattern.

    `salted`: the device shows the same secret differently each time, so that a change of it cannot be seen.
    `within`: it is one only in such a stretch (the name of a community, which elsewhere is the name of anything).
    """

    pattern: Pattern
    salted: bool = False
    within: Block | None = None

    @model_validator(mode="after")
    def _names_the_secret(self) -> Self:
        if "secret" not in re.compile(self.pattern).groupindex:
            raise mistake("“pattern” needs a group that names the secret", "write it as (?P<secret>...)")
        return self


class Restoring(Strict):
    """What a person does to put a kept copy back, step by step. The monitor never does it."""

    es: Steps
    en: Steps


class Definition(Strict):
    """One kind of equipment."""

    title: str = Field(min_length=2)
    platforms: tuple[Annotated[str, Field(pattern=r"^[a-z0-9_]+$")], ...] = ()
    """The platforms of the inventory (netmiko's names) that it is for without being named."""

    running: Annotated[tuple[Command, ...], AfterValidator(_some)]
    """Commands that show what is in force; their outputs are kept one after the other."""

    startup: tuple[Command, ...] = ()
    """Commands that show what would be in force after a restart; none: the same thing by design."""

    begins: Pattern | None = None
    """What one of the first lines of a whole output holds."""

    ends: Pattern | None = None
    """What the last line of a whole output is. Without it a sudden loss of half the lines is asked for twice."""

    least_lines: int = Field(default=5, ge=1)
    """An output with fewer lines is not a configuration."""

    refusals: tuple[Pattern, ...] = ()
    """Lines by which the device refuses a command, or says that it cannot now, where a configuration should begin."""

    interruptions: tuple[Pattern, ...] = ()
    """Lines anywhere that say that something is missing."""

    volatile: tuple[Pattern, ...] = ()
    """Lines that change without anybody changing the configuration; they are left out."""

    blocks: tuple[Block, ...] = ()
    """Stretches that are left out likewise: a certificate in hexadecimal."""

    secrets: tuple[SecretPlace, ...] = ()
    """Where secrets stand, besides those of `every-platform.yaml`."""

    changed: Pattern | None = None
    """The line that says who changed it last: groups `by` and `at`, both optional."""

    notices: tuple[Pattern, ...] = ()
    """Syslog messages of a change; a group `by` names who."""

    traps: tuple[Oid, ...] = ()
    """Notifications (traps, informs) of a change."""

    restoring: Restoring
    """Putting it back."""

    source: str = ""
    """Where this is known from."""


class Everywhere(Strict):
    """`every-platform.yaml`: what holds for all definitions."""

    secrets: tuple[SecretPlace, ...] = ()
    refusals: tuple[Pattern, ...] = ()
