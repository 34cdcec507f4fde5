"""Long lists in pages, with a Link header to the next one (RFC 8288): `offset` where the rows stand still (equipment),
`before` a number where new ones come in at the top (alerts, incidents, events, tickets)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, TypeVar

from fastapi import Request, Response
from pydantic import TypeAdapter

RowT = TypeVar("RowT")


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def as_json(kind: Any, value: object, headers: dict[str, str] | None = None) -> Response:
    """Serialises rows in one go: ten thousand of them must not go through a validator each."""
    return Response(_adapter(kind).dump_json(value), media_type="application/json", headers=headers)


def page(request: Request, kind: Any, found: Sequence[RowT], limit: int, offset: int = 0) -> Response:
    """One page of what there is, how much that is in all, and where the next page is."""
    headers = {"X-Total-Count": str(len(found))}
    if offset + limit < len(found):
        headers["Link"] = next_page(request, offset=offset + limit, limit=limit)
    return as_json(list[kind], found[offset : offset + limit], headers)


def newest(request: Request, kind: Any, found: Sequence[RowT], limit: int, number: Callable[[RowT], int]) -> Response:
    """The first `limit` rows of what was found, one more of which tells that there is a next page."""
    more = {"Link": next_page(request, before=number(found[limit - 1]))} if len(found) > limit else None
    return as_json(list[kind], found[:limit], more)


def next_page(request: Request, **changes: object) -> str:
    """A relative link: what the proxy in front calls this machine is not known here."""
    url = request.url.include_query_params(**changes)
    return f'<{url.path}?{url.query}>; rel="next"'
