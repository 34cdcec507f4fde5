"""Tickets elsewhere: two-way synchronisation with Request Tracker, and the protocol for other systems."""

from nms.tickets.sync.engine import Synchronised, Synchroniser
from nms.tickets.sync.remote import RemoteChange, RemoteRefused, RemoteTickets, RemoteUnavailable
from nms.tickets.sync.rt import RequestTracker

__all__ = [
    "RemoteChange",
    "RemoteRefused",
    "RemoteTickets",
    "RemoteUnavailable",
    "RequestTracker",
    "Synchronised",
    "Synchroniser",
]
