"""The public status as files, for another host: whole, small, and each replaced at once so that no half is served."""

from __future__ import annotations

import json
from pathlib import Path

from nms import i18n
from nms.queries.public import PublicReads
from nms.views.public import formats
from nms.views.public.pages import static_page


def export(reads: PublicReads, directory: Path, url: str, language: str) -> list[Path]:
    """Writes everything; returns the files. Raises: OSError."""
    i18n.use(language)
    status, months = reads.status(), reads.months()
    files = {
        "index.html": static_page(status, language),
        "api/v2/summary.json": json.dumps(formats.summary(status, url), ensure_ascii=False),
        "feed.atom": formats.atom(status, url).decode(),
        "open-data/months.csv": formats.months_csv(months),
        "open-data/months.json": formats.months_json(months),
        "open-data/catalog.jsonld": json.dumps(formats.catalogue(status, url), ensure_ascii=False),
    }
    return [_write(directory / name, content) for name, content in files.items()]


def _write(path: Path, content: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.partial")
    partial.write_text(content, encoding="utf-8")
    partial.chmod(0o644)
    partial.replace(path)
    return path
