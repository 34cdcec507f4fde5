"""The steps of a scenario: web requests as a person makes them, one after the other."""

from __future__ import annotations

import json
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field

from nms.documents import Strict, mistake


def web_address(text: str) -> str:
    """An address of http or https, in which `{address}` may stand. Raises a `mistake` otherwise.

    Host and port are written out: an answer that could fill them in would choose where the monitor goes.
    """
    try:
        parts = urlsplit(text.replace("{address}", "192.0.2.1"))
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        usable = usable and not set("{}") & set(parts.netloc)
    except ValueError:
        usable = False
    if not usable:
        raise mistake("“{key}”: {value} is not a web address", "write it as https://{address}:8443/path", value=text)
    return text


def _written(value: object) -> object:
    """`true`, `3` or `null` as JSON writes it: in YAML people write them without quotes."""
    return json.dumps(value) if value is None or isinstance(value, bool | int | float) else value


JsonValue = Annotated[str, BeforeValidator(_written)]


class Kept(Strict):
    """A part of an answer that later steps need: one of the three ways to find it."""

    json_path: str = ""
    """Path in a JSON answer."""

    header: str = ""
    """Name of a header."""

    after: str = ""
    """Text right before it ..."""

    before: str = ""
    """... and right behind it."""


class Step(Strict):
    """One request of a scenario. `{address}`, `{user}`, `{password}` and what earlier steps kept are filled in."""

    url: Annotated[str, AfterValidator(web_address)]
    """What to request."""

    name: str = ""
    """What people call it."""

    method: Literal["GET", "HEAD", "POST", "PUT", "DELETE"] = "GET"
    """Request method."""

    headers: dict[str, str] = Field(default_factory=dict)
    """Headers to send."""

    form: dict[str, str] = Field(default_factory=dict)
    """Fields of a form, sent as a browser does."""

    body: str = ""
    """Body, where there is no form."""

    status: tuple[Annotated[int, Field(ge=100, le=599)], ...] = (200,)
    """Statuses that count as right."""

    contains: str = ""
    """Text that the answer must hold."""

    json_path: str = ""
    """Path in a JSON answer ..."""

    json_value: JsonValue = ""
    """... and what must stand there."""

    keep: dict[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")], Kept] = Field(default_factory=dict)
    """What to keep for later steps, by name."""
