"""The time-series store: the history of every number that the monitor reads."""

from __future__ import annotations

from nms.store.samples.backup import Repair, repair, restore
from nms.store.samples.chunks import Damage
from nms.store.samples.embedded import EmbeddedSamples
from nms.store.samples.errors import (
    SamplesAway,
    SamplesBusy,
    SamplesDamaged,
    SamplesError,
    SamplesFull,
    SamplesNewer,
    SamplesReadOnly,
    SamplesUnwell,
)
from nms.store.samples.export import export_csv, export_parquet
from nms.store.samples.influx import InfluxSamples, Server
from nms.store.samples.memory import MemorySamples
from nms.store.samples.retention import Expiry, Forecast, Retention, Usage
from nms.store.samples.series import Function, Sample, Samples, Series
from nms.store.samples.store import SampleStore

__all__ = [
    "Damage",
    "EmbeddedSamples",
    "Expiry",
    "Forecast",
    "Function",
    "InfluxSamples",
    "MemorySamples",
    "Repair",
    "Retention",
    "Sample",
    "SampleStore",
    "Samples",
    "SamplesAway",
    "SamplesBusy",
    "SamplesDamaged",
    "SamplesError",
    "SamplesFull",
    "SamplesNewer",
    "SamplesReadOnly",
    "SamplesUnwell",
    "Series",
    "Server",
    "Usage",
    "export_csv",
    "export_parquet",
    "repair",
    "restore",
]
