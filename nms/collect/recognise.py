"""Which families a device belongs to, from its sysObjectID, sysDescr and the presence of a few objects."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from nms.collect.bases import resolved
from nms.collect.catalogue import Catalogue
from nms.collect.compiled import CompiledFamily, MatchSpec
from nms.collect.parsing import text
from nms.transports.errors import TransportError
from nms.transports.snmp.values import SnmpReader, Value

SYS_DESCR = "1.3.6.1.2.1.1.1.0"
SYS_OBJECT_ID = "1.3.6.1.2.1.1.2.0"
SYS_UPTIME = "1.3.6.1.2.1.1.3.0"
SYS_NAME = "1.3.6.1.2.1.1.5.0"

_AT_ONCE = 20


@dataclass(frozen=True, slots=True)
class Recognised:
    """The families of a device, the most specific first."""

    families: tuple[str, ...]
    sys_descr: str = ""
    sys_object_id: str = ""
    scores: Mapping[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class _Seen:
    """What is known of the device while it is being recognised."""

    descr: str
    object_id: str
    values: dict[str, Value]
    rows: dict[str, bool]


async def recognise(reader: SnmpReader, catalogue: Catalogue, only: Iterable[str] = ()) -> Recognised:
    """Raises: the transport's errors when even the system group cannot be read."""
    system = await reader.get([SYS_DESCR, SYS_OBJECT_ID])
    seen = _Seen(text(system.get(SYS_DESCR, b"")), object_id(system.get(SYS_OBJECT_ID)), {}, {})
    fixed = [name for name in only if name in catalogue.families]
    candidates = [resolved(family, seen.object_id) for family in catalogue.families.values() if family.match]
    if fixed:
        scores = dict.fromkeys(fixed, 1000)
    else:
        await _probe(reader, candidates, seen)
        scores = {family.name: score for family in candidates if (score := _score(family, seen)) is not None}
    general = [family for family in catalogue.families.values() if family.always and family.name not in scores]
    scores |= {family.name: 1000 * family.priority for family in general}
    _extend(catalogue, scores)
    order = sorted(scores, key=lambda name: (-scores[name], name))
    return Recognised(tuple(order), seen.descr, seen.object_id, scores)


def object_id(value: Value | None) -> str:
    """sysObjectID; some agents send it as text, with a dot before it. Anything else is none."""
    found = text(value).strip().lstrip(".") if isinstance(value, str | bytes) else ""
    return found if found.replace(".", "").isdigit() else ""


def _extend(catalogue: Catalogue, scores: dict[str, int]) -> None:
    """A family brings those it extends, just below itself in precedence."""
    waiting = list(scores)
    while waiting:
        name = waiting.pop()
        for base in catalogue.families[name].extends:
            score = scores[name] - 1
            if base in catalogue.families and (base not in scores or scores[base] < score):
                scores[base] = score
                waiting.append(base)


async def _probe(reader: SnmpReader, families: list[CompiledFamily], seen: _Seen) -> None:
    """Reads, in few requests, the objects that the remaining candidates ask for."""
    hopeful = [one for family in families for one in family.match if _system_holds(one, seen)]
    wanted = sorted({oid for one in hopeful for oid in (*one.has, *one.lacks, *(oid for oid, _ in one.value))})
    for start in range(0, len(wanted), _AT_ONCE):
        seen.values.update(await reader.get(wanted[start : start + _AT_ONCE]))
    for column in sorted({oid for one in hopeful for oid in one.has_rows}):
        try:
            table = await reader.table([column])
            seen.rows[column] = bool(table.indexes)
        except TransportError:
            seen.rows[column] = False


def _below(oid: str, prefixes: Iterable[str]) -> int:
    """The number of arcs of the longest prefix that `oid` stands under; 0 when it stands under none."""
    return max(
        (prefix.count(".") + 1 for prefix in prefixes if oid == prefix or oid.startswith(prefix + ".")), default=0
    )


def _system_holds(match: MatchSpec, seen: _Seen) -> bool:
    if match.sys_object_id and not _below(seen.object_id, match.sys_object_id):
        return False
    if match.not_sys_object_id and _below(seen.object_id, match.not_sys_object_id):
        return False
    if match.sys_descr and not match.sys_descr.search(seen.descr):
        return False
    return not (match.not_sys_descr and match.not_sys_descr.search(seen.descr))


def _holds(match: MatchSpec, seen: _Seen) -> bool:
    if not _system_holds(match, seen):
        return False
    if any(oid not in seen.values for oid in match.has) or any(oid in seen.values for oid in match.lacks):
        return False
    if not all(seen.rows.get(column) for column in match.has_rows):
        return False
    return all(oid in seen.values and pattern.search(text(seen.values[oid])) for oid, pattern in match.value)


def _score(family: CompiledFamily, seen: _Seen) -> int | None:
    """How specific the match is: longer object ids beat shorter ones, every further condition adds."""
    best: int | None = None
    for match in family.match:
        if not _holds(match, seen):
            continue
        score = 10 * _below(seen.object_id, match.sys_object_id) + 8 * bool(match.sys_descr)
        score += 6 * (len(match.has) + len(match.value) + len(match.has_rows)) + 1000 * family.priority
        best = score if best is None else max(best, score)
    return best
