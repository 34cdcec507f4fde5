"""What is known of each device's answering, poll by poll: the memory of the reachability rules.

Order is kept by numbering polls, not by the clock, so that a clock that is set changes no judgement.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from nms.i18n import in_english
from nms.model import DeviceId, Outcome, Poll, State, Witness
from nms.rules.flapping import STEADY, Flap
from nms.rules.keys import device_key, state_key, state_prefix
from nms.rules.policies import ReachabilityPolicy

CHECK = "check_up"
SLOW = ("check", "speed")
"""Component kind and name of the state by which a check says that the answer was slow."""


@dataclass(slots=True)
class Voice:
    """One transport of one device: polls in a row that it did not serve, and its last testimony."""

    last: Witness
    missed: int = 0
    ever_answered: bool = False


@dataclass(slots=True)
class Sight:
    """One device. `heard`: whether anything answered in the last poll; None: the poll could not tell.

    `polled`, `answered` and `silent_from` are numbers of polls (of all devices together); `seen_at` is the steady
    time of the last poll, `at` and `silent_since` are Unix seconds. `losses` are the shares of echoes lost in the last
    polls that were answered. `power_key` and `battery_key` name the alerts by which it says of itself that its output
    is off, or that it runs on battery.
    """

    polled: int = 0
    seen_at: float = 0.0
    at: float = 0.0
    heard: bool | None = None
    answered: int = 0
    answered_at: float | None = None
    silent_polls: int = 0
    silent_from: int = 0
    silent_since: float | None = None
    silent_steady: float = 0.0
    mute_polls: int = 0
    voices: dict[str, Voice] = field(default_factory=dict)
    heard_polls: int = 0
    on_battery: bool = False
    no_output: bool = False
    power_key: str = ""
    battery_key: str = ""
    flap: Flap = STEADY
    state: State = State.UNKNOWN
    checks: int = 0
    failed_checks: tuple[str, ...] = ()
    failing_polls: int = 0
    slow_polls: int = 0
    signature: object = None
    unpolled: bool = False
    losses: tuple[float, ...] = ()
    lossy: bool = False


@dataclass(slots=True)
class Sights:
    """All devices; owned by the caller, changed by `observe`. `silent` are those whose last poll had no answer."""

    devices: dict[DeviceId, Sight] = field(default_factory=dict)
    silent: set[DeviceId] = field(default_factory=set)
    polls: int = 0

    def of(self, device: DeviceId) -> Sight:
        sight = self.devices.get(device)
        if sight is None:
            sight = self.devices[device] = Sight()
        return sight

    def observe(self, poll: Poll, steady: float, policy: ReachabilityPolicy) -> Sight:
        """Take one poll into account."""
        self.polls += 1
        sight = self.of(poll.device)
        sight.polled, sight.seen_at, sight.at = self.polls, steady, poll.at
        sight.unpolled = False
        sight.heard = poll.heard
        for witness in poll.witnesses:
            _listen(sight, witness, among_others=bool(poll.heard))
        if sight.heard:
            _count_losses(sight, poll, policy)
            self._answered(poll, sight, policy)
        elif sight.heard is False:
            self._stayed_silent(poll, sight, steady)
        else:
            sight.mute_polls += 1
        return sight

    def recall(self, explained: Mapping[str, str]) -> None:
        """After a start: what ran on battery when it fell silent. `explained`: open alerts, and what explains each."""
        for key, root in explained.items():
            device = DeviceId(key.removeprefix(device_key(DeviceId(""))))
            if key == device_key(device) and root.startswith(state_prefix(device)):
                sight = self.of(device)
                sight.on_battery, sight.battery_key = True, root

    def doubt(self, devices: Iterable[DeviceId]) -> None:
        """What they are reached through works again: that they could not be heard before says nothing of them now."""
        for device in devices:
            sight = self.devices.get(device)
            if sight is not None and device in self.silent and sight.state is State.UNKNOWN:
                sight.silent_polls = 0

    def _answered(self, poll: Poll, sight: Sight, policy: ReachabilityPolicy) -> None:
        sight.answered, sight.answered_at = self.polls, poll.at
        sight.silent_polls = sight.mute_polls = 0
        sight.silent_since = None
        self.silent.discard(poll.device)
        sight.heard_polls += 1
        _run_checks(sight, poll)
        if poll.states:
            _listen_to_power(sight, poll, policy)

    def _stayed_silent(self, poll: Poll, sight: Sight, steady: float) -> None:
        if not sight.silent_polls:
            sight.silent_from, sight.silent_since, sight.silent_steady = self.polls, poll.at, steady
        sight.silent_polls += 1
        sight.heard_polls = 0
        sight.mute_polls = 0
        self.silent.add(poll.device)

    def forget(self, devices: Iterable[DeviceId]) -> None:
        """Drop devices that left the inventory."""
        for device in devices:
            self.devices.pop(device, None)
            self.silent.discard(device)


def _count_losses(sight: Sight, poll: Poll, policy: ReachabilityPolicy) -> None:
    """Echoes lost on the way. A poll that lost all of them says that echo is not answered, which is told otherwise.

    What was lost around an outage is the outage's; it is not counted a second time.
    """
    if sight.silent_polls >= policy.confirmations:
        sight.losses, sight.lossy = (), False
    shares = [one.loss for one in poll.witnesses if one.loss is not None and one.loss < 1.0]
    if shares:
        sight.losses = (*sight.losses, max(shares))[-policy.loss_polls :]
        mean = sum(sight.losses) / policy.loss_polls
        sight.lossy = mean >= (policy.loss_warning / 2 if sight.lossy else policy.loss_warning)


def _run_checks(sight: Sight, poll: Poll) -> None:
    """Application checks of this poll: a web server that answers with an error is heard, and yet does not serve."""
    results = [
        (component.label or component.key, value)
        for reading in poll.readings
        if CHECK in reading.columns
        for component, value in zip(reading.components, reading.columns[CHECK], strict=True)
        if value is not None
    ]
    if not results:
        return
    sight.checks = len(results)
    sight.failed_checks = tuple(name for name, value in results if not value)
    sight.failing_polls = sight.failing_polls + 1 if sight.failed_checks else 0
    slow = any((one.component.kind, one.name) == SLOW and one.severity is not None for one in poll.states)
    sight.slow_polls = sight.slow_polls + 1 if slow else 0


def _listen_to_power(sight: Sight, poll: Poll, policy: ReachabilityPolicy) -> None:
    """What a UPS or PDU says of its source and output, and the keys of the alerts that say so too, if any do."""
    sight.on_battery = sight.no_output = False
    sight.power_key = sight.battery_key = ""
    for state in poll.states:
        word = in_english(state.text).casefold().strip()
        if word in policy.on_battery:
            sight.on_battery = True
            if state.severity is not None:
                sight.battery_key = state_key(poll.device, state.component, state.name)
        if word in policy.no_output:
            sight.no_output = True
            if state.severity is not None:
                sight.power_key = state_key(poll.device, state.component, state.name)


def _listen(sight: Sight, witness: Witness, *, among_others: bool) -> None:
    """What one transport told. It is mute only in polls in which others were answered.

    A device that starts, or is reached again, answers echoes some seconds before its agent does.
    """
    voice = sight.voices.get(witness.transport)
    if voice is None:
        voice = sight.voices[witness.transport] = Voice(witness)
    voice.last = witness
    if witness.outcome in {Outcome.ANSWERED, Outcome.PARTIAL}:
        voice.missed, voice.ever_answered = 0, True
    elif among_others and witness.outcome is not Outcome.FAILED:
        voice.missed += 1
