"""Secrets: named in the configuration, kept elsewhere, read when they are used.

A reference is `env:NAME` (an environment variable) or `file:PATH` (its first line; relative to `config.yaml`).
The value is never in the configuration object, its representation, a message or a log.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

from pydantic import GetCoreSchemaHandler, ValidationInfo
from pydantic_core import CoreSchema, core_schema

from nms.documents import mistake
from nms.model import Message

_REFERENCE = re.compile(r"env:[A-Za-z_][A-Za-z0-9_]*|file:\S.*")
_LONGEST = 65_536


class SecretUnavailable(Exception):
    """A secret cannot be read; `message` says which and what to do, never its value."""

    def __init__(self, message: Message) -> None:
        self.message = message
        super().__init__(message.template)


class Secret:
    """A reference to a secret. `reveal()` reads it anew each time, so that a rotated one is picked up."""

    __slots__ = ("_base", "reference")

    def __init__(self, reference: str, base: Path | None = None) -> None:
        self.reference = reference
        self._base = base

    def reveal(self) -> str:
        """The secret itself. Raises: `SecretUnavailable` when the variable or file is not there, or empty."""
        kind, _, name = self.reference.partition(":")
        return self._from_environment(name) if kind == "env" else self._from_file(name)

    def _from_environment(self, name: str) -> str:
        value = os.environ.get(name, "")
        if not value:
            raise SecretUnavailable(
                Message("the environment variable {name} is not set: set it to the secret", {"name": name})
            )
        return value

    def _from_file(self, name: str) -> str:
        path = (self._base or Path()) / Path(name).expanduser()
        try:
            with path.open(encoding="utf-8") as stream:
                value = stream.read(_LONGEST).strip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            reason = (error.strerror or "unknown") if isinstance(error, OSError) else "it is not UTF-8 text"
            raise SecretUnavailable(
                Message("the secret file {file} cannot be read: {reason}", {"file": str(path), "reason": reason})
            ) from None
        if not value:
            raise SecretUnavailable(Message("the secret file {file} is empty", {"file": str(path)}))
        return value

    def __repr__(self) -> str:
        return f"Secret({self.reference!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and (self.reference, self._base) == (other.reference, other._base)

    def __hash__(self) -> int:
        return hash((self.reference, self._base))

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.with_info_plain_validator_function(
            cls._validate, serialization=core_schema.plain_serializer_function_ser_schema(lambda it: it.reference)
        )

    @classmethod
    def _validate(cls, value: Any, info: ValidationInfo) -> Secret:
        if isinstance(value, Secret):
            return value
        if not isinstance(value, str) or not _REFERENCE.fullmatch(value.strip()):
            raise mistake(
                "“{key}” holds a secret itself: secrets are not written in the configuration",
                "name where it is kept: env:NAME (an environment variable) or file:/path/of/a/file",
            )
        base = info.context.get("base") if isinstance(info.context, dict) else None
        return cls(value.strip(), base)
