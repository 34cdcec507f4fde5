"""Letters that report a fault: what they say, what they are about, and which are no reports but machines talking.

Whatever comes in is hostile: of a letter only its sender, subject, plain text and one file count; HTML is stripped to
its text, nesting and sizes are bounded, and unknown encodings are read as well as they can be.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from email.utils import parseaddr
from html.parser import HTMLParser

from nms.model import Department
from nms.text import clean, fold
from nms.tickets.faults import ALPHABET, FaultDraft, FaultFile, Service

LONGEST_TEXT = 2000
_MOST_PARTS = 50
_BULK = {"bulk", "list", "junk", "auto_reply", "auto-reply"}
_ROBOTS = re.compile(r"^(mailer-daemon|postmaster|no-?reply|do-?not-?reply|bounce.*)@", re.IGNORECASE)
_ADDRESS = re.compile(r"[^@\s,;<>\"]+@[^@\s,;<>\"]+")
_NUMBER = re.compile(rf"\bRF-\d{{4}}-[{ALPHABET}]{{8}}\b")
_THREAD = ("In-Reply-To", "References")
_BLOCKS = {"p", "br", "div", "tr", "li", "h1", "h2", "h3", "h4", "table", "blockquote"}
_SILENT = {"script", "style", "head", "title", "template"}

_WORDS: tuple[tuple[Service, tuple[str, ...]], ...] = (
    (Service.PRINTER, ("impresora", "imprimir", "imprime", "toner", "escaner", "multifuncional", "printer", "print")),
    (Service.TELEPHONE, ("telefono", "telefonos", "extension", "conmutador", "llamadas", "telephone", "phone")),
    (Service.NETWORK, ("internet", "red", "wifi", "wi-fi", "enlace", "conexion", "network")),
    (Service.APPLICATION, ("sistema", "pagina", "programa", "aplicacion", "correo", "application", "page")),
    (Service.COMPUTER, ("computadora", "pc", "equipo", "monitor", "teclado", "laptop", "computer")),
)
"""Words that tell what does not work, in the order in which they decide; without accents."""


class Unreadable(Exception):
    """No letter can be made out of it."""


@dataclass(frozen=True, slots=True)
class Letter:
    """`identity`: a digest that is the same whenever the same letter is read. `automatic`: no person wrote it."""

    identity: str
    sender: str
    subject: str
    text: str
    reply_to: str
    automatic: bool
    about: str = ""
    """The number of the report that it goes on about."""
    file: FaultFile | None = field(default=None, repr=False)


def read_letter(raw: bytes) -> Letter:
    """Raises: Unreadable."""
    try:
        message = message_from_bytes(raw, _class=EmailMessage, policy=default)
        return _letter(message, raw)
    except (RecursionError, LookupError, ValueError, TypeError, AttributeError, IndexError) as error:
        # The parser of the standard library answers some broken headers with errors of its own.
        raise Unreadable(f"the letter cannot be read ({type(error).__name__})") from None


def _letter(message: EmailMessage, raw: bytes) -> Letter:
    sender = parseaddr(_header(message, "Reply-To") or _header(message, "From"))[1]
    if not _ADDRESS.fullmatch(sender):
        raise Unreadable("the letter has no sender")
    written, text = _header(message, "Message-ID").strip(), _text(message)
    return Letter(
        identity=hashlib.sha256((written or "").encode() or raw).hexdigest(),
        sender=clean(sender, limit=200),
        subject=clean(_header(message, "Subject"), limit=200),
        text=text,
        reply_to=clean(written, limit=400),
        automatic=_is_automatic(message, sender),
        about=_about(message, text),
        file=_file(message),
    )


def _about(message: EmailMessage, text: str) -> str:
    """Of a reply to our answer, or a letter that names the number."""
    said = "\n".join((_header(message, "Subject"), *(_header(message, name) for name in _THREAD), text))
    found = _NUMBER.search(said.upper())
    return found[0] if found else ""


def _header(message: EmailMessage, name: str) -> str:
    return str(message.get(name, ""))


def _is_automatic(message: EmailMessage, sender: str) -> bool:
    """RFC 3834, and what was done before it and beside it."""
    said = _header(message, "Auto-Submitted").partition(";")[0].strip().lower()
    return (
        said not in ("", "no")
        or _header(message, "Precedence").strip().lower() in _BULK
        or any(message.get(name) is not None for name in ("List-Id", "List-Unsubscribe", "X-Autoreply"))
        or "all" in _header(message, "X-Auto-Response-Suppress").lower()
        or _header(message, "Return-Path").strip() == "<>"
        or message.get_content_type() == "multipart/report"
        or bool(_ROBOTS.match(sender))
    )


def _text(message: EmailMessage) -> str:
    body = message.get_body(("plain", "html"))
    if not isinstance(body, EmailMessage):
        return ""
    payload = body.get_payload(decode=True)
    if not isinstance(payload, bytes):
        return ""
    charset = body.get_content_charset() or "utf-8"
    try:
        text = payload.decode(charset, "replace")
    except LookupError:
        text = payload.decode("utf-8", "replace")
    if body.get_content_type() == "text/html":
        text = _stripped(text)
    lines = [line.rstrip() for line in text.splitlines() if not line.startswith(">")]
    return clean("\n".join(lines).strip(), limit=LONGEST_TEXT, keep_newlines=True)


class _Words(HTMLParser):
    """The text of a page, its blocks on lines of their own."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._silent += tag in _SILENT
        if tag in _BLOCKS:
            self.found.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self._silent = max(0, self._silent - (tag in _SILENT))

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.found.append(" ".join(data.split()))


def _stripped(page: str) -> str:
    words = _Words()
    words.feed(page[: 50 * LONGEST_TEXT])
    words.close()
    return re.sub(r"\n{3,}", "\n\n", " ".join(words.found).replace(" \n", "\n").replace("\n ", "\n"))


def _file(message: EmailMessage) -> FaultFile | None:
    """The first attachment; a report carries one."""
    for count, part in enumerate(message.iter_attachments()):
        if count == _MOST_PARTS:
            break
        content = part.get_payload(decode=True)
        if isinstance(content, bytes) and content:
            return FaultFile(clean(part.get_filename() or "", limit=200), content)
    return None


def draft_of(letter: Letter, departments: Mapping[str, Department], otherwise: str) -> FaultDraft:
    """The report in a letter; `otherwise` is the department of one that names none."""
    said = fold(f"{letter.subject}\n{letter.text}")
    return FaultDraft(
        channel="mail",
        service=_service(said),
        department=_department(said, departments) or otherwise,
        place="",
        what=f"{letter.subject}\n{letter.text}".strip(),
        contact=letter.sender,
        file=letter.file,
        letter=letter.identity,
    )


def _service(said: str) -> Service:
    words = set(re.findall(r"[\w-]+", said))
    return next((service for service, names in _WORDS if not words.isdisjoint(names)), Service.OTHER)


def _department(said: str, departments: Mapping[str, Department]) -> str:
    """The department whose name stands in the text, the longest name first."""
    names = [
        (fold(name), one.id) for one in departments.values() for name in {one.name, one.short_name} if len(name) > 3
    ]
    names.sort(key=lambda pair: (-len(pair[0]), pair[1]))
    return next((found for name, found in names if re.search(rf"\b{re.escape(name)}\b", said)), "")
