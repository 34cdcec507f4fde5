"""A tiny expression language over the columns of one row: arithmetic, comparisons, a few named functions.

It is parsed with Python's grammar and compiled to closures; nothing else of Python is reachable: no attributes, no
subscripts, no names but columns. What is unknown stays unknown: arithmetic with `None` is `None`, a comparison with
`None` does not hold, a division by zero is `None`.
"""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Cell = Any
Columns = Mapping[str, Sequence[Cell]]
Compiled = Callable[[Columns, int], Cell]

_LONGEST = 500
_DEEPEST = 40
_BIGGEST_POWER = 64


class ExpressionError(ValueError):
    """The text is not an expression of this language; the message says why."""


@dataclass(frozen=True, slots=True)
class Expression:
    """A compiled expression, and the columns that it reads."""

    text: str
    names: frozenset[str]
    run: Compiled


def compile_expression(text: str) -> Expression:
    """Raises `ExpressionError`. A backslash is a backslash: patterns need no second one."""
    if len(text) > _LONGEST:
        raise ExpressionError("the expression is too long")
    try:
        tree = ast.parse(text.strip().replace("\\", "\\\\"), mode="eval")
    except (SyntaxError, RecursionError, MemoryError, ValueError):
        raise ExpressionError(f"“{text}” is not an expression") from None
    names: set[str] = set()
    return Expression(text, frozenset(names_of(tree.body, names)), _compile(tree.body, 0))


def names_of(node: ast.AST, names: set[str]) -> set[str]:
    calls = {id(child.func) for child in ast.walk(node) if isinstance(child, ast.Call)}
    names.update(child.id for child in ast.walk(node) if isinstance(child, ast.Name) and id(child) not in calls)
    return names


def _number(value: Cell) -> Cell:
    """What arithmetic may use: text that spells a number counts as one."""
    if isinstance(value, str):
        try:
            return float(value) if "." in value else int(value)
        except ValueError:
            return None
    return value if isinstance(value, (int, float)) else None


def _power(a: Cell, b: Cell) -> Cell:
    return a**b if abs(b) <= _BIGGEST_POWER and abs(a) < 2**64 else None


def _shift_right(a: Cell, b: Cell) -> Cell:
    return a >> b if 0 <= b <= 64 else None


_ARITHMETIC: dict[type[ast.operator], Callable[[Cell, Cell], Cell]] = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
    ast.Div: lambda a, b: a / b,
    ast.FloorDiv: lambda a, b: a // b,
    ast.Mod: lambda a, b: a % b,
    ast.Pow: _power,
    ast.BitAnd: lambda a, b: a & b,
    ast.BitOr: lambda a, b: a | b,
    ast.RShift: _shift_right,
}

_COMPARE: dict[type[ast.cmpop], Callable[[Cell, Cell], bool]] = {
    ast.Eq: lambda a, b: bool(a == b),
    ast.NotEq: lambda a, b: bool(a != b),
    ast.Lt: lambda a, b: bool(a < b),
    ast.LtE: lambda a, b: bool(a <= b),
    ast.Gt: lambda a, b: bool(a > b),
    ast.GtE: lambda a, b: bool(a >= b),
    ast.In: lambda a, b: a in b,
    ast.NotIn: lambda a, b: a not in b,
}


def _log10(value: Cell) -> Cell:
    return math.log10(value) if value > 0 else None


def _bit(value: Cell, n: Cell) -> int:
    bit: int = int(value) >> n & 1
    return bit


def _signed(value: Cell, bits: Cell) -> Cell:
    return value - (1 << bits) if value >= 1 << (bits - 1) else value


def _tail(value: Cell, arcs: Cell = 1) -> str:
    return ".".join(str(value).split(".")[-arcs:])


def _head(value: Cell, arcs: Cell) -> str:
    return ".".join(str(value).split(".")[:arcs])


def _part(value: Cell, n: Cell) -> Cell:
    """The n-th arc (from 1, or from the end when negative) of an index or OID."""
    arcs = str(value).split(".")
    position = n - 1 if n > 0 else n
    return int(arcs[position]) if -len(arcs) <= position < len(arcs) and arcs[position].isdigit() else None


def _prefix(mask: Cell) -> Cell:
    """The prefix length of a dotted mask; None when its bits are not contiguous."""
    bits = int.from_bytes(bytes(int(part) for part in str(mask).split(".")), "big")
    length = bits.bit_count()
    return length if bits == (0xFFFFFFFF << (32 - length)) & 0xFFFFFFFF else None


def _extract(text: Cell, pattern: Cell) -> Cell:
    found = re.search(pattern, str(text)[:1024], re.IGNORECASE)
    return (found.group(1) if found.re.groups else found.group(0)) if found else None


_FUNCTIONS: dict[str, Callable[..., Cell]] = {
    "abs": abs,
    "min": min,
    "max": max,
    "round": round,
    "int": lambda value: int(_number(value)),
    "log10": _log10,
    "bit": _bit,
    "signed": _signed,
    "head": _head,
    "tail": _tail,
    "part": _part,
    "dot": lambda *parts: ".".join(str(part) for part in parts),
    "prefix": _prefix,
    "extract": _extract,
    "matches": lambda text, pattern: _extract(text, pattern) is not None,
    "lower": lambda text: str(text).lower(),
    "text": str,
    "len": len,
}


def functions() -> list[str]:
    return sorted(_FUNCTIONS)


def _compile(node: ast.AST, depth: int) -> Compiled:
    if depth > _DEEPEST:
        raise ExpressionError("the expression is nested too deeply")
    for kind, build in _BUILDERS.items():
        if isinstance(node, kind):
            return build(node, depth + 1)
    raise ExpressionError(f"“{ast.unparse(node)}” is not allowed in an expression")


def _constant(node: ast.Constant, _depth: int) -> Compiled:
    value = node.value
    if not isinstance(value, (int, float, str)) and value is not None:
        raise ExpressionError(f"“{ast.unparse(node)}” is not a number or text")
    return lambda c, i: value


def _name(node: ast.Name, _depth: int) -> Compiled:
    name = node.id
    return lambda c, i: c[name][i]


def _tuple(node: ast.Tuple | ast.List, depth: int) -> Compiled:
    parts = [_compile(item, depth) for item in node.elts]
    return lambda c, i: [part(c, i) for part in parts]


def _binary(node: ast.BinOp, depth: int) -> Compiled:
    operate = _ARITHMETIC.get(type(node.op))
    if operate is None:
        raise ExpressionError(f"“{ast.unparse(node)}” uses an operator that is not allowed")
    left, right = _compile(node.left, depth), _compile(node.right, depth)

    def run(c: Columns, i: int) -> Cell:
        a, b = _number(left(c, i)), _number(right(c, i))
        if a is None or b is None:
            return None
        try:
            return operate(a, b)
        except (ZeroDivisionError, OverflowError, TypeError, ValueError):
            return None

    return run


def _unary(node: ast.UnaryOp, depth: int) -> Compiled:
    inner = _compile(node.operand, depth)
    if isinstance(node.op, ast.Not):
        return lambda c, i: not inner(c, i)
    if isinstance(node.op, ast.USub):
        return lambda c, i: None if (a := _number(inner(c, i))) is None else -a
    raise ExpressionError(f"“{ast.unparse(node)}” uses an operator that is not allowed")


def _boolean(node: ast.BoolOp, depth: int) -> Compiled:
    """`a or b` is the first that is known and not empty (0 is known); `a and b` holds when both do."""
    parts = [_compile(value, depth) for value in node.values]
    if isinstance(node.op, ast.And):
        return lambda c, i: all(part(c, i) for part in parts)

    def first(c: Columns, i: int) -> Cell:
        value: Cell = None
        for part in parts:
            value = part(c, i)
            if value is not None and value != "" and value is not False:
                return value
        return value

    return first


def _comparison(node: ast.Compare, depth: int) -> Compiled:
    if len(node.ops) > 3:
        raise ExpressionError("the comparison is too long")
    operands = [_compile(item, depth) for item in (node.left, *node.comparators)]
    checks = [_check(operator) for operator in node.ops]

    def run(c: Columns, i: int) -> bool:
        values = [operand(c, i) for operand in operands]
        return all(_holds(check, a, b) for check, a, b in zip(checks, values[:-1], values[1:], strict=True))

    return run


def _check(operator: ast.cmpop) -> Callable[[Cell, Cell], bool]:
    if isinstance(operator, (ast.Is, ast.IsNot)):
        raise ExpressionError("“is” is not part of this language: write == or !=")
    return _COMPARE[type(operator)]


def _holds(check: Callable[[Cell, Cell], bool], a: Cell, b: Cell) -> bool:
    """`!= None` and `== None` ask whether a column is there; any other comparison with the unknown does not hold."""
    if a is None or b is None:
        return check(a, b) if check in (_COMPARE[ast.Eq], _COMPARE[ast.NotEq]) and (a is None or b is None) else False
    try:
        return check(a, b)
    except TypeError:
        return False


def _conditional(node: ast.IfExp, depth: int) -> Compiled:
    test, yes, no = (_compile(item, depth) for item in (node.test, node.body, node.orelse))
    return lambda c, i: yes(c, i) if test(c, i) else no(c, i)


def _call(node: ast.Call, depth: int) -> Compiled:
    function = _FUNCTIONS.get(node.func.id) if isinstance(node.func, ast.Name) else None
    if function is None or node.keywords:
        raise ExpressionError(f"“{ast.unparse(node.func)}” is not a function; known: {', '.join(functions())}")
    arguments = [_compile(item, depth) for item in node.args]
    _check_patterns(node)

    def run(c: Columns, i: int) -> Cell:
        values = [argument(c, i) for argument in arguments]
        if any(value is None for value in values):
            return None
        try:
            return function(*values)
        except (TypeError, ValueError, OverflowError, ZeroDivisionError):
            return None

    return run


def _check_patterns(node: ast.Call) -> None:
    if isinstance(node.func, ast.Name) and node.func.id in ("extract", "matches"):
        pattern = node.args[1] if len(node.args) == 2 else None
        if not isinstance(pattern, ast.Constant) or not isinstance(pattern.value, str):
            raise ExpressionError("the pattern must be written out as text")
        check_regex(pattern.value)


_BUILDERS: dict[Any, Callable[[Any, int], Compiled]] = {
    ast.Constant: _constant,
    ast.Name: _name,
    (ast.Tuple, ast.List): _tuple,
    ast.BinOp: _binary,
    ast.UnaryOp: _unary,
    ast.BoolOp: _boolean,
    ast.Compare: _comparison,
    ast.IfExp: _conditional,
    ast.Call: _call,
}


def check_regex(pattern: str) -> re.Pattern[str]:
    """A pattern for short device texts. Raises `ExpressionError`: not a pattern, or one that could take for ever."""
    try:
        compiled = re.compile(pattern, re.IGNORECASE)
    except re.error as error:
        raise ExpressionError(f"“{pattern}” is not a regular expression: {error}") from None
    if any(_ambiguous(body) for body in _repeated(pattern)):
        raise ExpressionError(
            f"“{pattern}” repeats a repetition, which can take for ever: begin the inner part with a character "
            "that it does not repeat"
        )
    return compiled


_ESCAPED = re.compile(r"\\(.)|\[\^?\]?[^\]]*\]", re.DOTALL)


def _repeated(pattern: str) -> list[str]:
    """The bodies of the groups that are repeated without bound."""
    hidden = _ESCAPED.sub(lambda found: "x" * len(found[0]), pattern)
    stack: list[int] = []
    bodies = []
    for position, character in enumerate(hidden):
        if character == "(":
            stack.append(position)
        elif character == ")" and stack:
            start = stack.pop()
            if re.match(r"[*+]|\{\d*,\}", hidden[position + 1 :]):
                bodies.append(pattern[start + 1 : position])
    return bodies


def _ambiguous(body: str) -> bool:
    """Whether a repeated group repeats inside, and does not begin with a character that the inner repetition lacks."""
    body = re.sub(r"^\?(?::|P<\w+>)", "", body)
    inner = re.findall(r"(\\.|\[\^?\]?[^\]]*\]|[^\\\[\]])(?:[*+]|\{\d*,\})", body)
    if not inner:
        return False
    first = re.match(r"\\.|\[\^?\]?[^\]]*\]|[^\\\[\]().*+?|]", body)
    if first is None or "|" in body:
        return True
    atom, rest = first[0], body[first.end() :]
    if re.match(r"[*+?{]", rest):
        return True
    begins = [chr(code) for code in range(32, 127) if re.fullmatch(atom, chr(code))]
    return any(re.fullmatch(part, character) for part in inner for character in begins if part != ")")
