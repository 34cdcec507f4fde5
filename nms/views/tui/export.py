"""What a list shows, as a CSV file that a spreadsheet opens without running anything in it."""

from __future__ import annotations

import csv
import os
from datetime import datetime
from pathlib import Path

from nms.text import spreadsheet_safe
from nms.views.tui.listing import Listing
from nms.views.tui.safe import shown


def export(listing: Listing, folder: Path) -> Path:
    """Writes the shown rows in the shown columns. Raises: OSError."""
    stamp = datetime.fromtimestamp(listing.context.now).astimezone().strftime("%Y%m%d-%H%M%S")
    path = folder / f"nms-{listing.spec.name}-{stamp}.csv"
    columns = listing.columns
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([column.title or column.name for column in columns])
        for row in listing.shown:
            cells = (column.text(row, listing.context) for column in columns)
            writer.writerow([spreadsheet_safe(shown(cell).strip()) for cell in cells])
    return path
