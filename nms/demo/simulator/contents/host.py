"""Computers: HOST-RESOURCES-MIB (RFC 2790), UCD-SNMP-MIB, and the trees of VMware and Synology."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from nms.demo.simulator import identities
from nms.demo.simulator.equipment import Equipment
from nms.demo.simulator.mib import Builder, counter32, gauge32, integer, live, live_integer, live_text, oid, text, ticks
from nms.model import Role

_HR_SYSTEM = "1.3.6.1.2.1.25.1"
_HR_STORAGE = "1.3.6.1.2.1.25.2"
_HR_DEVICE_ENTRY = "1.3.6.1.2.1.25.3.2.1"
_HR_PROCESSOR_ENTRY = "1.3.6.1.2.1.25.3.3.1"
_HR_SW_RUN_ENTRY = "1.3.6.1.2.1.25.4.2.1"
_HR_SW_PERF_ENTRY = "1.3.6.1.2.1.25.5.1.1"
_HR_TYPES = "1.3.6.1.2.1.25.2.1"
_HR_DEVICE_TYPES = "1.3.6.1.2.1.25.3.1"
_RAM, _VIRTUAL, _FIXED_DISK = 2, 3, 4
_PROCESSOR, _NETWORK, _DISK = 3, 4, 6
_UCD = "1.3.6.1.4.1.2021"
_VMWARE = "1.3.6.1.4.1.6876"
_SYNOLOGY = "1.3.6.1.4.1.6574"
_KIB = 1024
_BLOCK = 4096
_FIRST_DISK_ROW = 31
_PROGRAMS = {
    Role.PBX: ("systemd", "asterisk", "sshd", "chronyd", "snmpd"),
    Role.STORAGE: ("init", "smbd", "nfsd", "snmpd"),
    Role.SERVER: ("systemd", "postgres", "nginx", "sshd", "cron", "snmpd"),
}
_MEXICO_CITY = timezone(timedelta(hours=-6))


def memory_bytes(equipment: Equipment) -> float:
    """Between 8 and 256 GiB, a power of two; what is not a computer has less."""
    large = equipment.device.role in (Role.SERVER, Role.HYPERVISOR)
    return float(2 ** (int(equipment.chance("memory") * 4) + (35 if large else 32)))


def memory_used_ratio(equipment: Equipment, now: float) -> float:
    return 0.35 + 0.4 * equipment.chance("memory-use") + 0.1 * equipment.work.ratio(now)


def processor_count(equipment: Equipment) -> int:
    return (2, 4, 8)[int(equipment.chance("processors") * 3)]


def host(builder: Builder, equipment: Equipment) -> None:
    _hr_system(builder, equipment)
    _hr_storage(builder, equipment)
    _hr_devices(builder, equipment)
    _hr_programs(builder, equipment)


def _hr_system(builder: Builder, equipment: Equipment) -> None:
    builder.scalars(
        _HR_SYSTEM,
        {
            1: live(ticks, equipment.uptime),
            2: lambda now: text(date_and_time(now)),
            3: integer(1536),
            5: live(gauge32, lambda now: 1 + 3 * equipment.work.ratio(now)),
            6: live(gauge32, lambda now: 140 + 120 * equipment.work.ratio(now)),
            7: integer(0),
        },
    )
    builder.scalar(f"{_HR_STORAGE}.2", integer(int(memory_bytes(equipment) / _KIB)))


def date_and_time(now: float) -> bytes:
    """DateAndTime of RFC 2579, with its zone."""
    local = datetime.fromtimestamp(now, _MEXICO_CITY)
    stamp = (local.month, local.day, local.hour, local.minute, local.second, local.microsecond // 100_000)
    return local.year.to_bytes(2, "big") + bytes(stamp) + b"-" + bytes((6, 0))


def _hr_storage(builder: Builder, equipment: Equipment) -> None:
    entry = f"{_HR_STORAGE}.3.1"
    size = int(memory_bytes(equipment) / _KIB)
    for row, kind, label, share in ((1, _RAM, "Physical memory", 1.0), (10, _VIRTUAL, "Swap space", 0.05)):
        builder.row(
            entry,
            row,
            {
                1: integer(row),
                2: oid(f"{_HR_TYPES}.{kind}"),
                3: text(label),
                4: integer(_KIB),
                5: integer(min(size, 2**31 - 1)),
                6: live_integer(lambda now, share=share: size * share * memory_used_ratio(equipment, now)),
                7: counter32(0),
            },
        )
    for row, volume in enumerate(equipment.file_systems, _FIRST_DISK_ROW):
        unit = _BLOCK if volume.size_bytes / _BLOCK < 2**31 else _BLOCK * 16
        builder.row(
            entry,
            row,
            {
                1: integer(row),
                2: oid(f"{_HR_TYPES}.{_FIXED_DISK}"),
                3: text(volume.mount),
                4: integer(unit),
                5: integer(int(volume.size_bytes / unit)),
                6: live_integer(lambda now, volume=volume, unit=unit: volume.used_bytes(now) / unit),
                7: counter32(0),
            },
        )


def _hr_devices(builder: Builder, equipment: Equipment) -> None:
    for n in range(processor_count(equipment)):
        row = 196608 + n
        _hr_device(builder, row, _PROCESSOR, "Intel(R) Xeon(R) Silver 4314 CPU @ 2.40GHz")
        lean = 0.8 + 0.4 * equipment.chance(f"processor-{n}")
        builder.row(
            _HR_PROCESSOR_ENTRY,
            row,
            {
                1: oid("0.0"),
                2: live_integer(lambda now, lean=lean: min(100.0, 100 * equipment.work.ratio(now) * lean)),
            },
        )
    for n, port in enumerate(equipment.ports):
        _hr_device(builder, 262145 + n, _NETWORK, f"network interface {port.name}")
    _hr_device(builder, 393232, _DISK, "SCSI disk (/dev/sda)")


def _hr_device(builder: Builder, row: int, kind: int, descr: str) -> None:
    cells = {1: integer(row), 2: oid(f"{_HR_DEVICE_TYPES}.{kind}"), 3: text(descr), 4: oid("0.0"), 5: integer(2)}
    builder.row(_HR_DEVICE_ENTRY, row, {**cells, 6: counter32(0)})


def _hr_programs(builder: Builder, equipment: Equipment) -> None:
    for n, name in enumerate(_PROGRAMS.get(equipment.device.role, ()), 1):
        row = n * 101
        cells = {1: integer(row), 2: text(name), 3: oid("0.0"), 4: text(f"/usr/sbin/{name}"), 5: text("")}
        builder.row(_HR_SW_RUN_ENTRY, row, {**cells, 6: integer(4), 7: integer(2)})
        share = equipment.between(0.01, 0.2, f"{name}/time")
        builder.row(
            _HR_SW_PERF_ENTRY,
            row,
            {
                1: live_integer(lambda now, share=share: equipment.uptime(now) * 100 * share % 2**31),
                2: integer(int(20_000 + 200_000 * share)),
            },
        )


def ucd(builder: Builder, equipment: Equipment) -> None:
    """Load, memory, disks and processor time as net-snmp's agent tells them."""
    total = int(memory_bytes(equipment) / _KIB)
    builder.scalars(
        f"{_UCD}.4",
        {
            1: integer(0),
            2: text("swap"),
            3: integer(total // 4),
            4: integer(total // 5),
            5: integer(min(total, 2**31 - 1)),
            6: live_integer(lambda now: total * (1 - memory_used_ratio(equipment, now)) * 0.6),
            11: live_integer(lambda now: total * (1 - memory_used_ratio(equipment, now)) * 0.7),
            13: integer(total // 100),
            14: integer(total // 40),
            15: live_integer(lambda now: total * (1 - memory_used_ratio(equipment, now)) * 0.35),
        },
    )
    _load(builder, equipment)
    _disks(builder, equipment)
    _processor_time(builder, equipment)


def _load(builder: Builder, equipment: Equipment) -> None:
    cores = processor_count(equipment)
    for row, (name, calm) in enumerate((("Load-1", 1.0), ("Load-5", 0.95), ("Load-15", 0.9)), 1):
        builder.row(
            f"{_UCD}.10.1",
            row,
            {
                1: integer(row),
                2: text(name),
                3: live_text(lambda now, calm=calm: f"{cores * calm * equipment.work.ratio(now):.2f}"),
                5: live_integer(lambda now, calm=calm: 100 * cores * calm * equipment.work.ratio(now)),
            },
        )


def _disks(builder: Builder, equipment: Equipment) -> None:
    for row, volume in enumerate(equipment.file_systems, 1):
        size = int(volume.size_bytes / _KIB)
        builder.row(
            f"{_UCD}.9.1",
            row,
            {
                1: integer(row),
                2: text(volume.mount),
                3: text(f"/dev/mapper/vg0-lv{row}"),
                6: integer(min(size, 2**31 - 1)),
                7: live_integer(lambda now, v=volume: min((v.size_bytes - v.used_bytes(now)) / _KIB, 2**31 - 1)),
                8: live_integer(lambda now, v=volume: min(v.used_bytes(now) / _KIB, 2**31 - 1)),
                9: live_integer(lambda now, v=volume: 100 * v.used_bytes(now) / v.size_bytes),
            },
        )


def _processor_time(builder: Builder, equipment: Equipment) -> None:
    """ssCpuRaw counters, in hundredths of a second over all processors."""
    hundredths = 100.0 * processor_count(equipment)
    busy, idle = equipment.work.peak * 0.4, 1 - equipment.work.peak * 0.4
    for arc, share in ((50, busy * 0.7), (51, 0.0), (52, busy * 0.3), (53, idle)):
        builder.scalar(
            f"{_UCD}.11.{arc}", live(counter32, lambda now, share=share: equipment.uptime(now) * hundredths * share)
        )


def vmware(builder: Builder, equipment: Equipment) -> None:
    """Product and virtual machines (VMWARE-SYSTEM-MIB, VMWARE-VMINFO-MIB)."""
    product = {1: text("VMware ESXi"), 2: text(identities.identify(equipment.device).software), 4: text("23794027")}
    builder.scalars(f"{_VMWARE}.1", product)
    for n in range(1, 4 + int(equipment.chance("machines") * 8)):
        cells = {1: integer(n), 2: text(f"vm-{equipment.device.id}-{n:02d}"), 4: text("debian12_64Guest")}
        builder.row(
            f"{_VMWARE}.2.1.1",
            n,
            {**cells, 5: integer(4096 * n), 6: text("powered on"), 8: text("running"), 9: integer(2)},
        )


def synology(builder: Builder, equipment: Equipment) -> None:
    """Health, disks and volumes (SYNOLOGY-SYSTEM-MIB, -DISK-MIB, -RAID-MIB); 1 is normal everywhere."""
    cells = {1: integer(1), 3: integer(1)}
    builder.scalars(f"{_SYNOLOGY}.1", {**cells, 2: live_integer(equipment.climate.temperature)})
    builder.scalars(f"{_SYNOLOGY}.1.4", {1: integer(1), 2: integer(1)})
    builder.scalars(
        f"{_SYNOLOGY}.1.5",
        {
            1: text(identities.hardware(equipment.device)),
            2: text(identities.serial(equipment.device)),
            3: text(identities.identify(equipment.device).software),
        },
    )
    for n in range(8):
        builder.row(
            f"{_SYNOLOGY}.2.1.1",
            n,
            {
                2: text(f"Disk {n + 1}"),
                3: text("HAT5300-12T"),
                4: text("SATA"),
                5: integer(1),
                6: live_integer(lambda now, n=n: equipment.climate.temperature(now, n * 0.4 - 2)),
            },
        )
    for n, volume in enumerate(equipment.file_systems):
        builder.row(f"{_SYNOLOGY}.3.1.1", n, {2: text(f"Volume {volume.mount}"), 3: integer(1)})
