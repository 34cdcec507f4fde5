"""The least a telephone exchange says over SIP: whether it is there (OPTIONS, RFC 3261 section 11)."""

from __future__ import annotations

_COPIED = {"via": "Via", "v": "Via", "from": "From", "f": "From", "to": "To", "t": "To"}
_COPIED |= {"call-id": "Call-ID", "i": "Call-ID", "cseq": "CSeq"}
_ALLOWED = "INVITE, ACK, CANCEL, OPTIONS, BYE"


def answer_sip(request: bytes, *, fails: bool = False) -> bytes | None:
    """The response to a request; `None` for what is not one, for responses and for ACK."""
    lines = request.decode("utf-8", "replace").split("\r\n")
    words = lines[0].split(" ")
    if len(words) != 3 or words[2] != "SIP/2.0" or words[0] == "ACK":
        return None
    headers = _copied_headers(lines[1:])
    if not {"Via", "From", "To", "Call-ID", "CSeq"} <= {name for name, _ in headers}:
        return _response("400 Bad Request", headers)
    if fails:
        return _response("503 Service Unavailable", [*headers, ("Retry-After", "60")])
    if words[0] != "OPTIONS":
        return _response("405 Method Not Allowed", [*headers, ("Allow", _ALLOWED)])
    return _response("200 OK", [*headers, ("Allow", _ALLOWED), ("Accept", "application/sdp")])


def _copied_headers(lines: list[str]) -> list[tuple[str, str]]:
    """Those that a response repeats, each in its order; the To header gets the tag that RFC 3261 8.2.6.2 asks for."""
    found: list[tuple[str, str]] = []
    for line in lines:
        if not line:
            break
        name, colon, value = line.partition(":")
        known = _COPIED.get(name.strip().lower())
        if not colon or known is None:
            continue
        value = value.strip()
        found.append((known, f"{value};tag=simulated" if known == "To" and ";tag=" not in value else value))
    return found


def _response(status: str, headers: list[tuple[str, str]]) -> bytes:
    lines = [f"SIP/2.0 {status}", *(f"{name}: {value}" for name, value in headers)]
    return "\r\n".join([*lines, "Server: simulator", "Content-Length: 0", "", ""]).encode()
