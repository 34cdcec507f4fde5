"""Where a step's command would run, and what its output says: from a ticket's device to one of its SSH endpoints."""

from __future__ import annotations

from dataclasses import dataclass

from nms.model import Device, Endpoint, Message
from nms.text import clean
from nms.tickets.case import Case
from nms.tickets.errors import Unusable
from nms.tickets.evidence import Evidence
from nms.tickets.office import Office
from nms.tickets.playbooks import Catalogue, Judgement, Step, judge
from nms.tickets.playbooks.language import PlatformCommand

DEFAULT_PLATFORM = "linux"


@dataclass(frozen=True, slots=True)
class Way:
    """One command of a step, and the endpoint of the device that understands it. `platform` as the catalogue has it."""

    device: Device
    endpoint: Endpoint
    platform: str
    run: str


def way_to(office: Office, case: Case, step: Step) -> Way:
    """Raises: Unusable, with what is missing and where to add it."""
    if not step.commands:
        raise Unusable("the step {step} is not one that the monitor runs", step=step.id)
    if not case.device:
        raise Unusable("{folio} names no device on which its commands could run", folio=case.folio)
    device = office.device(case.device)
    if device is None:
        raise Unusable("{device} is not in the inventory any more", device=case.device)
    endpoints = [one for one in device.endpoints if one.transport == "ssh"]
    if not endpoints:
        raise Unusable(
            "{device} has no ssh endpoint: add one in the inventory, with its credential and platform", device=device.id
        )
    for endpoint in endpoints:
        platform = office.playbooks.catalogue.name_of(_platform(endpoint))
        command = _for_platform(step, platform)
        if command is not None:
            return Way(device, endpoint, platform, command.run)
    spoken = ", ".join(_platform(one) for one in endpoints)
    raise Unusable("the step {step} has no command for {platform}", step=step.id, platform=spoken)


def has_way(office: Office, case: Case, step: Step) -> bool:
    try:
        way_to(office, case, step)
    except Unusable:
        return False
    return True


def judged_output(catalogue: Catalogue, step: Step, platform: str, output: str) -> Judgement:
    """What the step expects, and whether the device took the command at all."""
    refusal = catalogue.refusal(platform, output)
    if refusal:
        said = Message("the device answers “{refusal}”", {"refusal": clean(refusal, limit=120)})
        return Judgement(False, (said,))
    command = _for_platform(step, platform)
    if command is None or command.expect is None:
        return Judgement(True)
    return judge(command.expect, output)


def failures(catalogue: Catalogue, step: Step, entry: Evidence) -> tuple[Message, ...]:
    """Why the output of a command that was kept is not as it should be."""
    for command in step.commands:
        known = catalogue.find(command.platform, command.run)
        if known is not None and known.pattern().fullmatch(entry.command):
            return judged_output(catalogue, step, command.platform, entry.text).failures
    return ()


def _platform(endpoint: Endpoint) -> str:
    return str(endpoint.options.get("platform") or DEFAULT_PLATFORM)


def _for_platform(step: Step, platform: str) -> PlatformCommand | None:
    return next((one for one in step.commands if one.platform == platform), None)
