"""`nms run`, `nms tui`, `nms demo`: what stays on the screen."""

from __future__ import annotations

import gc
from pathlib import Path
from typing import Annotated

import typer

from nms import i18n
from nms.views.cli.common import session


def register(app: typer.Typer) -> None:
    app.command()(run)
    app.command()(tui)
    app.command()(demo)


def run(context: typer.Context) -> int:
    """The daemon: poll, judge, ticket, notify, serve."""
    here = session(context)
    return here.application.run(here.config_path, here.language or "")


def tui(
    context: typer.Context,
    kiosk: Annotated[bool, typer.Option("--kiosk", help="Rotating boards for the wall; no keys needed.")] = False,
    theme: Annotated[str, typer.Option("--theme", help="dark, light or high-contrast.")] = "",
    notice: Annotated[str, typer.Option("--notice", help="What a new red does: none, bell or desktop.")] = "bell",
    screen: Annotated[str, typer.Option("--screen", help="The first screen: overview, alerts, tickets ...")] = "",
) -> int:
    """The terminal dashboard, against the daemon of this machine or another."""
    gc.disable()  # importing Textual makes a hundred thousand objects that stay: looking for garbage among them is vain
    from nms.views.tui.app import run_tui  # a quarter of a second: only who needs it pays

    gc.freeze()
    gc.enable()
    here = session(context)
    return run_tui(
        here.client(),
        language=here.language or i18n.language(),
        kiosk=kiosk,
        theme=theme,
        screen=screen,
        notice=notice,
        views=here.config_path.parent / "dashboards",
    )


def demo(
    context: typer.Context,
    once: Annotated[bool, typer.Option("--once", help="Print the story as text and end; no terminal needed.")] = False,
    seconds: Annotated[float | None, typer.Option("--seconds", help="Stop after so many seconds.")] = None,
    directory: Annotated[Path | None, typer.Option("--dir", help="Keep the data here instead of a new folder.")] = None,
    stage: Annotated[Path | None, typer.Option("--stage", hidden=True)] = None,
) -> int:
    """A simulated city hall on loopback: real protocols, faults included."""
    here = session(context)
    if stage is not None:
        return here.application.demo_stage(stage)
    return here.application.demo(
        once=once, seconds=seconds, language=here.language or i18n.language(), directory=directory
    )
