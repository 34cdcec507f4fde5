"""Text from devices and people is hostile: it is made harmless once, where it enters."""

from __future__ import annotations

import re
import unicodedata

_HIDDEN = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")

_TERMINAL = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b.|.\x08")
"""What moves the cursor or colours; a character that a backspace takes back."""


def clean(raw: str | bytes, *, limit: int = 1024, keep_newlines: bool = False) -> str:
    """Text without C0/C1 controls, bidirectional overrides or surrounding white space.

    Bytes are read as UTF-8, else as Latin-1 (what old agents send). Longer text is cut at `limit` characters.
    Control characters become a space, so that words do not run together.
    """
    text = _decode(raw) if isinstance(raw, bytes) else raw
    text = text[: limit * 2]
    kept = "".join(_harmless(c, keep_newlines) for c in text)
    if keep_newlines:
        lines = (" ".join(line.split()) for line in kept.split("\n"))
        return "\n".join(lines).strip()[:limit]
    return " ".join(kept.split())[:limit]


def harmless_lines(raw: str) -> str:
    """The same text without controls and bidirectional overrides; indentation, tabs and lines stay as they are.

    Terminal sequences (ECMA-48 CSI, OSC) go as a whole; text before a lone carriage return was overwritten by what
    follows it, as on a terminal.
    """
    lines = _TERMINAL.sub("", raw).replace("\r\n", "\n").split("\n")
    shown = (line.rstrip("\r").rpartition("\r")[2] for line in lines)
    return "\n".join(_harmless_line(line) for line in shown)


def _harmless_line(line: str) -> str:
    if line.replace("\t", "").isprintable():
        return line
    return "".join(c if c == "\t" else _harmless(c, keep_newlines=False) for c in line)


def _decode(raw: bytes) -> str:
    raw = raw.rstrip(b"\0")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def _harmless(character: str, keep_newlines: bool) -> str:
    if character == "\n" and keep_newlines:
        return character
    if character in _HIDDEN:
        return ""
    return " " if unicodedata.category(character) in ("Cc", "Cs", "Co", "Zl", "Zp") else character


def clean_columns(text: str) -> str:
    """Many lines as a device wrote them, made harmless: its columns keep their places."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join("".join(c if c.isprintable() else " " for c in line).rstrip() for line in lines)


def spreadsheet_safe(text: str) -> str:
    """Text that a spreadsheet shows instead of running: a leading = + - @ tab or return gets an apostrophe before it.

    Source: OWASP, CSV Injection.
    """
    return "'" + text if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def fold(text: str) -> str:
    """Without case and accents, so that `tesoreria` finds Tesorería."""
    if not text.isascii():
        decomposed = unicodedata.normalize("NFKD", text)
        text = "".join(c for c in decomposed if not unicodedata.combining(c))
    return text.casefold()
