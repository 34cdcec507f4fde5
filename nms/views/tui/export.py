"""What a list or tree shows, as a CSV file that a spreadsheet opens without running anything in it."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from nms.text import spreadsheet_safe
from nms.views.tui.lists.columns import Column, Context
from nms.views.tui.safe import shown


def export(name: str, columns: Sequence[Column[Any]], rows: Iterable[Any], context: Context, folder: Path) -> Path:
    """Writes these rows in these columns, as they are shown. Raises: OSError."""
    stamp = datetime.fromtimestamp(context.now).astimezone().strftime("%Y%m%d-%H%M%S")
    path = folder / f"nms-{name}-{stamp}.csv"
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([column.title or column.name for column in columns])
        for row in rows:
            cells = (column.text(row, context) for column in columns)
            writer.writerow([spreadsheet_safe(shown(cell).strip()) for cell in cells])
    return path
