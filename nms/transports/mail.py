"""Mail servers: SMTP as far as EHLO (RFC 5321), IMAP as far as a log-in (RFC 9051). No message is sent or read."""

from __future__ import annotations

import base64
import time
from dataclasses import dataclass

from nms.text import clean
from nms.transports.errors import AccessDenied, LocalFault, Malformed
from nms.transports.secured import Opened, SecuredTarget, opened
from nms.transports.sockets import Connection, Phases

_MOST_LINES = 100


@dataclass(frozen=True, slots=True)
class MailGreeting:
    """What the server said of itself; `seconds` from connecting to its greeting."""

    banner: str
    capabilities: tuple[str, ...]
    seconds: float
    phases: Phases


async def smtp(target: SecuredTarget, seconds: float) -> MailGreeting:
    """Greeting, EHLO, STARTTLS and log-in where asked for, QUIT. Raises: the errors of the transports."""
    async with opened(target, seconds) as session:
        return await _smtp(session)


async def imap(target: SecuredTarget, seconds: float) -> MailGreeting:
    """Greeting, CAPABILITY, STARTTLS and log-in where asked for, LOGOUT. Raises: the errors of the transports."""
    async with opened(target, seconds) as session:
        return await _imap(session)


async def smtp_to_tls(opened: Connection) -> None:
    """As far as a server that waits for TLS (RFC 3207). Raises: the errors of the transports."""
    await _reply(opened, "220")
    await _start_tls(opened, await _ehlo(opened))


async def imap_to_tls(opened: Connection) -> None:
    """As far as a server that waits for TLS (RFC 9051 section 6.2.1). Raises: the errors of the transports."""
    await _greeted(opened)
    await _tagged(opened, "a1", "STARTTLS")


async def _start_tls(opened: Connection, capabilities: list[str]) -> None:
    if "STARTTLS" not in (line.upper() for line in capabilities):
        raise Malformed(f"{opened.where} does not offer STARTTLS")
    await _command(opened, "STARTTLS", "220")


async def _smtp(session: Opened) -> MailGreeting:
    target, opened = session.target, session.connection
    banner = (await _reply(opened, "220"))[0]
    greeted = time.perf_counter() - session.began
    capabilities = await _ehlo(opened)
    if target.security == "starttls":
        await _start_tls(opened, capabilities)
        await session.secure()
        capabilities = await _ehlo(opened)
    if target.user:
        await _authenticate(opened, target, capabilities)
    await _command(opened, "QUIT", "221")
    return MailGreeting(banner, tuple(capabilities), greeted, opened.phases)


async def _authenticate(opened: Connection, target: SecuredTarget, capabilities: list[str]) -> None:
    """AUTH PLAIN (RFC 4616), or LOGIN where that is all that is offered, as by Exchange. Raises: AccessDenied."""
    lines = [line.upper().replace("=", " ").split() for line in capabilities]
    offered = {word for words in lines if words[:1] == ["AUTH"] for word in words[1:]}
    if "LOGIN" not in offered or "PLAIN" in offered:
        await _command(opened, f"AUTH PLAIN {_base64(f'{chr(0)}{target.user}{chr(0)}{target.password}')}", "235")
        return
    await _command(opened, "AUTH LOGIN", "334")
    for text, expected in ((target.user, "334"), (target.password, "235")):
        await opened.send(f"{_base64(text)}\r\n".encode())
        await _reply(opened, expected, "AUTH")


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


async def _ehlo(opened: Connection) -> list[str]:
    return (await _command(opened, "EHLO nms.invalid", "250"))[1:]


async def _command(opened: Connection, command: str, expected: str) -> list[str]:
    await opened.send(f"{command}\r\n".encode())
    return await _reply(opened, expected, command.split(" ")[0])


async def _reply(opened: Connection, expected: str, after: str = "") -> list[str]:
    """The texts of one reply of possibly several lines. Raises: AccessDenied (5xx to AUTH), Malformed."""
    texts: list[str] = []
    while len(texts) < _MOST_LINES:
        line = clean(await opened.line(), limit=500)
        code, mark, text = line[:3], line[3:4], line[4:]
        if not code.isdigit():
            raise Malformed(f"{opened.where} does not speak SMTP: it sent “{clean(line, limit=80)}”")
        texts.append(text)
        if mark == "-":
            continue
        if code == expected:
            return texts
        said = f"{code} {text}".strip()
        if code[0] == "5" and after == "AUTH":
            raise AccessDenied(f"{opened.where} refuses the log-in: {said}")
        raise Malformed(f"{opened.where} answers {after or 'a new connection'} with “{said}”")
    raise Malformed(f"{opened.where} sent a reply of more than {_MOST_LINES} lines")


async def _imap(session: Opened) -> MailGreeting:
    target, opened = session.target, session.connection
    banner = await _greeted(opened)
    greeted = time.perf_counter() - session.began
    if target.security == "starttls":
        await _tagged(opened, "a1", "STARTTLS")
        await session.secure()
    capabilities = await _tagged(opened, "a2", "CAPABILITY")
    if target.user:
        login = f"LOGIN {_quoted(target.user)} {_quoted(target.password)}"
        await _tagged(opened, "a3", login)
    await _tagged(opened, "a4", "LOGOUT")
    listed = [word for line in capabilities for word in line.removeprefix("* CAPABILITY").split()]
    return MailGreeting(banner, tuple(listed), greeted, opened.phases)


async def _greeted(opened: Connection) -> str:
    banner = clean(await opened.line(), limit=500)
    if not banner.startswith(("* OK", "* PREAUTH")):
        raise Malformed(f"{opened.where} does not greet as IMAP does: it sent “{clean(banner, limit=80)}”")
    return banner


async def _tagged(opened: Connection, tag: str, command: str) -> list[str]:
    """The untagged lines before the tagged answer. Raises: AccessDenied (NO to LOGIN), Malformed."""
    await opened.send(f"{tag} {command}\r\n".encode())
    lines: list[str] = []
    while len(lines) < _MOST_LINES:
        line = clean(await opened.line(), limit=2000)
        if not line.startswith(f"{tag} "):
            lines.append(line)
            continue
        verb, answer = command.split(" ")[0], line.removeprefix(f"{tag} ")
        if answer.upper().startswith("OK"):
            return lines
        if verb == "LOGIN":
            raise AccessDenied(f"{opened.where} refuses the log-in: {clean(answer, limit=160)}")
        raise Malformed(f"{opened.where} answers {verb} with “{clean(answer, limit=160)}”")
    raise Malformed(f"{opened.where} sent more than {_MOST_LINES} lines to one command")


def _quoted(text: str) -> str:
    """A quoted string (RFC 9051 section 9). Raises: LocalFault for what cannot stand in one."""
    if any(ord(character) < 32 or ord(character) > 126 for character in text):
        raise LocalFault("user and password for IMAP LOGIN must be plain ASCII")
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
