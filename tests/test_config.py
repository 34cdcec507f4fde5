"""The settings file: defaults, mistakes with their lines and remedies, secrets that never show."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nms.config import Config, Secret, SecretUnavailable, load_config, read_config, secrets_of
from nms.config.documentation import settings_table
from nms.config.quantities import SECONDS, bits_per_second, duration_seconds, size_bytes
from nms.documents import DocumentError, Problem
from nms.i18n import render

ROOT = Path(__file__).parent.parent


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "config.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def mistakes(tmp_path: Path, text: str) -> list[tuple[int, str, str]]:
    """Line, sentence and hint of each mistake, in English."""
    with pytest.raises(DocumentError) as caught:
        load_config(written(tmp_path, text))
    return [told(problem) for problem in caught.value.problems]


def told(problem: Problem) -> tuple[int, str, str]:
    return problem.line, render(problem.message, "en"), render(problem.hint, "en") if problem.hint else ""


def test_an_empty_file_is_a_valid_one(tmp_path: Path) -> None:
    config = load_config(written(tmp_path, ""))
    assert config.polling.snmp == Config().polling.snmp
    assert set(config.office.calendars) == {"office", "always"}
    assert config.store.retention.raw == 35 * 86_400


def test_the_sample_settings_are_right_and_name_every_section() -> None:
    config = load_config(ROOT / "config.yaml")
    assert config.office.municipality == "Municipio de Ejemplo"
    text = (ROOT / "config.yaml").read_text(encoding="utf-8")
    for section in Config.model_fields:
        assert f"\n{section}:" in text, section


def test_the_sample_settings_say_the_defaults_where_they_do_not_choose() -> None:
    sample, plain = load_config(ROOT / "config.yaml"), load_config(ROOT / "config.yaml").model_copy()
    for section in (
        "store",
        "reachability",
        "tickets",
        "metrics",
        "fault_reports",
        "watchdog",
        "presence",
        "baselines",
    ):
        assert getattr(sample, section) == getattr(Config(), section), section
    assert plain.polling.snmp == Config().polling.snmp


def test_sections_and_keys_with_nothing_behind_them_count_as_not_written(tmp_path: Path) -> None:
    config = load_config(written(tmp_path, "polling:\ncredentials:\nnotify:\n  quiet:\n    # hours: 1\n"))
    assert config.polling.snmp == Config().polling.snmp
    assert config.credentials == {}


def test_paths_start_at_the_directory_of_the_file(tmp_path: Path) -> None:
    config = load_config(written(tmp_path, "data_dir: var\npaths: {inventories: /srv/inv}\n"))
    assert config.data_dir == tmp_path / "var"
    assert config.paths.inventories == Path("/srv/inv")
    assert config.paths.collectors == tmp_path / "collectors"
    assert config.api.socket == tmp_path / "var" / "api.sock"
    assert config.polling.ssh.known_hosts == tmp_path / "var" / "known_hosts"
    assert config.notify.rota == tmp_path / "inventories" / "rota.yaml"


KINDS = "'snmp-community', 'snmp-user', 'ssh', 'http', 'ami', 'nut', 'ipmi', 'mail', 'ldap', 'sql'"

MISTAKES = [
    ("pollin: {}", 1, "“pollin” is not a known key", "did you mean “polling”?"),
    ("polling:\n  intervall: 5s", 2, "“intervall” is not a known key", "did you mean “interval”?"),
    (
        "polling:\n  interval: soon",
        2,
        "“interval” must be a duration, not soon",
        "write a number with its unit: 30s, 5m, 1h30m, 35d, 1y",
    ),
    (
        "polling:\n  interval: 0s",
        2,
        "“interval” must be longer than nothing",
        "write a number with its unit: 30s, 5m, 1h30m, 35d, 1y",
    ),
    ("polling:\n  snmp:\n    retries: 99", 3, "“retries” is 99: it must be at most 10", ""),
    (
        "office:\n  timezone: America/Mexico",
        2,
        "“timezone”: there is no time zone America/Mexico",
        "write an IANA name such as America/Mexico_City",
    ),
    ("office:\n  language: es_MX", 2, "“language” cannot be 'es_MX': it must be one of 'es' or 'en'", ""),
    (
        "office:\n  calendars:\n    x:\n      weekly: {mondy: '08:00-16:00'}",
        3,
        "“mondy” is not a day of the week",
        "write one of monday, tuesday, wednesday, thursday, friday, saturday, sunday",
    ),
    (
        "office:\n  calendars:\n    x:\n      weekly:\n        monday: 8-16",
        5,
        "“monday”: 8-16 are not hours of a day",
        "write them as 08:00-16:00; 22:00-06:00 ends the next day, 00:00-24:00 is the whole day",
    ),
    (
        "office:\n  holidays:\n    yearly:\n      02-30: Día que no existe",
        4,
        "“02-30”: 2024-02-30 is not a date",
        "write it as 2026-12-24",
    ),
    (
        "credentials:\n  a:\n    kind: snmp-comunity\n    community: env:C",
        3,
        f"“kind” cannot be 'snmp-comunity': it must be one of {KINDS}",
        "did you mean “snmp-community”?",
    ),
    ("credentials:\n  a:\n    community: env:C", 2, "“kind” is missing", ""),
    (
        "credentials:\n  a: {kind: snmp-user, user: m, auth_key: env:A}",
        2,
        "“auth_key” needs “auth_protocol” beside it",
        "",
    ),
    ("credentials:\n  a: {kind: ssh, user: m}", 2, "an SSH credential needs a “password” or a “key_file”", ""),
    ("thresholds:\n  - metric: storage_used", 2, "“metric”: there is no metric “storage_used”",
     "did you mean “storage_used_ratio”?"),
    ("thresholds:\n  - metric: storage_used_ratio", 2,
     "a threshold on “storage_used_ratio” needs either “above” or “below”", ""),
    ("thresholds:\n  - {metric: storage_used_ratio, above: 85}", 2, "“storage_used_ratio” is a ratio from 0 to 1",
     "write 90% or 0.9 for ninety per cent"),
    ("thresholds:\n  - {metric: storage_used_ratio, above: 85%, clear: 90%}", 2,
     "“clear” must not be above the limit", "write a value at which the trouble is over"),
    ("notify:\n  routing:\n    - calendar: ofice", 3, "there is no calendar “ofice” under office.calendars",
     "did you mean “office”?"),
    ("notify:\n  routing:\n    - to: [on-call]\n      channels:\n        - sms", 5,
     "there is no channel “sms” under notify.channels", ""),
    ("notify:\n  escalation:\n    - after: 5m", 3, "this step tells nobody", "add “to” or “channels”"),
    ("maintenance:\n  - {name: x, start: 2026-01-04 02:00}", 2,
     "the maintenance window “x” has no end after its start",
     "write its end after its start, or “rule” and “duration”"),
    ("maintenance:\n  - {name: x, start: tomorrow, end: 2026-01-04 02:00}", 2,
     "“start”: tomorrow is not a date and time", "write it as 2026-12-05 22:00, on the office clock"),
    ("maintenance:\n  - {name: x, start: 2026-01-04 02:00, rule: MONTHLY, duration: 2h}", 2,
     "“MONTHLY” is not a recurrence rule", "write for example FREQ=MONTHLY;BYDAY=1SU"),
    ("store:\n  retention: {raw: 2y}", 2, "coarser samples must be kept at least as long as finer ones",
     "raw must not be longer than five_minutes, nor that longer than hours"),
    ("store:\n  size_budget: 20 apples", 2, "“size_budget” must be a size, not 20 apples",
     "write it as 500MB, 20GB or 20GiB"),
    ("api:\n  port: 70000", 2, "“port” is 70000: it must be at most 65535", ""),
    ("api:\n  trusted_proxies: [10.0.0.300]", 2, "“trusted_proxies”: 10.0.0.300 is not a network",
     "write it as 10.0.0.5 or 10.0.0.0/24"),
    ("api:\n  tls: {key: k.pem}", 2, "“certificate” and “key” belong together: write both or neither", ""),
    ("tickets:\n  service_levels:\n    1: {respond: 5m, resolve: 1h, calendar: allways}", 3,
     "there is no calendar “allways” under office.calendars", "did you mean “always”?"),
    ("- a\n- b", 1, "“document” must be a block of keys and values, not ['a', 'b']", ""),
]  # fmt: skip


@pytest.mark.parametrize(("text", "line", "sentence", "hint"), MISTAKES, ids=[case[2][:50] for case in MISTAKES])
def test_a_mistake_is_told_with_its_line_and_what_would_be_right(
    tmp_path: Path, text: str, line: int, sentence: str, hint: str
) -> None:
    assert mistakes(tmp_path, text) == [(line, sentence, hint)]


def test_every_mistake_is_told_in_one_run(tmp_path: Path) -> None:
    text = "pollin: {}\napi:\n  port: 0\n  prot: 1\nstore: {kind: rrd}\nnotify:\n  routing: [{calendar: ofice}]\n"
    assert [line for line, _, _ in mistakes(tmp_path, text)] == [1, 3, 4, 5, 7]


def test_what_is_right_of_a_wrong_file_can_still_be_used(tmp_path: Path) -> None:
    path = written(tmp_path, "polling: {interval: x}\noffice: {municipality: Aquí}\nmaill: {}\n")
    draft = read_config(path)
    config, problems = draft.config, draft.problems
    assert draft.broken == {"polling"}
    assert config.office.municipality == "Aquí"
    assert config.polling == Config().polling.model_copy(update={"ssh": config.polling.ssh})
    assert [problem.line for problem in problems] == [1, 3]


@pytest.mark.parametrize(
    "block",
    [
        "{kind: snmp-community, community: hunter2}",
        "{kind: snmp-community, comunity: hunter2}",
        "{kind: ssh, user: u, password: hunter2}",
        "{kind: ssh, user: {hunter2: 1}, password: env:X}",
        "{kind: http, token: [hunter2]}",
        "{kind: http, password: 'hunter2', user: u, token: hunter2}",
        "{password: hunter2}",
        "hunter2",
        "[hunter2]",
    ],
)
def test_a_literal_secret_is_refused_and_never_repeated(tmp_path: Path, block: str) -> None:
    with pytest.raises(DocumentError) as caught:
        load_config(written(tmp_path, f"credentials:\n  a: {block}\n"))
    assert all(problem.line == 2 for problem in caught.value.problems)
    if "{hunter2" not in block:
        assert "hunter2" not in repr(caught.value.problems)


def test_a_refused_secret_says_where_secrets_go(tmp_path: Path) -> None:
    text = "credentials:\n  a:\n    kind: snmp-community\n    community: public\n"
    assert mistakes(tmp_path, text) == [
        (
            4,
            "“community” holds a secret itself: secrets are not written in the configuration",
            "name where it is kept: env:NAME (an environment variable) or file:/path/of/a/file",
        )
    ]


def test_a_secret_is_read_when_used_and_hidden_otherwise(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "key").write_text("s3cret\n")
    text = (
        "credentials:\n  a: {kind: snmp-community, community: file:key}\n  b: {kind: ssh, user: u, password: env:P_W}\n"
    )
    config = load_config(written(tmp_path, text))
    monkeypatch.setenv("P_W", "hush")
    revealed = {place: secret.reveal() for place, secret in secrets_of(config)}
    assert revealed == {"credentials.a.community": "s3cret", "credentials.b.password": "hush"}
    assert "s3cret" not in repr(config) + str(config.model_dump()) + config.model_dump_json()
    (tmp_path / "key").write_text("rotated\n")
    assert next(secret for _, secret in secrets_of(config)).reveal() == "rotated"


@pytest.mark.parametrize(
    ("reference", "sentence"),
    [
        ("env:NMS_NOT_SET_ANYWHERE", "the environment variable NMS_NOT_SET_ANYWHERE is not set: set it to the secret"),
        ("file:/nowhere/key", "the secret file /nowhere/key cannot be read: No such file or directory"),
        ("file:/dev/null", "the secret file /dev/null is empty"),
        ("file:/", "the secret file / cannot be read: Is a directory"),
    ],
)
def test_a_secret_that_cannot_be_read_says_which_and_why(reference: str, sentence: str) -> None:
    with pytest.raises(SecretUnavailable) as caught:
        Secret(reference).reveal()
    assert render(caught.value.message, "en") == sentence


@given(st.lists(st.tuples(st.integers(0, 999), st.sampled_from(sorted(SECONDS))), min_size=1, max_size=4))
def test_a_duration_is_the_sum_of_its_parts(parts: list[tuple[int, str]]) -> None:
    text = " ".join(f"{number}{unit}" for number, unit in parts)
    expected = sum(number * SECONDS[unit] for number, unit in parts)
    assert duration_seconds(text) == pytest.approx(expected)
    assert duration_seconds(text.replace(" ", "")) == pytest.approx(expected)


def test_sizes_and_rates_are_decimal_unless_they_say_otherwise() -> None:
    assert [size_bytes(text) for text in ("500MB", "20GiB", "1.5 TB", "7B")] == [
        500_000_000,
        20 * 2**30,
        15 * 10**11,
        7,
    ]
    assert [bits_per_second(text) for text in ("100Mbps", "1 Gbps", "64kbps")] == [1e8, 1e9, 64e3]


@pytest.mark.parametrize("value", ["", "5", "5 minutes", "m5", "-5m", "1h-2m", True, None, float("nan"), -1, [1]])
def test_what_is_no_duration_is_refused(value: object) -> None:
    with pytest.raises(Exception, match="a mistake"):
        duration_seconds(value)


def test_a_named_day_is_stronger_than_its_group() -> None:
    calendar = load_config(ROOT / "config.yaml").office.calendars["field"]
    assert calendar.weekly_hours() == (("06:00-20:00",),) * 5 + (("06:00-14:00",), ())


def test_every_setting_has_a_description() -> None:
    missing = [row.key for row in settings_table() if not row.text]
    assert missing == []
