"""Compiles the readings of one table: metric, unit, states, conditions, components."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from nms.collect.compiled import (
    ColumnSpec,
    GroupSpec,
    JoinSpec,
    LimitSpec,
    ReadingSpec,
    StateSet,
)
from nms.collect.defaults import component_kind, markers, plausible
from nms.collect.expressions import Expression
from nms.collect.language import (
    SEVERITIES,
    Case,
    Column,
    Component,
    Computed,
    Family,
    Limits,
    ReadingPart,
    States,
    Table,
)
from nms.collect.parsing import cleaner
from nms.collect.resolving import Resolver
from nms.collect.templates import Template
from nms.collect.units import Scale, fits, scale, symbols
from nms.documents import Path_
from nms.messages import spelled
from nms.metrics import METRICS
from nms.model import Message

_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True, slots=True)
class _Written:
    """One reading as a family writes it. Its values come from `alternatives` (column, its own unit if it has one) or
    from `expression`; `oid` is the column whose instances are told."""

    path: Path_
    name: str
    part: ReadingPart
    component: Component
    alternatives: tuple[tuple[str, str | None], ...] = ()
    expression: Expression | None = None
    oid: str = ""
    quiet: bool = False
    """Whether the column itself drops its not-available markers."""


@dataclass(slots=True)
class ReadingCompiler:
    """`known` are the names that expressions may use; `own` the columns of the table itself."""

    resolver: Resolver
    table: str
    known: set[str]
    own: set[str]
    textual: set[str] = field(default_factory=set)

    def of_table(self, path: Path_, table: Table) -> tuple[GroupSpec, ...]:
        specs: list[ReadingSpec] = []
        for name, column in table.columns.items():
            specs += self._of_column((*path, "columns", name), name, column, table.component)
        for i, computed in enumerate(table.readings):
            specs += self._of_computed((*path, "readings", i), computed, table.component)
        return self._grouped(specs, table.component)

    def of_scalars(self, family: Family) -> tuple[GroupSpec, ...]:
        specs: list[ReadingSpec] = []
        for name, column in family.scalars.items():
            specs += self._of_column(("scalars", name), name, column, Component(label=name))
        for i, computed in enumerate(family.readings):
            label = computed.label or computed.name or computed.oid or f"reading {i + 1}"
            specs += self._of_computed(("readings", i), computed, Component(label=label))
        return self._grouped(specs, Component())

    def with_parse(self, column: ColumnSpec) -> ColumnSpec:
        """A column that a textual enumeration reads is text."""
        if column.parse == "auto" and column.name in self.textual:
            return replace(column, parse="text", clean=cleaner("text"))
        return column

    def all_names(self, groups: Iterable[GroupSpec]) -> set[str]:
        names: set[str] = set()
        for group in groups:
            names |= group.key.names | group.label.names
            for reading in (*group.metrics, *group.states):
                names |= reading.names
                names |= (
                    {name for level in reading.limits.levels.values() for name in level.names}
                    if reading.limits
                    else set()
                )
        return names

    def fast_names(
        self, groups: Iterable[GroupSpec], where: Expression | None, joins: list[tuple[JoinSpec, dict[str, str]]]
    ) -> set[str]:
        """What must be read at every poll: values, conditions, and identity."""
        groups = list(groups)
        names: set[str] = set()
        for group in groups:
            names |= group.key.names
            for reading in (*group.metrics, *group.states):
                names |= reading.names
        if groups:
            names |= where.names if where else frozenset()
            for join, _ in joins:
                names |= join.by.names
        return names & self.own

    def _of_column(self, path: Path_, name: str, column: Column, component: Component) -> list[ReadingSpec]:
        if column.metric is None and column.state is None and not column.cases:
            return []
        part = column.model_copy(update={"drop": None}) if column.drop is not None else column
        quiet = column.drop is not None
        return self._expand(_Written(path, name, part, component, ((name, None),), oid=name, quiet=quiet))

    def _of_computed(self, path: Path_, computed: Computed, component: Component) -> list[ReadingSpec]:
        alternatives: tuple[tuple[str, str | None], ...] = ()
        expression = None
        if computed.first is not None:
            alternatives = tuple(_alternative(item) for item in computed.first)
            self.resolver.check_names((*path, "first"), (name for name, _ in alternatives), self.known)
            order = [name for name, _ in alternatives]
        else:
            text = computed.value or "1"
            expression = self.resolver.expression((*path, "value"), text, self.known)
            order = _WORD.findall(text)
        oid = computed.oid or next((name for name in order if name in self.own), "")
        if oid:
            self.resolver.check_names((*path, "oid"), [oid], self.own)
        name = computed.name or oid or "reading"
        if expression and expression.text.strip() in self.own:
            alternatives, expression = ((expression.text.strip(), None),), None
        return self._expand(_Written(path, name, computed, component, alternatives, expression, oid))

    def _expand(self, written: _Written) -> list[ReadingSpec]:
        """One spec for the reading, or one for each of its cases."""
        specs = []
        for where, variant, condition in _variants(written.part):
            path = (*written.path, "when" if written.part.when else "by")
            when = self.resolver.expression(path, condition, self.known)
            spec = self._spec(replace(written, path=(*written.path, *where), part=variant), when)
            if spec:
                specs.append(spec)
        return specs

    def _spec(self, written: _Written, when: Expression | None) -> ReadingSpec | None:
        path, part, expression = written.path, written.part, written.expression
        states = self._states((*path, "state"), part.state)
        if not self._means_something(written, states):
            return None
        if states and states.textual:
            self.textual |= {column for column, _ in written.alternatives}
        unit = self._unit(path, part.unit, part.metric)
        scaled = tuple(
            (column, self._unit(path, own, part.metric) if own else unit) for column, own in written.alternatives
        )
        low, high = part.range or plausible(part.metric or "")
        key, label, kind = self._identity(path, part, written.component, written.name)
        names = {column for column, _ in written.alternatives} | set(expression.names if expression else ())
        names |= set(when.names if when else ())
        return ReadingSpec(
            name=written.name, metric=part.metric, states=states, alternatives=scaled, expression=expression,
            scale=unit, low=low, high=high, drop=self._drop(part, written.quiet), when=when,
            kind=kind, key=key, label=label, aggregate=part.aggregate, oid_column=written.oid,
            limits=self._limits((*path, "limits"), part.limits), general=part.general, names=frozenset(names),
        )  # fmt: skip

    def _means_something(self, written: _Written, states: StateSet | None) -> bool:
        """Whether it is a metric that there is, or a state; else says what is wrong."""
        part = written.part
        if part.metric is not None and part.metric not in METRICS:
            known = {"name": part.metric}
            self.resolver.complain((*written.path, "metric"), "“{name}” is not a metric", known, METRICS)
            return False
        if part.metric is None and part.state is None:
            self.resolver.complain(written.path, "“{name}” is neither a metric nor a state", {"name": written.name})
        return part.metric is not None or states is not None

    @staticmethod
    def _drop(part: ReadingPart, quiet: bool) -> frozenset[int | float | str]:
        if part.drop is not None:
            return frozenset(part.drop)
        return frozenset() if quiet or not part.metric else markers(part.metric)

    def _identity(
        self, path: Path_, part: ReadingPart, component: Component, name: str
    ) -> tuple[Template, Template, str]:
        label = _given(part.label, component.label, component.key, "{index}")
        suffixed = _suffixed(component.key, part.label) if part.label and component.key else part.label
        key = _given(part.key, suffixed, component.key, label)
        kind = part.kind or component.kind or component_kind(part.metric)
        known = {*self.known, "index"}
        made = self.resolver.template((*path, "label"), label, known)
        return (made if key == label else self.resolver.template((*path, "key"), key, known)), made, kind

    def _unit(self, path: Path_, text: str | None, metric: str | None) -> Scale:
        wanted = METRICS[metric].unit if metric in METRICS else ""
        if text is None:
            if (
                wanted
                and wanted not in ("packets", "octets", "pages")
                and metric
                and not metric.startswith("interface_")
            ):
                self.resolver.complain(
                    path, "“{metric}” needs a “unit”: the one that the MIB states", {"metric": metric}
                )
            return Scale(wanted)
        try:
            unit = scale(text)
        except ValueError:
            self.resolver.complain((*path, "unit"), "“{unit}” is not a unit", {"unit": text.split()[-1]}, symbols())
            return Scale(wanted)
        if metric not in METRICS:
            return unit
        if not fits(unit, metric):
            self.resolver.complain(
                (*path, "unit"), "“{unit}” cannot be the unit of {metric}", {"unit": text, "metric": metric}
            )
        return unit.as_metric(metric)

    def _states(self, path: Path_, given: str | States | None) -> StateSet | None:
        if given is None:
            return None
        if isinstance(given, str):
            found = self._shared_states(given)
            if found is None:
                known = {n for source in self._lineage() for n in source.states}
                self.resolver.complain(path, "“{name}” is not under “states”", {"name": given}, known)
                return None
            given = found
        return self._state_set(path, given)

    def _lineage(self) -> list[Family]:
        resolver = self.resolver
        names = [resolver.source.name, *resolver.family.extends]
        return [resolver.sources[name].family for name in names if name in resolver.sources]

    def _shared_states(self, name: str) -> States | None:
        return next((family.states[name] for family in self._lineage() if name in family.states), None)

    def _state_set(self, path: Path_, given: States) -> StateSet:
        meanings: dict[int | float | str, tuple[int, Message, str]] = {}
        for position, (raw, text) in enumerate(given.items()):
            severity, _, word = text.partition(" ")
            if severity not in SEVERITIES:
                self.resolver.complain(
                    path, "“{word}” must be a severity, then the name of the state", {"word": severity}, SEVERITIES
                )
            number = raw if isinstance(raw, int) else position
            key = raw.strip().lower() if isinstance(raw, str) else raw
            meanings[key] = (int(number), spelled(word.strip().strip('"') or str(raw)), severity)
        return StateSet(meanings, any(isinstance(raw, str) for raw in given))

    def _limits(self, path: Path_, limits: Limits | None) -> LimitSpec | None:
        if limits is None:
            return None
        levels = {}
        for level, value in limits.model_dump(exclude_none=True).items():
            expression = self.resolver.expression((*path, level), str(value), self.known)
            if expression:
                levels[level] = expression
        return LimitSpec(levels)

    def _grouped(self, specs: list[ReadingSpec], component: Component) -> tuple[GroupSpec, ...]:
        groups: dict[tuple[str, str, str], list[ReadingSpec]] = {}
        for spec in specs:
            groups.setdefault((spec.kind, spec.key.text, spec.label.text), []).append(spec)
        result = []
        used: dict[str, int] = {}
        for (kind, _, _), members in groups.items():
            metrics = tuple(m for m in members if m.metric)
            states = tuple(m for m in members if m.states)
            name = self.table
            plain = members[0].key.text == (component.key or component.label or "{index}")
            if not plain:
                name = f"{self.table}.{members[0].name}"
            used[name] = used.get(name, 0) + 1
            if used[name] > 1:
                name = f"{name}.{kind}{used[name]}"
            result.append(GroupSpec(name, kind, members[0].key, members[0].label, metrics, states, _deciding(members)))
        return tuple(result)


def _deciding(members: Sequence[ReadingSpec]) -> frozenset[str]:
    told: set[str] = set()
    for reading in members:
        told |= reading.expression.names if reading.expression else {name for name, _ in reading.alternatives}
    conditions = [reading.when.names for reading in members if reading.when]
    return frozenset().union(*(names for names in conditions if told.isdisjoint(names)))


def _given(*texts: str | None) -> str:
    """The first that is written, though it be empty (the empty key is the device itself)."""
    return next((text for text in texts if text is not None), "")


def _suffixed(key: str, label: str) -> str:
    """A reading with its own label keeps the row's key, and adds the fixed words of its label."""
    words = " ".join(re.sub(r"\{[^{}]*\}", " ", label).split())
    return f"{key} {words}" if words else key


def _alternative(item: str) -> tuple[str, str | None]:
    name, _, unit = item.strip().partition(" ")
    return name, unit.strip() or None


def _variants(part: ReadingPart) -> list[tuple[Path_, ReadingPart, str | None]]:
    """(path below, the reading as that case has it, its condition) for each case, and for the rows of none."""
    if not part.cases or not part.by:
        return [((), part, part.when)]
    variants: list[tuple[Path_, ReadingPart, str | None]] = []
    every: list[str] = []
    for raw, case in part.cases.items():
        values = _literals(raw)
        every += values
        if case.skip:
            continue
        condition = f"({part.by}) in [{', '.join(values)}]"
        variants.append(
            (
                ("cases", raw if isinstance(raw, (int, str)) else str(raw)),
                _overlaid(part, case),
                _both(condition, part.when),
            )
        )
    if part.metric or part.state:
        variants.append(((), part, _both(f"({part.by}) not in [{', '.join(every)}]", part.when)))
    return variants


def _literals(raw: int | float | str) -> list[str]:
    if not isinstance(raw, str):
        return [repr(raw)]
    items = [item.strip() for item in raw.split(",")]
    return [item if re.fullmatch(r"-?\d+", item) else repr(item) for item in items]


def _both(a: str, b: str | None) -> str:
    return f"({a}) and ({b})" if b else a


def _overlaid(part: ReadingPart, case: Case) -> ReadingPart:
    given = {name: value for name, value in case if value is not None and name != "skip"}
    if "metric" in given and "state" not in given:
        given["state"] = None
    if "state" in given and "metric" not in given:
        given["metric"] = None
    return part.model_copy(update=given)
