"""Where something in the inventory was written, so that mistakes found late still name their file and line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from nms.documents import Document, DocumentError, Path_, Problem, parse, suggestion
from nms.model import Message

ModelT = TypeVar("ModelT", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Origin:
    """A line of a file, or a row of another source."""

    file: str
    line: int

    def problem(self, message: Message, hint: Message | None = None) -> Problem:
        return Problem(self.file, self.line, message, hint)


@dataclass(slots=True)
class Problems:
    """All mistakes of one run, each once."""

    found: dict[tuple[str, int, str, str], Problem] = field(default_factory=dict)

    def add(self, *problems: Problem) -> None:
        for problem in problems:
            key = (problem.file, problem.line, problem.message.template, str(problem.message.params))
            self.found.setdefault(key, problem)

    def unknown(self, origin: Origin, message: Message, name: str, known: Iterable[str]) -> None:
        """A name that nothing answers to, with what may have been meant."""
        self.add(origin.problem(message, suggestion(name, known)))

    def raise_any(self) -> None:
        """Raises: `DocumentError` when there are mistakes."""
        if self.found:
            raise DocumentError(self.found.values())


def origin_of(document: Document, path: Path_) -> Origin:
    return Origin(document.file, document.line(path))


def read_right(model: type[ModelT], document: Document, path: Path_, problems: Problems) -> ModelT | None:
    """A part of a document; where it holds mistakes they are noted and what is right of it comes back.

    None where too little is right to make one.
    """
    try:
        return parse(model, document, path)
    except DocumentError as error:
        problems.add(*error.problems)
    data = document.data
    for step in path:
        data = data[step]
    if not isinstance(data, Mapping):
        return None
    kept = {key: value for key, value in data.items() if _stands_alone(model, key, value)}
    try:
        return model.model_validate(kept)
    except ValidationError:
        return None


def _stands_alone(model: type[BaseModel], key: object, value: object) -> bool:
    """Whether one key of a block is right by itself: no mistake of a block that holds it alone is in it."""
    try:
        model.model_validate({key: value})
    except ValidationError as error:
        return all(detail["loc"][:1] != (key,) for detail in error.errors())
    return True
