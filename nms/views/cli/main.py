"""The command `nms`: global options, one way of telling mistakes, and the commands of the modules beside it.

Exit codes: 0 done, 1 it found a problem it was asked to look for, 2 the call or the configuration is wrong.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from nms import __version__, i18n
from nms.i18n import gettext as _
from nms.views.cli import (
    accounts,
    announcements,
    audit,
    configurations,
    content,
    daemon,
    equipment,
    helping,
    oncall,
    procedures,
    quiet,
    reading,
    records,
    reports,
    stores,
    tickets,
    upkeep,
    where,
)
from nms.views.cli.common import EXIT_WRONG, Application, Session, WrongUse, console

GLOBAL_OPTIONS = ("--config", "-c", "--lang", "--address")

_WrongCall: Any = next(base for base in typer.BadParameter.__mro__ if base.__name__ == "ClickException")
"""What a wrong option or argument raises. Typer carries its own copy of click and exports only its subclasses."""

app = typer.Typer(
    name="nms",
    help="Network and data-centre monitor for a city hall.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
MODULES = (
    daemon,
    reading,
    oncall,
    quiet,
    where,
    tickets,
    reports,
    procedures,
    equipment,
    configurations,
    content,
    records,
    stores,
    announcements,
    accounts,
    audit,
    upkeep,
)
for module in MODULES:
    module.register(app)


def _version(wanted: bool) -> None:
    if wanted:
        sys.stdout.write(f"nms {__version__}\n")
        raise typer.Exit


@app.callback()
def main(
    context: typer.Context,
    config: Annotated[Path, typer.Option("--config", "-c", envvar="NMS_CONFIG", help="The settings file.")] = Path(
        "config.yaml"
    ),
    lang: Annotated[str, typer.Option("--lang", envvar="NMS_LANG", help="Language: es or en.")] = "",
    address: Annotated[
        str, typer.Option("--address", envvar="NMS_ADDRESS", help="A daemon elsewhere: https://monitor.example:8470")
    ] = "",
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Version.")] = False,
) -> None:
    if lang and lang not in i18n.LANGUAGES:
        raise WrongUse(_("--lang: {lang} is not a language of this program; write es or en").format(lang=lang))
    i18n.use(lang or i18n.DEFAULT_LANGUAGE)
    context.obj = Session(context.obj, config, lang or None, address)


def command() -> Any:
    """The tree of commands, with its help in English (a click command)."""
    return typer.main.get_command(app)


def global_first(arguments: Sequence[str]) -> list[str]:
    """The global options before the command, wherever they were written: `nms check --config FILE` is meant so."""
    front: list[str] = []
    rest: list[str] = []
    left = iter(arguments)
    for argument in left:
        if argument == "--":
            rest += [argument, *left]
        elif argument in GLOBAL_OPTIONS:
            front += [argument, *([value] if (value := next(left, None)) is not None else [])]
        elif argument.startswith(tuple(f"{option}=" for option in GLOBAL_OPTIONS)):
            front.append(argument)
        else:
            rest.append(argument)
    return [*front, *rest]


def run(application: Application, arguments: list[str] | None = None) -> int:
    """Runs one command and returns its exit code. A person's mistake never shows a traceback."""
    written = global_first(sys.argv[1:] if arguments is None else arguments)
    i18n.use(helping.language_of(written))
    tree = command()
    helping.translate(tree)
    try:
        result = tree(args=written, obj=application, standalone_mode=False)
    except typer.Exit as error:
        return int(error.exit_code)
    except _WrongCall as error:
        helping.complaint(error, console(error=True).print)
    except (typer.Abort, KeyboardInterrupt):
        return 130
    except BrokenPipeError:
        # Somebody closed the pipe (`nms alerts | head`); what is left to flush must not complain either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        from nms.views.cli.complaints import complaint  # knows every part's errors: imported only when there is one

        sentence = complaint(error)
        if sentence is None:
            raise
        console(error=True).print(sentence)
    else:
        return result if isinstance(result, int) else 0
    return EXIT_WRONG
