"""From the endpoints of the inventory to SSH targets, with the way there."""

from __future__ import annotations

import pytest

from nms.collect.credentials import Targets
from nms.config import Config
from nms.model import Device, DeviceId, Endpoint, Role
from nms.transports.errors import LocalFault

CONFIG = Config.model_validate(
    {
        "credentials": {
            "salto": {"kind": "ssh", "user": "puente", "key_file": "/keys/jump"},
            "entrar": {"kind": "ssh", "user": "monitor", "key_file": "/keys/switch"},
        }
    }
)


def device(name: str, address: str, *endpoints: Endpoint) -> Device:
    return Device(DeviceId(name), name, Role.SERVER, address, "s", "d", endpoints)


def ssh(address: str, credential: str, **options: object) -> Endpoint:
    return Endpoint("ssh", address, 22, credential, options)


OUTER = device("srv-salto", "192.0.2.1", ssh("192.0.2.1", "salto"))
INNER = device("srv-puente", "10.0.0.1", ssh("10.0.0.1", "salto", jump="srv-salto"))


def test_each_host_on_the_way_has_its_own_credential() -> None:
    switch = device("sw", "10.0.0.9", ssh("10.0.0.9", "entrar", platform="cisco_ios", jump="srv-puente"))
    target = Targets(CONFIG, (OUTER, INNER, switch)).ssh(switch, switch.endpoints[0])
    assert target.jump is not None
    assert target.jump.jump is not None
    assert (target.user, target.platform, target.jump.user, target.jump.platform) == (
        "monitor",
        "cisco_ios",
        "puente",
        "linux",
    )
    assert target.host_id == "10.0.0.9.via.10.0.0.1.via.192.0.2.1"


def test_a_way_that_leads_nowhere_is_the_monitors_own_fault() -> None:
    lost = device("sw", "10.0.0.9", ssh("10.0.0.9", "entrar", jump="srv-nada"))
    with pytest.raises(LocalFault, match="the jump host “srv-nada” has no ssh endpoint in the inventory"):
        Targets(CONFIG, (lost,)).ssh(lost, lost.endpoints[0])
    circle = device("sw", "10.0.0.9", ssh("10.0.0.9", "entrar", jump="sw"))
    with pytest.raises(LocalFault, match="jump host"):
        Targets(CONFIG, (circle,)).ssh(circle, circle.endpoints[0])
