"""Pages of the simulated applications: what an HTTP check of the inventory hopes to find."""

from __future__ import annotations

import json
from collections.abc import Mapping

from nms.demo.simulator.identities import MARK

_REASONS = {200: "OK", 404: "Not Found", 503: "Service Unavailable"}


def response(method: str, options: Mapping[str, object] | None, *, fails: bool = False) -> bytes:
    """A whole HTTP/1.1 response to a check with these options; `None` for a path that no check asks for."""
    status, kind, body = _page(options, fails)
    lines = (
        f"HTTP/1.1 {status} {_REASONS.get(status, 'Status')}",
        "Server: simulator",
        f"Content-Type: {kind}",
        f"Content-Length: {len(body)}",
        "Connection: close",
        "",
        "",
    )
    return "\r\n".join(lines).encode() + (b"" if method == "HEAD" else body)


def _page(options: Mapping[str, object] | None, fails: bool) -> tuple[int, str, bytes]:
    if fails:
        return 503, "text/plain", b"simulated failure\n"
    if options is None:
        return 404, "text/plain", b"not here\n"
    statuses = options.get("status")
    status = int(statuses[0]) if isinstance(statuses, (list, tuple)) and statuses else 200
    if options.get("json_path"):
        return status, "application/json", json.dumps(_nested(options)).encode()
    return status, "text/html; charset=utf-8", f"<p>{options.get('contains', '')}</p><p>{MARK}</p>\n".encode()


def _nested(options: Mapping[str, object]) -> object:
    """A document in which the path of the check leads to the value it hopes for."""
    value: object = options.get("json_value") or "ok"
    for part in reversed(str(options["json_path"]).lstrip("$.").split(".")):
        value = {part: value}
    return value
