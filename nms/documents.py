"""YAML that people write: loaded with the line of every key, checked in one run, mistakes told with a remedy.

The loader is PyYAML's safe one with two changes: only `true` and `false` are booleans (so that `no`, `on` and `off`
stay text), and a key written twice is a mistake instead of a silent loss.
"""

from __future__ import annotations

import difflib
import types
import typing
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from nms.model import Message

Step = str | int
Path_ = tuple[Step, ...]
ModelT = TypeVar("ModelT", bound=BaseModel)

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Strict(BaseModel):
    """Base of everything that is read from YAML: unknown keys are refused, values are frozen."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in one file, with what would be right."""

    file: str
    line: int
    message: Message
    hint: Message | None = None


class DocumentError(Exception):
    """What people wrote cannot be used; `problems` holds every mistake found, in file order."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(problems, key=lambda problem: (problem.file, problem.line)))
        super().__init__(f"{len(self.problems)} problem(s) in the configuration")


@dataclass(frozen=True, slots=True)
class Document:
    """One YAML file: its plain data, and the line (from 1) of each key and list item by its path."""

    file: str
    data: Any
    lines: Mapping[Path_, int] = field(repr=False)

    def line(self, path: Path_) -> int:
        """The line of a path, or of the nearest part of it that exists in the file."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)

    def problem(self, path: Path_, message: Message, hint: Message | None = None) -> Problem:
        return Problem(self.file, self.line(path), message, hint)


def load(path: Path, *, shown_as: str | None = None) -> Document:
    """Reads a YAML file. Raises `DocumentError` when it is missing, unreadable or not YAML."""
    name = shown_as or str(path)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        message = Message("cannot be read: {reason}", {"reason": reason or "unknown"})
        raise DocumentError([Problem(name, 1, message)]) from error
    return loads(text, name)


def loads(text: str, name: str) -> Document:
    """Reads YAML from a string; `name` is what mistakes call it."""
    try:
        root = yaml.compose(text, Loader=_Loader)
        if root is None:
            return Document(name, {}, {(): 1})
        lines: dict[Path_, int] = {}
        problems: list[Problem] = []
        data = _build(root, (), name, lines, problems)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        message = Message("is not valid YAML: {detail}", {"detail": error.problem or str(error)})
        hint = Message("check the indentation, the colons and the quotes near this line")
        raise DocumentError([Problem(name, line, message, hint)]) from error
    except yaml.YAMLError as error:
        message = Message("is not valid YAML: {detail}", {"detail": " ".join(str(error).split())})
        raise DocumentError([Problem(name, 1, message)]) from error
    if problems:
        raise DocumentError(problems)
    return Document(name, data, lines)


def _build(node: yaml.Node, path: Path_, name: str, lines: dict[Path_, int], problems: list[Problem]) -> Any:
    lines.setdefault(path, node.start_mark.line + 1)
    if isinstance(node, yaml.SequenceNode):
        return [_build(item, (*path, i), name, lines, problems) for i, item in enumerate(node.value)]
    if isinstance(node, yaml.MappingNode):
        result: dict[Any, Any] = {}
        for key_node, value_node in node.value:
            key = _scalar(key_node)
            line = key_node.start_mark.line + 1
            if key in result:
                problems.append(Problem(name, line, Message("“{key}” is written twice", {"key": str(key)})))
            lines[(*path, key)] = line
            result[key] = _build(value_node, (*path, key), name, lines, problems)
        return result
    return _scalar(node)


_CONSTRUCTOR = yaml.constructor.SafeConstructor()


def _scalar(node: yaml.Node) -> Any:
    if node.tag == "tag:yaml.org,2002:bool" and node.value.lower() not in ("true", "false"):
        return node.value
    if node.tag in ("tag:yaml.org,2002:timestamp", "tag:yaml.org,2002:binary"):
        return node.value
    if node.tag == "tag:yaml.org,2002:int" and ":" in node.value:
        return node.value
    if node.tag == "tag:yaml.org,2002:merge":
        raise yaml.constructor.ConstructorError(None, None, "merge keys (<<) are not used here", node.start_mark)
    return _CONSTRUCTOR.construct_object(node)


def parse(model: type[ModelT], document: Document, at: Path_ = ()) -> ModelT:
    """Validates the part of a document at a path. Raises `DocumentError` with every mistake in it."""
    data = document.data
    for step in at:
        data = data[step]
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise DocumentError(_problems(model, document, at, error)) from None


def _problems(model: type[BaseModel], document: Document, at: Path_, error: ValidationError) -> list[Problem]:
    found: dict[tuple[int, str, str], Problem] = {}
    for detail in error.errors(include_url=False, include_context=True):
        loc = at + _written(document, at, detail["loc"])
        message, hint = _explain(model, detail)
        problem = document.problem(loc, message, hint)
        found.setdefault((problem.line, message.template, str(message.params)), problem)
    return list(found.values())


def _written(document: Document, at: Path_, loc: Path_) -> Path_:
    """The part of a pydantic location that stands in the file (it also names union members and the like)."""
    path: list[Step] = []
    for step in loc:
        if (*at, *path, step) in document.lines:
            path.append(step)
    return tuple(path)


_TEMPLATES = {
    "missing": "“{key}” is missing",
    "extra_forbidden": "“{key}” is not a known key",
    "int_parsing": "“{key}” must be a whole number, not {value}",
    "int_type": "“{key}” must be a whole number, not {value}",
    "float_parsing": "“{key}” must be a number, not {value}",
    "float_type": "“{key}” must be a number, not {value}",
    "bool_parsing": "“{key}” must be true or false, not {value}",
    "bool_type": "“{key}” must be true or false, not {value}",
    "string_type": "“{key}” must be text, not {value}",
    "list_type": "“{key}” must be a list, not {value}",
    "tuple_type": "“{key}” must be a list, not {value}",
    "dict_type": "“{key}” must be a block of keys and values, not {value}",
    "model_type": "“{key}” must be a block of keys and values, not {value}",
    "enum": "“{key}” cannot be {value}: it must be one of {expected}",
    "literal_error": "“{key}” cannot be {value}: it must be one of {expected}",
    "greater_than_equal": "“{key}” is {value}: it must be at least {ge}",
    "greater_than": "“{key}” is {value}: it must be more than {gt}",
    "less_than_equal": "“{key}” is {value}: it must be at most {le}",
    "less_than": "“{key}” is {value}: it must be less than {lt}",
    "string_pattern_mismatch": "“{key}” cannot be {value}: it must match {pattern}",
    "string_too_short": "“{key}” is empty or too short",
    "value_error": "“{key}”: {error}",
}


def _explain(model: type[BaseModel], detail: ErrorDetails) -> tuple[Message, Message | None]:
    kind, loc = detail["type"], detail["loc"]
    context = detail.get("ctx", {})
    key = str(next((step for step in reversed(loc) if isinstance(step, str)), "") or "document")
    params: dict[str, str | float] = {name: str(value) for name, value in context.items()}
    params |= {"key": key, "value": _shown(detail["input"])}
    hint: Message | None = None
    if kind == "extra_forbidden":
        hint = suggestion(key, _known_keys(model, loc[:-1]))
    elif kind in ("enum", "literal_error"):
        words = str(context.get("expected", "")).replace(" or ", ", ").split(", ")
        hint = suggestion(str(detail["input"]), [word.strip("'") for word in words], others=False)
    template = _TEMPLATES.get(kind)
    if template is None:
        return Message("“{key}” is not valid: {detail}", {"key": key, "detail": detail["msg"]}), hint
    return Message(template, params), hint


def suggestion(word: str, known: Iterable[str], *, others: bool = True) -> Message | None:
    """What somebody who wrote `word` may have meant, from the words that would be right."""
    candidates = sorted(set(known))
    close = difflib.get_close_matches(word, candidates, n=1, cutoff=0.6)
    if close:
        return Message("did you mean “{word}”?", {"word": close[0]})
    if others and candidates and len(candidates) <= 40:
        return Message("known here: {words}", {"words": ", ".join(candidates)})
    return None


def _shown(value: object) -> str:
    text = "nothing" if value is None else repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _known_keys(model: type[BaseModel], loc: Path_) -> set[str]:
    """The keys that the models at a location accept."""
    types_here: list[Any] = [model]
    for step in loc:
        types_here = [inner for one in types_here for inner in _inside(one, step)]
    keys: set[str] = set()
    for one in types_here:
        for candidate in _models(one):
            keys |= {info.alias or name for name, info in candidate.model_fields.items()}
    return keys


def _inside(annotation: Any, step: Step) -> list[Any]:
    """The annotations one step further in; a step that names a union member stays where it is."""
    found: list[Any] = []
    for model in _models(annotation):
        for name, info in model.model_fields.items():
            if step in (name, info.alias):
                found.append(info.annotation)
    for part in _parts(annotation):
        origin, arguments = typing.get_origin(part), typing.get_args(part)
        if origin in (list, tuple, set, frozenset) and isinstance(step, int):
            found.extend(argument for argument in arguments if argument is not Ellipsis)
        elif origin is not None and isinstance(origin, type) and issubclass(origin, Mapping):
            found.append(arguments[1])
    return found or [annotation]


def _parts(annotation: Any) -> list[Any]:
    origin = typing.get_origin(annotation)
    if origin is typing.Annotated:
        return _parts(typing.get_args(annotation)[0])
    if origin in (typing.Union, types.UnionType):
        return [part for argument in typing.get_args(annotation) for part in _parts(argument)]
    return [annotation]


def _models(annotation: Any) -> list[type[BaseModel]]:
    return [part for part in _parts(annotation) if isinstance(part, type) and issubclass(part, BaseModel)]
