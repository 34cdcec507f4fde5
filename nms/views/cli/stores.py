"""`nms backup`, `nms restore`, `nms doctor`, `nms export`: what the monitor keeps, in other hands and after trouble.

A backup is a folder: `samples.db`, `records.db` and what it was made from. It is made while the daemon works.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nms import __version__
from nms.i18n import gettext as _
from nms.i18n import render
from nms.views.cli.common import Json, WrongUse, say, session, show

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from nms.config import Config
    from nms.model import Message

PATIENCE_SECONDS = 900.0
"""How long another ticket system may lag before it is a finding."""

SAMPLES, RECORDS, ABOUT = "samples.db", "records.db", "backup.json"


def register(app: typer.Typer) -> None:
    for command in (backup, restore, doctor, export):
        app.command()(command)


@contextmanager
def _told() -> Iterator[None]:
    """What a store refuses, as a sentence. (Their modules are slow to load: only who uses them waits.)"""
    from nms.store.configurations.repository import ConfigurationsError
    from nms.store.samples import SamplesError

    try:
        yield
    except (ConfigurationsError, SamplesError) as error:
        raise WrongUse(str(error)) from None


def _records_of(config: Config) -> str | Path:
    return config.records.url.reveal() if config.records.url else config.data_dir / RECORDS


def backup(
    context: typer.Context, directory: Annotated[Path, typer.Argument(help="A new folder for the copy.")]
) -> int:
    """Copies all that is kept, while the monitor works; each copy is checked before it counts."""
    from nms.store.configurations import copies
    from nms.store.records import Records
    from nms.store.samples import EmbeddedSamples

    config = session(context).config()
    if directory.exists() and any(directory.iterdir()):
        raise WrongUse(_("{directory} is not empty: name a new folder").format(directory=directory))
    directory.mkdir(parents=True, exist_ok=True)
    if config.store.kind == "embedded":
        with _told(), closing(EmbeddedSamples(config.data_dir / SAMPLES, read_only=True)) as samples:
            samples.backup(directory / SAMPLES)
    else:
        say(_("the samples are in {url}, which has backups of its own").format(url=config.store.influx.url))
    try:
        with closing(Records.open(_records_of(config))) as records:
            records.backup(directory / RECORDS)
    finally:
        _copy_attachments(config.data_dir, directory)
    with _told():
        copies.backup(config.data_dir, directory)
    about = {"made_at": time.time(), "version": __version__, "municipality": config.office.municipality}
    (directory / ABOUT).write_text(json.dumps(about, ensure_ascii=False) + "\n", encoding="utf-8")
    say(_("the copy is complete: {directory}").format(directory=directory))
    return 0


def restore(
    context: typer.Context, directory: Annotated[Path, typer.Argument(help="A folder that “nms backup” made.")]
) -> int:
    """Puts a backup in the place of what is kept. The daemon must be stopped; the old files are put aside."""
    from nms.store.configurations import copies
    from nms.store.samples.backup import restore as restore_samples

    config = session(context).config()
    wanted = [RECORDS, SAMPLES] if config.store.kind == "embedded" else [RECORDS]
    if not all((directory / name).is_file() for name in wanted):
        raise WrongUse(_("{directory} is not a backup: “nms backup” makes one").format(directory=directory))
    if config.records.url is not None:
        raise WrongUse(_("the records are in PostgreSQL: restore them with pg_restore"))
    config.data_dir.mkdir(parents=True, exist_ok=True)
    aside: list[Path | None] = []
    if (directory / SAMPLES).is_file():
        with _told():
            aside.append(restore_samples(directory / SAMPLES, config.data_dir / SAMPLES))
    aside.append(_restore_records(directory / RECORDS, config.data_dir / RECORDS))
    _copy_attachments(directory, config.data_dir)
    with _told():
        aside.append(copies.restore(directory, config.data_dir))
    for path in filter(None, aside):
        say(_("what was there before is now {path}").format(path=path))
    say(_("restored; start the monitor again"))
    return 0


def _copy_attachments(source: Path, target: Path) -> None:
    from nms.tickets.attachments import ATTACHMENTS, copied

    try:
        copied(source / ATTACHMENTS, target / ATTACHMENTS)
    except OSError as error:
        said = _("the files of the tickets cannot be copied to {path}: {reason}")
        raise WrongUse(said.format(path=target / ATTACHMENTS, reason=error.strerror)) from None


def _restore_records(copy: Path, target: Path) -> Path | None:
    import shutil

    from nms.store.records import Records

    half = target.with_name(target.name + ".part")
    shutil.copyfile(copy, half)
    Records.open(half).close()
    aside = None
    if target.exists():
        aside = target.with_name(f"{target.name}.before-restore-{int(time.time())}")
        target.rename(aside)
    for suffix in ("-wal", "-shm"):
        target.with_name(target.name + suffix).unlink(missing_ok=True)
        half.with_name(half.name + suffix).unlink(missing_ok=True)
    half.replace(target)
    return aside


def doctor(context: typer.Context, as_json: Json = False) -> int:
    """Reads everything that is kept and looks for damage. Exit code 1 when something is wrong."""
    config = session(context).config()
    findings = [*_unreadable_secrets(config), *_doubtful_samples(config), *_doubtful_records(config)]
    findings += _damaged_configurations(config)
    return show({"findings": findings}, _tell_findings, as_json=as_json, problem=bool(findings))


def _tell_findings(report: dict[str, list[str]]) -> None:
    for finding in report["findings"]:
        say(f"! {finding}")
    if not report["findings"]:
        say(_("everything that is kept is sound"))


def _unreadable_secrets(config: Config) -> list[str]:
    from nms.config import SecretUnavailable, secrets_of

    found = []
    used = _credentials_in_use(config)
    for place, secret in secrets_of(config):
        section, _dot, rest = place.partition(".")
        if section == "credentials" and rest.partition(".")[0] not in used:
            continue
        try:
            secret.reveal()
        except SecretUnavailable as error:
            found.append(f"{place}: {render(error.message)}")
    return found


def _credentials_in_use(config: Config) -> set[str]:
    """Of those that no device uses nobody misses the secret."""
    from nms.inventory import load_inventory

    devices = load_inventory(config.paths.inventories, config).devices.values() if _has_inventory(config) else ()
    elsewhere = {getattr(one, "credential", "") for one in config.tickets.elsewhere.values() if one.enabled}
    return elsewhere | {endpoint.credential or "" for device in devices for endpoint in device.endpoints}


def _has_inventory(config: Config) -> bool:
    return config.paths.inventories.is_dir()


def _doubtful_samples(config: Config) -> list[str]:
    """Damage in the file, a size budget that will bite; with a server, what waits for it and what it refused."""
    from nms.store.samples import EmbeddedSamples, Retention, SamplesError

    path, kept = config.data_dir / SAMPLES, config.store.retention
    if config.store.kind != "embedded":
        return _batches_left(config)
    if not path.exists():
        return []
    retention = Retention.of(kept.raw, kept.five_minutes, kept.hours, int(config.store.size_budget))
    try:
        with closing(EmbeddedSamples(path, read_only=True, retention=retention)) as store:
            coming = store.forecast(time.time()).warning
            found = [f"{damage.where}: {damage.what}" for damage in store.check()]
            return [*found, render(coming)] if coming is not None else found
    except SamplesError as error:
        return [str(error)]


def _batches_left(config: Config) -> list[str]:
    """Looks at the folder only: the daemon may be sending from it."""
    from nms.store.samples.spool import REFUSED, WAITING

    spool, late = config.data_dir / "spool", time.time() - PATIENCE_SECONDS
    waiting = sum(_changed_at(path) < late for path in spool.glob(f"*{WAITING}"))
    refused = sum(1 for _path in spool.glob(f"*{REFUSED}"))
    found = []
    if waiting:
        text = _("{count} batches of samples wait for {url} for more than {minutes} minutes")
        found.append(text.format(count=waiting, url=config.store.influx.url, minutes=round(PATIENCE_SECONDS / 60)))
    if refused:
        text = _("{url} refused {count} batches of samples for good; they are in {folder}")
        found.append(text.format(count=refused, url=config.store.influx.url, folder=spool))
    return found


def _changed_at(path: Path) -> float:
    """When a batch was written; one that was sent meanwhile waits no more."""
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return time.time()


def _damaged_configurations(config: Config) -> list[str]:
    from nms.store.configurations import copies

    damage = copies.check(config.data_dir)
    return [damage] if damage else []


def _doubtful_records(config: Config) -> list[str]:
    from nms.store.audit import AuditLog
    from nms.store.errors import RecordsError
    from nms.store.records import Records
    from nms.tickets.attachments import ATTACHMENTS, AttachmentStore, doubtful

    where = _records_of(config)
    if isinstance(where, Path) and not where.exists():
        return []
    try:
        with closing(Records.open(where)) as records, records.read() as connection:
            found = [finding.message for finding in AuditLog().verify(connection).findings]
            found += _waiting_elsewhere(config, connection)
            found += doubtful(connection, AttachmentStore(config.data_dir / ATTACHMENTS))
    except RecordsError as error:
        return [str(error)]
    return [render(message) for message in found]


def _waiting_elsewhere(config: Config, connection: Connection) -> list[Message]:
    """Systems elsewhere that have not heard of changes for a while."""
    from nms.model import Message
    from nms.tickets.sync import lag

    found = []
    for name, system in config.tickets.elsewhere.items():
        behind = lag(connection, name) if system.enabled else None
        if behind is None or time.time() - behind.since < PATIENCE_SECONDS + 2 * system.every:
            continue
        minutes = int((time.time() - behind.since) // 60)
        params: dict[str, str | int] = {
            "system": name,
            "count": behind.tickets,
            "minutes": minutes,
            "reason": behind.error or "-",
        }
        text = "“{system}” has not heard of {count} tickets for {minutes} minutes: {reason}"
        found.append(Message(text, params))
    return found


def export(
    context: typer.Context,
    device: Annotated[str, typer.Argument(help="A device of the inventory.")],
    metric: Annotated[str, typer.Option(help="Only this metric.")] = "",
    start: Annotated[str, typer.Option("--from", help="As 2026-11-01; everything that is kept.")] = "",
    end: Annotated[str, typer.Option("--to", help="As 2026-11-30, inclusive; until now.")] = "",
    output: Annotated[Path | None, typer.Option("--output", "-o", help="A .csv or .parquet file.")] = None,
) -> int:
    """Writes the raw history of a device to a CSV or Parquet file."""
    from nms.model import DeviceId
    from nms.store.samples import EmbeddedSamples
    from nms.store.samples.export import export_csv, export_parquet

    config = session(context).config()
    if config.store.kind != "embedded":
        raise WrongUse(_("the samples are in {url}: ask that server for them").format(url=config.store.influx.url))
    target = output or Path(f"{device}.csv")
    write = {".csv": export_csv, ".parquet": export_parquet}.get(target.suffix)
    if write is None:
        raise WrongUse(_("{path}: write a name that ends in .csv or .parquet").format(path=target))
    with _told(), closing(EmbeddedSamples(config.data_dir / SAMPLES, read_only=True)) as store:
        wanted = store.series(device=DeviceId(device), metric=metric or None)
        if not wanted:
            raise WrongUse(_("there is no history of {device}").format(device=device))
        count = write(store, wanted, _instant(start, 0.0), _instant(end, time.time(), after=True), target)
    sys.stdout.write(_("{count} samples are in {path}").format(count=count, path=target) + "\n")
    return 0


def _instant(text: str, default: float, *, after: bool = False) -> float:
    if not text:
        return default
    try:
        day = datetime.strptime(text, "%Y-%m-%d").astimezone()
    except ValueError:
        raise WrongUse(_("{text} is not a day; write it as 2026-11-01").format(text=text)) from None
    return day.timestamp() + (86_400 if after else 0)
