"""The store of samples that the settings name."""

from __future__ import annotations

from nms.config import Config
from nms.store.samples import EmbeddedSamples, SampleStore
from nms.store.samples.influx import InfluxSamples, Server
from nms.store.samples.retention import Retention

DAY_SECONDS = 86_400.0


def open_samples(config: Config) -> SampleStore:
    """Raises: SamplesError, SecretUnavailable."""
    store = config.store
    if store.kind == "influx":
        influx = store.influx
        server = Server(influx.url, influx.org, influx.bucket, spool_limit_bytes=int(influx.buffer))
        token = influx.token.reveal() if influx.token else ""
        return InfluxSamples(server, config.data_dir / "spool", token)
    kept = store.retention
    retention = Retention(
        raw_days=_days(kept.raw),
        fine_days=_days(kept.five_minutes),
        coarse_days=_days(kept.hours),
        budget_bytes=int(store.size_budget),
    )
    return EmbeddedSamples(config.data_dir / "samples.db", retention=retention)


def _days(seconds: float) -> int:
    return max(1, round(seconds / DAY_SECONDS))
