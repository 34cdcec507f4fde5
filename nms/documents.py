"""YAML that people write: loaded with the line of every key, checked in one run, mistakes told with a remedy.

The loader is PyYAML's safe one with these changes: only `true` and `false` are booleans (so that `no`, `on` and `off`
stay text), a number with a leading zero stays text (an extension `0155` is not 109), dates and times stay text, a key
written twice is a mistake instead of a silent loss, and aliases cannot unfold without end.
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
from pydantic import BaseModel, ConfigDict, ValidationError, model_validator
from pydantic_core import ErrorDetails, PydanticCustomError

from nms.model import Message, Parameter

Step = str | int
Path_ = tuple[Step, ...]
ModelT = TypeVar("ModelT", bound=BaseModel)

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_MOST_UNFOLDING = 4
_DEEPEST = 60


class Strict(BaseModel):
    """Base of everything that is read from YAML: unknown keys are refused, values are frozen.

    A key with nothing behind it (all its lines commented out, say) counts as not written.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True, allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _nothing_is_not_written(cls, data: Any) -> Any:
        if data is None:
            return {}
        if isinstance(data, Mapping):
            needed = {info.alias or name for name, info in cls.model_fields.items() if info.is_required()}
            known = {info.alias or name for name, info in cls.model_fields.items()}
            return {key: value for key, value in data.items() if value is not None or key in needed or key not in known}
        return data


class Confidential(Strict):
    """A block that may hold a secret by mistake: what was written in it is never quoted in a message."""


def mistake(template: str, hint: str = "", **params: Parameter) -> PydanticCustomError:
    """What a validator raises: a sentence with `{named}` parameters, kept translatable, and its remedy.

    `{key}` is the key at fault, known without saying it.
    """
    context = {"template": template, "hint": hint, "params": params}
    return PydanticCustomError("mistake", "a mistake", context)


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
        builder = _Builder(name, most_nodes=10_000 + _MOST_UNFOLDING * len(text))
        data = builder.build(root, ())
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        message = Message("is not valid YAML: {detail}", {"detail": error.problem or str(error)})
        hint = Message("check the indentation, the colons and the quotes near this line")
        raise DocumentError([Problem(name, line, message, hint)]) from error
    except yaml.YAMLError as error:
        line = _line_of(text, error)
        message = Message("is not valid YAML: {detail}", {"detail": _one_line(error)})
        raise DocumentError([Problem(name, line, message, _UNREADABLE_HINT)]) from error
    if builder.problems:
        raise DocumentError(builder.problems)
    return Document(name, data, builder.lines)


_UNREADABLE_HINT = Message("the file holds control characters: write it again as plain UTF-8 text")


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())


def _line_of(text: str, error: yaml.YAMLError) -> int:
    position = getattr(error, "position", None)
    if not isinstance(position, int):
        return 1
    return text.encode("utf-8", "replace")[:position].count(b"\n") + 1


_PLAIN_TAGS = ("tag:yaml.org,2002:map", "tag:yaml.org,2002:seq")


class _Builder:
    """Plain data from YAML nodes, with the line of everything, and limits against files that never end."""

    def __init__(self, name: str, most_nodes: int) -> None:
        self.lines: dict[Path_, int] = {}
        self.problems: list[Problem] = []
        self._name = name
        self._left = most_nodes
        self._scalars = yaml.constructor.SafeConstructor()

    def build(self, node: yaml.Node, path: Path_) -> Any:
        self._left -= 1
        if self._left < 0 or len(path) > _DEEPEST:
            raise yaml.composer.ComposerError(None, None, "it is nested too deeply or too large", node.start_mark)
        self.lines.setdefault(path, node.start_mark.line + 1)
        if not isinstance(node, yaml.ScalarNode) and node.tag not in _PLAIN_TAGS:
            detail = f"the tag {node.tag!r} is not used here"
            raise yaml.constructor.ConstructorError(None, None, detail, node.start_mark)
        if isinstance(node, yaml.SequenceNode):
            return [self.build(item, (*path, i)) for i, item in enumerate(node.value)]
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        return self._scalar(node)

    def _mapping(self, node: yaml.MappingNode, path: Path_) -> dict[Any, Any]:
        result: dict[Any, Any] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                raise yaml.constructor.ConstructorError(None, None, "a key must be a plain word", key_node.start_mark)
            key = self._scalar(key_node)
            line = key_node.start_mark.line + 1
            if key in result:
                first = self.lines.get((*path, key), line)
                message = Message("“{key}” is written twice", {"key": str(key)})
                hint = Message("it stands on line {line} already: keep one of them", {"line": first})
                self.problems.append(Problem(self._name, line, message, hint))
            self.lines[(*path, key)] = line
            result[key] = self.build(value_node, (*path, key))
        return result

    def _scalar(self, node: yaml.Node) -> Any:
        kind, text = node.tag.removeprefix("tag:yaml.org,2002:"), node.value
        if kind == "merge":
            raise yaml.constructor.ConstructorError(None, None, "merge keys (<<) are not used here", node.start_mark)
        if kind in ("str", "timestamp", "binary") or _only_looks_like(kind, text):
            return text
        try:
            value = self._scalars.construct_object(node)
        except ValueError:
            value = text
        self._scalars.constructed_objects.clear()
        return value


def _only_looks_like(kind: str, text: str) -> bool:
    """Whether YAML 1.1 would read a boolean or a number where people wrote a word, a time or a code."""
    if kind == "bool":
        return text.lower() not in ("true", "false")
    digits = text.lstrip("+-")
    return kind in ("int", "float") and (":" in text or (len(digits) > 1 and digits[0] == "0" and digits[1].isdigit()))


def parse(model: type[ModelT], document: Document, at: Path_ = (), context: Any = None) -> ModelT:
    """Validates the part of a document at a path. Raises `DocumentError` with every mistake in it.

    `context` is handed to the validators (pydantic's validation context).
    """
    data = document.data
    for step in at:
        data = data[step]
    try:
        return model.model_validate(data, context=context)
    except ValidationError as error:
        raise DocumentError(_problems(model, document, at, error)) from None


def _problems(model: type[BaseModel], document: Document, at: Path_, error: ValidationError) -> list[Problem]:
    found: dict[tuple[int, str, str], Problem] = {}
    for detail in _own_mistakes(error.errors(include_url=False, include_context=True)):
        detail = _at_its_tag(detail)
        loc = at + _written(document, at, detail["loc"])
        message, hint = _explain(model, detail)
        problem = document.problem(loc, message, hint)
        found.setdefault((problem.line, message.template, str(message.params)), problem)
    return list(found.values())


def _own_mistakes(details: list[ErrorDetails]) -> list[ErrorDetails]:
    """Without those that follow from others: a list whose one element is wrong counts as too short to pydantic."""
    inside = {one["loc"][:depth] for one in details for depth in range(len(one["loc"]))}
    return [one for one in details if one["type"] != "too_short" or one["loc"] not in inside]


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
    "model_attributes_type": "“{key}” must be a block of keys and values, not {value}",
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
    "invalid_key": "“{key}” is not a known key",
    "finite_number": "“{key}” must be a finite number",
}

_UNKNOWN_KEY = ("extra_forbidden", "invalid_key")


def _at_its_tag(detail: ErrorDetails) -> ErrorDetails:
    """Pydantic reports a wrong tag of a union at the whole block; people look for it at its key."""
    if detail["type"] not in ("union_tag_invalid", "union_tag_not_found"):
        return detail
    context = detail.get("ctx", {})
    tag = str(context["discriminator"]).strip("'")
    moved = detail.copy()
    moved["loc"] = (*detail["loc"], tag)
    moved["ctx"] = {"expected": context.get("expected_tags", "")}
    if detail["type"] == "union_tag_not_found":
        moved["type"] = "missing"
    else:
        moved["type"], moved["input"] = "enum", context["tag"]
        moved["ctx"]["value"] = _shown(context["tag"])
    return moved


def _explain(model: type[BaseModel], detail: ErrorDetails) -> tuple[Message, Message | None]:
    kind, loc = detail["type"], detail["loc"]
    context = detail.get("ctx", {})
    key = str(loc[-1]) if kind in _UNKNOWN_KEY else _key(loc)
    if kind == "mistake":
        params = {"key": key} | context["params"]
        return Message(context["template"], params), Message(context["hint"], params) if context["hint"] else None
    template = _TEMPLATES.get(kind, "“{key}” is not valid: {detail}")
    params = {"key": key, "value": _quoted(model, detail), "detail": detail["msg"]}
    params |= {name: f"{value:g}" if isinstance(value, float) else str(value) for name, value in context.items()}
    used = {name: value for name, value in params.items() if "{" + name + "}" in template}
    return Message(template, used), _hint(model, detail, key)


def _key(loc: Path_) -> str:
    if loc[-1:] == ("[key]",):
        return str(loc[-2])
    return str(next((step for step in reversed(loc) if isinstance(step, str)), "") or "document")


def _hint(model: type[BaseModel], detail: ErrorDetails, key: str) -> Message | None:
    kind, loc = detail["type"], detail["loc"]
    if kind in _UNKNOWN_KEY:
        return suggestion(key, _known_keys(model, loc[:-1]))
    if kind in ("enum", "literal_error"):
        words = str(detail.get("ctx", {}).get("expected", "")).replace(" or ", ", ").split(", ")
        return suggestion(str(detail["input"]), [word.strip("'") for word in words], others=False)
    return None


def _quoted(model: type[BaseModel], detail: ErrorDetails) -> str:
    types_here: list[Any] = [model]
    for step in (*detail["loc"], ""):
        if any(issubclass(found, Confidential) for one in types_here for found in submodels(one)):
            return "what is written"
        types_here = [inner for one in types_here for inner in _inside(one, step)]
    return _shown(detail["input"])


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
        for candidate in submodels(one):
            keys |= {info.alias or name for name, info in candidate.model_fields.items()}
    return keys


def _inside(annotation: Any, step: Step) -> list[Any]:
    """The annotations one step further in; a step that names a union member stays where it is."""
    found: list[Any] = []
    for model in submodels(annotation):
        for name, info in model.model_fields.items():
            if step in (name, info.alias):
                found.append(info.annotation)
            elif typing.get_origin(info.annotation) is typing.Literal and step in typing.get_args(info.annotation):
                return [model]
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


def submodels(annotation: Any) -> list[type[BaseModel]]:
    """The models that an annotation admits."""
    return [part for part in _parts(annotation) if isinstance(part, type) and issubclass(part, BaseModel)]
