"""What comes out of the shell of a device: bounded, without its pages, and ended when the device hangs up.

netmiko asks each platform to print without pages. A device that pages all the same (an account that may not change its
terminal, a command that has a pager of its own) is answered with a space, as a person would, and neither its question
nor what wipes that off the screen comes into the text.
"""

from __future__ import annotations

import re
from typing import Any

from nms.transports.errors import OverBudget

MAX_OUTPUT = 4_000_000
"""Characters that one command may answer with."""

_PAGERS = (
    "--more--", "-- more --", "---- more ----", "---(more)---", "---(more ", "<--- more --->", "-- more --, next page",
    "--more-- or (q)uit", "press <space> to continue or <q> to quit:", "more: <space>,",
)  # fmt: skip
"""How the questions of pagers begin."""

_PAGER = re.compile(
    r"<?-{2,4} ?\(?more(?: \d+%)?\)? ?-{2,4}>?(?: or \(q\)uit|, next page.*)?"
    r"|press <space> to continue or <q> to quit:"
    r"|more: <space>,.*<return>"
)
_ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_WIPED = re.compile(r"(?:[\r\x08]|\x1b\[[0-9;?]*[A-Za-z]| +(?=[ \r\x08\x1b]))+")
_WIPING = re.compile(r"(?:[ \r\x08]|\x1b(?:\[[0-9;?]*[A-Za-z]?)?)*")
_LONGEST_QUESTION = 120


class HungUp(EOFError):
    """The device closed the session."""


class WatchedChannel:
    """A netmiko channel that reads no more than `MAX_OUTPUT` characters for one thing written."""

    def __init__(self, channel: Any) -> None:
        self._channel = channel
        self._left = MAX_OUTPUT
        self._held = ""
        self._wiping = False

    def write_channel(self, out_data: str) -> None:
        self._left = MAX_OUTPUT
        self._channel.write_channel(out_data)

    def read_buffer(self) -> str:
        """Raises: OverBudget, HungUp."""
        text: str = self._channel.read_buffer()
        if not text:
            self._raise_if_gone()
            return ""
        self._left -= len(text)
        if self._left < 0:
            raise OverBudget(f"the device answered one command with more than {MAX_OUTPUT:,} characters")
        return self._without_pages(text)

    def read_channel(self) -> str:
        pieces = []
        while piece := self._piece():
            pieces.append(piece)
        return "".join(pieces)

    def _piece(self) -> str:
        """What came, unless it is all of a pager's; empty only when nothing came."""
        while (text := self.read_buffer()) == "" and self._has_more():
            pass
        return text

    def _has_more(self) -> bool:
        connection = self._channel.remote_conn
        return bool(connection is not None and connection.recv_ready())

    def _raise_if_gone(self) -> None:
        connection = self._channel.remote_conn
        gone = connection is not None and (connection.closed or connection.eof_received)
        if gone and not connection.recv_ready():
            raise HungUp("it hung up")

    def _without_pages(self, text: str) -> str:
        text, self._held = self._held + text, ""
        if self._wiping:
            if _WIPING.fullmatch(text):
                self._held = text
                return ""
            found = _WIPED.match(text)
            text, self._wiping = text[found.end() if found else 0 :], False
        start = text.rfind("\n") + 1
        last = _ESCAPE.sub("", text[start:]).strip().lower() if len(text) - start <= _LONGEST_QUESTION else ""
        if _PAGER.fullmatch(last):
            self._channel.write_channel(" ")
            self._wiping = True
            return text[:start]
        if len(last) > 1 and any(question.startswith(last) for question in _PAGERS):
            self._held = text[start:]
            return text[:start]
        return text

    def __getattr__(self, name: str) -> Any:
        return getattr(self._channel, name)
