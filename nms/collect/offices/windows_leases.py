"""Leases of a DHCP server of Windows, as its PowerShell module DhcpServer tells them.

Sources: Get-DhcpServerv4Scope (LeaseDuration), Get-DhcpServerv4Lease (IPAddress, ClientId, HostName, AddressState,
LeaseExpiryTime), Get-DhcpServerv4ScopeStatistics (ScopeId; AddressesFree and AddressesInUse, shown as Free and InUse),
of Windows Server 2012 R2 and later. The account needs to be in the group *DHCP Users*, and reads only.
"""

from __future__ import annotations

import base64
import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from nms.collect.sightings import station
from nms.model import Sight, Sighting
from nms.text import clean
from nms.transports.errors import AccessDenied, Malformed

SCRIPT = r"""
$ErrorActionPreference = 'Stop'; $ProgressPreference = 'SilentlyContinue'
[Console]::OutputEncoding = [Text.Encoding]::UTF8
try {
  '#leases'
  Get-DhcpServerv4Scope | ForEach-Object {
    $lasts = [long]$_.LeaseDuration.TotalSeconds
    Get-DhcpServerv4Lease -ScopeId $_.ScopeId | Select-Object IPAddress, ClientId, HostName, AddressState,
      @{n='Expires'; e={ if ($_.LeaseExpiryTime) {
        [long]($_.LeaseExpiryTime.ToUniversalTime() - [datetime]'1970-01-01').TotalSeconds } }},
      @{n='Lasts'; e={ $lasts }}
  } | ConvertTo-Csv -NoTypeInformation
  '#scopes'
  Get-DhcpServerv4ScopeStatistics | Select-Object ScopeId, AddressesFree, AddressesInUse, Free, InUse |
    ConvertTo-Csv -NoTypeInformation
} catch { '#error ' + $_.Exception.Message }
"""

COMMAND = "powershell -NoProfile -NonInteractive -OutputFormat Text -EncodedCommand " + (
    base64.b64encode(SCRIPT.encode("utf-16-le")).decode("ascii")
)
"""Encoded, since what quotes mean depends on the shell that the administrator chose for OpenSSH."""


@dataclass(frozen=True, slots=True)
class Told:
    """Who has which address, and how many of each scope are in use: scope -> (in use, all)."""

    leases: tuple[Sighting, ...]
    scopes: Mapping[str, tuple[int, int]]


def understand(output: str, now: float) -> Told:
    """Raises: AccessDenied, Malformed."""
    text = output.replace("\r\n", "\n").lstrip("\ufeff")
    if refusal := re.search(r"^#error (.*)$", text, re.M):
        said = clean(refusal[1], limit=160)
        if re.search(r"denied|denegado|0x80070005", said, re.I):
            raise AccessDenied(f"the DHCP server tells this account nothing ({said}): put it into “DHCP Users”")
        raise Malformed(f"PowerShell says “{said}”")
    parts = re.split(r"^#(leases|scopes)\n", text, flags=re.M)
    if parts[1::2] != ["leases", "scopes"]:
        raise Malformed("this is not what PowerShell on a DHCP server answers")
    return Told(tuple(_leases(parts[2], now)), dict(_scopes(parts[4])))


def _leases(text: str, now: float) -> Iterator[Sighting]:
    """Those in use and not over; a reservation that is in use never ends."""
    for row in csv.DictReader(text.splitlines()):
        mac, expires, lasts = station(row.get("ClientId")), row.get("Expires") or "", row.get("Lasts") or ""
        if not mac or not (row.get("AddressState") or "").startswith("Active"):
            continue
        ends = float(expires) if expires.isdecimal() else None
        if ends is not None and ends <= now:
            continue
        renewed = ends - float(lasts) if ends is not None and lasts.isdecimal() else None
        name = clean((row.get("HostName") or "").rstrip("."), limit=100)
        address = clean(row.get("IPAddress") or "", limit=45)
        yield Sighting(Sight.LEASE, mac, address=address, name=name, at=renewed)


def _scopes(text: str) -> Iterator[tuple[str, tuple[int, int]]]:
    for row in csv.DictReader(text.splitlines()):
        free, used = row.get("AddressesFree") or row.get("Free"), row.get("AddressesInUse") or row.get("InUse")
        if free and used and free.isdecimal() and used.isdecimal() and int(free) + int(used) > 0:
            yield clean(row.get("ScopeId") or "", limit=50), (int(used), int(free) + int(used))
