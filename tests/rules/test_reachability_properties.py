"""What holds of every fleet, whatever falls silent, in whatever order it is polled."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from nms.model import Severity, State
from nms.rules.policies import FlapPolicy, Policies, ReachabilityPolicy
from tests.rules.fleet import Fleet, device


@st.composite
def cities(draw: st.DrawFn) -> tuple[list[tuple[int, ...]], set[int], list[int]]:
    """Parents of each device (earlier ones), who falls silent, and the order of polling. The first two never do."""
    count = draw(st.integers(3, 14))
    above = [draw(st.sets(st.integers(0, n - 1), min_size=1, max_size=3)) for n in range(2, count)]
    parents = [(), (), *(tuple(sorted(one)) for one in above)]
    silent = draw(st.sets(st.integers(2, count - 1)))
    return parents, silent, draw(st.permutations(range(count)))


@settings(max_examples=50, deadline=None)
@given(cities())
def test_roots_are_those_with_a_living_way_to_them_and_all_else_hangs_on_a_root(city):
    parents, silent, order = city
    names = [f"d{n:02}" for n in range(len(parents))]
    fleet = Fleet.of([device(names[n], *(names[p] for p in above)) for n, above in enumerate(parents)])
    polled = [names[n] for n in order]
    fleet.rounds(2, *polled)
    assert fleet.open == {}
    fleet.silent = {names[n] for n in silent}
    fleet.rounds(4, *polled)
    reached = {0, 1}
    for n, above in enumerate(parents):
        if n not in silent and any(parent in reached for parent in above):
            reached.add(n)
    roots = {n for n in silent if any(parent not in silent for parent in parents[n])}
    down = {key.partition("/")[2] for key in fleet.open if key.startswith("device-down/")}
    assert down == {names[n] for n in silent}
    assert {key for key in fleet.roots if key.startswith("device-down/")} == {f"device-down/{names[n]}" for n in roots}
    assert {n for n in names if fleet.device_states[n] is State.DOWN} == {names[n] for n in roots}
    assert {n for n in names if fleet.device_states[n] is State.UNKNOWN} == {names[n] for n in silent - roots}
    assert all(why is None or (why in fleet.open and fleet.causes[why] is None) for why in fleet.causes.values())
    degraded = {
        names[n] for n, above in enumerate(parents) if n not in silent and len(above) > 1 and silent & set(above)
    }
    assert {n for n in names if fleet.device_states[n] is State.DEGRADED} == degraded
    assert all(fleet.open[f"redundancy-lost/{name}"] is Severity.WARNING for name in degraded)
    accused = {v.key for v in fleet.history if v.severity is not None and v.because_of is None}
    assert {key for key in accused if key.startswith("device-down/")} == {f"device-down/{names[n]}" for n in roots}
    fleet.silent = set()
    fleet.rounds(2, *polled)
    assert fleet.open == {}
    assert set(fleet.device_states.values()) == {State.UP}


@settings(max_examples=25, deadline=None)
@given(cities(), st.lists(st.tuples(st.integers(2, 13), st.booleans()), max_size=25), st.integers(-5000, 5000))
def test_whatever_comes_and_goes_all_ends_well_when_all_answer_again(city, changes, step):
    parents, _, order = city
    names = [f"d{n:02}" for n in range(len(parents))]
    devices = [device(names[n], *(names[p] for p in above)) for n, above in enumerate(parents)]
    quick = Policies(reachability=ReachabilityPolicy(flap=FlapPolicy(threshold=6, calm=1, half_life=120)))
    fleet = Fleet.of(devices, policies=quick)
    polled = [names[n] for n in order]
    for n, falls in changes:
        name = names[n % len(names)]
        if n % len(names) > 1 and falls:
            fleet.silent.add(name)
        else:
            fleet.silent.discard(name)
        fleet.round(*polled)
        sure = {key: why for key, why in fleet.causes.items() if key not in fleet.doubtful}
        assert all(why is None or why in fleet.open for why in sure.values())
        assert all(name in fleet.silent for name, state in fleet.device_states.items() if state is State.DOWN)
    fleet.now += step
    fleet.silent = set()
    fleet.rounds(2, *polled)
    held = [verdict for verdict in fleet.said.values() if verdict.severity is not None]
    assert all(verdict.flapping for verdict in held)
    fleet.rounds(20, *polled)
    assert fleet.open == {}
    assert set(fleet.device_states.values()) == {State.UP}
