"""Which links are up, degraded or down, from the interfaces at both ends.

One end down is enough for down; one end up and none down is up; where neither end can be asked it is unknown. A
link whose `group` still has another path costs redundancy only.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from nms.model import DEVICE_ITSELF, Component, DeviceId, Inventory, Link, Message, Parameter, Severity, State, Verdict
from nms.rules.causes import Causes, Why
from nms.rules.flapping import STEADY, Flap, fallen, settled
from nms.rules.keys import link_key
from nms.rules.ledger import Ledger
from nms.rules.policies import Policies, WatchInterfaces
from nms.rules.ports import Port, PortName, Ports, PortState
from nms.rules.sights import Sights
from nms.rules.topology import Topology
from nms.rules.words import filled, when

RULE = "links"


@dataclass(frozen=True, slots=True)
class End:
    """One end of a link: the device, its interface, and how it is; unknown while its device is silent."""

    device: DeviceId
    interface: str
    state: PortState
    component: Component = DEVICE_ITSELF


@dataclass(slots=True)
class Track:
    """What was last concluded of a link, or of an interface that no link names."""

    state: State = State.UNKNOWN
    flap: Flap = STEADY


@dataclass(slots=True)
class Tracks:
    """Links and interfaces by the rest of their key; owned by the caller."""

    tracks: dict[str, Track] = field(default_factory=dict)

    def of(self, name: str) -> Track:
        return self.tracks.setdefault(name, Track())


@dataclass(frozen=True, slots=True)
class LinkView:
    """All that the judging of links looks at."""

    inventory: Inventory
    links_of: Mapping[DeviceId, tuple[Link, ...]]
    ports: Ports
    sights: Sights
    tracks: Tracks
    policies: Policies
    ledger: Ledger


def watched_interfaces(inventory: Inventory, topology: Topology, policies: Policies) -> dict[DeviceId, frozenset[str]]:
    """The interfaces to watch by name: those of links, and where the policy says so those with known neighbours."""
    found: dict[DeviceId, set[str]] = {}
    for link in inventory.links.values():
        found.setdefault(link.a_device, set()).add(link.a_interface)
        found.setdefault(link.b_device, set()).add(link.b_interface)
    for views in topology.seen.values():
        for view in views:
            watch = policies.links.by_device.get(view.by, policies.links.watch)
            if watch is not WatchInterfaces.LINKED:
                found.setdefault(view.by, set()).add(view.interface)
    return {device: frozenset(names) for device, names in found.items()}


def ends_of(view: LinkView, link: Link) -> tuple[End, End]:
    return (_end(view, link.a_device, link.a_interface), _end(view, link.b_device, link.b_interface))


def cut_between(view: LinkView) -> dict[tuple[DeviceId, DeviceId], str]:
    """(one end, far end) to the key of the link down between them, where all links of the two are down there."""
    states: dict[tuple[DeviceId, DeviceId], list[tuple[bool, str]]] = {}
    for link in _links_of(view, view.sights.silent):
        for near, far in (ends_of(view, link), ends_of(view, link)[::-1]):
            down = near.state in {PortState.DOWN, PortState.DISABLED}
            states.setdefault((near.device, far.device), []).append((down, link_key(link.id)))
    return {pair: links[0][1] for pair, links in states.items() if all(down for down, _ in links)}


def judge_links(
    view: LinkView, causes: Causes, told: Iterable[PortName], now: float
) -> tuple[list[Verdict], dict[str, State]]:
    """Verdicts and states of the links of which a poll told, or whose ends fell silent."""
    told = set(told)
    linked: set[PortName] = set()
    verdicts: list[Verdict] = []
    states: dict[str, State] = {}
    for link in _links_of(view, view.sights.silent.union(device for device, _ in told)):
        ends, track = ends_of(view, link), view.tracks.of(link.id)
        names = {(end.device, end.interface) for end in ends}
        linked |= names
        if names & told or _state(ends) is not track.state:
            verdicts.append(_judge_link(view, causes, link, ends, track, now))
            states[link.id] = track.state
    verdicts += [_judge_port(view, name, now) for name in sorted(told - linked)]
    return verdicts, states


def _links_of(view: LinkView, devices: Iterable[DeviceId]) -> list[Link]:
    found = {link.id: link for device in devices for link in view.links_of.get(device, ())}
    return [found[name] for name in sorted(found)]


def by_device(inventory: Inventory) -> dict[DeviceId, tuple[Link, ...]]:
    """The links that end at each device."""
    found: dict[DeviceId, tuple[Link, ...]] = {}
    for link in inventory.links.values():
        for device in {link.a_device, link.b_device}:
            found[device] = (*found.get(device, ()), link)
    return found


def _end(view: LinkView, device: DeviceId, interface: str) -> End:
    port = view.ports.ports.get((device, interface))
    if port is None or device in view.sights.silent:
        return End(device, interface, PortState.UNKNOWN, port.component if port else DEVICE_ITSELF)
    return End(device, interface, _confirmed(view, port), port.component)


def _confirmed(view: LinkView, port: Port) -> PortState:
    if port.state is PortState.DOWN and port.down_polls < view.policies.links.confirmations:
        return PortState.UNKNOWN
    return port.state


def _state(ends: Iterable[End]) -> State:
    seen = {end.state for end in ends}
    if seen & {PortState.DOWN, PortState.DISABLED}:
        return State.DOWN
    return State.UP if PortState.UP in seen else State.UNKNOWN


def _judge_link(view: LinkView, causes: Causes, link: Link, ends: tuple[End, End], track: Track, now: float) -> Verdict:
    state, policy = _state(ends), view.policies.links.flap
    if state is State.DOWN and track.state in {State.UP, State.DEGRADED}:
        track.flap = fallen(track.flap, now, policy)
    track.flap = settled(track.flap, now, policy)
    track.state = State.DEGRADED if state is State.UP and track.flap.flapping else state
    end = next((end for end in ends if end.state is PortState.DOWN), ends[0])
    verdict = Verdict(
        link_key(link.id), RULE, end.device, now, None,
        Message("{link} is up", {"link": link.name}),
        component=end.component,
        evidence=tuple(_said(view, one) for one in ends),
    )  # fmt: skip
    if state is State.UNKNOWN:
        return replace(verdict, unknown=True, summary=Message("{link}: neither end can be asked", {"link": link.name}))
    if state is State.UP:
        return _held(view, verdict, link.name, track)
    return _down(view, causes, verdict, link, ends, track)


def _down(
    view: LinkView,
    causes: Causes,
    verdict: Verdict,
    link: Link,
    ends: tuple[End, End],
    track: Track,
) -> Verdict:
    down, evidence = verdict, verdict.evidence
    others = [other for other in _group(view, link) if _state(ends_of(view, other)) is State.UP]
    if all(end.state is not PortState.DOWN for end in ends):
        return _disabled(view, down, link, ends, is_spare=bool(others))
    if others:
        names = ", ".join(other.name for other in others)
        evidence = (*evidence, Message("{others} of the same group still works", {"others": names}))
    params = {"link": link.name}
    summary = Message("{link} is down, and its group goes on without it", params)
    if not others:
        summary = Message("{link} is down", params)
    if track.flap.flapping:
        summary = _flaps(view, link.name, track)
    return replace(
        down,
        severity=Severity.WARNING if others else Severity.CRITICAL,
        summary=summary,
        because_of=_power_of(view, causes, ends),
        flapping=track.flap.flapping,
        evidence=evidence,
    )


def _disabled(view: LinkView, verdict: Verdict, link: Link, ends: tuple[End, End], *, is_spare: bool) -> Verdict:
    """What somebody switched off is no alarm, unless it cuts off what is behind: then it was a slip, or is as bad."""
    lost = next((end.device for end in ends if end.device in view.sights.silent and not _serves(view, end.device)), "")
    if is_spare or not lost:
        return replace(verdict, severity=Severity.INFO, summary=Message("{link} is disabled", {"link": link.name}))
    summary = Message("{link} is disabled, which cuts {device} off", {"link": link.name, "device": lost})
    return replace(verdict, severity=Severity.CRITICAL, summary=summary)


def _serves(view: LinkView, device: DeviceId) -> bool:
    """Whether its silence is not confirmed yet."""
    return view.sights.of(device).state in {State.UP, State.DEGRADED}


def _group(view: LinkView, link: Link) -> list[Link]:
    if not link.group:
        return []
    return [other for other in view.inventory.links.values() if other.group == link.group and other.id != link.id]


def _power_of(view: LinkView, causes: Causes, ends: tuple[End, End]) -> str | None:
    """The root of a power failure at an end explains the link; any other silence may well be the link's own doing.

    A site that goes dark takes its link down before anybody has asked it in vain: when what feeds the far end was
    failing, and it has not answered since the link fell, the link waits for the alert about its power.
    """
    for end, other in (ends, ends[::-1]):
        if end.device in view.sights.silent:
            cause = causes.of(end.device)
            if cause.why is Why.POWER:
                return cause.root
        port = view.ports.ports.get((other.device, other.interface))
        heard_at = view.sights.of(end.device).answered_at or 0.0
        if port is not None and other.state is PortState.DOWN and heard_at < port.fell_at:
            return causes.failing_feed(end.device) or None
    return None


def _held(view: LinkView, verdict: Verdict, name: str, track: Track) -> Verdict:
    """A thing that is up: well, or held as one alert while it flaps."""
    if not track.flap.flapping:
        return verdict
    return replace(verdict, severity=Severity.WARNING, summary=_flaps(view, name, track), flapping=True)


def _flaps(view: LinkView, name: str, track: Track) -> Message:
    params: dict[str, Parameter] = {
        "link": name,
        "falls": track.flap.falls,
        "since": when(track.flap.since, view.policies.zone),
    }
    return Message("{link} flaps: {falls} times down since {since}", params)


def _judge_port(view: LinkView, name: PortName, now: float) -> Verdict:
    """An interface that no link of the inventory names: down only after it was seen up."""
    device, interface = name
    port, track = view.ports.ports[name], view.tracks.of(f"{device}:{interface}")
    shown = f"{device}:{port.component.label or interface}"
    state = _confirmed(view, port)
    if state is PortState.DOWN and track.state in {State.UP, State.DEGRADED}:
        track.flap = fallen(track.flap, now, view.policies.links.flap)
    track.flap = settled(track.flap, now, view.policies.links.flap)
    verdict = Verdict(
        link_key(f"{device}:{interface}"), RULE, device, now, None,
        Message("{link} is up", {"link": shown}), component=port.component,
        evidence=(_said(view, End(device, interface, state)),),
    )  # fmt: skip
    if state is PortState.UP:
        track.state = State.DEGRADED if track.flap.flapping else State.UP
        return _held(view, verdict, shown, track)
    if state is PortState.UNKNOWN:
        return replace(verdict, unknown=True, summary=Message("{link}: the state is not known", {"link": shown}))
    track.state = State.DOWN
    if state is PortState.DISABLED or not (port.seen_up or view.ledger.holds(verdict.key)):
        return replace(verdict, summary=Message("{link} is not in use", {"link": shown}))
    flapping = track.flap.flapping
    summary = _flaps(view, shown, track) if flapping else Message("{link} is down", {"link": shown})
    return replace(verdict, severity=Severity.WARNING, summary=summary, flapping=flapping)


_SAID: Mapping[PortState, Message] = {
    PortState.UP: Message("{device} sees {interface} up at {at}"),
    PortState.DOWN: Message("{device} sees {interface} down at {at}"),
    PortState.DISABLED: Message("{interface} of {device} is administratively down at {at}"),
    PortState.UNKNOWN: Message("{device} tells nothing of {interface}"),
}


def _said(view: LinkView, end: End) -> Message:
    port = view.ports.ports.get((end.device, end.interface))
    at = when(port.at, view.policies.zone) if port else "?"
    return filled(_SAID[end.state], {"device": end.device, "interface": end.interface, "at": at})
