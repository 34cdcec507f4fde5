from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nms.collect.expressions import ExpressionError, check_regex, compile_expression


def run(text: str, **columns: object) -> object:
    return compile_expression(text).run({name: [value] for name, value in columns.items()}, 0)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2 + 3 * 4", 14),
        ("10 ** (3 * (8 - 9)) * 5", 0.005),
        ("7 // 2 + 7 % 2", 4),
        ("-5 % 4294967296", 4294967291),
        ("1 if 2 > 1 else 0", 1),
        ("1 < 2 < 3", True),
        ("3 in [1, 2, 3]", True),
        ("'b' not in ['a']", True),
        ("bit(4, 2)", 1),
        ("signed(65535, 16)", -1),
        ("part('7.8.9', -1)", 9),
        ("part('7.8.9', 4)", None),
        ("tail('1.3.6.1.9')", "9"),
        ("head('7.8.9', 2)", "7.8"),
        ("head('7.8.9', 9)", "7.8.9"),
        ("dot(1, 2, '3.4')", "1.2.3.4"),
        ("prefix('255.255.252.0')", 22),
        ("prefix('255.0.255.0')", None),
        ("extract('fan 12 rpm', '(\\d+) rpm')", "12"),
        ("matches('Swap Space', 'swap')", True),
        ("None or '' or 0 or 5", 0),
        ("'12' + 1", 13),
        ("round(2.6)", 3),
    ],
)
def test_expressions_give_what_they_say(text: str, expected: object) -> None:
    assert run(text) == pytest.approx(expected) if isinstance(expected, float) else run(text) == expected


@pytest.mark.parametrize(
    "text", ["a + 1", "a / 0", "1 / 0", "min(a, 1)", "-a", "10 ** 9999", "(10 ** 60) ** 60", "log10(0)"]
)
def test_the_unknown_and_the_impossible_stay_unknown(text: str) -> None:
    assert run(text, a=None) is None


@pytest.mark.parametrize("text", ["a > 1", "a < 1", "a in [1]", "a not in [1]"])
def test_a_comparison_with_the_unknown_does_not_hold(text: str) -> None:
    assert run(text, a=None) is False


@given(st.lists(st.integers(0, 2**32 - 1), min_size=1, max_size=20), st.integers(1, 25))
def test_head_and_tail_divide_an_index(arcs: list[int], n: int) -> None:
    index = ".".join(map(str, arcs))
    rest = len(arcs) - n
    assert run("head(a, n)", a=index, n=n) == ".".join(map(str, arcs[:n]))
    if rest > 0:
        assert f"{run('head(a, n)', a=index, n=n)}.{run('tail(a, rest)', a=index, rest=rest)}" == index


def test_missing_can_be_asked_for() -> None:
    assert run("a == None", a=None) is True
    assert run("a != None", a=0) is True


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os')",
        "a.__class__",
        "a[0]",
        "lambda: 1",
        "[x for x in a]",
        "f'{a}'",
        "open('x')",
        "a := 1",
        "b'x'",
        "1 is 1",
        "a @ b",
        "a << 99",
        "matches(a, a)",
        "matches(a, '(x+)+')",
        "min(a, key=1)",
        "x" * 600,
        "(" * 60 + "1" + ")" * 60 + "+" * 0 + "!",
    ],
)
def test_nothing_else_of_python_is_reachable(text: str) -> None:
    with pytest.raises(ExpressionError):
        compile_expression(text)


@pytest.mark.parametrize("pattern", ["(a+)+", "(a*)*b", "(.*x)+", "(?:a|b+)+", r"(?:\w\d+)*", "(?:[ab]+c)+", "("])
def test_patterns_that_could_take_for_ever_are_refused(pattern: str) -> None:
    with pytest.raises(ExpressionError):
        check_regex(pattern)


@pytest.mark.parametrize("pattern", [r"v(\d+(?:\.\d+)+)", r"(?:[._]\d+)+", "(ab)+", r"\(a+\)+x", "[(a+)]+"])
def test_repetitions_with_a_delimiter_are_harmless(pattern: str) -> None:
    assert check_regex(pattern)


@given(st.text(alphabet="ab1+-*/%()<>=&|., '[]notirelsfx\\", max_size=40))
def test_any_text_is_compiled_or_refused_and_never_fails_when_run(text: str) -> None:
    try:
        expression = compile_expression(text)
    except ExpressionError:
        return
    columns = {name: [None] for name in expression.names}
    expression.run(columns, 0)
    expression.run({name: ["x"] for name in expression.names}, 0)
