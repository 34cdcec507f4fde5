"""What a playbook may say: the models of `playbooks/*.yaml`.

A playbook is a procedure with an owner, a version and a date of review. It says to which equipment it applies, what
calls for it, and its steps; a step is a checklist item, a measurement with limits, a photo or file, or a read-only
command of the catalogue whose output is kept and judged.
"""

from __future__ import annotations

import math
import re
from datetime import date, datetime
from typing import Annotated, Literal, Self, TypeVar

from dateutil.relativedelta import relativedelta
from pydantic import AfterValidator, Field, field_validator, model_validator

from nms.calendars import Recurring
from nms.documents import Strict, mistake
from nms.metrics import METRICS
from nms.model import MetricKind, Role

Item = TypeVar("Item")


def _some(items: tuple[Item, ...]) -> tuple[Item, ...]:
    if not items:
        raise mistake("“{key}” is empty", "write at least one")
    return items


Some = Annotated[tuple[Item, ...], AfterValidator(_some)]
"""A list that is not empty; what is wrong inside it is told first."""

Identifier = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60)]
Sentence = Annotated[str, Field(min_length=3, max_length=2000)]
MissionLine = Literal["1.1", "1.2", "1.3", "2.1", "2.2", "3.1", "3.2", "3.3", "4.1", "4.2", "5.1", "5.2", "6.1", "6.2"]
Per = Literal["device", "site", "department", "municipality"]
LifecycleDate = Literal["warranty", "support-contract", "end-of-sale", "end-of-support", "certificate", "licence"]
ConfigurationFinding = Literal[
    "unsaved", "changed-without-ticket", "backup-too-old", "backup-failing", "drift", "below-baseline"
]


class AppliesTo(Strict):
    """The equipment a playbook is for: every list that is given must match; globs are shell-like."""

    roles: tuple[Role, ...] = ()
    families: tuple[str, ...] = ()
    devices: tuple[str, ...] = ()
    sites: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()


class CalendarTrigger(Strict):
    """Comes again by a recurrence rule (RFC 5545) on the office clock, once `per` device, site, ...

    `spread_days`: how long after the date of the rule the work may still be done without being late, so that it
    can be spread over weeks and technicians.
    """

    rule: str
    first: datetime
    per: Per = "device"
    spread_days: int = Field(default=7, ge=0, le=365)

    @model_validator(mode="after")
    def _readable(self) -> Self:
        try:
            Recurring(self.rule, self.first, 3600.0)
        except ValueError as wrong:
            raise mistake("“{key}”: {wrong}", wrong=str(wrong)) from wrong
        if re.search(r"FREQ\s*=\s*HOURLY", self.rule, re.IGNORECASE):
            raise mistake("“{key}”: maintenance every hour is not a plan", "use FREQ=DAILY or longer")
        return self


class MeterTrigger(Strict):
    """A counter that has run `every` so much since the last time, or more than so much within some days."""

    metric: str
    every: float | None = Field(default=None, gt=0)
    more_than: float | None = Field(default=None, gt=0)
    within_days: int | None = Field(default=None, ge=1, le=366)
    components: str = "*"

    @field_validator("metric")
    @classmethod
    def _known(cls, metric: str) -> str:
        if metric not in METRICS:
            raise mistake("“{key}”: there is no metric named “{metric}”", "docs/metrics.md lists them", metric=metric)
        return metric

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        windowed = self.more_than is not None and self.within_days is not None
        if (self.every is not None) == windowed or (self.more_than is None) != (self.within_days is None):
            raise mistake("“{key}”: write either “every”, or “more_than” together with “within_days”")
        if windowed and METRICS[self.metric].kind is MetricKind.GAUGE:
            hint = "name a counter, or a state whose changes are counted (interface_oper_status)"
            raise mistake("“{key}”: “{metric}” goes up and down: it does not grow", hint, metric=self.metric)
        return self


class ForecastTrigger(Strict):
    """A forecast that says a limit will be reached; conditions as in `IncidentTrigger`: `forecast/*storage_used*`."""

    conditions: Some[str]


class LifecycleTrigger(Strict):
    """A date of the device's life draws near."""

    dates: Some[LifecycleDate]


class IncidentTrigger(Strict):
    """An incident whose root cause is one of these conditions: the playbook goes with its corrective ticket.

    A condition is the key of a verdict without its device, as a glob: `device-down`, `link-down`,
    `threshold/*storage_used*`, `state/*battery*`. Without a slash it stands for all of its kind.
    """

    conditions: Some[str]


class ConfigurationTrigger(Strict):
    """Something found in the configuration of a device."""

    findings: Some[ConfigurationFinding]


class Trigger(Strict):
    """One thing that calls for a playbook: exactly one of the keys."""

    calendar: CalendarTrigger | None = None
    meter: MeterTrigger | None = None
    forecast: ForecastTrigger | None = None
    lifecycle: LifecycleTrigger | None = None
    incident: IncidentTrigger | None = None
    configuration: ConfigurationTrigger | None = None

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        if len(self.model_fields_set) != 1:
            raise mistake(
                "a trigger is one of calendar, meter, forecast, lifecycle, incident, configuration",
                "write each in an item of its own",
            )
        return self


class Measurement(Strict):
    """A number to read and enter. Limits are inclusive; without limits every number is right."""

    name: Sentence
    unit: str = Field(max_length=20)
    min: float | None = None
    max: float | None = None
    times: int = Field(default=1, ge=1, le=200)

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.min is not None and self.max is not None and self.min > self.max:
            raise mistake("“{key}”: min {low} is above max {high}", low=self.min, high=self.max)
        return self

    def accepts(self, value: float) -> bool:
        above = self.min is None or value >= self.min
        return math.isfinite(value) and above and (self.max is None or value <= self.max)


class Attach(Strict):
    """A photo or a file that proves the step."""

    kind: Literal["photo", "file"]
    of: Sentence


class ValueExpectation(Strict):
    """A number in the output: the first group of `pattern`, at each place where it matches."""

    pattern: str
    min: float | None = None
    max: float | None = None
    unit: str = ""

    @field_validator("pattern")
    @classmethod
    def _one_group(cls, pattern: str) -> str:
        if compiled(pattern).groups != 1:
            raise mistake("“{key}” needs exactly one group ( ), around the number")
        return pattern


class Expectation(Strict):
    """How the output of a command is judged; all that is given must hold. Patterns are Python's, line by line."""

    contains: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    matches: tuple[str, ...] = ()
    lacks_match: tuple[str, ...] = ()
    values: tuple[ValueExpectation, ...] = ()

    @field_validator("matches", "lacks_match")
    @classmethod
    def _compile(cls, patterns: tuple[str, ...]) -> tuple[str, ...]:
        for pattern in patterns:
            compiled(pattern)
        return patterns

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not self.model_fields_set:
            raise mistake("an expectation needs one of contains, lacks, matches, lacks_match, values")
        return self


class PlatformCommand(Strict):
    """One command of the catalogue, written exactly as there, for devices of one platform."""

    platform: str
    run: str
    expect: Expectation | None = None


class Step(Strict):
    """One step: what to do, and at most one kind of evidence beyond the tick."""

    id: Identifier
    do: Sentence
    section: str = ""
    optional: bool = False
    measure: Measurement | None = None
    attach: Attach | None = None
    commands: tuple[PlatformCommand, ...] = ()

    @model_validator(mode="after")
    def _one_evidence(self) -> Self:
        if sum((self.measure is not None, self.attach is not None, bool(self.commands))) > 1:
            raise mistake("a step has one of measure, attach, commands", "write the others as steps of their own")
        platforms = [command.platform for command in self.commands]
        if len(set(platforms)) < len(platforms):
            raise mistake("a step has one command for each platform")
        return self

    @property
    def kind(self) -> Literal["check", "measure", "attach", "command"]:
        if self.measure is not None:
            return "measure"
        if self.attach is not None:
            return "attach"
        return "command" if self.commands else "check"


class Playbook(Strict):
    """A maintenance procedure or a documented process of the municipality."""

    id: Identifier
    title: Sentence
    purpose: Sentence
    kind: Literal["preventive", "corrective", "process"]
    owner: Annotated[str, Field(min_length=2, max_length=120)]
    version: Annotated[str, Field(pattern=r"^\d+\.\d+$")]
    reviewed: date
    review_every_months: int = Field(default=12, ge=1, le=60)
    mission: Some[MissionLine]
    applies_to: AppliesTo = AppliesTo()
    triggers: tuple[Trigger, ...] = ()
    lead_days: int = Field(default=7, ge=0, le=365)
    estimated_minutes: int = Field(ge=1, le=10_080)
    people: int = Field(default=1, ge=1, le=10)
    skill: str = ""
    tools: tuple[Sentence, ...] = ()
    parts: tuple[Sentence, ...] = ()
    safety: tuple[Sentence, ...] = ()
    sources: Some[Sentence]
    steps: Some[Step]

    @model_validator(mode="after")
    def _steps_named_once(self) -> Self:
        seen: set[str] = set()
        for step in self.steps:
            if step.id in seen:
                raise mistake("two steps are named “{id}”", "name each step once", id=step.id)
            seen.add(step.id)
        return self

    @property
    def review_due(self) -> date:
        """The day from which the playbook needs a new review."""
        return self.reviewed + relativedelta(months=self.review_every_months)

    def step(self, step_id: str) -> Step | None:
        return next((step for step in self.steps if step.id == step_id), None)


def compiled(pattern: str) -> re.Pattern[str]:
    """A pattern for the output of commands. Raises: a mistake that says what is wrong in it."""
    try:
        return re.compile(pattern, re.MULTILINE)
    except re.error as wrong:
        raise mistake("“{key}”: {pattern} is not a pattern: {wrong}", pattern=pattern, wrong=str(wrong)) from None
