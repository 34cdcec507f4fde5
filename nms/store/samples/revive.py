"""The newest readings, taken from the file when a store is opened."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from nms.model import DeviceId, Number, Reading
from nms.store.samples import chain, chunks
from nms.store.samples.blocks import DamagedBlock, Mask, Values
from nms.store.samples.catalogue import Catalogue, Group
from nms.store.samples.chunks import Damage, Damages, Place
from nms.store.samples.stacks import Run, runs


def newest_readings(connection: sqlite3.Connection, catalogue: Catalogue, damage: Damages) -> Iterator[Reading]:
    """The newest reading of each group: from the hot rows, and from the chunks for those that are silent."""
    owned: dict[int, set[int]] = {}
    for group in catalogue.groups.values():
        owned.setdefault(group.device, set()).add(group.id)
    for device, missing in owned.items():
        for run in _newest_runs(connection, device, missing, damage):
            yield _of_run(run, catalogue)
        for group_id in missing:
            yield from _of_chunk(connection, catalogue, catalogue.groups[group_id], damage)


def _newest_runs(connection: sqlite3.Connection, device: int, missing: set[int], damage: Damages) -> list[Run]:
    """One reading for each group found, taken out of `missing`; late batches do not hide newer readings."""
    best: dict[int, Run] = {}
    for link, row in chain.walk(connection, device, 0, damage):
        for run in runs([row]):
            place = int(run.times.argmax())
            newest = run.only(slice(place, place + 1))
            if run.group not in best or newest.times[0] > best[run.group].times[0]:
                best[run.group] = newest
        if missing <= best.keys() and link.newest <= min(int(run.times[0]) for run in best.values()):
            break
    missing -= best.keys()
    return list(best.values())


def _of_run(run: Run, catalogue: Catalogue) -> Reading:
    columns = {metric: run.column(metric) for metric in sorted(run.metrics)}
    cells = {metric: (values[:, 0], mask[:, 0]) for metric, (values, mask) in columns.items()}
    at, since = int(run.times[0]), int(run.since[0])
    return _reading(catalogue, catalogue.groups[run.group], at, since, run.components.tolist(), cells)


def _of_chunk(connection: sqlite3.Connection, catalogue: Catalogue, group: Group, damage: Damages) -> Iterator[Reading]:
    found = connection.execute(
        "SELECT t0, span FROM chunk WHERE tier = 0 AND grp = ? AND metric = 0 ORDER BY t0 + span DESC LIMIT 1",
        (group.id,),
    ).fetchone()
    if found is None:
        return
    place = Place(chunks.RAW, group.id, *found)
    try:
        frame = chunks.open_frame(chunks.blob_of(connection, place, chunks.FRAME) or b"", place)
        cells = {
            metric: chunks.open_block(chunks.blob_of(connection, place, metric) or b"", place, metric).lasts()
            for metric in frame.metrics
        }
    except DamagedBlock as error:
        damage.append(Damage(f"chunk {place}", str(error)))
        return
    at, since = int(frame.times[-1]), int(frame.since[-1])
    yield _reading(catalogue, group, at, since, frame.components.tolist(), cells)


def _reading(
    catalogue: Catalogue,
    group: Group,
    at: int,
    since: int,
    numbers: list[int],
    cells: dict[int, tuple[Values, Mask]],
) -> Reading:
    """A reading from one column of each metric; components without a single value in it are left out."""
    here = [any(mask[row] for _, mask in cells.values()) for row in range(len(numbers))]
    columns: dict[str, list[Number | None]] = {}
    for metric, (values, mask) in cells.items():
        triples = zip(values.tolist(), mask.tolist(), here, strict=True)
        columns[catalogue.metric_names[metric]] = [v if known else None for v, known, shown in triples if shown]
    return Reading(
        device=DeviceId(catalogue.device_names[group.device]),
        table=group.table,
        at=at / 1000,
        components=tuple(catalogue.components[number] for number, shown in zip(numbers, here, strict=True) if shown),
        columns=columns,
        counters_since=since / 1000 if since else None,
    )
