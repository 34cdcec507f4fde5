"""Glyphs and words of states: every colour on the screen has a shape and a word beside it."""

from __future__ import annotations

from nms.i18n import gettext as _
from nms.i18n import language, ngettext
from nms.model import Role, State
from nms.queries.reports import wording
from nms.queries.rows import Attention

ATTENTION_GLYPH = {
    Attention.UNATTENDED: "✖",
    Attention.ATTENDED: "◐",
    Attention.MAINTENANCE: "◆",
    Attention.UNKNOWN: "?",
    Attention.FINE: "●",
}

STRIP_GLYPH = {
    State.UP: "▁",
    State.DEGRADED: "▄",
    State.DOWN: "█",
    State.UNKNOWN: "·",
    State.MAINTENANCE: "▒",
}
"""Of one half hour in a strip: the taller, the worse."""

SEVERITY_GLYPH = {"critical": "▲", "warning": "△", "info": "·", "": " "}


def state_word(state: str) -> str:
    words = {
        "up": _("up"),
        "degraded": _("degraded"),
        "down": _("down"),
        "unknown": _("unknown"),
        "maintenance": _("maintenance"),
    }
    return words.get(state, state)


def tile_word(state: str, attention: Attention) -> str:
    """The state of a department; where that is up although a part of it is not, how that part stands."""
    words = {
        Attention.UNATTENDED: _("trouble"),
        Attention.ATTENDED: _("in hand"),
        Attention.MAINTENANCE: _("planned"),
    }
    return words.get(attention, state_word(state)) if state == State.UP else state_word(state)


def state_count(state: str, n: int) -> str:
    """So many devices in a state."""
    words = {
        "up": ngettext("{n} up", "{n} up", n),
        "degraded": ngettext("{n} degraded", "{n} degraded", n),
        "down": ngettext("{n} down", "{n} down", n),
        "unknown": ngettext("{n} unknown", "{n} unknown", n),
        "maintenance": ngettext("{n} in maintenance", "{n} in maintenance", n),
    }
    return words[state].format(n=n)


def attention_word(attention: Attention) -> str:
    words = {
        Attention.UNATTENDED: _("nobody works on it"),
        Attention.ATTENDED: _("somebody works on it"),
        Attention.MAINTENANCE: _("planned or explained"),
        Attention.UNKNOWN: _("unknown"),
        Attention.FINE: _("fine"),
    }
    return words[attention]


def severity_word(severity: str) -> str:
    words = {"critical": _("critical"), "warning": _("warning"), "info": _("info")}
    return words.get(severity, severity)


def stage_word(stage: str) -> str:
    """What a step of `nms why` is about."""
    words = {
        "verdict": _("judgement"),
        "cause": _("cause"),
        "maintenance": _("maintenance"),
        "silence": _("silence"),
        "alert": _("alert"),
        "incident": _("incident"),
        "rota": _("on call"),
        "delivery": _("message"),
    }
    return words.get(stage, stage)


def alert_status_word(status: str) -> str:
    words = {
        "pending": _("pending"),
        "firing": _("firing"),
        "acknowledged": _("acknowledged"),
        "suppressed": _("suppressed"),
        "flapping": _("flapping"),
        "resolved": _("resolved"),
    }
    return words.get(status, status)


def event_word(kind: str) -> str:
    """What happened to an alert or an incident."""
    words = {
        "pending": _("suspected"),
        "dropped": _("dropped"),
        "fired": _("new alert"),
        "suppressed": _("explained"),
        "released": _("counts again"),
        "worsened": _("worse"),
        "eased": _("better"),
        "flapping": _("flapping"),
        "steady": _("steady again"),
        "acknowledged": _("acknowledged"),
        "unacknowledged": _("taken back"),
        "annotated": _("note"),
        "resolved": _("alert over"),
        "incident-opened": _("incident"),
        "incident-reopened": _("incident again"),
        "incident-updated": _("incident changed"),
        "incident-merged": _("incidents joined"),
        "incident-resolved": _("incident over"),
    }
    return words.get(kind, kind)


_EVENT_ATTENTION = {
    "suppressed": Attention.MAINTENANCE,
    "acknowledged": Attention.ATTENDED,
    "annotated": Attention.ATTENDED,
    "resolved": Attention.FINE,
    "dropped": Attention.FINE,
    "steady": Attention.FINE,
    "eased": Attention.FINE,
    "incident-resolved": Attention.FINE,
    "incident-merged": Attention.MAINTENANCE,
}


def event_glyph(kind: str, severity: str) -> str:
    """What is over or taken care of has the glyph of that; the others have that of their severity."""
    attention = _EVENT_ATTENTION.get(kind)
    return ATTENTION_GLYPH[attention] if attention else SEVERITY_GLYPH.get(severity, " ")


def event_style(kind: str) -> str:
    """What was wrong once needs nobody by that alone: it is not red."""
    return _EVENT_ATTENTION.get(kind, "strong")


def ticket_status_word(status: str) -> str:
    words = {
        "open": _("open"),
        "assigned": _("assigned"),
        "in-progress": _("in progress"),
        "on-hold": _("on hold"),
        "resolved": _("resolved"),
        "closed": _("closed"),
    }
    return words.get(status, status)


def verdict_word(verdict: str) -> str:
    words = {
        "ok": _("as expected"),
        "outside": _("outside its limits"),
        "failed": _("not as expected"),
        "waived": _("left out"),
    }
    return words.get(verdict, verdict)


def ticket_kind_word(kind: str) -> str:
    return {"corrective": _("corrective"), "preventive": _("preventive")}.get(kind, kind)


def role_word(role: str) -> str:
    return wording.role(Role(role), language()) if role in list(Role) else role
