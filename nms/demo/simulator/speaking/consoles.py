"""What simulated equipment answers to commands, by the platform that the inventory names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from nms.demo.simulator.speaking import cisco_console, fortigate_console, leases, linux_shell
from nms.demo.simulator.speaking.scene import Scene

Answers = Callable[[Scene, str], str | None]
"""The output of a command; None for one that the platform does not know."""


@dataclass(frozen=True, slots=True)
class Console:
    """A prompt, and the answer to each line typed at it."""

    prompt: str
    answer: Callable[[str], str]


_PLATFORMS: Mapping[str, tuple[str, Answers, str]] = {
    "linux": ("monitor@{name}:~$ ", linux_shell.answer, "-bash: {command}: command not found"),
    "cisco_ios": ("{name}#", cisco_console.answer, "% Invalid input detected at '^' marker."),
    "cisco_xe": ("{name}#", cisco_console.answer, "% Invalid input detected at '^' marker."),
    "fortinet": ("{name} # ", fortigate_console.answer, "Unknown action 0"),
}
"""Platform -> prompt, what answers, and how a command is refused."""


def console_of(scene: Scene) -> Console:
    """The console behind an SSH endpoint; of a platform that is not simulated, one that knows no command."""
    platform = str(scene.endpoint.options.get("platform") or "linux")
    prompt, answers, refusal = _PLATFORMS.get(platform, ("{name}#", lambda _scene, _command: None, "unknown command"))

    def answer(command: str) -> str:
        said: str | None = answers(scene, command)
        return refusal.format(command=command.split(" ")[0]) if said is None else said

    return Console(prompt.format(name=scene.device.id), answer)


def run_alone(scene: Scene, command: str) -> str:
    """One command without a terminal: PowerShell of the DHCP servers, and what a console answers."""
    if command.startswith("powershell "):
        return leases.powershell(scene)
    return console_of(scene).answer(command)
