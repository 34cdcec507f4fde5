"""What stands behind a request: the reads and acts of the daemon, the same for the API and the pages."""

from __future__ import annotations

from fastapi import Request

from nms.queries.ports import Acts, Reads


def reads_of(request: Request) -> Reads:
    reads: Reads = request.app.state.reads
    return reads


def acts_of(request: Request) -> Acts:
    acts: Acts = request.app.state.acts
    return acts
