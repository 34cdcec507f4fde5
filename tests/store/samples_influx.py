"""The store on a server, made to answer at once what was written just now, as tests need it."""

from __future__ import annotations

import urllib.request
from pathlib import Path

from nms.model import Component, DeviceId
from nms.store.samples import InfluxSamples, Series, Server
from nms.store.samples.series import Raw
from tests import peers


class PatientInflux(InfluxSamples):
    """Waits until the spool is empty and VictoriaMetrics has made it searchable before it reads."""

    def __init__(self, port: int, spool: Path) -> None:
        super().__init__(Server(f"http://127.0.0.1:{port}", retry_seconds=0.1, timeout_seconds=5), spool)
        self._port = port

    def settle(self) -> None:
        peers.wait_until(lambda: self.waiting == 0, "the spool to be sent")
        with urllib.request.urlopen(f"http://127.0.0.1:{self._port}/internal/force_flush", timeout=5):
            pass

    def raw(self, series: Series, start: float, end: float) -> Raw:
        self.settle()
        return super().raw(series, start, end)

    def series(
        self,
        device: DeviceId | None = None,
        table: str | None = None,
        metric: str | None = None,
        component: Component | None = None,
    ) -> list[Series]:
        self.settle()
        return super().series(device, table, metric, component)
