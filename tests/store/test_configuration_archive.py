"""What a fetch comes to: first copies, changes with their author and ticket, unsaved texts, drift, failures."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from nms.access import MONITOR
from nms.collect.configuration.definitions import load_definitions
from nms.collect.configuration.fetching import Fetched
from nms.model import Device, DeviceId, Message, Role, Severity, TicketKind
from nms.store.configurations import book
from nms.store.configurations.archive import Archive
from nms.store.configurations.repository import ConfigurationRepository
from nms.store.records import Records
from nms.tickets.case import Draft
from nms.tickets.codes import Source
from nms.tickets.desk import TicketDesk
from nms.tickets.office import Office

DEFINITIONS = load_definitions(Path(__file__).parents[2] / "collectors")
TEXT = "version 15.2\nhostname sw\nenable secret 5 $1$aaaa$FirstSecret\ninterface Gi0/1\n description a\nend\n"
CHANGED = TEXT.replace("description a", "description b\n shutdown")
DAY = 86_400.0
Open = Callable[..., Archive]


@pytest.fixture
def records(tmp_path: Path) -> Iterator[Records]:
    found = Records.open(tmp_path / "records.db")
    yield found
    found.close()


@pytest.fixture
def open_archive(tmp_path: Path, records: Records) -> Iterator[Open]:
    repository = ConfigurationRepository(tmp_path / "configurations")

    def opened(*, keeps_secrets: bool = False) -> Archive:
        return Archive(records, repository, DEFINITIONS, b"a key of the tests", keeps_secrets)

    yield opened
    repository.close()


def fetched(running: str, startup: str | None = None, **more: str) -> Fetched:
    return Fetched("cisco_ios", running, running if startup is None else startup, **more)


def versions(archive: Archive) -> list[book.ConfigurationVersion]:
    with archive.records.read() as connection:
        return book.versions(connection, "sw")


def test_a_first_copy_is_no_change(open_archive: Open) -> None:
    archive = open_archive()
    taken = archive.take("sw", fetched(TEXT, changed_by="ana", changed_at="Monday"), 1000.0, reason="night")
    assert taken.version is not None
    assert taken.state.changed_at is None
    assert (taken.state.secrets, taken.state.device_says) == (1, "Monday · ana")
    assert taken.state.unsaved_since is None


def test_the_same_again_is_noted_and_not_kept_twice(open_archive: Open) -> None:
    archive = open_archive()
    head = archive.take("sw", fetched(TEXT), 1000.0, reason="night") and archive.repository.head()
    taken = archive.take("sw", fetched(TEXT), 2000.0, reason="night")
    assert taken.version is None
    assert taken.state.succeeded_at == 2000.0
    assert archive.repository.head() == head
    assert len(versions(archive)) == 1


def test_a_change_is_told_with_who_and_how_much(open_archive: Open) -> None:
    archive = open_archive()
    archive.take("sw", fetched(TEXT), 1000.0, reason="night")
    taken = archive.take("sw", fetched(CHANGED, changed_by="ana"), 2000.0, reason="a change was noticed")
    assert taken.version is not None
    assert (taken.version.author, taken.version.added, taken.version.removed) == ("ana", 2, 1)
    assert (taken.state.changed_at, taken.state.changed_by, taken.state.changed_ticket) == (2000.0, "ana", "")
    noticed = archive.take("sw", fetched(TEXT), 3000.0, reason="a change was noticed", noticed_by="beto")
    assert noticed.state.changed_by == "beto"


def test_no_secret_is_kept_and_a_changed_one_is_a_change(open_archive: Open, tmp_path: Path) -> None:
    archive = open_archive()
    archive.take("sw", fetched(TEXT), 1000.0, reason="night")
    taken = archive.take("sw", fetched(TEXT.replace("FirstSecret", "OtherSecret")), 2000.0, reason="night")
    assert taken.version is not None
    assert (taken.version.added, taken.version.removed) == (1, 1)
    for one in versions(archive):
        assert "Secret" not in archive.repository.text(one.text)


def test_secrets_are_kept_where_that_is_wanted_and_still_never_shown(open_archive: Open) -> None:
    open_archive().take("sw", fetched(TEXT), 1000.0, reason="night")
    archive = open_archive(keeps_secrets=True)
    taken = archive.take("sw", fetched(TEXT), 2000.0, reason="night")
    assert taken.version is None
    assert taken.state.changed_at is None
    assert archive.repository.text(taken.state.running) == TEXT
    assert "FirstSecret" not in archive.running(taken.state)
    assert "<secret:" in archive.running(taken.state)


def test_a_rule_that_is_added_later_is_no_change_and_hides_what_was_kept(open_archive: Open) -> None:
    archive = open_archive()
    text = TEXT + "vault word opensesame\n"
    before = archive.take("sw", fetched(text), 1000.0, reason="night").state
    kind = DEFINITIONS.kinds["cisco_ios"]
    place = kind.secrets[0].model_copy(update={"pattern": r"vault word (?P<secret>\S+)"})
    stricter = replace(DEFINITIONS, kinds={"cisco_ios": replace(kind, secrets=(*kind.secrets, place))})
    later = replace(archive, definitions=stricter)
    assert "opensesame" not in later.running(before)
    taken = later.take("sw", fetched(text), 2000.0, reason="night")
    assert taken.version is None
    assert taken.state.changed_at is None
    assert "opensesame" not in archive.repository.text(taken.state.running)


def test_an_unsaved_text_is_remembered_since_it_was_first_seen(open_archive: Open) -> None:
    archive = open_archive()
    archive.take("sw", fetched(TEXT), 1000.0, reason="night")
    assert archive.take("sw", fetched(CHANGED, TEXT), 2000.0, reason="night").state.unsaved_since == 2000.0
    assert archive.take("sw", fetched(CHANGED, TEXT), 3000.0, reason="night").state.unsaved_since == 2000.0
    nobody_knows = Fetched("cisco_ios", CHANGED, None, problem="the startup text was refused")
    assert archive.take("sw", nobody_knows, 3500.0, reason="night").state.unsaved_since == 2000.0
    assert archive.take("sw", fetched(CHANGED), 4000.0, reason="night").state.unsaved_since is None


def test_a_failure_leaves_the_copy_and_says_since_when(open_archive: Open) -> None:
    archive = open_archive()
    archive.take("sw", fetched(TEXT), 1000.0, reason="night")
    archive.failed("sw", "cisco_ios", "no answer", 2000.0)
    state = archive.failed("sw", "cisco_ios", "no \x1b[31manswer", 3000.0)
    assert (state.failing_since, state.attempted_at, state.succeeded_at) == (2000.0, 3000.0, 1000.0)
    assert "\x1b" not in state.problem
    assert "hostname sw" in archive.running(state)
    assert archive.take("sw", fetched(TEXT), 4000.0, reason="night").state.failing_since is None


def test_drift_is_counted_from_the_accepted_baseline(open_archive: Open) -> None:
    archive = open_archive()
    with pytest.raises(LookupError):
        archive.accept("sw", "ana", 500.0, "")
    archive.take("sw", fetched(TEXT), 1000.0, reason="night")
    assert archive.accept("sw", "ana", 1500.0, "norma 2026").drift == 0
    taken = archive.take("sw", fetched(CHANGED), 2000.0, reason="night")
    assert taken.state.drift == 3
    assert archive.accept("sw", "beto", 2500.0, "autorizado").drift == 0
    kinds = [one.kind for one in versions(archive)]
    assert kinds == ["baseline", "running", "baseline", "running"]
    assert archive.take("sw", fetched(TEXT), 3000.0, reason="night").state.drift == 3


def test_a_change_made_while_a_ticket_is_open_names_it(open_archive: Open, records: Records) -> None:
    archive = open_archive()
    archive.take("sw", fetched(TEXT), 1000.0, reason="night")
    device = Device(DeviceId("sw"), "sw", Role.SWITCH, "192.0.2.1", "s", "d")
    desk = TicketDesk(Office({}, {device.id: device}, {}))
    draft = Draft(TicketKind.PREVENTIVE, Message("work"), Source.HAND, device=device.id, severity=Severity.INFO)
    with records.begin() as connection:
        folio = desk.open(connection, MONITOR, draft, 1500.0).folio
    assert archive.take("sw", fetched(CHANGED), 2000.0, reason="night").state.changed_ticket == folio
    with records.begin() as connection:
        desk.resolve(connection, MONITOR, folio, 2500.0, cause="configuration", solution="reconfigured", text="done")
    between = archive.take("sw", fetched(TEXT), 3000.0, reason="night")
    assert between.state.changed_ticket == folio
    assert archive.take("sw", fetched(CHANGED), 4000.0, reason="night").state.changed_ticket == ""


def test_what_left_the_inventory_is_found_in_nothing_and_its_texts_stay(open_archive: Open, records: Records) -> None:
    archive = open_archive()
    archive.take("sw", fetched(TEXT), 1000.0, reason="night")
    with records.begin() as connection:
        assert book.forget_departed(connection, {}) == 1
    assert archive.states() == {}
    assert len(versions(archive)) == 1
