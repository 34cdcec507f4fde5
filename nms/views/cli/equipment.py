"""`nms probe`, `nms collectors`, `nms discover`: what the monitor sees of equipment, before it watches it."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nms.i18n import gettext as _
from nms.views.cli.common import Json, Session, WrongUse, say, session

if TYPE_CHECKING:
    from nms.inventory.strangers import Wanted

collectors = typer.Typer(no_args_is_help=True, help="Families of equipment.", rich_markup_mode=None)

Recording = Annotated[Path | None, typer.Option(help="Read an snmprec or “snmpwalk -On” file instead of the network.")]


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
    over: Annotated[
        str,
        typer.Option(help="How to ask: a transport (snmp, ssh, redfish, ami, http ...), or all of the inventory's."),
    ] = "snmp",
    platform: Annotated[str, typer.Option(help="Over SSH: netmiko's name of the platform; linux unless said.")] = "",
    given: Annotated[
        list[str] | None,
        typer.Option("--set", help="A key of the endpoint, as product=proxmox; what is in the inventory has its own."),
    ] = None,
    as_json: Json = False,
) -> int:
    """What the monitor sees on one device: families matched, readings, in one report.

    A device of the inventory without SNMP is asked in all the ways that it has; any other address by the transport of
    `--over`.
    """
    from nms.collect.recording import Recording as File
    from nms.collect.report import report
    from nms.views.cli import probe as shown

    here = session(context)
    if (recording is None) == (not host):
        raise WrongUse(_("name a HOST, or a file with --recording"))
    ways = _ways(here, host)
    if recording is None and (
        over not in ("snmp", "ssh") or (over == "snmp" and ways is not None and "snmp" not in ways)
    ):
        from nms.inventory.strangers import Wanted

        only = "" if over in ("snmp", "all") else over
        return _visit(here, host, Wanted(only, credential, port, _keys(given or [])), as_json=as_json)
    catalogue = _catalogue(here)
    if recording is not None:
        found = asyncio.run(report(catalogue, File.open(recording)))
    elif over == "ssh":
        found = asyncio.run(_over_ssh(here, catalogue, host, credential, platform, port))
    else:
        found = asyncio.run(_live(here, catalogue, host, credential, port or 161))
    sys.stdout.write((shown.as_json(found) + "\n") if as_json else shown.as_text(found))
    others = [way for way in dict.fromkeys(ways or ()) if way not in (over, "icmp")]
    if others and not as_json:
        say(_("It is also asked by {ways}: see --over all, or one of them.").format(ways=", ".join(others)))
    return 0


def _ways(here: Session, host: str) -> tuple[str, ...] | None:
    """The transports of a device of the inventory; `None` for what is not in it."""
    if not (host and here.config_path.exists()):
        return None
    from nms.inventory import load_inventory
    from nms.model import DeviceId

    config = here.config()
    device = load_inventory(config.paths.inventories, config).devices.get(DeviceId(host))
    return tuple(one.transport for one in device.endpoints) if device else None


def _keys(given: list[str]) -> dict[str, str]:
    """`key=value` of the command line."""
    pairs = [one.partition("=") for one in given]
    wrong = next((key for key, equals, _value in pairs if not (key and equals)), None)
    if wrong is not None:
        raise WrongUse(_("--set takes KEY=VALUE, not “{text}”").format(text=wrong))
    return {key: value for key, _equals, value in pairs}


def _visit(here: Session, host: str, wanted: Wanted, *, as_json: bool) -> int:
    from nms.views.cli import visit as shown

    poll = here.application.visit(here.config(), host, wanted)
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
