"""Which telephone sets are missed, and where, when there is more than one exchange."""

from collections.abc import Sequence

from nms.collect.telephony.desk import FRESH_SECONDS, SETTLE_SECONDS, Desk
from nms.i18n import in_english
from nms.model import Device, DeviceId, Role, Severity, StateReading

MAIN, SPARE = DeviceId("main"), DeviceId("spare")
LATE = SETTLE_SECONDS + 1


def desk(number: int = 5) -> Desk:
    return Desk.of(
        Device(DeviceId(f"tel-{one}"), f"tel-{one}", Role.PHONE, f"10.1.0.{one}", "s", "d") for one in range(number)
    )


def sets(*numbers: int) -> list[str]:
    return [f"10.1.0.{number}" for number in numbers]


def told(found: Sequence[StateReading]) -> tuple[str, Severity | None]:
    (state,) = found
    return in_english(state.text).removesuffix(" of the inventory"), state.severity


def test_sets_that_are_registered_at_two_exchanges_are_missed_at_neither() -> None:
    one = desk()
    one.compare(MAIN, sets(0, 1, 2), 0.0)
    one.compare(SPARE, [*sets(3, 4), "192.0.2.77"], 10.0)
    assert told(one.compare(MAIN, sets(0, 1, 2), LATE)) == ("3 of 3 telephones", None)
    assert told(one.compare(SPARE, sets(3, 4), LATE)) == ("2 of 2 telephones", None)


def test_a_set_that_moves_to_another_exchange_belongs_there() -> None:
    one = desk(2)
    one.compare(MAIN, sets(0, 1), 0.0)
    one.compare(SPARE, sets(1), 10.0)
    assert told(one.compare(MAIN, sets(0), LATE)) == ("1 of 1 telephones", None)
    one.compare(SPARE, [], LATE)
    found = one.compare(SPARE, [], 2 * LATE)
    assert found[0].about == (DeviceId("tel-1"),)


def test_a_set_that_starts_again_is_told_and_no_alarm_until_it_stays_away() -> None:
    one = desk(3)
    one.compare(MAIN, sets(0, 1, 2), 0.0)
    assert one.compare(MAIN, sets(0, 1), 60.0)[0].severity is None
    assert one.compare(MAIN, sets(0, 1, 2), 120.0)[0].severity is None
    assert one.compare(MAIN, sets(0, 1), 200.0)[0].severity is None, "it was back in between"
    assert one.compare(MAIN, sets(0, 1), 200.0 + SETTLE_SECONDS)[0].severity is Severity.WARNING


def test_an_exchange_that_loses_all_its_sets_says_so() -> None:
    one = desk(3)
    one.compare(MAIN, sets(0, 1, 2), 0.0)
    one.compare(MAIN, [], 10.0)
    found = one.compare(MAIN, [], 10.0 + SETTLE_SECONDS)
    assert (found[0].value, found[0].severity) == (0, Severity.CRITICAL)


def test_what_an_exchange_told_long_ago_excuses_nobody() -> None:
    one = desk(2)
    one.compare(SPARE, sets(1), 0.0)
    one.compare(MAIN, sets(0, 1), 10.0)
    one.compare(MAIN, sets(0), 20.0)
    assert one.compare(MAIN, sets(0), 20.0 + SETTLE_SECONDS)[0].severity is None, "it is at the other one"
    at = 20.0 + FRESH_SECONDS
    one.compare(MAIN, sets(0), at)
    assert one.compare(MAIN, sets(0), at + SETTLE_SECONDS)[0].severity is Severity.WARNING


def test_nothing_is_said_of_an_exchange_where_no_set_of_the_inventory_ever_was() -> None:
    assert desk().compare(MAIN, ["192.0.2.1"], 0.0) == ()
    assert Desk().compare(MAIN, sets(0), 0.0) == ()
