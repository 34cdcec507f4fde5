"""Who may do what: six roles, their permissions, and the one question that every act asks.

Views show what a role may read; acts call `require` before they change anything, wherever they come from (terminal,
API, command line, e-mail link). An actor carries where it acts from, for the audit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from nms.model import Message


class AccessRole(StrEnum):
    """What a person is to the monitor. One person may have several."""

    VIEWER = "viewer"
    TECHNICIAN = "technician"
    ON_CALL = "on-call"
    MANAGER = "manager"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"


class Permission(StrEnum):
    """One kind of act."""

    READ = "read"
    ACKNOWLEDGE = "acknowledge"
    SILENCE = "silence"
    POLL = "poll"
    TICKET_OPEN = "ticket-open"
    TICKET_NOTE = "ticket-note"
    TICKET_WORK = "ticket-work"
    TICKET_ASSIGN = "ticket-assign"
    TICKET_CLOSE = "ticket-close"
    TICKET_PRIORITY = "ticket-priority"
    STEP_WAIVE = "step-waive"
    COMMAND_RUN = "command-run"
    PLAN = "plan"
    REPORT = "report"
    AUDIT_READ = "audit-read"
    CONFIGURE = "configure"
    PEOPLE = "people"


_P = Permission
_VIEWER = frozenset({_P.READ})
_TECHNICIAN = _VIEWER | {
    _P.ACKNOWLEDGE,
    _P.POLL,
    _P.TICKET_OPEN,
    _P.TICKET_NOTE,
    _P.TICKET_WORK,
    _P.COMMAND_RUN,
}
_ON_CALL = _TECHNICIAN | {_P.SILENCE, _P.TICKET_ASSIGN}
_MANAGER = _VIEWER | {
    _P.ACKNOWLEDGE,
    _P.SILENCE,
    _P.TICKET_OPEN,
    _P.TICKET_NOTE,
    _P.TICKET_ASSIGN,
    _P.TICKET_CLOSE,
    _P.TICKET_PRIORITY,
    _P.STEP_WAIVE,
    _P.PLAN,
    _P.REPORT,
}
_AUDITOR = _VIEWER | {_P.REPORT, _P.AUDIT_READ}

PERMISSIONS: Mapping[AccessRole, frozenset[Permission]] = {
    AccessRole.VIEWER: _VIEWER,
    AccessRole.TECHNICIAN: _TECHNICIAN,
    AccessRole.ON_CALL: _ON_CALL,
    AccessRole.MANAGER: _MANAGER,
    AccessRole.AUDITOR: _AUDITOR,
    AccessRole.ADMINISTRATOR: frozenset(Permission),
}
"""The whole table. An auditor reads everything and changes nothing; a manager decides and does not run commands."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts. `departments`: those whose things the actor may see and touch; empty means all of them.

    `origin`: where from, for the audit (`cli:host`, `api:10.0.0.5`, `rule`), already harmless text.
    """

    name: str
    roles: frozenset[AccessRole] = frozenset()
    departments: frozenset[str] = frozenset()
    origin: str = ""

    @property
    def permissions(self) -> frozenset[Permission]:
        return frozenset().union(*(PERMISSIONS[role] for role in self.roles))

    def may(self, permission: Permission, department: str | None = None) -> bool:
        """Whether the actor may do this, and (where given) to things of this department."""
        in_reach = department is None or not self.departments or department in self.departments
        return in_reach and permission in self.permissions


THE_MONITOR = Actor("nms", frozenset({AccessRole.ADMINISTRATOR}), origin="monitor")
"""The monitor itself, when a rule or the calendar acts. No login ever yields it."""


class Forbidden(Exception):
    """The actor may not do this; `message` says who, what, and which roles may."""

    def __init__(self, actor: Actor, permission: Permission, department: str | None = None) -> None:
        self.actor = actor
        self.permission = permission
        self.message = _sentence(actor, permission, department)
        super().__init__(f"{actor.name} may not {permission.value}")


def require(actor: Actor, permission: Permission, department: str | None = None) -> None:
    """Lets the actor pass or raises `Forbidden`. The only gate there is."""
    if not actor.may(permission, department):
        raise Forbidden(actor, permission, department)


def roles_with(permission: Permission) -> tuple[AccessRole, ...]:
    """The roles that may do something, in the order of the table."""
    return tuple(role for role, permissions in PERMISSIONS.items() if permission in permissions)


def _sentence(actor: Actor, permission: Permission, department: str | None) -> Message:
    if permission in actor.permissions:
        template = "{actor} may not act on the department {department}: ask somebody who looks after it"
        return Message(template, {"actor": actor.name, "department": department or ""})
    allowed = ", ".join(role.value for role in roles_with(permission))
    template = "{actor} may not do this ({permission}): it takes one of the roles {roles}"
    return Message(template, {"actor": actor.name, "permission": permission.value, "roles": allowed})
