"""Who may do what: roles, permissions and the one function that refuses.

Engine functions that change something, or read something sensitive, call `require`; no view decides by itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from nms.refusals import Refusal


class UserRole(StrEnum):
    VIEWER = "viewer"
    TECHNICIAN = "technician"
    ON_CALL = "on-call"
    MANAGER = "manager"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"


class Permission(StrEnum):
    READ = "read"
    READ_CONFIGURATION = "read-configuration"
    ACCEPT_CONFIGURATION = "accept-configuration"
    READ_AUDIT = "read-audit"
    READ_REPORTS = "read-reports"
    LOCATE = "locate"
    ACKNOWLEDGE = "acknowledge"
    SILENCE = "silence"
    ANNOTATE = "annotate"
    POLL = "poll"
    WORK_TICKET = "work-ticket"
    OPEN_TICKET = "open-ticket"
    ASSIGN_TICKET = "assign-ticket"
    CLOSE_TICKET = "close-ticket"
    NOTE_TICKET = "note-ticket"
    PRIORITISE_TICKET = "prioritise-ticket"
    WAIVE_STEP = "waive-step"
    RUN_COMMAND = "run-command"
    PLAN = "plan"
    ANNOUNCE = "announce"
    ADMINISTER = "administer"


_READER = frozenset({Permission.READ})
_TECHNICIAN = _READER | {
    Permission.READ_CONFIGURATION,
    Permission.READ_REPORTS,
    Permission.LOCATE,
    Permission.ACKNOWLEDGE,
    Permission.POLL,
    Permission.WORK_TICKET,
    Permission.OPEN_TICKET,
    Permission.NOTE_TICKET,
    Permission.RUN_COMMAND,
}
_ON_CALL = _TECHNICIAN | {Permission.SILENCE, Permission.ASSIGN_TICKET, Permission.ACCEPT_CONFIGURATION}
_MANAGER = _READER | {
    Permission.READ_REPORTS,
    Permission.ANNOTATE,
    Permission.OPEN_TICKET,
    Permission.ASSIGN_TICKET,
    Permission.CLOSE_TICKET,
    Permission.NOTE_TICKET,
    Permission.PRIORITISE_TICKET,
    Permission.WAIVE_STEP,
    Permission.PLAN,
    Permission.ANNOUNCE,
}

GRANTS: dict[UserRole, frozenset[Permission]] = {
    UserRole.VIEWER: _READER,
    UserRole.TECHNICIAN: frozenset(_TECHNICIAN),
    UserRole.ON_CALL: frozenset(_ON_CALL),
    UserRole.MANAGER: frozenset(_MANAGER),
    UserRole.AUDITOR: frozenset({Permission.READ, Permission.READ_AUDIT, Permission.READ_REPORTS}),
    UserRole.ADMINISTRATOR: frozenset(Permission),
}


class Forbidden(Refusal, PermissionError):
    """The actor may not do this; the message says which permission is missing and which roles have it."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody, or a part of the monitor, that acts.

    `departments` limits what the actor sees and touches; empty means all. `origin` says from where (an address,
    `cli`, `monitor`); it goes to the audit.
    """

    name: str
    roles: frozenset[UserRole]
    departments: frozenset[str] = frozenset()
    origin: str = ""

    @property
    def permissions(self) -> frozenset[Permission]:
        return frozenset(permission for role in self.roles for permission in GRANTS[role])

    def may(self, permission: Permission, department: str | None = None) -> bool:
        inside = not self.departments or department is None or department in self.departments
        return inside and permission in self.permissions


MONITOR = Actor("monitor", frozenset({UserRole.ADMINISTRATOR}), origin="monitor")
"""The monitor itself, for what it does unasked."""


def require(actor: Actor, permission: Permission, department: str | None = None) -> None:
    """Raises `Forbidden` unless the actor holds the permission, in that department where one is given."""
    if actor.may(permission, department):
        return
    if permission in actor.permissions:
        where = {"actor": actor.name, "department": department or ""}
        raise Forbidden("“{actor}” may not do this for the department “{department}”", **where)
    lacking = {"actor": actor.name, "permission": permission.value, "roles": _roles_with(permission)}
    raise Forbidden("“{actor}” lacks the permission “{permission}”; roles that have it: {roles}", **lacking)


def _roles_with(permission: Permission) -> str:
    return ", ".join(role for role in UserRole if permission in GRANTS[role])


def actor(name: str, roles: Iterable[str], departments: Iterable[str] = (), origin: str = "") -> Actor:
    """An actor from plain words. Raises ValueError for a role that does not exist."""
    return Actor(name, frozenset(UserRole(role) for role in roles), frozenset(departments), origin)
