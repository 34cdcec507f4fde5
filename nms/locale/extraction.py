"""Finds the sentences in the code that people will read: the msgids of the catalogues.

`_("...")`, `ngettext("...", "...", n)` and `Message("...", {...})` are found as every extractor does. Sentences also
reach them on detours: through a variable, a table, a loop, or the parameter of a function of ours. Those are followed
by reading the syntax tree, so that nobody has to keep a second list of them; what cannot be followed is told.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from nms.messages import CALLED, SPELLED

Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef
_LETTERS = re.compile(r"^[^{}]*[^\W\d_]|\}[^{}]*[^\W\d_]")
"""A sentence of placeholders alone has nothing to translate."""
Position: TypeAlias = tuple[int, str]
"""Where a msgid stands among the arguments of a call: its index and its name."""

_ROOTS: Mapping[str, tuple[Position, ...]] = {
    "_": ((0, "message"),),
    "N_": ((0, "message"),),
    "gettext": ((0, "message"),),
    "Message": ((0, "template"),),
    "mistake": ((0, "template"), (1, "hint")),
    "called": ((0, ""),),
    "spelled": ((0, "word"),),
    "spellings": tuple((number, "") for number in range(80)),
}
_CONTEXTS = {"called": CALLED, "spelled": SPELLED, "spellings": SPELLED}
"""Calls whose msgids are words of a context."""
_PLURALS = "ngettext"
_LOOKS_ONLY = frozenset({"clean", "reason_of", "render", "str", "title", "word"})
"""Calls that hand on a sentence made elsewhere."""


@dataclass(frozen=True, slots=True)
class Msgid:
    """A sentence, with its plural where it has one, and the file (from the root of the sources) that says it."""

    text: str
    plural: str
    file: str
    context: str = ""


@dataclass(slots=True)
class _Module:
    """One source file with what its names stand for."""

    file: str
    tree: ast.Module
    parents: dict[ast.AST, ast.AST] = field(default_factory=dict)
    places: list[ast.Call | ast.Dict] = field(default_factory=list)
    classes: list[ast.ClassDef] = field(default_factory=list)
    imported: set[str] = field(default_factory=set)
    constants: dict[str, list[ast.expr]] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path, root: Path) -> _Module:
        module = cls(path.relative_to(root).as_posix(), ast.parse(path.read_text(encoding="utf-8")))
        for parent in ast.walk(module.tree):
            module.parents.update((child, parent) for child in ast.iter_child_nodes(parent))
            if isinstance(parent, ast.Call | ast.Dict):
                module.places.append(parent)
            elif isinstance(parent, ast.ClassDef):
                module.classes.append(parent)
            elif isinstance(parent, ast.ImportFrom):
                module.imported.update(one.asname or one.name for one in parent.names)
        for statement in module.tree.body:
            for name, value in _assigned(statement):
                module.constants.setdefault(name, []).append(value)
        return module

    def around(self, node: ast.AST) -> Iterator[ast.AST]:
        """What a node stands in, from the inside out."""
        while node in self.parents:
            node = self.parents[node]
            yield node


@dataclass(frozen=True, slots=True)
class _Sink:
    """A function that takes a msgid: at which position, whether it is a method, and where its name means it."""

    position: Position
    method: bool = False
    only_in: str = ""
    """The beginning of the paths of the files that can call it: its file if private, its folder if a method."""


@dataclass(slots=True)
class Extraction:
    """What was found so far; `untraced` names the places that could not be followed."""

    msgids: set[Msgid] = field(default_factory=set)
    untraced: set[str] = field(default_factory=set)
    _context: str = ""
    _modules: list[_Module] = field(default_factory=list)
    _sinks: dict[str, set[_Sink]] = field(default_factory=dict)

    def run(self, paths: Iterable[Path], root: Path) -> None:
        self._modules = [_Module.read(path, root) for path in sorted(paths)]
        self._sinks = {name: {_Sink(position) for position in positions} for name, positions in _ROOTS.items()}
        known = -1
        while known != (known := sum(map(len, self._sinks.values()))):
            # Each round may find that one more function hands its parameter on to a translation.
            self.untraced.clear()
            for module in self._modules:
                for node in module.places:
                    if isinstance(node, ast.Dict):
                        self._visit_dict(module, node)
                    elif _called(node) == _PLURALS:
                        self._plural(module, node)
                    else:
                        self._visit_call(module, node)

    def _visit_call(self, module: _Module, node: ast.Call) -> None:
        self._context = _CONTEXTS.get(_called(node), "")
        for position in self._positions(module, node):
            argument = _argument(node, position)
            if isinstance(argument, ast.Constant) or (argument is not None and not self._context):
                self._follow(module, argument)
        self._context = ""

    def _visit_dict(self, module: _Module, node: ast.Dict) -> None:
        """Messages that are kept as plain data, and parameters that are themselves msgids."""
        for key, value in zip(node.keys, node.values, strict=True):
            if isinstance(key, ast.Constant) and isinstance(key.value, str):
                kept = key.value == "template" and isinstance(value, ast.Constant)
                if kept or key.value.endswith("_msgid"):
                    self._follow(module, value)

    def _plural(self, module: _Module, node: ast.Call) -> None:
        match node.args:
            case [ast.Constant(value=str(one)), ast.Constant(value=str(many)), *_]:
                self.msgids.add(Msgid(one, many, module.file))
            case _:
                self._lost(module, node)

    def _positions(self, module: _Module, node: ast.Call) -> list[Position]:
        names = [_called(node)]
        if names == ["__init__"]:  # super().__init__(...) is a call of the base classes
            around = next((n for n in module.around(node) if isinstance(n, ast.ClassDef)), None)
            names = [_name(base) for base in around.bases] if around else []
        of_object = isinstance(node.func, ast.Attribute)
        found = [sink for name in names for sink in self._sinks.get(name, ())]
        return [s.position for s in found if module.file.startswith(s.only_in) and (of_object or not s.method)]

    def _follow(self, module: _Module, value: ast.expr, seen: frozenset[ast.AST] = frozenset()) -> None:
        """From an expression to the literals it may be."""
        if value in seen:
            return
        seen |= {value}
        match value:
            case ast.Constant(value=str(text)):
                if _LETTERS.search(text):
                    self.msgids.add(Msgid(text, "", module.file, self._context))
            case ast.Constant():
                pass
            case ast.Name():
                self._follow_name(module, value, seen)
            case ast.Attribute():
                pass  # `message.template`, `binding.description`: filled elsewhere, from a marked literal
            case ast.Call() if _called(value) in _LOOKS_ONLY | self._sinks.keys():
                pass
            case _:
                parts = _alternatives(value)
                if not parts:
                    self._lost(module, value)
                for part in parts:
                    self._follow(module, part, seen)

    def _follow_name(self, module: _Module, name: ast.Name, seen: frozenset[ast.AST]) -> None:
        for scope in module.around(name):
            if isinstance(scope, Function):
                if any(argument.arg == name.id for argument in _arguments(scope)):
                    self._becomes_sink(module, scope, name.id)
                    return
                values = [value for node in ast.walk(scope) for bound, value in _bound(node) if bound == name.id]
                if values:
                    for value in values:
                        self._follow(module, value, seen)
                    return
        if self._follow_turns(module, name, seen):
            return
        homes = [module] if name.id in module.constants else self._modules if name.id in module.imported else []
        values_at = [(home, value) for home in homes for value in home.constants.get(name.id, ())]
        if not values_at:
            self._lost(module, name)
        for home, value in values_at:
            self._follow(home, value, seen)

    def _follow_turns(self, module: _Module, name: ast.Name, seen: frozenset[ast.AST]) -> bool:
        """A name bound by a loop over a table of this module: the same place of each of its rows."""
        for scope in module.around(name):
            for node in ast.walk(scope) if isinstance(scope, Function) else ():
                match node:
                    case ast.For(target=ast.Tuple() as target, iter=ast.Name(id=table)):
                        rows = [row for value in module.constants.get(table, ()) for row in _alternatives(value)]
                        found = [value for row in rows for bound, value in _unpacked(target, row) if bound == name.id]
                        for value in found:
                            self._follow(module, value, seen)
                        if found:
                            return True
        return False

    def _becomes_sink(self, module: _Module, function: Function, parameter: str) -> None:
        """A function that hands its parameter on: its callers say the sentence. A private one is called here only."""
        owner = module.parents.get(function)
        names = [argument.arg for argument in _arguments(function)]
        index = names.index(parameter) - (isinstance(owner, ast.ClassDef))
        if names.index(parameter) >= len(function.args.posonlyargs) + len(function.args.args):
            index = 10_000  # by keyword only
        called = function.name
        if isinstance(owner, ast.ClassDef) and called == "__init__":
            for heir in self._heirs(owner.name):
                self._add_sink(heir, _Sink((index, parameter)))
            return
        method = isinstance(owner, ast.ClassDef)
        private = called.startswith("_") or (isinstance(owner, ast.ClassDef) and owner.name.startswith("_"))
        folder = module.file.rpartition("/")[0] if method else ""
        self._add_sink(called, _Sink((index, parameter), method, module.file if private else folder))

    def _add_sink(self, name: str, sink: _Sink) -> None:
        if name not in _ROOTS:
            self._sinks.setdefault(name, set()).add(sink)

    def _heirs(self, name: str) -> Iterator[str]:
        """A class and those below it that are made in the same way."""
        yield name
        for module in self._modules:
            for node in module.classes:
                made_anew = any(isinstance(one, Function) and one.name == "__init__" for one in node.body)
                if name in map(_name, node.bases) and not made_anew:
                    yield from self._heirs(node.name)

    def _lost(self, module: _Module, node: ast.expr) -> None:
        self.untraced.add(f"{module.file}: {ast.unparse(node)}")


def _alternatives(value: ast.expr) -> Sequence[ast.expr]:
    """The parts of an expression of which one, or each in its turn, is the sentence."""
    match value:
        case ast.IfExp():
            return [value.body, value.orelse]
        case ast.BoolOp():
            return value.values
        case ast.NamedExpr():
            return [value.value]
        case ast.Dict():
            return value.values
        case ast.Tuple() | ast.List() | ast.Set():
            return value.elts
        case ast.Subscript(slice=ast.Constant(value=str())) if not isinstance(value.value, ast.Dict):
            return [ast.Constant(None)]  # `kept["template"]`: data of ours, filled elsewhere
        case ast.Subscript():
            return [value.value]
        case ast.Call(func=ast.Attribute(attr="get", value=table)):
            return [table, *value.args[1:]]
        case ast.Call(func=ast.Attribute(attr="values" | "items", value=table)):
            return [table]
        case ast.DictComp():
            return [value.value]
    return []


def _assigned(node: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    match node:
        case ast.Assign():
            for target in node.targets:
                yield from _unpacked(target, node.value)
        case ast.AnnAssign(target=ast.Name(id=name), value=value) if value is not None:
            yield name, value


def _bound(node: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    """Names that a statement binds: by assignment, or each turn of a loop."""
    yield from _assigned(node)
    match node:
        case ast.For(target=target, iter=several) | ast.comprehension(target=target, iter=several):
            if isinstance(several, ast.Tuple | ast.List):
                for one in several.elts:
                    yield from _unpacked(target, one)
            elif isinstance(target, ast.Name):
                yield target.id, several
        case ast.NamedExpr(target=ast.Name(id=name), value=value):
            yield name, value


def _unpacked(target: ast.expr, value: ast.expr) -> Iterator[tuple[str, ast.expr]]:
    match target, value:
        case ast.Name(id=name), _:
            yield name, value
        case (ast.Tuple() | ast.List(), ast.Tuple() | ast.List()) if len(target.elts) == len(value.elts):
            for one, part in zip(target.elts, value.elts, strict=True):
                yield from _unpacked(one, part)
        case (ast.Tuple() | ast.List(), ast.IfExp()):
            yield from _unpacked(target, value.body)
            yield from _unpacked(target, value.orelse)


def _arguments(function: Function) -> list[ast.arg]:
    return [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]


def _argument(call: ast.Call, position: Position) -> ast.expr | None:
    index, name = position
    named = next((keyword.value for keyword in call.keywords if keyword.arg == name), None)
    if named is not None:
        return named
    plain = call.args[: index + 1]
    return plain[index] if len(plain) > index and not any(isinstance(one, ast.Starred) for one in plain) else None


def _called(call: ast.Call) -> str:
    return _name(call.func)


def _name(expression: ast.expr) -> str:
    match expression:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.Subscript(value=value):
            return _name(value)
    return ""
