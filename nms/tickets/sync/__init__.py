"""Tickets elsewhere: Request Tracker and GLPI both ways, webhooks one way, and the protocol for other systems."""

from nms.tickets.sync.engine import Lag, Synchronised, Synchroniser, lag
from nms.tickets.sync.glpi import Glpi
from nms.tickets.sync.remote import RemoteChange, RemoteLine, RemoteRefused, RemoteTickets, RemoteUnavailable
from nms.tickets.sync.rt import RequestTracker
from nms.tickets.sync.webhook import Webhook

__all__ = [
    "Glpi",
    "Lag",
    "RemoteChange",
    "RemoteLine",
    "RemoteRefused",
    "RemoteTickets",
    "RemoteUnavailable",
    "RequestTracker",
    "Synchronised",
    "Synchroniser",
    "Webhook",
    "lag",
]
