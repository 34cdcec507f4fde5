"""A lost voice line is one alert, however many of its parts tell of it."""

from nms.model import DEVICE_ITSELF, Component, DeviceId, Message, Severity, Verdict
from nms.rules.ledger import Ledger
from nms.rules.voice_lines import explained_by_lines

GATEWAY = DeviceId("gw")
LINE = "state/gw/trunk:span1/dsx1LineStatus"


def verdict(key: str, part: Component = DEVICE_ITSELF, severity: Severity | None = Severity.CRITICAL) -> Verdict:
    return Verdict(key, "r", GATEWAY, 1.0, severity, Message("x"), component=part)


def span(number: int) -> Verdict:
    part = Component("trunk", f"PRI {number}/Primary")
    return verdict(f"state/gw/trunk:{part.key}/span", part)


def line(severity: Severity | None = Severity.CRITICAL) -> Verdict:
    return verdict(LINE, Component("trunk", "span1"), severity)


def causes(verdicts: list[Verdict], ledger: Ledger | None = None) -> list[str | None]:
    return [one.because_of for one in explained_by_lines(verdicts, ledger or Ledger())]


def test_the_d_channel_and_the_interface_of_a_lost_line_are_its_symptoms() -> None:
    assert causes([line(), span(1), verdict("link-down/gw:span1")]) == [None, LINE, LINE]


def test_a_line_that_was_lost_before_explains_too_and_one_that_is_back_does_not() -> None:
    ledger = Ledger({LINE: (GATEWAY, Severity.CRITICAL)})
    assert causes([span(1)], ledger) == [LINE]
    assert causes([span(1), line(None)], ledger) == [None, None]


def test_other_lines_and_interfaces_speak_for_themselves() -> None:
    assert causes([line(), span(2), verdict("link-down/gw:Gi0/1")]) == [None, None, None]
    assert causes([span(1)]) == [None]
