"""Thresholds: hysteresis, duration, the nearest rule, missing data, and the same over whole batches."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nms import config
from nms.model import Component, DeviceId, Outcome, Poll, Reading, Role, Severity, Verdict, Witness
from nms.rules.configured import policies as policies_of
from nms.rules.judge import Judge
from nms.rules.policies import DEFAULT_THRESHOLDS, Policies, Reach, Threshold
from tests.rules.fleet import START, device, inventory

WARNING, CRITICAL = Severity.WARNING, Severity.CRITICAL
ROOT, VAR = Component("storage", "/", "/"), Component("storage", "/var", "/var")
USED = "storage_used_ratio"
KEY = "threshold/srv/storage:/var/storage_used_ratio"


def poll(at: float, table: str, components: tuple[Component, ...], name: str = "srv", **columns) -> Poll:
    reading = Reading(DeviceId(name), table, at, components, columns)
    return Poll(DeviceId(name), at, 0.1, (Witness("snmp", Outcome.ANSWERED, at),), (reading,))


def judge(*thresholds: Threshold, open_alerts=None, **more) -> Judge:
    server = device("srv", role=Role.SERVER, **more)
    return Judge(inventory([server]), Policies(thresholds=thresholds), open_alerts)


def said(judge: Judge, at: float, value: float | None) -> Verdict | None:
    found = judge.judge([poll(at, "storage", (VAR,), storage_used_ratio=[value])], at).verdicts
    return next((v for v in found if v.rule == "thresholds"), None)


FULL = Threshold(USED, WARNING, above=0.8, clear=0.7, for_seconds=120)
FULLER = Threshold(USED, CRITICAL, above=0.9)


def test_a_value_beyond_its_limit_for_long_enough_raises_and_holds_until_it_is_clear():
    one = judge(FULL)
    values = [0.85, 0.85, 0.85, 0.75, 0.71, 0.70, 0.75, 0.85]
    spoken = [said(one, START + 60 * n, value) for n, value in enumerate(values)]
    assert [v and v.severity for v in spoken] == [None, None, WARNING, WARNING, WARNING, None, None, None]
    assert [v is not None for v in spoken] == [False, False, True, True, True, True, False, False]
    assert (spoken[2].key, spoken[2].value, spoken[2].limit) == (KEY, 0.85, 0.8)
    assert spoken[2].evidence[0].params["since"] == "2026-09-21 08:13:20"
    assert spoken[2].summary.params["value"] == "85 %"
    assert spoken[5].summary.template == "{component}: {metric_msgid} is back at {value}"


def test_levels_of_one_metric_are_one_condition_with_the_worst_severity():
    one = judge(dataclasses.replace(FULL, for_seconds=0), FULLER)
    values = [0.85, 0.95, 0.85, 0.1]
    spoken = [said(one, START + 60 * n, value) for n, value in enumerate(values)]
    assert [v.severity for v in spoken] == [WARNING, CRITICAL, WARNING, None]
    assert {v.key for v in spoken} == {KEY}


samples = st.lists(
    st.tuples(st.sampled_from((30, 60, 60, 60, 200, -90)), st.one_of(st.none(), st.integers(0, 10))), max_size=30
)


@settings(max_examples=200, deadline=None)
@given(samples, st.integers(2, 8), st.integers(0, 3), st.sampled_from((0, 60, 130)), st.booleans())
def test_a_batch_judges_as_a_plain_walk_through_the_values_does(steps, limit, band, hold, lower):
    rule = Threshold(USED, below=limit, clear=limit + band, for_seconds=hold) if lower else Threshold(
        USED, above=limit, clear=limit - band, for_seconds=hold
    )  # fmt: skip
    one, at = judge(rule), START
    raised, since, before, spacing = False, None, None, None
    for step, value in steps:
        at += step
        verdict = said(one, at, value)
        if value is None:
            assert verdict is None
            continue
        beyond = value < limit if lower else value > limit
        back = value >= limit + band if lower else value <= limit - band
        was = raised
        if raised:
            raised = not back
            since = since if raised else None
        else:
            torn = before is not None and spacing is not None and at - before > max(180, 3 * spacing)
            lost = since is not None and (at < since or torn)
            since = None if not beyond else at if since is None or lost else since
            raised = beyond and at - since >= hold
        spacing = at - before if before is not None and at > before else spacing
        before = at
        assert (verdict is not None) == (raised or was)
        assert verdict is None or (verdict.severity is not None) == raised


def test_the_nearest_rule_wins_for_its_severity_and_leaves_the_other_alone():
    general = (Threshold(USED, WARNING, above=0.5), Threshold(USED, CRITICAL, above=0.9))
    near = {
        "role": Threshold(USED, WARNING, above=0.6, reach=Reach(roles=("server",))),
        "department": Threshold(USED, WARNING, above=0.7, reach=Reach(departments=("de*",))),
        "family": Threshold(USED, WARNING, above=0.75, reach=Reach(families=("net-snmp",))),
        "device": Threshold(USED, WARNING, above=0.8, reach=Reach(devices=("srv",))),
        "part": Threshold(USED, WARNING, above=0.85, component="/var*", reach=Reach(devices=("srv",))),
    }
    rules = list(general)
    for name, limit in [
        (None, 0.5),
        ("role", 0.6),
        ("department", 0.7),
        ("family", 0.75),
        ("device", 0.8),
        ("part", 0.85),
    ]:
        if name:
            rules.insert(0, near[name])
        one = judge(*rules)
        one.learn_families(DeviceId("srv"), ("net-snmp", "mib-2"))
        assert said(one, START, limit - 0.01) is None, name
        assert said(one, START + 60, limit + 0.01).limit == limit
        assert said(one, START + 120, 0.95).severity is CRITICAL
    elsewhere = Threshold(USED, WARNING, above=0.1, reach=Reach(roles=("printer",)))
    assert said(judge(elsewhere), START, 0.5) is None


def test_a_nearer_rule_that_is_not_enabled_silences():
    off = Threshold(USED, WARNING, enabled=False, component="/var", reach=Reach(devices=("srv",)))
    one = judge(Threshold(USED, WARNING, above=0.5), off)
    found = one.judge([poll(START, "storage", (ROOT, VAR), storage_used_ratio=[0.6, 0.6])], START).verdicts
    assert [v.key for v in found] == ["threshold/srv/storage:/storage_used_ratio".replace(":/", "://")]


def test_a_limit_that_the_device_states_is_nearer_than_all_and_farther_than_a_role():
    @dataclasses.dataclass(frozen=True)
    class Stated:
        component: Component
        metric: str
        level: str
        value: float

    one = judge(Threshold(USED, WARNING, above=0.5))
    one.learn_limits(
        DeviceId("srv"), [Stated(VAR, USED, "warning_above", 0.9), Stated(VAR, USED, "critical_below", 0.1)]
    )
    assert said(one, START, 0.8) is None
    assert said(one, START + 60, 0.95).severity is WARNING
    assert said(one, START + 120, 0.05).severity is CRITICAL
    ruled = judge(Threshold(USED, WARNING, above=0.5, reach=Reach(roles=("server",))))
    ruled.learn_limits(DeviceId("srv"), [Stated(VAR, USED, "warning_above", 0.9)])
    assert said(ruled, START, 0.8).severity is WARNING


def test_named_limits_of_one_metric_are_conditions_of_their_own():
    one = judge(Threshold(USED, above=0.5), Threshold(USED, above=0.6, name="quota"))
    found = one.judge([poll(START, "storage", (VAR,), storage_used_ratio=[0.7])], START).verdicts
    assert sorted(v.key for v in found) == ["threshold/srv/storage:/var/quota", KEY]


def test_after_a_restart_an_open_alert_in_the_band_stays_and_one_that_is_clear_ends():
    opened = {KEY: (DeviceId("srv"), WARNING)}
    assert said(judge(FULL, open_alerts=opened), START, 0.75).severity is WARNING
    assert said(judge(FULL, FULLER, open_alerts=opened), START, 0.85).severity is WARNING
    ended = said(judge(FULL, open_alerts=opened), START, 0.1)
    assert ended.severity is None
    assert not ended.unknown


def test_a_rate_of_change_is_judged_over_its_time():
    one = judge(Threshold("temperature_celsius", above=5, change_over=600, name="heating"))
    sensor = (Component("sensor", "inlet", "inlet"),)
    found = []
    for minute in range(30):
        value = 20.0 if minute < 15 else 20.0 + (minute - 15) * 0.6
        at = START + 60 * minute
        found += one.judge([poll(at, "sensors", sensor, temperature_celsius=[value])], at).verdicts
    assert found[0].at == START + 60 * 24
    assert found[0].value == pytest.approx(5.4)
    assert found[0].summary.template == "{component}: {metric_msgid} rose by {value} in {over} s, more than {limit}"


def test_a_counter_is_judged_by_its_rate():
    one = judge(Threshold("events_total", above=2.0))
    part = (Component("log", "", "log"),)
    values = [100, 160, 400, 10, 130, 131]
    found = []
    for n, value in enumerate(values):
        at = START + 60 * n
        verdicts = one.judge([poll(at, "log", part, events_total=[value])], at).verdicts
        found.append([(v.severity, v.value) for v in verdicts])
    assert found == [[], [], [(WARNING, 4.0)], [], [(None, 2.0)], []]


def interfaces(at: float, octets: int, packets: int, errors: int) -> Poll:
    return poll(
        at, "ifTable", (Component("interface", "Gi0/1", "Gi0/1"),),
        interface_speed_bits_per_second=[1_000_000],
        interface_in_octets_total=[octets],
        interface_in_packets_total=[packets],
        interface_in_errors_total=[errors],
    )  # fmt: skip


def test_utilisation_and_errors_of_an_interface_are_shares_and_quiet_lines_say_nothing():
    one = judge(*(dataclasses.replace(rule, for_seconds=0) for rule in DEFAULT_THRESHOLDS))
    one.judge([interfaces(START, 0, 0, 0)], START)
    busy = one.judge([interfaces(START + 60, 7_200_000, 6000, 300)], START + 60).verdicts
    assert {v.key.rpartition("/")[2]: round(v.value, 3) for v in busy} == {
        "interface_in_utilization_ratio": 0.96,
        "interface_in_error_ratio": 0.048,
    }
    quiet = one.judge([interfaces(START + 120, 7_200_100, 6001, 310)], START + 120).verdicts
    assert [v.key.rpartition("/")[2] for v in quiet if v.severity is None] == ["interface_in_utilization_ratio"]


def test_a_table_that_is_read_every_hour_keeps_its_durations_and_is_not_missing_in_between():
    one = judge(dataclasses.replace(FULL, for_seconds=7200))
    spoken, at = [], START
    for minute in range(60 * 6):
        at = START + 60 * minute
        if minute % 60 == 0:
            spoken += one.judge([poll(at, "storage", (VAR,), storage_used_ratio=[0.9])], at).verdicts
        else:
            one.judge([poll(at, "system", (ROOT,), processor_used_ratio=[0.1])], at)
        spoken += one.tick(at).verdicts
    assert [(v.at - START) / 3600 for v in spoken] == [2, 3, 4, 5]
    assert not any(v.unknown for v in spoken)


def test_limits_that_a_device_states_anew_replace_the_old_without_a_false_end():
    one = judge(dataclasses.replace(FULL, for_seconds=0))
    assert said(one, START, 0.9).severity is WARNING

    @dataclasses.dataclass(frozen=True)
    class Stated:
        component: Component = VAR
        metric: str = USED
        level: str = "warning_above"
        value: float = 0.85

    one.learn_limits(DeviceId("srv"), [Stated()])
    found = [said(one, START + 60 * n, 0.9) for n in range(1, 10)]
    assert {(v.severity, v.limit) for v in found} == {(WARNING, 0.85)}
    assert all(not v.unknown and v.severity for v in one.tick(START + 600).verdicts)


def test_polls_of_one_device_that_come_late_and_together_are_judged_in_their_order():
    one = judge(FULL)
    late = [poll(START + 60 * n, "storage", (VAR,), storage_used_ratio=[0.85]) for n in range(4)]
    verdicts = one.judge(late, START + 600).verdicts
    assert [v.severity for v in verdicts] == [WARNING, WARNING]


def test_a_raised_limit_whose_metric_is_missing_is_unknown_and_ends_when_the_part_is_gone():
    one = judge(dataclasses.replace(FULL, for_seconds=0))
    assert said(one, START, 0.9).severity is WARNING
    at, seen = START, []
    for _ in range(60 * 25):
        at += 60
        one.judge([poll(at, "storage", (ROOT,), storage_used_ratio=[0.1])], at)
        seen += [v for v in one.tick(at).verdicts if v.key == KEY]
    assert seen[0].unknown
    assert seen[0].at == START + 240
    ends = [v for v in seen if not v.unknown]
    assert [v.severity for v in ends] == [None]
    assert ends[0].summary.template == "{component} no longer reports {metric_msgid}"


def test_a_metric_that_must_not_be_missing_is_missed():
    one = judge(Threshold(USED, WARNING, above=0.9, absent_for=300))
    at, spoken = START, []
    for minute in range(20):
        at += 60
        there = minute < 3 or minute > 12
        columns = {"storage_used_ratio": [0.1 if there else None]}
        one.judge([poll(at, "storage", (VAR,), **columns)], at)
        spoken += [(minute, v.key, v.severity) for v in one.tick(at).verdicts]
    key = "missing/srv/storage:/var/storage_used_ratio"
    assert {(k, s) for _, k, s in spoken} == {(key, WARNING), (key, None)}
    assert (spoken[0][0], spoken[-1][0]) == (8, 13)


def test_components_that_come_and_go_keep_their_own_condition():
    one = judge(dataclasses.replace(FULL, for_seconds=0))
    assert said(one, START, 0.9).key == KEY
    both = one.judge([poll(START + 60, "storage", (ROOT, VAR), storage_used_ratio=[0.1, 0.9])], START + 60).verdicts
    assert [(v.key, v.severity) for v in both] == [(KEY, WARNING)]
    swapped = one.judge(
        [poll(START + 120, "storage", (VAR, ROOT), storage_used_ratio=[0.1, 0.1])], START + 120
    ).verdicts
    assert [(v.key, v.severity) for v in swapped] == [(KEY, None)]


def test_thresholds_of_the_settings_and_of_the_inventory_are_taken_over():
    settings_ = config.Config.model_validate(
        {
            "thresholds": [{"metric": USED, "above": 0.7, "clear": 0.6, "scope": {"roles": ["server"]}}],
            "reachability": {"confirmations": 4},
        }
    )
    found = policies_of(settings_)
    assert found.reachability.confirmations == 4
    mine = found.thresholds[-1]
    assert (mine.above, mine.clear, mine.reach) == (0.7, 0.6, Reach(roles=("server",)))
    own = config.Threshold.model_validate({"metric": USED, "above": 0.99, "for": 0})
    server = device("srv", role=Role.SERVER, thresholds={f"{USED}/warning/*": own})
    one = Judge(inventory([server]), found)
    assert said(one, START, 0.9) is None
    assert said(one, START + 60, 0.995).limit == 0.99


def test_thresholds_that_contradict_themselves_are_refused():
    with pytest.raises(ValueError, match="not both"):
        Threshold(USED, above=1, below=0)
    with pytest.raises(ValueError, match="beyond its limit"):
        Threshold(USED, above=0.8, clear=0.9)
    with pytest.raises(ValueError, match="negative"):
        Threshold(USED, above=0.8, for_seconds=-1)
