"""The inventory's keys as tables for the documentation, drawn from the models so that the two cannot differ."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import BaseModel

from nms.config.documentation import descriptions
from nms.inventory.endpoints import TRANSPORTS, EndpointEntry
from nms.inventory.entries import (
    DepartmentEntry,
    DeviceFields,
    GroupFields,
    LifecycleEntry,
    LinkEntry,
    PersonEntry,
    SiteEntry,
)

FILES: tuple[tuple[str, tuple[type[BaseModel], ...]], ...] = (
    ("departments.yaml, below `departments.ID`", (DepartmentEntry,)),
    ("sites.yaml, below `sites.ID`", (SiteEntry,)),
    ("links.yaml, below `links.ID`", (LinkEntry,)),
    ("people.yaml, below `people.ID`", (PersonEntry,)),
    ("devices, groups, roles and defaults", (DeviceFields, GroupFields)),
    ("lifecycle", (LifecycleEntry,)),
)


def markdown() -> str:
    """Tables of all files and of all transports, for `docs/inventory.md`."""
    lines: list[str] = []
    for title, models in FILES:
        lines += [f"### {title}", "", "| key | meaning |", "|---|---|"]
        lines += [f"| `{key}` | {text} |" for model in models for key, text in _keys(model)]
        lines.append("")
    lines += ["### endpoints", "", "| transport | port | key | meaning |", "|---|---|---|---|"]
    lines += [f"| any | | `{key}` | {text} |" for key, text in _keys(EndpointEntry)]
    for name, model in TRANSPORTS.items():
        port = model.DEFAULT_PORT or ""
        needs = f" Needs: {', '.join(f'`{key}`' for key in model.NEEDS)}." if model.NEEDS else ""
        summary = " ".join((model.__doc__ or "").split())
        lines.append(f"| `{name}` | {port} | | {summary}{needs} |")
        lines += [f"| `{name}` | | `{key}` | {text} |" for base in _of_its_own(model) for key, text in _keys(base)]
    return "\n".join(lines)


def _of_its_own(model: type[EndpointEntry]) -> list[type[BaseModel]]:
    """The model with what it shares with some others, but not with all."""
    return [one for one in model.__mro__ if issubclass(one, EndpointEntry) and one is not EndpointEntry]


def _keys(model: type[BaseModel]) -> Iterator[tuple[str, str]]:
    """The keys that a model itself adds, with their description."""
    texts = descriptions(model)
    inherited = {name for base in model.__bases__ if issubclass(base, BaseModel) for name in base.model_fields}
    for name, info in model.model_fields.items():
        if name not in inherited:
            yield info.alias or name, texts.get(name, "").replace("|", "\\|")
