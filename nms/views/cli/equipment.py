"""`nms probe`, `nms collectors`, `nms discover`: what the monitor sees of equipment, before it watches it."""

from __future__ import annotations

import asyncio
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from nms.i18n import gettext as _
from nms.views.cli.common import Json, Session, WrongUse, say, session

collectors = typer.Typer(no_args_is_help=True, help="Families of equipment.", rich_markup_mode=None)

Recording = Annotated[Path | None, typer.Option(help="Read an snmprec or “snmpwalk -On” file instead of the network.")]


class Over(StrEnum):
    SNMP = "snmp"
    SSH = "ssh"
    ALL = "all"


def register(app: typer.Typer) -> None:
    app.command()(probe)
    app.command()(discover)
    app.add_typer(collectors, name="collectors")


def probe(
    context: typer.Context,
    host: Annotated[str, typer.Argument(help="A device of the inventory, or an address.")] = "",
    recording: Recording = None,
    credential: Annotated[str, typer.Option(help="The credential of config.yaml to ask with.")] = "",
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="The port, where not the usual one.")] = None,
    over: Annotated[Over, typer.Option(help="How to ask: snmp, ssh, or all that the inventory names.")] = Over.SNMP,
    platform: Annotated[str, typer.Option(help="Over SSH: netmiko's name of the platform; linux unless said.")] = "",
    as_json: Json = False,
) -> int:
    """What the monitor sees on one device: families matched, readings, in one report.

    A device of the inventory without SNMP is asked in all the ways that it has.
    """
    from nms.collect.recording import Recording as File
    from nms.collect.report import report
    from nms.views.cli import probe as shown

    here = session(context)
    if (recording is None) == (not host):
        raise WrongUse(_("name a HOST, or a file with --recording"))
    if recording is None and (over is Over.ALL or (over is Over.SNMP and _has_no_snmp(here, host))):
        return _visit(here, host, as_json=as_json)
    catalogue = _catalogue(here)
    if recording is not None:
        found = asyncio.run(report(catalogue, File.open(recording)))
    elif over is Over.SSH:
        found = asyncio.run(_over_ssh(here, catalogue, host, credential, platform, port))
    else:
        found = asyncio.run(_live(here, catalogue, host, credential, port or 161))
    sys.stdout.write((shown.as_json(found) + "\n") if as_json else shown.as_text(found))
    return 0


def _has_no_snmp(here: Session, host: str) -> bool:
    """Whether a device of the inventory is asked in other ways only."""
    if not here.config_path.exists():
        return False
    from nms.inventory import load_inventory
    from nms.model import DeviceId

    config = here.config()
    device = load_inventory(config.paths.inventories, config).devices.get(DeviceId(host))
    return device is not None and not any(one.transport == "snmp" for one in device.endpoints)


def _visit(here: Session, host: str, *, as_json: bool) -> int:
    from nms.views.cli import visit as shown

    poll = here.application.visit(here.config(), host)
    sys.stdout.write((shown.as_json(poll) + "\n") if as_json else shown.as_text(poll))
    return 0


async def _live(here: Session, catalogue: Any, host: str, credential: str, port: int) -> Any:
    from nms.collect.probing import probe_target
    from nms.collect.report import report
    from nms.transports.snmp.client import SnmpClient

    async with SnmpClient() as client:
        return await report(catalogue, client.session(probe_target(here.config(), host, credential, port)))


async def _over_ssh(here: Session, catalogue: Any, host: str, credential: str, platform: str, port: int | None) -> Any:
    from nms.collect.ssh_report import ssh_report

    return await ssh_report(here.config(), catalogue, host, credential, platform, port)


def _catalogue(here: Session) -> Any:
    """The families of the configuration, or those that come with the program where there is no configuration."""
    from nms.collect.catalogue import Catalogue
    from nms.views.cli.init import content_root

    if here.config_path.exists():
        return Catalogue.load(here.config().paths.collectors)
    return Catalogue.load(content_root() / "collectors")


def discover(
    context: typer.Context,
    network: Annotated[str, typer.Argument(help="A network, as 10.20.3.0/24.")],
    credential: Annotated[list[str] | None, typer.Option(help="Credentials to try, in order; all of SNMP.")] = None,
    as_json: Json = False,
) -> int:
    """Finds devices in a network and proposes inventory entries. Writes nothing."""
    from nms.collect.probing import sweep

    here = session(context)
    found = asyncio.run(sweep(here.config(), _catalogue(here), network, credential or []))
    if as_json:
        sys.stdout.write(found.as_json() + "\n")
    else:
        say(found.as_yaml())
    return 0


@collectors.command("list")
def list_(context: typer.Context, as_json: Json = False) -> int:
    """The families that the monitor knows."""
    from nms.views.cli import probe as shown

    catalogue = _catalogue(session(context))
    sys.stdout.write(shown.collectors_as_json(catalogue) + "\n" if as_json else shown.collectors_as_text(catalogue))
    return 0


@collectors.command()
def draft(
    context: typer.Context,
    recording: Annotated[Path, typer.Option(help="A walk of the device: snmprec, or “snmpwalk -On” output.")],
    mibs: Annotated[Path | None, typer.Option(help="A folder of MIB modules.")] = None,
) -> int:
    """Proposes a family file for unknown equipment, from its walk and its MIBs."""
    from nms.collect.draft import draft as propose
    from nms.collect.mibs import read_mibs
    from nms.collect.recording import Recording as File

    objects = read_mibs(mibs) if mibs else None
    sys.stdout.write(asyncio.run(propose(File.open(recording), _catalogue(session(context)), objects)))
    return 0
