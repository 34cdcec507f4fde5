"""States that only sum up their device are symptoms of what it says more exactly."""

from nms.model import Component, DeviceId, Message, Severity, Verdict
from nms.rules.general import explained
from nms.rules.ledger import Ledger

PRINTER = DeviceId("prn")
STATUS, STATE, TONER = "state/prn/part:x/hrDeviceStatus", "state/prn/printer:x/toner", "threshold/prn/supply:k/level"
GENERAL = {STATUS, STATE}


def verdict(key: str, severity: Severity | None = Severity.CRITICAL) -> Verdict:
    return Verdict(key, "r", PRINTER, 1.0, severity, Message("x"), component=Component("c", "k"))


def causes(verdicts: list[Verdict], ledger: Ledger | None = None) -> dict[str, str | None]:
    return {one.key: one.because_of for one in explained(verdicts, GENERAL, ledger or Ledger())}


def test_an_empty_toner_is_one_condition_with_two_symptoms() -> None:
    said = [verdict(STATUS), verdict(STATE), verdict(TONER)]
    assert causes(said) == {STATUS: TONER, STATE: TONER, TONER: None}


def test_an_exact_condition_that_was_said_before_explains_too() -> None:
    ledger = Ledger({TONER: (PRINTER, Severity.CRITICAL)})
    assert causes([verdict(STATUS)], ledger) == {STATUS: TONER}


def test_an_exact_condition_that_ends_now_explains_nothing() -> None:
    ledger = Ledger({TONER: (PRINTER, Severity.CRITICAL)})
    assert causes([verdict(STATUS), verdict(TONER, None)], ledger) == {STATUS: None, TONER: None}


def test_without_anything_exact_the_worst_general_one_is_the_root() -> None:
    said = [verdict(STATUS, Severity.WARNING), verdict(STATE, Severity.CRITICAL)]
    assert causes(said) == {STATUS: STATE, STATE: None}


def test_conditions_of_other_devices_explain_nothing() -> None:
    other = Verdict("threshold/b/supply:k/level", "r", DeviceId("b"), 1.0, Severity.CRITICAL, Message("x"))
    assert causes([verdict(STATUS), other])[STATUS] is None
