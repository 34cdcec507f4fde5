"""Commands to a running fleet, one a line, and the answer to each, one line of JSON.

    cut_link wan-tesoreria          -> {"ok": true}
    toner_empty imp-01 "Black"      -> {"ok": true}
    cut_link wan-tesorria           -> {"error": "the simulated city hall has no link ..."}
    state                           -> {"ok": true, "agents": 341, "silent": 12, "cut_links": ["wan-tesoreria"]}

Words are separated as in a shell.
"""

from __future__ import annotations

import inspect
import json
import shlex
from collections.abc import Mapping

from nms.demo.simulator.faults import FaultError, Faults
from nms.demo.simulator.fleet import Fleet

COMMANDS = (
    "cut_link",
    "flap",
    "change_configuration",
    "interface_down",
    "interface_errors",
    "ups_on_battery",
    "toner_empty",
    "toner_level",
    "trunk_down",
    "disk_fill",
    "overheat",
    "busy",
    "service_down",
    "service_slow",
    "power_off",
    "reboot",
    "heal",
)


def obey(fleet: Fleet, line: str) -> str:
    """Does what one line says; the answer as one line of JSON, without its newline."""
    try:
        return json.dumps(_obeyed(fleet, shlex.split(line)), ensure_ascii=False)
    except (FaultError, ValueError) as error:
        return json.dumps({"error": str(error)}, ensure_ascii=False)


def _obeyed(fleet: Fleet, words: list[str]) -> Mapping[str, object]:
    if not words:
        raise FaultError(f"an empty command; known are {', '.join(COMMANDS)} and state")
    command, *arguments = words
    if command == "state":
        return state(fleet)
    if command not in COMMANDS:
        raise FaultError(f"no command “{command}”; known are {', '.join(COMMANDS)} and state")
    signature = inspect.signature(getattr(Faults, command))
    try:
        bound = signature.bind(fleet, *arguments)
    except TypeError:
        wanted = " ".join(_parameters(signature))
        raise FaultError(f"{command} is written: {command} {wanted}") from None
    for name, value in bound.arguments.items():
        if "float" in str(signature.parameters[name].annotation):
            bound.arguments[name] = _number(name, value)
    getattr(Faults, command)(*bound.args)
    return {"ok": True}


def _parameters(signature: inspect.Signature) -> list[str]:
    wanted = list(signature.parameters.values())[1:]
    return [p.name if p.default is inspect.Parameter.empty else f"[{p.name}]" for p in wanted]


def _number(name: str, value: str) -> float:
    try:
        return float(value)
    except ValueError:
        raise FaultError(f"{name} must be a number, not “{value}”") from None


def state(fleet: Fleet) -> Mapping[str, object]:
    silent = sum(not fleet.world.equipment[device.id].reachable for device, _ in fleet.endpoints)
    cut = sorted(fleet.world.cut_links)
    return {"ok": True, "agents": len(fleet.endpoints), "silent": silent, "cut_links": cut}
