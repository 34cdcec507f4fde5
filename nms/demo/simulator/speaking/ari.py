"""Asterisk's REST interface of a simulated exchange."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from nms.demo.simulator.speaking.exchange import Exchange
from nms.demo.simulator.speaking.manager import VERSION
from nms.demo.simulator.speaking.pages import Reply, Request
from nms.demo.simulator.speaking.scene import Scene


def answer(scene: Scene, request: Request) -> Reply:
    if not request.headers.get("authorization", "").startswith("Basic "):
        return Reply({"message": "Authentication required"}, 401)
    read = _PAGES.get(urlsplit(request.path).path.removeprefix("/ari"))
    return Reply(read(Exchange.of(scene))) if read and request.method == "GET" else Reply({"message": "not here"}, 404)


def _info(exchange: Exchange) -> object:
    return {
        "build": {"os": "Linux", "kernel": "6.1.0-22-amd64", "machine": "x86_64"},
        "system": {"version": VERSION, "entity_id": "02:00:00:00:00:01"},
        "config": {"name": "", "default_language": "es", "max_channels": 40},
        "status": {"startup_time": "2026-01-01T08:00:00.000-0600"},
    }


def _endpoints(exchange: Exchange) -> object:
    known = [(name, True) for name in exchange.trunks] + exchange.extensions()
    return [
        {"technology": "PJSIP", "resource": name, "state": "online" if there else "offline", "channel_ids": []}
        for name, there in known
    ]


def _channels(exchange: Exchange) -> object:
    return [
        {"id": channel, "name": channel, "state": "Up", "caller": {"name": "", "number": ""}}
        for call in exchange.calls()
        for channel in call.channels
    ]


def _bridges(exchange: Exchange) -> object:
    return [
        {
            "id": f"b-{call.number}",
            "technology": "simple_bridge",
            "bridge_type": "mixing",
            "channels": list(call.channels),
        }
        for call in exchange.calls()
    ]


_PAGES: Mapping[str, Callable[[Exchange], object]] = {
    "/asterisk/info": _info,
    "/endpoints": _endpoints,
    "/channels": _channels,
    "/bridges": _bridges,
}
