"""What books of records refuse, as every view tells it: there is nothing of this name, or it cannot be done so."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager

from nms.queries.ports import NO_DEPARTMENT, NotFound, Reads, Rejected
from nms.refusals import reason_of
from nms.store.accounts import NoSuchAccount


@contextmanager
def refusals() -> Iterator[None]:
    """Raises: NotFound, Rejected, which know the reader's language."""
    try:
        yield
    except NoSuchAccount as error:
        raise NotFound(error.message) from None
    except ValueError as error:
        raise Rejected(reason_of(error)) from None


def check_departments(reads: Reads, named: Collection[str]) -> None:
    """Raises: NotFound for one that the inventory lacks."""
    known = {one.id for one in reads.overview("en").departments}
    if strangers := set(named) - known:
        raise NotFound(NO_DEPARTMENT, department=min(strangers))
