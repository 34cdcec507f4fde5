"""From the settings and the inventory to the plain policies that judging goes by."""

from __future__ import annotations

from collections.abc import Iterable
from zoneinfo import ZoneInfo

from nms import config
from nms.model import Device, DeviceId, Severity
from nms.rules.policies import (
    DEFAULT_THRESHOLDS,
    FlapPolicy,
    LinkPolicy,
    Policies,
    Reach,
    ReachabilityPolicy,
    Threshold,
)


def policies(settings: config.Config, uplink_targets: Iterable[DeviceId] = ()) -> Policies:
    """The policies of `config.yaml`; its thresholds stand beside the defaults and beat those of equal reach.

    `uplink_targets`: what those of the settings are called as devices.
    """
    flap = FlapPolicy(
        threshold=settings.reachability.flap_threshold,
        calm=settings.reachability.flap_threshold / 4,
        half_life=settings.reachability.flap_half_life,
    )
    return Policies(
        reachability=ReachabilityPolicy(
            confirmations=settings.reachability.confirmations,
            recovery=settings.reachability.recovery,
            uplink_targets=tuple(uplink_targets),
            uplink_quorum=settings.polling.uplink_quorum,
            loss_warning=settings.reachability.loss_warning,
            flap=flap,
        ),
        links=LinkPolicy(flap=flap),
        thresholds=(*DEFAULT_THRESHOLDS, *(threshold(one, reach_of(one.scope)) for one in settings.thresholds)),
        zone=ZoneInfo(settings.office.timezone),
        visit_seconds=settings.polling.visit_seconds,
    )


def of_device(device: Device) -> Iterable[Threshold]:
    """The thresholds that the inventory gives a device itself."""
    reach = Reach(devices=(device.id,))
    return [threshold(one, reach) for one in device.thresholds.values() if isinstance(one, config.Threshold)]


def threshold(one: config.Threshold, reach: Reach) -> Threshold:
    return Threshold(
        metric=one.metric,
        severity=Severity[one.severity.upper()],
        above=one.above,
        below=one.below,
        clear=one.clear,
        for_seconds=one.for_,
        component=one.component,
        name=one.name,
        enabled=one.enabled,
        reach=reach,
    )


def reach_of(scope: config.Scope) -> Reach:
    return Reach(
        scope.devices, scope.families, scope.departments, scope.sites, tuple(role.value for role in scope.roles)
    )
