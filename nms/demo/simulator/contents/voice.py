"""Telephone exchanges and gateways: ASTERISK-MIB, CISCO-CCM-MIB; their trunks are DS1 interfaces (in `interfaces`)."""

from __future__ import annotations

from nms.demo.simulator import identities
from nms.demo.simulator.equipment import Equipment
from nms.demo.simulator.mib import Builder, counter32, gauge32, integer, live, text, ticks
from nms.demo.simulator.ports import DS1

_ASTERISK = "1.3.6.1.4.1.22736.1"
_CALL_MANAGER = "1.3.6.1.4.1.9.9.156.1"
_REGISTERED_SETS, _MISSING_SETS = 24, 1
_CHANNELS_PER_TRUNK = 30
_CHANNEL_KINDS = (("PJSIP", "PJSIP Channel Driver", 0.7), ("DAHDI", "DAHDI Telephony Driver", 0.3))


def calls(equipment: Equipment, now: float) -> float:
    """Calls in progress: what the working trunks can carry, by the hour of the day."""
    trunks = [port for port in equipment.ports if port.kind == DS1]
    working = sum(port.up for port in trunks)
    return _CHANNELS_PER_TRUNK * working * 0.5 * equipment.work.ratio(now)


def asterisk(builder: Builder, equipment: Equipment) -> None:
    builder.scalars(f"{_ASTERISK}.1", {1: text(identities.identify(equipment.device).software), 2: gauge32(200600)})
    processed = live(counter32, lambda now: equipment.uptime(now) * equipment.between(0.005, 0.04, "calls"))
    builder.scalars(
        f"{_ASTERISK}.2",
        {
            1: live(ticks, equipment.uptime),
            2: live(ticks, lambda now: equipment.uptime(now) % 604_800),
            3: integer(4242),
            4: text("/var/run/asterisk/asterisk.ctl"),
            5: live(gauge32, lambda now: calls(equipment, now)),
            6: processed,
        },
    )
    builder.scalars(
        f"{_ASTERISK}.5",
        {1: live(gauge32, lambda now: 2 * calls(equipment, now)), 3: integer(len(_CHANNEL_KINDS))},
    )
    for row, (name, descr, share) in enumerate(_CHANNEL_KINDS, 1):
        builder.row(
            f"{_ASTERISK}.5.4.1",
            row,
            {
                1: integer(row),
                2: text(name),
                3: text(descr),
                4: integer(1),
                5: integer(1),
                6: integer(1),
                7: live(gauge32, lambda now, share=share: 2 * share * calls(equipment, now)),
            },
        )


def call_manager(builder: Builder, equipment: Equipment) -> None:
    """One call manager that is up, what is registered at it, and its voice gateway."""
    software = identities.identify(equipment.device).software
    builder.row(f"{_CALL_MANAGER}.1.2.1", 1, {2: text(str(equipment.device.id)), 4: text(software), 5: integer(2)})
    registered = {
        5: _REGISTERED_SETS,
        6: _MISSING_SETS,
        7: 0,
        8: 1,
        9: 0,
        10: 0,
        11: 4,
        12: 0,
        13: 0,
        17: 8,
        18: 0,
        19: 0,
    }
    builder.scalars(f"{_CALL_MANAGER}.5", {column: gauge32(count) for column, count in registered.items()})
    gateway = {2: text("MGCP_GW"), 4: text("Simulated gateway"), 5: integer(2)}
    builder.row(f"{_CALL_MANAGER}.3.1.1", 1, gateway)
