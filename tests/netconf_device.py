"""A device that speaks NETCONF 1.0 over SSH (RFC 6242, framing by `]]>]]>`), for tests: a Junos router."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import asyncssh

from tests.ssh_devices import served

END = "]]>]]>"
HELLO = """<hello xmlns="urn:ietf:params:xml:ns:netconf:base:1.0"><capabilities>
<capability>urn:ietf:params:netconf:base:1.0</capability></capabilities><session-id>7</session-id></hello>"""
UNKNOWN = """<rpc-error><error-type>protocol</error-type><error-tag>operation-failed</error-tag>
<error-severity>error</error-severity><error-message>syntax error</error-message></rpc-error>"""


@asynccontextmanager
async def netconf_device(replies: Mapping[str, str]) -> AsyncIterator[tuple[int, list[str]]]:
    """The port of a device on 127.0.0.1, and the names of the RPCs that it was asked, in order.

    `replies`: name of the RPC -> the XML inside <rpc-reply>.
    """
    heard: list[str] = []

    async def talk(process: asyncssh.SSHServerProcess[str]) -> None:
        process.stdout.write(HELLO + END)
        pending = ""
        while text := await process.stdin.read(65_536):
            pending += text
            while END in pending:
                message, _, pending = pending.partition(END)
                answer = _answer(message, replies, heard)
                if answer:
                    process.stdout.write(answer + END)
        process.exit(0)

    async with served(talk, line_editor=False) as port:
        yield port, heard


def _answer(message: str, replies: Mapping[str, str], heard: list[str]) -> str:
    found = re.search(r'<(?:\w+:)?rpc\b[^>]*message-id="([^"]+)"[^>]*>\s*<(?:\w+:)?([\w-]+)', message)
    if found is None:
        return ""  # the client's hello
    number, name = found.groups()
    heard.append(name)
    inside = "<ok/>" if name == "close-session" else replies.get(name, UNKNOWN)
    return f'<rpc-reply xmlns="urn:ietf:params:xml:ns:netconf:base:1.0" message-id="{number}">{inside}</rpc-reply>'
