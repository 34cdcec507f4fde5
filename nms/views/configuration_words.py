"""Words for configurations, the same on every view."""

from __future__ import annotations

from nms.i18n import gettext as _
from nms.queries.configuration_rows import ConfigurationRow


def finding_word(what: str) -> str:
    words = {
        "unsaved": _("not saved"),
        "changed-without-ticket": _("changed without a ticket"),
        "backup-failing": _("cannot be fetched"),
        "backup-too-old": _("no recent copy"),
        "drift": _("not the baseline"),
        "below-baseline": _("old software"),
    }
    return words.get(what, what)


def remark(row: ConfigurationRow) -> str:
    """What is to be said of a configuration, in a few words."""
    said = [finding_word(what) for what in row.findings]
    if row.problem and "backup-failing" not in row.findings:
        said.append(row.problem)
    if row.kept_at is None and not said:
        said.append(_("never fetched"))
    return ", ".join(said)


def reason_word(reason: str) -> str:
    """Why it was looked at."""
    words = {
        "night": _("nightly round"),
        "change-noticed": _("a change was noticed"),
        "asked": _("somebody asked"),
        "unsaved": _("looked whether it was saved"),
        "accepted": _("accepted as the baseline"),
    }
    return words.get(reason, reason)


def text_word(which: str) -> str:
    """What a text of a configuration is called."""
    if which.isdecimal():
        return _("version {number}").format(number=which)
    words = {"running": _("what runs"), "startup": _("startup"), "baseline": _("baseline")}
    words |= {"previous": _("the one before"), "nothing": _("nothing")}
    return words.get(which, which)
