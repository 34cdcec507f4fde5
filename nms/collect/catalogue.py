"""All families of a folder: loaded, checked and compiled once; dropping a file in is enough to add one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from nms.collect.compiled import CompiledFamily
from nms.collect.compiler import Compiler
from nms.collect.language import Family
from nms.collect.resolving import Source
from nms.documents import DocumentError, Problem, load, parse, suggestion
from nms.model import Message

CONFIGURATION, MESSAGES = "configuration", "messages"


@dataclass(slots=True)
class Catalogue:
    """The families by name. `problems` are the mistakes of the files that were left out."""

    families: Mapping[str, CompiledFamily]
    problems: tuple[Problem, ...] = ()
    plans: dict[tuple[str, ...], object] = field(default_factory=dict, repr=False)
    """Plans already made, by their families (see `nms.collect.plan`)."""

    @classmethod
    def load(cls, folder: Path) -> Catalogue:
        """Every usable family below `folder`; a file with mistakes is left out and told in `problems`."""
        written, problems = _sources(folder)
        sources = {name: _after_its_model(source, written, problems) for name, source in written.items()}
        families: dict[str, CompiledFamily] = {}
        for name in sorted(sources, key=lambda name: sources[name].family.like is not None):
            source = sources[name]
            if source.family.like in sources and source.family.like not in families:
                continue  # the mistakes of the model are told once, in its own file
            compiler = Compiler(source, sources)
            compiled = compiler.compile()
            problems.extend(compiler.problems)
            if not compiler.problems:
                families[name] = compiled
        return cls({name: families[name] for name in sources if name in families}, tuple(problems))


def family_files(folder: Path) -> list[Path]:
    """The files of families below a folder; how configurations are fetched and which messages matter stand beside."""
    return [path for path in sorted(folder.rglob("*.yaml")) if path.parent.name not in (CONFIGURATION, MESSAGES)]


def check_collectors(folder: Path) -> list[Problem]:
    """Every mistake in the family files below `folder`, in file order."""
    problems = Catalogue.load(folder).problems
    return sorted(problems, key=lambda problem: (problem.file, problem.line))


def _sources(folder: Path) -> tuple[dict[str, Source], list[Problem]]:
    sources: dict[str, Source] = {}
    problems: list[Problem] = []
    for path in family_files(folder):
        shown = str(path.relative_to(folder.parent))
        try:
            document = load(path, shown_as=shown)
            family = parse(Family, document)
        except DocumentError as error:
            problems.extend(error.problems)
            continue
        if path.stem in sources:
            message = Message(
                "there is already a family “{name}” in {folder}",
                {"name": path.stem, "folder": sources[path.stem].folder},
            )
            problems.append(Problem(shown, 1, message, Message("give the file another name")))
            continue
        sources[path.stem] = Source(path.stem, path.parent.name, family, document)
    return sources, problems


def _after_its_model(source: Source, sources: Mapping[str, Source], problems: list[Problem]) -> Source:
    """A family written as `like: another`, with what the other one says."""
    if source.family.like is None:
        return source
    model = sources.get(source.family.like)
    if model is None or model.family.like is not None or model is source:
        hint = suggestion(source.family.like, [name for name, one in sources.items() if one.family.like is None])
        message = Message("“{name}” is not a family that stands on its own", {"name": source.family.like})
        problems.append(source.document.problem(("like",), message, hint))
        return replace(source, family=source.family.model_copy(update={"like": None}))
    return replace(source, family=source.family.after(model.family))
