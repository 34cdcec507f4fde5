"""Texts of a family file as expressions, templates and OIDs; every mistake becomes a problem at its line."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from nms.collect.expressions import Expression, compile_expression
from nms.collect.language import Family
from nms.collect.templates import Template, template
from nms.documents import Document, Path_, Problem, suggestion
from nms.model import Message

Made = TypeVar("Made")


@dataclass(slots=True)
class Source:
    """One parsed family file."""

    name: str
    folder: str
    family: Family
    document: Document


@dataclass(slots=True)
class Resolver:
    """Resolves what one family says; `sources` are all families of the folder, for joins and shared states."""

    source: Source
    sources: Mapping[str, Source]
    problems: list[Problem] = field(default_factory=list)

    @property
    def family(self) -> Family:
        return self.source.family

    def complain(self, path: Path_, template_: str, params: Mapping[str, str], known: Iterable[str] = ()) -> None:
        names = list(known)
        hint = suggestion(next(iter(params.values())), names) if names else None
        self.problems.append(self.source.document.problem(path, Message(template_, dict(params)), hint))

    def attempt(self, path: Path_, make: Callable[[str], Made], text: str | None) -> Made | None:
        """Builds something from a text; a mistake becomes a problem at its line."""
        if text is None:
            return None
        try:
            return make(text)
        except ValueError as error:
            self.complain(path, "{error}", {"error": str(error)})
            return None

    def expression(self, path: Path_, text: str | None, known: Iterable[str]) -> Expression | None:
        compiled = self.attempt(path, compile_expression, text)
        if compiled:
            self.check_names(path, compiled.names, known)
        return compiled

    def template(self, path: Path_, text: str, known: Iterable[str]) -> Template:
        compiled = self.attempt(path, template, text)
        if compiled:
            self.check_names(path, compiled.names, known)
        return compiled or Template(text, (), frozenset(), "", False)

    def check_names(self, path: Path_, names: Iterable[str], known: Iterable[str]) -> None:
        here = set(known)
        for name in sorted(set(names) - here):
            self.complain(path, "“{name}” is not a column here", {"name": name}, here)

    def oid(self, path: Path_, text: str, base: str | None = None) -> str:
        """The absolute OID of `7`, `prefix.7` or a full one."""
        head, _, rest = text.partition(".")
        if text.startswith("@"):
            return text
        if not head.isdigit():
            known = self.family.prefix
            if head not in known:
                self.complain(path, "“{name}” is not under “prefix”", {"name": head}, known)
                return text
            inner = self.oid(("prefix", head), known[head]) if known[head].partition(".")[0] != head else known[head]
            return f"{inner}.{rest}" if rest else inner
        if "." not in text or text.count(".") < 2:
            if base is None:
                self.complain(path, "“{oid}” is not a whole OID and there is no “at” above it", {"oid": text})
                return text
            return f"{base}.{text}"
        return text
