"""Forecasts as the daemon asks for them: of stored series, up to the limit that speaks of them."""

from __future__ import annotations

import numpy as np

from nms.model import Component, DeviceId, Severity
from nms.rules.forecast import Subject
from nms.rules.judge import Judge
from nms.rules.policies import Policies, Reach, Threshold
from nms.rules.prospects import PROSPECTS, question
from tests.rules.fleet import START, device, inventory

DAY = 86_400.0
VAR = Component("storage", "/var", "/var")
DISK = Subject(DeviceId("srv"), VAR, "storage_used_ratio")
KEY = "forecast/srv/storage:/var/storage_used_ratio"


def series(subject: Subject, first: float, per_day: float, days: int = 40):
    at = np.arange(days * 24) * 3600.0
    return subject, (START + at).tolist(), (first + per_day * at / DAY).tolist()


def test_a_disk_that_fills_is_warned_of_and_the_warning_ends_when_it_stops():
    judge = Judge(inventory([device("srv")]), Policies(thresholds=()))
    now = START + 40 * DAY
    (due,) = judge.foresee([series(DISK, 0.5, 0.01)], now).verdicts
    assert (due.key, due.severity) == (KEY, Severity.WARNING)
    assert 3 < due.summary.params["days"] < 7
    assert judge.foresee([series(DISK, 0.1, 0.001)], now).verdicts[0].severity is None
    assert judge.foresee([series(DISK, 0.1, 0.001)], now).verdicts == ()


def test_the_critical_limit_that_speaks_of_the_component_is_the_one_to_reach():
    critical = Threshold("storage_used_ratio", Severity.CRITICAL, above=0.99, reach=Reach(devices=("srv",)))
    asked = question(PROSPECTS["storage_used_ratio"], (Threshold("storage_used_ratio", above=0.5), critical))
    assert (asked.limit, asked.rising) == (0.99, True)
    assert question(PROSPECTS["storage_used_ratio"], ()).limit == 0.95


def test_what_has_no_limit_is_not_forecast():
    optic = Subject(DeviceId("srv"), Component("sensor", "rx"), "optical_power_dbm")
    judge = Judge(inventory([device("srv")]), Policies(thresholds=()))
    assert judge.foresee([series(optic, -10, -0.1)], START + 40 * DAY).verdicts == ()
    low = Threshold("optical_power_dbm", Severity.WARNING, below=-18.0)
    judge = Judge(inventory([device("srv")]), Policies(thresholds=(low,)))
    (due,) = judge.foresee([series(optic, -10, -0.1)], START + 40 * DAY).verdicts
    assert due.summary.params["days"] > 30


def test_a_metric_that_is_not_worth_a_forecast_is_left_alone():
    users = Subject(DeviceId("srv"), Component("device", ""), "users")
    judge = Judge(inventory([device("srv")]))
    assert judge.foresee([series(users, 0, 1)], START + 40 * DAY).verdicts == ()
