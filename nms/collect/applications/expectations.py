"""What an HTTP answer is expected to be, and the sentence that says how it is not."""

from __future__ import annotations

import http
import json
import re
from collections.abc import Mapping
from typing import Any

from nms.text import clean
from nms.transports.http import HttpResponse

_MISSING = object()
_PART = re.compile(r"""\[('[^']*'|"[^"]*")\]|([^.\[\]]+)""")
"""A step of a path (the part of RFC 9535 that names one place): a name in quotes and brackets, or anything between."""


def shortfall(response: HttpResponse, wanted: Mapping[str, object]) -> str:
    """How an answer falls short of `status`, `contains`, `json_path` and `json_value`; empty when it does not."""
    statuses = wanted.get("status") or (200,)
    if isinstance(statuses, list | tuple) and response.status not in statuses:
        expected = ", ".join(str(status) for status in statuses)
        return f"{response.url} answered {_status(response.status)}, expected {expected}"
    text = str(wanted.get("contains") or "")
    if text and text not in response.text:
        where = "the first megabyte of its answer" if response.cut else "its answer"
        return f"{response.url} answered without “{clean(text, limit=60)}” in {where}"
    path = str(wanted.get("json_path") or "")
    return _json_shortfall(response, path, str(wanted.get("json_value") or "")) if path else ""


def _status(status: int) -> str:
    try:
        return f"{status} {http.HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def _json_shortfall(response: HttpResponse, path: str, expected: str) -> str:
    if response.cut:
        return f"{response.url} answered with more than a megabyte, which is not read as JSON"
    try:
        document = json.loads(response.text)
    except (ValueError, RecursionError):
        return f"{response.url} did not answer in JSON"
    value = at_path(document, path)
    if value is _MISSING:
        return f"{response.url} answered without “{clean(path, limit=60)}”"
    if expected and as_text(value) != expected:
        told = clean(as_text(value), limit=60)
        return f"{response.url} says “{told}” at “{clean(path, limit=60)}”, expected “{clean(expected, limit=60)}”"
    return ""


def at_path(document: Any, path: str) -> Any:
    """What stands at `status.database`, `items.0.name`, `$.items[0].name` or `$['a.b']`; else a marker."""
    value = document
    for quoted, plainly in _PART.findall(path.removeprefix("$")):
        part = quoted[1:-1] if quoted else plainly
        if isinstance(value, dict) and part in value:
            value = value[part]
        elif isinstance(value, list) and part.isdecimal() and int(part) < len(value):
            value = value[int(part)]
        else:
            return _MISSING
    return value


def found(value: Any) -> bool:
    """Whether `at_path` found something."""
    return value is not _MISSING


def as_text(value: Any) -> str:
    """A JSON value as an inventory would write it: `true`, `null`, `3`, a string without quotes."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
