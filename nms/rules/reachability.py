"""Which devices are up, down or unknown, and the verdicts about it, each with the testimony behind it.

A device is down when it stays silent to all its witnesses while what it is reached through, its power and the
monitor's own uplink are known to work. Behind something dead it is unknown, and its verdict names the root cause.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from nms.model import DeviceId, Inventory, Message, Outcome, Parameter, Severity, State, Verdict
from nms.rules.causes import Cause, Causes, Why
from nms.rules.flapping import fallen, settled
from nms.rules.keys import UPLINK, agent_key, device_key, loss_key, redundancy_key, service_key
from nms.rules.ledger import Ledger
from nms.rules.policies import MONITOR, Policies
from nms.rules.sights import Sight, Sights, Voice
from nms.rules.topology import Topology
from nms.rules.words import filled, quantity, when

RULE = "reachability"

_SUMMARIES: Mapping[Why, Message] = {
    Why.ITSELF: Message("{device} does not answer"),
    Why.POWER: Message("{device} is without power"),
    Why.CUT: Message("{device} cannot be reached: the link to it is down"),
    Why.BEHIND: Message("{device} cannot be reached"),
    Why.UPLINK: Message("{device} cannot be reached: the monitor has lost its own uplink"),
}
_STATES: Mapping[Why, State] = {Why.ITSELF: State.DOWN, Why.POWER: State.DOWN}


@dataclass(slots=True)
class Reachability:
    """The outcome of one judgement: verdicts, and the state of each device that was looked at."""

    verdicts: list[Verdict] = field(default_factory=list)
    states: dict[DeviceId, State] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class View:
    """All that one judgement looks at. `cut`: (parent, child) to the key of the link that is down between them."""

    inventory: Inventory
    topology: Topology
    sights: Sights
    policies: Policies
    ledger: Ledger
    cut: Mapping[tuple[DeviceId, DeviceId], str]


def judge_reachability(view: View, polled: Iterable[DeviceId], now: float) -> Reachability:
    """Judge the devices just polled, and from there on down all whose judgement changes with theirs."""
    causes = Causes(view.sights, view.topology, view.policies.reachability, view.cut)
    found, polled = Reachability(), set(polled)
    if polled:
        _judge_uplink(view, causes, now, found)
    waiting = _concerned(view, causes, polled)
    done = set(waiting)
    while waiting:
        device = waiting.pop()
        sight = view.sights.devices.get(device)
        if sight is None or not sight.polled or sight.unpolled or device not in view.inventory.devices:
            continue
        verdicts = _judge_device(view, causes, device, sight, now)
        signature = (sight.state, *((v.key, v.severity, v.because_of, v.unknown, v.flapping) for v in verdicts))
        if device in polled or signature != sight.signature:
            found.verdicts.extend(verdicts)
        if signature != sight.signature:
            below = set(_below(view, device)) - done
            done |= below
            waiting += sorted(below)
        sight.signature = signature
        found.states[device] = sight.state
    return found


def _concerned(view: View, causes: Causes, polled: set[DeviceId]) -> list[DeviceId]:
    """The polled, what is silent right below them, and all that is silent if they tell of the monitor's uplink."""
    silent = view.sights.silent
    below = {child for name in polled for child in _below(view, name) if child in silent}
    told = silent if polled & causes.target_names else set[DeviceId]()
    return sorted(polled | below | told, reverse=True)


def _below(view: View, device: DeviceId) -> tuple[DeviceId, ...]:
    return view.topology.children.get(device, ()) + view.topology.fed.get(device, ())


def _judge_device(view: View, causes: Causes, device: DeviceId, sight: Sight, now: float) -> list[Verdict]:
    if device in view.sights.silent:
        known = [_lost_redundancy(view, causes, device, now)] if view.ledger.holds(redundancy_key(device)) else []
        silent = _silent(view, causes, device, sight, now)
        return [silent, *_exhausted(view, silent, sight), *known, *_quiet_of(view, device, now)]
    if sight.heard is None:
        return _untold(view, device, sight, now)
    if not sight.heard:
        return []
    verdict = _answering(view, device, sight, now)
    weaker = _lost_redundancy(view, causes, device, now)
    mute = _mute_transports(view, device, sight, now)
    loss = _loss(view, device, sight, now)
    if verdict.unknown:
        return [verdict]
    service = _service(view, device, sight, now)
    slow = sight.slow_polls >= view.policies.reachability.confirmations
    weak = slow or any(one.severity for one in (verdict, weaker, service, *loss, *mute))
    sight.state = State.DOWN if service.severity is Severity.CRITICAL else State.DEGRADED if weak else State.UP
    return [verdict, weaker, service, *loss, *mute]


def _answering(view: View, device: DeviceId, sight: Sight, now: float) -> Verdict:
    policy, name = view.policies.reachability.flap, _name(view, device)
    sight.flap = settled(sight.flap, sight.at, policy)
    if sight.flap.flapping:
        return Verdict(
            device_key(device), RULE, device, now, Severity.WARNING, _flaps(view, name, sight),
            flapping=True, evidence=_testimony(view, sight),
        )  # fmt: skip
    if view.ledger.holds(device_key(device)) and sight.heard_polls < view.policies.reachability.recovery:
        summary = Message("{device} answers again, which is not confirmed yet", {"device": name})
        evidence = _testimony(view, sight)
        return Verdict(device_key(device), RULE, device, now, None, summary, unknown=True, evidence=evidence)
    return Verdict(
        device_key(device), RULE, device, now, None,
        Message("{device} answers", {"device": name}), evidence=_testimony(view, sight),
    )  # fmt: skip


def _flaps(view: View, name: str, sight: Sight) -> Message:
    since = when(sight.flap.since, view.policies.zone)
    params: dict[str, Parameter] = {"device": name, "falls": sight.flap.falls, "since": since}
    return Message("{device} flaps: {falls} times silent since {since}", params)


def _silent(view: View, causes: Causes, device: DeviceId, sight: Sight, now: float) -> Verdict:
    cause, name = causes.of(device), _name(view, device)
    if cause.why is Why.WAITING:
        summary = Message("{device} did not answer, which is not confirmed yet", {"device": name})
        evidence = (*_testimony(view, sight), _waiting_for(view, sight))
        return Verdict(device_key(device), RULE, device, now, None, summary, unknown=True, evidence=evidence)
    if cause.why is Why.ITSELF and sight.state not in {State.DOWN, State.UNKNOWN}:
        sight.flap = fallen(sight.flap, sight.at, view.policies.reachability.flap)
    witnesses = _neighbours_view(view, device, sight) if cause.why is Why.ITSELF else ()
    sight.state = State.DEGRADED if witnesses else _STATES.get(cause.why, State.UNKNOWN)
    summary = filled(_SUMMARIES[cause.why], {"device": name})
    if witnesses:
        summary = Message("{device} does not answer, yet its neighbours see it", {"device": name})
    flapping = sight.flap.flapping and cause.why is Why.ITSELF
    if flapping:
        summary = _flaps(view, name, sight)
    return Verdict(
        device_key(device), RULE, device, now,
        Severity.WARNING if witnesses else Severity.CRITICAL,
        summary,
        because_of=cause.root if cause.root != device_key(device) else None,
        flapping=flapping,
        evidence=(*_testimony(view, sight), *_reasons(view, sight, cause), *witnesses),
    )  # fmt: skip


def _exhausted(view: View, silent: Verdict, sight: Sight) -> list[Verdict]:
    """A UPS that ran on battery fell silent: what it announced has come, and the alert that announced it says so."""
    key = sight.battery_key
    severity = view.ledger.severity(key)
    if severity is None or silent.because_of != key:
        return []
    summary = Message("{device} is without power after running on battery", {"device": _name(view, silent.device)})
    return [Verdict(key, RULE, silent.device, silent.at, severity, summary, evidence=silent.evidence)]


def _untold(view: View, device: DeviceId, sight: Sight, now: float) -> list[Verdict]:
    """Our own asking failed: that says nothing of the device, and after some polls its state is unknown."""
    if sight.mute_polls < view.policies.reachability.confirmations:
        return []
    sight.state = State.UNKNOWN
    summary = Message("{device} could not be asked", {"device": _name(view, device)})
    evidence = _testimony(view, sight)
    return [Verdict(device_key(device), RULE, device, now, None, summary, unknown=True, evidence=evidence)]


def _lost_redundancy(view: View, causes: Causes, device: DeviceId, now: float) -> Verdict:
    """Some of several parents or feeders are gone: the device still works, on what is left."""
    key, name = redundancy_key(device), _name(view, device)
    graphs = (view.topology.parents, view.topology.feeders)
    lost = [
        other
        for above in (graph.get(device, ()) for graph in graphs)
        if len(above) > 1
        for other in above
        if causes.gone(other)
    ]
    if not lost:
        return Verdict(key, RULE, device, now, None, Message("{device} has all its paths", {"device": name}))
    params = {"device": name, "lost": ", ".join(_name(view, other) for other in lost)}
    return Verdict(
        key, RULE, device, now, Severity.WARNING,
        Message("{device} has lost its redundancy: {lost} is gone", params),
        because_of=causes.of(lost[0]).root,
        evidence=tuple(_gone(view, other) for other in lost),
    )  # fmt: skip


def _loss(view: View, device: DeviceId, sight: Sight, now: float) -> list[Verdict]:
    """A device that answers, and of whose echoes too many get lost, is degraded."""
    key, name, policy = loss_key(device), _name(view, device), view.policies.reachability
    if not sight.lossy and not view.ledger.holds(key):
        return []
    mean = sum(sight.losses) / len(sight.losses) if sight.losses else 0.0
    params: dict[str, Parameter] = {"device": name, "loss": quantity(mean, "ratio"), "polls": len(sight.losses)}
    verdict = Verdict(
        key, RULE, device, now,
        Severity.WARNING if sight.lossy else None,
        Message("{device} loses {loss} of its echoes, over {polls} polls", params),
        value=mean,
        limit=policy.loss_warning,
        evidence=_testimony(view, sight),
    )  # fmt: skip
    return [verdict]


def _service(view: View, device: DeviceId, sight: Sight, now: float) -> Verdict:
    """Application checks: with all of them failing the service is down although its device answers."""
    key, name, failed = service_key(device), _name(view, device), sight.failed_checks
    if not failed:
        return Verdict(key, RULE, device, now, None, Message("{device} passes its checks", {"device": name}))
    params = {"device": name, "failed": ", ".join(failed)}
    confirmed = sight.failing_polls >= view.policies.reachability.confirmations
    every = len(failed) == sight.checks
    return Verdict(
        key, RULE, device, now,
        (Severity.CRITICAL if every else Severity.WARNING) if confirmed else None,
        Message("{device} answers, but does not serve: {failed}", params),
        unknown=not confirmed,
        evidence=(
            Message("{failed} of {checks} checks failed in {polls} polls",
                    {"failed": len(failed), "checks": sight.checks, "polls": sight.failing_polls}),
            *_testimony(view, sight),
        ),
    )  # fmt: skip


def _mute_transports(view: View, device: DeviceId, sight: Sight, now: float) -> list[Verdict]:
    """A transport that stays mute on a device that answers others. ICMP counts only once it was answered before."""
    found = []
    for transport, voice in sight.voices.items():
        asked = transport != "icmp" or voice.ever_answered
        mute = asked and voice.missed >= view.policies.reachability.confirmations
        key = agent_key(device, transport)
        if mute or view.ledger.holds(key):
            found.append(_mute(view, device, key, voice, mute, now))
    return found


def _mute(view: View, device: DeviceId, key: str, voice: Voice, mute: bool, now: float) -> Verdict:
    params = {"device": _name(view, device), "transport": voice.last.transport}
    if not mute:
        return Verdict(key, RULE, device, now, None, Message("{device} answers {transport}", params))
    refused = voice.last.outcome is Outcome.REFUSED
    summary = Message("{device} does not answer {transport}, though it is alive", params)
    if refused:
        summary = Message("{device} refuses {transport}", params)
    return Verdict(key, RULE, device, now, Severity.WARNING, summary, evidence=(_witness(view, voice),))


def _quiet_of(view: View, device: DeviceId, now: float) -> list[Verdict]:
    """What was said of a device while it answered cannot be judged while it is silent."""
    keys = [
        key for kind in ("agent-silent/", "service-down/", "packet-loss/") for key in view.ledger.keys_of(device, kind)
    ]
    summary = Message("{device} does not answer", {"device": _name(view, device)})
    return [Verdict(key, RULE, device, now, None, summary, unknown=True) for key in keys]


def _judge_uplink(view: View, causes: Causes, now: float, found: Reachability) -> None:
    dead = causes.uplink_is_dead()
    if not dead and not view.ledger.holds(UPLINK):
        return
    summary = Message("The monitor has lost its own uplink") if dead else Message("The monitor reaches the network")
    severity = Severity.CRITICAL if dead else None
    params = {
        "heard": causes.heard_targets,
        "count": causes.targets,
        "needed": view.policies.reachability.uplink_quorum,
    }
    told = Message("{heard} of {count} independent targets answer; {needed} must", params)
    found.verdicts.append(Verdict(UPLINK, RULE, MONITOR, now, severity, summary, evidence=(told,) if dead else ()))


def _neighbours_view(view: View, device: DeviceId, sight: Sight) -> tuple[Message, ...]:
    """Neighbours that were asked well after the silence began and still see the device."""
    hold, found = view.policies.reachability.neighbour_hold, []
    for seen in view.topology.seen.get(device, ()):
        witness = view.sights.of(seen.by)
        if witness.heard and witness.seen_at >= sight.silent_steady + hold:
            params = {"neighbour": _name(view, seen.by), "interface": seen.interface, "protocol": seen.protocol}
            found.append(Message("{neighbour} sees it on {interface} ({protocol})", params))
    return tuple(found)


def _reasons(view: View, sight: Sight, cause: Cause) -> tuple[Message, ...]:
    through = _name(view, DeviceId(cause.through))
    if cause.why is Why.POWER and not cause.through:
        return (Message("It was last seen running on battery"),)
    templates = {
        Why.POWER: Message("It is fed by {through}, which has no output"),
        Why.BEHIND: Message("All that it is reached through is gone, first {through}"),
        Why.CUT: Message("Its parent sees the link {through} down"),
        Why.UPLINK: Message("The independent targets are silent too"),
    }
    if cause.why in templates:
        return (filled(templates[cause.why], {"through": through}),)
    return (Message("What it is reached through answers; silent in {polls} polls", {"polls": sight.silent_polls}),)


def _waiting_for(view: View, sight: Sight) -> Message:
    needed = view.policies.reachability.confirmations
    if sight.silent_polls < needed:
        return Message("Silent in {polls} of {needed} polls", {"polls": sight.silent_polls, "needed": needed})
    return Message("Waiting until what it is reached through has been asked")


def _testimony(view: View, sight: Sight) -> tuple[Message, ...]:
    return tuple(_witness(view, voice) for voice in sight.voices.values())


def _witness(view: View, voice: Voice) -> Message:
    witness = voice.last
    params = {"transport": witness.transport, "at": when(witness.at, view.policies.zone), "reason": witness.reason}
    if witness.outcome in {Outcome.ANSWERED, Outcome.PARTIAL}:
        template = "{transport} answered at {at}: {reason}" if witness.reason else "{transport} answered at {at}"
        return Message(template, params)
    if witness.outcome is Outcome.REFUSED:
        return Message("{transport} refused at {at}: {reason}", params)
    if witness.outcome is Outcome.FAILED:
        return Message("{transport} could not be asked at {at}: {reason}", params)
    return Message("{transport} was silent at {at}: {reason}", params)


def _gone(view: View, device: DeviceId) -> Message:
    since = view.sights.of(device).silent_since
    shown = when(since, view.policies.zone) if since is not None else "?"
    return Message("{device} is silent since {since}", {"device": _name(view, device), "since": shown})


def _name(view: View, device: DeviceId) -> str:
    known = view.inventory.devices.get(device)
    return known.name if known else device
