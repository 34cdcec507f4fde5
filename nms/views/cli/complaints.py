"""What a person is told for each kind of error. Commands that succeed never import this, nor the parts behind it."""

from __future__ import annotations

from nms.config import SecretUnavailable
from nms.documents import DocumentError
from nms.i18n import gettext as _
from nms.i18n import render
from nms.refusals import Refusal
from nms.store.errors import RecordsError
from nms.transports.errors import TransportError
from nms.views.cli.common import WrongUse
from nms.views.cli.init import CannotLayOut
from nms.views.connection import ClientError


def complaint(error: Exception) -> str | None:
    """The sentence for a mistake of a person or their system; None for a mistake of this program."""
    if isinstance(error, DocumentError):
        from nms.views.cli.check import line_of  # knows the whole inventory

        return "\n".join(line_of(problem) for problem in error.problems)
    if isinstance(error, Refusal):
        return f"nms: {error.told()}"
    if isinstance(error, WrongUse | ClientError | TransportError | RecordsError):
        return f"nms: {error}"
    if isinstance(error, SecretUnavailable | CannotLayOut):
        return f"nms: {render(error.message)}"
    if isinstance(error, OSError):
        return f"nms: {error.filename or _('the system refuses')}: {error.strerror or error}"
    return None
