"""Askers of equipment that speaks a protocol of its own kind: power, telephony, servers."""

from __future__ import annotations

from nms.collect.answer import Asker
from nms.collect.power.nut import NutAsker
from nms.config import Config
from nms.collect.credentials import Targets


def equipment_askers(config: Config, targets: Targets) -> dict[str, Asker]:
    seconds = config.polling.application_timeout
    return {
        "nut": NutAsker(targets.nut, seconds),
    }
