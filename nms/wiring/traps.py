"""Traps and informs: a hint to look at a device at once. What they claim is believed when the poll confirms it."""

from __future__ import annotations

import logging
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from nms.collect.credentials import Targets
from nms.config import Config, SnmpUser
from nms.i18n import gettext as _
from nms.model import Device, DeviceId, Endpoint, Inventory
from nms.transports.errors import LocalFault
from nms.transports.snmp import Notification, NotificationReceiver, UsmUser

log = logging.getLogger(__name__)

LEAST_SECONDS = 5.0
"""A device that keeps sending is polled once in this time."""

PollNow = Callable[[DeviceId], object]


@dataclass(slots=True)
class TrapTriggers:
    """From a notification to a poll of the device that sent it."""

    poll: PollNow
    devices: dict[str, DeviceId]
    heard: Callable[[DeviceId, str], None] = lambda _device, _oid: None
    clock: Callable[[], float] = time.monotonic
    _polled: dict[DeviceId, float] = field(default_factory=dict)

    def take(self, notification: Notification) -> None:
        device = self.devices.get(notification.source)
        if device is not None:
            self.heard(device, notification.trap_oid)
        now = self.clock()
        if device is None or now - self._polled.get(device, -LEAST_SECONDS) < LEAST_SECONDS:
            return
        self._polled[device] = now
        self.poll(device)


def addresses(inventory: Inventory) -> dict[str, DeviceId]:
    """Every address under which a device of the inventory may send."""
    found: dict[str, DeviceId] = {}
    for device in inventory.devices.values():
        for address in (device.address, *(endpoint.address for endpoint in device.endpoints)):
            found.setdefault(address, device.id)
    return found


@asynccontextmanager
async def open_traps(
    config: Config,
    inventory: Inventory,
    poll: PollNow,
    heard: Callable[[DeviceId, str], None] = lambda _device, _oid: None,
) -> AsyncIterator[None]:
    """Listens while the block lasts, where `polling.snmp.trap_listen` says so. Raises: LocalFault.

    `heard` gets the device and what happened (the OID of the notification).
    """
    listen = config.polling.snmp.trap_listen
    if not listen:
        yield
        return
    triggers = TrapTriggers(poll, addresses(inventory), heard)
    address, _colon, port = listen.rpartition(":")
    if not port.isdigit():
        text = _("polling.snmp.trap_listen: {listen} is no address and port; write it as 0.0.0.0:162")
        raise LocalFault(text.format(listen=listen))
    receiver = NotificationReceiver(
        triggers.take,
        triggers.devices.__contains__,
        lambda source: _users(config, inventory, triggers.devices.get(source)),
        address.strip("[]") or "0.0.0.0",  # noqa: S104 (devices send to every address of the monitor)
        int(port),
    )
    await receiver.start()
    log.info("receiving traps and informs on %s", listen)
    try:
        yield
    finally:
        receiver.close()


def _users(config: Config, inventory: Inventory, device: DeviceId | None) -> Sequence[UsmUser]:
    """The SNMPv3 users by which a device is asked: those that may speak for it."""
    known: Device | None = inventory.devices.get(device) if device else None
    endpoints = [one for one in known.endpoints if one.transport == "snmp"] if known else []
    return [user for endpoint in endpoints if known and (user := _user(config, known, endpoint)) is not None]


def _user(config: Config, device: Device, endpoint: Endpoint) -> UsmUser | None:
    if not isinstance(config.credentials.get(endpoint.credential or ""), SnmpUser):
        return None
    try:
        credential = Targets(config).snmp(device, endpoint).credential
    except LocalFault:
        return None
    return credential if isinstance(credential, UsmUser) else None
