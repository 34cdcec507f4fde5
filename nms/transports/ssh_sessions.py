"""Sessions of netmiko that only read.

netmiko is made for changing devices, and a few of its platforms begin by changing something: a FortiGate's console is
set to print without pages (written into its configuration, twice for each visit), a Huawei that warns of its
configuration is told to save it. Here such questions are answered with no, and pages with a space.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from netmiko import ConnectHandler
from netmiko.extreme.extreme_exos import ExtremeExosSSH
from netmiko.fortinet.fortinet_ssh import FortinetSSH
from netmiko.huawei.huawei import HuaweiSSH, HuaweiVrpv8SSH

from nms.transports.platforms import SESSIONS
from nms.transports.ssh_channel import WatchedChannel

_AFTER_PROMPT = r"(?:[ \t\x00\x07\x08]|\x1b\[[0-9;?]*[A-Za-z])*\Z"
_QUESTIONS = 4


class ReadingFortinet(FortinetSSH):
    """Leaves `config system console` as it is."""

    def session_preparation(self) -> None:
        greeted = self._test_channel_read(pattern=f"to accept|{self.prompt_pattern}")
        if "to accept" in greeted:
            self.write_channel("a\r")
            self._test_channel_read(pattern=self.prompt_pattern)
        self.set_base_prompt()
        self._vdoms = False
        self._original_output_mode = self._output_mode = "standard"


class _NoToQuestions:
    """What VRP asks before its prompt (another password? save the configuration?) is answered with no."""

    def special_login_handler(self, delay_factor: float = 1.0) -> None:
        session: Any = self
        asked = r"\[[Yy]/[Nn]\]"
        for _ in range(_QUESTIONS):
            said = session.read_until_pattern(pattern=rf"{asked}|[>\]]\s*$", read_timeout=20)
            if not re.search(asked, said):
                return
            session.write_channel("N" + session.RETURN)


class ReadingHuawei(_NoToQuestions, HuaweiSSH):
    pass


class ReadingHuaweiVrpv8(_NoToQuestions, HuaweiVrpv8SSH):
    pass


class ReadingExos(ExtremeExosSSH):
    """`disable clipaging` alone is part of the configuration; with `session` it is not."""

    def disable_paging(self, command: str = "", *args: Any, **kwargs: Any) -> str:
        return str(super().disable_paging("disable clipaging session", *args, **kwargs))


_OURS: Mapping[str, Callable[..., Any]] = {
    "fortinet": ReadingFortinet,
    "huawei": ReadingHuawei,
    "huawei_vrp": ReadingHuawei,
    "huawei_vrpv8": ReadingHuaweiVrpv8,
    "extreme": ReadingExos,
    "extreme_exos": ReadingExos,
}


def prepared(platform: str, **settings: Any) -> Any:
    """A session that is not connected yet."""
    device_type = SESSIONS.get(platform, platform)
    kind: Callable[..., Any] = _OURS.get(platform, ConnectHandler)
    return kind(device_type=device_type, auto_connect=False, **settings)


def connect(session: Any) -> None:
    """Logs in, and makes the shell ready. Raises: whatever netmiko, paramiko and the network raise."""
    session._modify_connection_params()
    session.establish_connection()
    watch(session)
    session._try_session_preparation()


def watch(session: Any) -> None:
    """Bounds what is read, answers pagers, and notices that the device hung up."""
    if not isinstance(session.channel, WatchedChannel):
        session.channel = WatchedChannel(session.channel)


def settle(session: Any) -> None:
    """Looks for the prompt once, instead of before each command, and takes it for one at the end of what came only.

    netmiko looks for it anywhere: a banner or description that spells the prompt would cut the output there.
    """
    if isinstance(session, ExtremeExosSSH):
        ended = rf"{re.escape(session.base_prompt)}\.\d+ ?[#>]{_AFTER_PROMPT}"  # the number grows by each command
    else:
        ended = re.escape(session.find_prompt().strip()) + _AFTER_PROMPT
    session._prompt_handler = lambda auto_find_prompt: ended
