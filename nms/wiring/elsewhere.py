"""The ticket systems of the settings, each compared with ours at its own pace, and how far behind they are."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

import httpx

from nms.config import Config, SecretUnavailable
from nms.config.credentials import HttpLogin
from nms.config.elsewhere import GlpiSystem, RemoteSystem, RequestTrackerSystem
from nms.i18n import render
from nms.store.records import Records
from nms.tickets.desk import TicketDesk
from nms.tickets.sync import Glpi, RequestTracker, Synchroniser, Webhook
from nms.tickets.sync.glpi import credentials
from nms.tickets.sync.remote import RemoteTickets
from nms.transports.sockets import tls_context

log = logging.getLogger(__name__)

TIMEOUT = httpx.Timeout(30.0, connect=10.0)
PATIENCE_SECONDS = 300.0
"""A system that fails for so long is told on every screen."""


@dataclass(slots=True)
class Elsewhere:
    """One system. `connect` is called anew after each failure, so that a rotated secret is picked up."""

    name: str
    connect: Callable[[ExitStack], RemoteTickets]
    records: Records
    desk: TicketDesk
    language: str
    clock: Callable[[], float] = time.time
    problem: str = ""
    failing_since: float | None = None
    _open: ExitStack = field(default_factory=ExitStack)
    _sync: Synchroniser | None = None

    @property
    def __name__(self) -> str:
        return f"tickets elsewhere ({self.name})"

    def __call__(self) -> None:
        """One pass. What fails is told once in the log, and once when it works again."""
        try:
            if self._sync is None:
                self._sync = Synchroniser(self.records, lambda: self.desk, self.connect(self._open), self.language)
            problems = self._sync.run(self.clock()).problems
        except SecretUnavailable as error:
            problems = (render(error.message, "en"),)
        except (httpx.HTTPError, OSError, ValueError, LookupError, TypeError) as error:
            log.debug("%s", self.__name__, exc_info=True)
            problems = (f"an answer that is not understood: {type(error).__name__}",)
        self._told(problems[0] if problems else "")

    def close(self) -> None:
        self._open.close()
        self._sync = None

    def trouble(self, now: float) -> str:
        """A sentence for every screen; empty while it works, or has not failed for long."""
        if self.failing_since is None or now - self.failing_since < PATIENCE_SECONDS:
            return ""
        minutes = int((now - self.failing_since) // 60)
        return f"tickets wait for “{self.name}” since {minutes} minutes: {self.problem}"

    def _told(self, problem: str) -> None:
        if problem and self.failing_since is None:
            log.warning("tickets elsewhere: %s: %s", self.name, problem)
            self.failing_since = self.clock()
        elif not problem and self.failing_since is not None:
            log.info("tickets elsewhere: %s works again", self.name)
            self.failing_since = None
        self.problem = problem
        if problem:
            self.close()


def elsewhere(config: Config, records: Records, desk: TicketDesk) -> list[Elsewhere]:
    """The systems of the settings that are enabled."""
    language = config.office.language
    return [
        Elsewhere(name, _connector(config, name, system), records, desk, language)
        for name, system in config.tickets.elsewhere.items()
        if system.enabled
    ]


def jobs_of(config: Config, systems: Iterable[Elsewhere]) -> Iterable[tuple[Callable[[], None], dict[str, Any]]]:
    """What APScheduler is to run."""
    for one in systems:
        yield one, {"trigger": "interval", "seconds": config.tickets.elsewhere[one.name].every}


def _connector(config: Config, name: str, system: RemoteSystem) -> Callable[[ExitStack], RemoteTickets]:
    """Makes the adapter when it is called: secrets are read then, and not before.

    Raises (when called): SecretUnavailable; OSError for an authority that cannot be read.
    """

    def connect(closing: ExitStack) -> RemoteTickets:
        verify = tls_context(authorities=str(system.ca_file) if system.ca_file else None)

        def client(**more: Any) -> httpx.Client:
            return closing.enter_context(httpx.Client(timeout=TIMEOUT, trust_env=False, verify=verify, **more))

        if isinstance(system, RequestTrackerSystem):
            user, password, token = _login(config, system.credential)
            more: dict[str, Any] = {"headers": {"Authorization": f"token {token}"}} if token else {}
            ours = client(base_url=_folder(system.url), auth=None if token else (user, password), **more)
            return RequestTracker(ours, system.queue, system.user or user, name)
        if isinstance(system, GlpiSystem):
            app_token = system.app_token.reveal() if system.app_token else ""
            headers = credentials(*_login(config, system.credential), app_token)
            return Glpi(client(base_url=_folder(system.url), headers=headers), name, system.entity)
        return Webhook(client(), name, system.url.reveal(), system.secret.reveal())

    return connect


def _login(config: Config, name: str) -> tuple[str, str, str]:
    """User, password and token of a credential; what it has not is empty. `nms check` has seen that it is there."""
    login = config.credentials.get(name)
    assert isinstance(login, HttpLogin)
    password = login.password.reveal() if login.password else ""
    return login.user, password, login.token.reveal() if login.token else ""


def _folder(url: str) -> str:
    return url if url.endswith("/") else f"{url}/"
