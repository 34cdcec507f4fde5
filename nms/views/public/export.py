"""The public status as files, for another host: whole, small, and each replaced at once so that no half is served."""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path

from nms import i18n
from nms.queries.public import PublicReads
from nms.views.public import formats, open_data
from nms.views.public.pages import static_data_page, static_page


def export(reads: PublicReads, directory: Path, url: str, language: str) -> list[Path]:
    """Writes everything; returns the files. `url`: where people reach the copy. Raises: OSError."""
    with i18n.speaking(language):
        status, months = reads.status(), reads.months()
        files = {
            "index.html": static_page(status, language),
            "age.js": resources.files("nms.views.public").joinpath("static/age.js").read_text(encoding="utf-8"),
            "api/v2/summary.json": _json(formats.summary(status, url)),
            "feed.atom": formats.atom(status, url).decode(),
            "open-data/index.html": static_data_page(status, language),
            "open-data/months.csv": open_data.months_csv(months),
            "open-data/months.csv-metadata.json": _json(open_data.columns_of_csv(url)),
            "open-data/months.json": open_data.months_json(months),
            "open-data/catalog.jsonld": _json(open_data.catalogue(status, months, url)),
        }
    return [_write(directory / name, content) for name, content in files.items()]


def _json(content: object) -> str:
    return json.dumps(content, ensure_ascii=False)


def _write(path: Path, content: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.partial")
    partial.write_text(content, encoding="utf-8", newline="")
    partial.chmod(0o644)
    partial.replace(path)
    return path
