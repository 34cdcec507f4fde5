"""A device with the XML agent of IOS XR behind its command `xml`, over a real SSH server, for tests."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import asyncssh

from tests.ssh_devices import served

PROMPT, XML_PROMPT = "RP/0/RSP0/CPU0:xr-test#", "XML>"
END = "</Request>"
RESPONSE = '<?xml version="1.0" encoding="UTF-8"?><Response MajorVersion="1" MinorVersion="0">{}</Response>'
UNKNOWN = '<Get ErrorMsg="unknown"/><ResultSummary ErrorCount="1"/>'


@asynccontextmanager
async def xml_agent(
    replies: Mapping[str, str], outputs: Mapping[str, str] | None = None
) -> AsyncIterator[tuple[int, list[str]]]:
    """The port of a device on 127.0.0.1, and the lines and requests that it was given, in order.

    `replies`: something that a request holds -> the XML inside its <Response>; the first that fits is taken.
    `outputs`: what the console answers to commands outside of the agent.
    """
    heard: list[str] = []

    async def talk(process: asyncssh.SSHServerProcess[str]) -> None:
        process.stdout.write(f"\r\n{PROMPT}")
        request, is_xml = "", False
        async for line in process.stdin:
            if not is_xml:
                command = line.strip()
                heard.append(command)
                is_xml = command == "xml"
                process.channel.set_echo(not is_xml)  # the agent gives nothing back but its answers
                said = (outputs or {}).get(command, "").replace("\n", "\r\n")
                process.stdout.write(f"{said}\r\n{XML_PROMPT if is_xml else PROMPT}")
                continue
            request += line
            if END in request:
                heard.append("xml request")
                packed = re.sub(r"\s+(?=<)", "", request)  # the driver writes its requests over several lines
                found = next((xml for what, xml in replies.items() if what in packed), UNKNOWN)
                process.stdout.write(f"{RESPONSE.format(found)}\r\n{XML_PROMPT}")
                request = ""
            elif not request.strip():
                process.stdout.write(f"\r\n{XML_PROMPT}")
        process.exit(0)

    async with served(talk) as port:
        yield port, heard
