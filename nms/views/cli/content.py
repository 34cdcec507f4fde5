"""`nms init`, `nms check`: the municipality's own content."""

from __future__ import annotations

from pathlib import Path

import typer

from nms.views.cli.common import say, session


def register(app: typer.Typer) -> None:
    app.command()(init)
    app.command()(check)


def init(context: typer.Context, directory: Path) -> int:
    """Lays out config.yaml, inventories, collectors, playbooks and dashboards of a new municipality."""
    from nms.i18n import gettext as _
    from nms.views.cli.init import lay_out

    made = lay_out(directory)
    say(
        _("{count} files are in {directory}; next: nms check --config {directory}/config.yaml").format(
            count=len(made), directory=directory
        )
    )
    return 0


def check(context: typer.Context) -> int:
    """Validates all of it: every mistake in one run, with file and line. Exit code 1 when there are any."""
    from nms.views.cli.check import report
    from nms.views.cli.validators import VALIDATORS

    code, text = report(session(context).config_path, VALIDATORS)
    say(text)
    return code
