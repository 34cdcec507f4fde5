"""Help and complaints of the command line in the reader's language.

The help of commands and options is written in English beside them; it is translated in the tree of commands before
one of them runs. Typer's own words around it are translated where they are written.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from nms import i18n
from nms.i18n import N_
from nms.i18n import gettext as _


def _words() -> Mapping[str, str]:
    """Typer's words and ours for them."""
    return {
        "Arguments": _("Arguments"),
        "Options": _("Options"),
        "Commands": _("Commands"),
        "Show this message and exit.": _("Show this message and exit."),
    }


def _extras() -> Sequence[tuple[str, str]]:
    """What Typer writes in brackets behind the help of an option."""
    return (("env var:", _("env var:")), ("default:", _("default:")), ("required", _("required")))


_COMPLAINTS: Sequence[tuple[str, str]] = (
    (r"Missing command\.", N_("a command is missing")),
    (
        r"No such command '(?P<name>.*)'\. Did you mean (?P<words>.*)\?",
        N_("there is no command “{name}”; did you mean {words}?"),
    ),
    (r"No such command '(?P<name>.*)'\.", N_("there is no command “{name}”")),
    (
        r"No such option: (?P<name>\S+) \(Possible options: (?P<words>.*)\)",
        N_("there is no option {name}; did you mean {words}?"),
    ),
    (r"No such option: (?P<name>\S+).*", N_("there is no option {name}")),
    (r"Option '(?P<name>.*)' requires an argument\.", N_("the option {name} needs a value")),
    (r"Option '(?P<name>.*)' does not take a value\.", N_("the option {name} takes no value")),
    (r"Missing argument '(?P<name>.*)'\..*", N_("{name} is missing")),
    (r"Missing option '(?P<name>.*)'\..*", N_("the option {name} is missing")),
    (r"Got unexpected extra arguments? \((?P<name>.*)\)", N_("this is too much: {name}")),
    (r"Invalid value for '(?P<name>.*)': Input should be a valid integer.*", N_("{name} must be a whole number")),
    (r"Invalid value for '(?P<name>.*)': Input should be a valid number.*", N_("{name} must be a number")),
    (
        r"Invalid value for '(?P<name>.*)': Input should be greater than or equal to (?P<least>.*)",
        N_("{name} must be at least {least}"),
    ),
    (
        r"Invalid value for '(?P<name>.*)': Input should be less than or equal to (?P<most>.*)",
        N_("{name} must be at most {most}"),
    ),
    (
        r"Invalid value for '(?P<name>.*)': Value error, (?P<value>.*) is not one of (?P<words>.*)\.",
        N_("{name} must be one of {words}"),
    ),
    (r"Invalid value for '(?P<name>.*)': (?P<reason>.*)", N_("{name} is not valid: {reason}")),
)
"""Typer's sentences about a wrong call, as patterns, and ours for them."""


def language_of(arguments: Sequence[str]) -> str:
    """The language in which to show help: that of `--lang`, of NMS_LANG, or the default, before anything is parsed."""
    wanted = os.environ.get("NMS_LANG", "")
    for argument, following in zip(arguments, [*arguments[1:], ""], strict=False):
        if argument == "--":
            break
        if argument == "--lang":
            wanted = following
        elif argument.startswith("--lang="):
            wanted = argument.removeprefix("--lang=")
    return wanted if wanted in i18n.LANGUAGES else i18n.DEFAULT_LANGUAGE


def texts(command: Any) -> Iterator[str]:
    """Every sentence of help in a tree of commands."""
    for thing in _things(command):
        if getattr(thing, "help", None):
            yield thing.help


def translate(command: Any) -> None:
    """Translates the help of a tree of commands, in place, into the present language."""
    for thing in _things(command):
        if getattr(thing, "help", None):
            thing.help = _(thing.help)
        if hasattr(thing, "context_class"):
            thing.context_class = _context_class(thing.context_class)


def _things(command: Any) -> Iterator[Any]:
    yield command
    yield from command.params
    for inner in getattr(command, "commands", {}).values():
        yield from _things(inner)


def _context_class(base: Any) -> Any:
    """A click context whose help is written by a formatter that knows the language."""

    class Formatter(base.formatter_class):  # type: ignore[misc]
        def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
            super().write_usage(prog, args, prefix or _("Usage:") + " ")

        def write_heading(self, heading: str) -> None:
            super().write_heading(_words().get(heading, heading))

        def write_dl(self, rows: Sequence[tuple[str, str]], *more: Any, **options: Any) -> None:
            super().write_dl([(name, _help_of(text)) for name, text in rows], *more, **options)

    class Context(base):  # type: ignore[misc]
        formatter_class = Formatter

    return Context


def _help_of(text: str) -> str:
    """The help of one option, with the words in brackets behind it."""
    sentence, bracket, extra = text.rpartition("  [")
    if not bracket and text.startswith("["):
        sentence, bracket, extra = "", "[", text[1:]
    if bracket:
        for theirs, ours in _extras():
            extra = re.sub(rf"(^|; ){re.escape(theirs)}", lambda found, ours=ours: found[1] + ours, extra)  # type: ignore[misc]
        return sentence + bracket + extra
    return _words().get(text, text)


def complaint(error: Any, write: Callable[[str], object]) -> None:
    """Tells what is wrong with a call (a click exception), how the command is used, and where its help is."""
    context = getattr(error, "ctx", None)
    text = str(error.format_message())
    if context is not None and text.startswith(context.get_usage().splitlines()[0]):
        write(text)  # no arguments at all: the help itself
        return
    if context is not None:
        write(context.get_usage())
        write(_("Help: {command} --help").format(command=context.command_path) + "\n")
    write(f"nms: {_reworded(text)}")


def _reworded(text: str) -> str:
    for pattern, msgid in _COMPLAINTS:
        found = re.fullmatch(pattern, text, re.DOTALL)
        if found:
            return i18n.substitute(_(msgid), found.groupdict())
    return text
