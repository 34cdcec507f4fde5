"""The store of samples that the settings name."""

from __future__ import annotations

from nms.config import Config
from nms.store.samples import EmbeddedSamples, SampleStore
from nms.store.samples.influx import InfluxSamples, Server
from nms.store.samples.retention import Retention


def open_samples(config: Config) -> SampleStore:
    """Raises: SamplesError, SecretUnavailable."""
    store = config.store
    if store.kind == "influx":
        influx = store.influx
        server = Server(influx.url, influx.org, influx.bucket, spool_limit_bytes=int(influx.buffer))
        token = influx.token.reveal() if influx.token else ""
        return InfluxSamples(server, config.data_dir / "spool", token)
    kept = store.retention
    retention = Retention.of(kept.raw, kept.five_minutes, kept.hours, int(store.size_budget))
    return EmbeddedSamples(config.data_dir / "samples.db", retention=retention)
