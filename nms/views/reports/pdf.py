"""A report as PDF, drawn from its HTML by WeasyPrint, which is an extra because it needs Pango's libraries."""

from __future__ import annotations

from nms.queries.reports.document import Report
from nms.refusals import Refusal
from nms.views.reports.html import as_html

MOST_ROWS = 40
"""Of each table: on paper stands what somebody reads there, every department among it; spreadsheets hold all."""


class NoPdf(Refusal):
    """PDF cannot be made on this machine; the message says what to install."""


def as_pdf(report: Report) -> bytes:
    """Raises: NoPdf."""
    try:
        from weasyprint import HTML
    except (ImportError, OSError):
        raise NoPdf(
            "PDF needs WeasyPrint: install the extra (pip install 'nms[pdf]') and Pango "
            "(Debian: apt install libpango-1.0-0 libpangoft2-1.0-0); HTML prints as well"
        ) from None
    return bytes(HTML(string=as_html(report, MOST_ROWS), url_fetcher=_nothing).write_pdf())


def _nothing(url: str, *_: object, **__: object) -> dict[str, object]:
    """A report is whole in itself: whatever its text says, nothing is fetched from anywhere."""
    raise ValueError(f"a report fetches nothing: {url[:80]}")
