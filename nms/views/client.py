"""The daemon's API as a Python object: what the terminal and the command line talk to.

One asynchronous client; rows come back as the dataclasses of `nms.queries.rows`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import httpx

from nms.queries import rows
from nms.queries.configuration_rows import (
    ConfigurationDiff,
    ConfigurationPage,
    ConfigurationRow,
    ConfigurationText,
    RestorePage,
    SearchResult,
)
from nms.queries.dossier import PlanPreview, PlanRow, TechnicianRow
from nms.queries.ports import MaintenancePlan, PastCorrection, QuietPlan
from nms.queries.reports.document import Kind, Report
from nms.queries.stations import PresenceRow, Whereabouts
from nms.views.connection import Connection, adapter_of

if TYPE_CHECKING:
    from pydantic import TypeAdapter

    from nms.store.accounts import Account
    from nms.store.announcements import Announcement
    from nms.store.audit import AuditEntry
    from nms.store.tokens import TokenRow

COMMAND_TIMEOUT = httpx.Timeout(10.0, read=380.0)
"""For commands on devices: what the catalogue allows the slowest, and its turn."""
UPLOAD = httpx.Timeout(10.0, read=300.0, write=300.0)
FETCH_TIMEOUT = httpx.Timeout(10.0, read=600.0)


class Client(Connection):
    """What the daemon can be asked and told."""

    async def overview(self) -> rows.Overview:
        return await self._get(rows.Overview, "/overview")

    async def devices(self, **filters: Any) -> list[rows.DeviceRow]:
        return await self._get(list[rows.DeviceRow], "/devices", filters)

    async def device(self, device_id: str) -> rows.DevicePage:
        return await self._get(rows.DevicePage, f"/devices/{device_id}")

    async def series(self, device_id: str) -> list[rows.SeriesRow]:
        return await self._get(list[rows.SeriesRow], f"/devices/{device_id}/series")

    async def history(
        self,
        device_id: str,
        kind: str,
        component: str,
        metric: str,
        start: float,
        end: float,
        step: float | None = None,
    ) -> rows.History:
        query = {"kind": kind, "component": component, "metric": metric, "start": start, "end": end, "step": step}
        return await self._get(rows.History, f"/devices/{device_id}/history", query)

    async def links(self) -> list[rows.LinkRow]:
        return await self._get(list[rows.LinkRow], "/links")

    async def presence(self) -> list[PresenceRow]:
        return await self._get(list[PresenceRow], "/presence")

    async def where(self, what: str) -> Whereabouts:
        return await self._get(Whereabouts, "/presence/where", {"what": what})

    async def topology(self) -> list[rows.TreeRow]:
        return await self._get(list[rows.TreeRow], "/topology")

    async def power(self) -> list[rows.TreeRow]:
        return await self._get(list[rows.TreeRow], "/power")

    async def telephony(self) -> rows.Telephony:
        return await self._get(rows.Telephony, "/telephony")

    async def alerts(self, *, resolved: bool = False, limit: int = 2000) -> list[rows.AlertRow]:
        return await self._get(list[rows.AlertRow], "/alerts", {"resolved": resolved, "limit": limit})

    async def incidents(self, *, resolved: bool = False, limit: int = 500) -> list[rows.IncidentRow]:
        return await self._get(list[rows.IncidentRow], "/incidents", {"resolved": resolved, "limit": limit})

    async def tickets(self, **filters: Any) -> list[rows.TicketRow]:
        return await self._get(list[rows.TicketRow], "/tickets", filters)

    async def ticket(self, folio: str) -> rows.TicketPage:
        return await self._get(rows.TicketPage, f"/tickets/{folio}")

    async def events(self, *, since: float | None = None, limit: int = 200) -> list[rows.EventRow]:
        return await self._get(list[rows.EventRow], "/events", {"since": since, "limit": limit})

    async def uptime(
        self, start: float, end: float, department: str = "", as_of: float | None = None
    ) -> rows.UptimeReport:
        query = {"start": start, "end": end, "department": department, "as_of": as_of}
        return await self._get(rows.UptimeReport, "/reports/uptime", query)

    async def report(
        self, kind: Kind, start: float, end: float, department: str = "", as_of: float | None = None
    ) -> Report:
        query = {"start": start, "end": end, "department": department, "as_of": as_of}
        return await self._get(Report, f"/reports/{kind}/document", query)

    async def timezone(self) -> str:
        """The clock of the office that the daemon serves."""
        return str((await self.me())["timezone"])

    async def why(self, key: str) -> list[rows.WhyStep]:
        return await self._get(list[rows.WhyStep], "/why", {"key": key})

    async def on_call(self, start: float, end: float) -> list[rows.ShiftRow]:
        return await self._get(list[rows.ShiftRow], "/oncall", {"start": start, "end": end})

    async def on_call_problems(self, start: float, end: float) -> list[rows.RotaProblemRow]:
        return await self._get(list[rows.RotaProblemRow], "/oncall/problems", {"start": start, "end": end})

    async def on_call_calendar(self, start: float, end: float, person: str = "") -> bytes:
        """The duties as iCalendar."""
        params = {"start": start, "end": end, "person": person}
        return (await self._send("GET", "/oncall/calendar", params=params)).content

    async def configurations(self) -> list[ConfigurationRow]:
        return await self._get(list[ConfigurationRow], "/configurations")

    async def configuration(self, device_id: str) -> ConfigurationPage:
        return await self._get(ConfigurationPage, f"/devices/{device_id}/configuration")

    async def configuration_text(self, device_id: str, which: str = "running") -> ConfigurationText:
        return await self._get(ConfigurationText, f"/devices/{device_id}/configuration/text", {"which": which})

    async def configuration_diff(
        self, device_id: str, before: str, after: str = "running", context: int = 3
    ) -> ConfigurationDiff:
        query = {"old": before, "new": after, "context": context}
        return await self._get(ConfigurationDiff, f"/devices/{device_id}/configuration/diff", query)

    async def search_configurations(self, pattern: str) -> SearchResult:
        return await self._get(SearchResult, "/configurations/search", {"pattern": pattern})

    async def restoring(self, device_id: str) -> RestorePage:
        return await self._get(RestorePage, f"/devices/{device_id}/configuration/restore")

    async def fetch_configuration(self, device_id: str) -> ConfigurationPage:
        """Waits until the device has answered, or until that has failed."""
        path = f"/devices/{device_id}/configuration/fetch"
        response = await self._send("POST", path, json={}, timeout=FETCH_TIMEOUT)
        adapter: TypeAdapter[ConfigurationPage] = adapter_of(ConfigurationPage)
        return adapter.validate_json(response.content)

    async def accept_configuration(self, device_id: str, note: str) -> int:
        return await self._changed(f"/devices/{device_id}/configuration/baseline", {"note": note})

    async def me(self) -> dict[str, Any]:
        return await self._get(dict[str, Any], "/me")

    async def acknowledge(self, keys: Sequence[str], note: str = "", until: float | None = None) -> int:
        return await self._changed("/alerts/acknowledge", {"keys": list(keys), "note": note, "until": until})

    async def unacknowledge(self, keys: Sequence[str]) -> int:
        return await self._changed("/alerts/unacknowledge", {"keys": list(keys)})

    async def silence(
        self,
        reason: str,
        until: float,
        *,
        device: str = "",
        key: str = "",
        matchers: Mapping[str, Sequence[str]] | None = None,
        starts_at: float | None = None,
    ) -> int:
        """The number of the silence."""
        body = {"device": device, "key": key, "matchers": dict(matchers or {}), "reason": reason, "until": until}
        return int((await self._post("/silences", {**body, "starts_at": starts_at}))["id"])

    async def silences(self) -> list[rows.SilenceRow]:
        return await self._get(list[rows.SilenceRow], "/silences")

    async def end_silence(self, number: int) -> None:
        await self._send("DELETE", f"/silences/{number}")

    async def maintenance(self) -> list[rows.MaintenanceRow]:
        return await self._get(list[rows.MaintenanceRow], "/maintenance")

    async def plan_maintenance(self, plan: MaintenancePlan) -> int:
        """The number of the planned work."""
        return int((await self._post("/maintenance", asdict(plan)))["id"])

    async def preview_quiet(self, kind: str, plan: QuietPlan) -> rows.QuietPreview:
        """What a silence (`silences`) or planned work (`maintenance`) would do."""
        return await self._previewed(rows.QuietPreview, f"/{kind}/preview", asdict(plan))

    async def preview_correction(self, correction: PastCorrection) -> rows.CorrectionPreview:
        return await self._previewed(rows.CorrectionPreview, "/corrections/preview", asdict(correction))

    async def extend_maintenance(self, number: int, until: float) -> None:
        await self._post(f"/maintenance/{number}/extend", {"until": until})

    async def end_maintenance(self, number: int) -> None:
        await self._send("DELETE", f"/maintenance/{number}")

    async def corrections(self, start: float, end: float) -> list[rows.CorrectionRow]:
        return await self._get(list[rows.CorrectionRow], "/corrections", {"start": start, "end": end})

    async def correct(self, correction: PastCorrection) -> int:
        """The number of the correction."""
        return int((await self._post("/corrections", asdict(correction)))["id"])

    async def withdraw_correction(self, number: int) -> None:
        await self._send("DELETE", f"/corrections/{number}")

    async def open_ticket(self, title: str, department: str, device: str = "", alert: str = "") -> str:
        body = {"title": title, "department": department, "device": device, "alert": alert}
        answer = await self._post("/tickets", body)
        return str(answer["folio"])

    async def act_on_ticket(self, folio: str, action: str, **details: Any) -> None:
        """`details`: note, assignee, reason, cause, solution, priority, although_down, as the action takes them."""
        await self._post(f"/tickets/{folio}/actions", {"action": action, **details})

    async def complete_step(self, folio: str, number: int, value: str = "", remark: str = "") -> None:
        await self._post(f"/tickets/{folio}/steps/{number}", {"value": value, "remark": remark})

    async def waive_step(self, folio: str, number: int, reason: str) -> None:
        await self._post(f"/tickets/{folio}/steps/{number}/waive", {"reason": reason})

    async def plan(self, days: int = 365) -> list[PlanRow]:
        return await self._get(list[PlanRow], "/preventive/plan", {"days": days})

    async def plan_file(self, form: str, days: int = 365) -> bytes:
        """`form`: ics or csv."""
        return (await self._send("GET", f"/preventive/plan/{form}", params={"days": days})).content

    async def technicians(self) -> list[TechnicianRow]:
        return await self._get(list[TechnicianRow], "/preventive/technicians")

    async def preview_move(self, number: int, *, technician: str = "", start: float | None = None) -> PlanPreview:
        body = {"technician": technician, "start": start}
        return await self._previewed(PlanPreview, f"/preventive/plan/{number}/move/preview", body)

    async def preview_skip(self, number: int) -> PlanPreview:
        return await self._previewed(PlanPreview, f"/preventive/plan/{number}/skip/preview", {})

    async def move_work(self, number: int, *, technician: str = "", start: float | None = None) -> None:
        await self._post(f"/preventive/plan/{number}/move", {"technician": technician, "start": start})

    async def skip_work(self, number: int, reason: str) -> None:
        await self._post(f"/preventive/plan/{number}/skip", {"reason": reason})

    async def spend_time(self, folio: str, minutes: float, **details: str | float) -> None:
        """`details`: person, cost, note."""
        await self._post(f"/tickets/{folio}/time", {"minutes": minutes, **details})

    async def use_part(self, folio: str, name: str, **details: str | float) -> None:
        """`details`: quantity, unit_cost, serial."""
        await self._post(f"/tickets/{folio}/parts", {"name": name, **details})

    async def watch(self, folio: str, person: str = "", *, watching: bool = True) -> None:
        await self._post(f"/tickets/{folio}/watchers", {"person": person, "watching": watching})

    async def attach(self, folio: str, name: str, content: bytes, step: int = 0, remark: str = "") -> int:
        """Sends a file; its number."""
        query = {"name": name, "step": step, "remark": remark}
        kind = {"Content-Type": "application/octet-stream"}
        path = f"/tickets/{folio}/attachments"
        response = await self._send("POST", path, params=query, content=content, headers=kind, timeout=UPLOAD)
        return int(response.json()["number"])

    async def attachment(self, folio: str, number: int) -> bytes:
        return (await self._send("GET", f"/tickets/{folio}/attachments/{number}", timeout=UPLOAD)).content

    async def run_step(self, folio: str, number: int, values: Mapping[str, str], remark: str = "") -> rows.EvidenceRow:
        """Waits as long as the slowest command may take."""
        body = {"values": dict(values), "remark": remark}
        path = f"/tickets/{folio}/steps/{number}/run"
        response = await self._send("POST", path, params={"lang": self.language}, json=body, timeout=COMMAND_TIMEOUT)
        return adapter_of(rows.EvidenceRow).validate_json(response.content)  # type: ignore[no-any-return]

    async def evidence(self, folio: str, number: int) -> list[rows.EvidenceRow]:
        return await self._get(list[rows.EvidenceRow], f"/tickets/{folio}/steps/{number}")

    async def poll_now(self, device_id: str) -> bool:
        return bool(await self._changed(f"/devices/{device_id}/poll", {}))

    async def tokens(self) -> list[TokenRow]:
        from nms.store.tokens import TokenRow  # brings a database library, which a terminal need not load

        return await self._get(list[TokenRow], "/tokens")

    async def create_token(
        self, name: str, roles: Sequence[str], departments: Sequence[str] = (), expires_at: float | None = None
    ) -> str:
        """A new token: this answer is the only place where it can be read."""
        body = {"name": name, "roles": list(roles), "departments": list(departments), "expires_at": expires_at}
        return str((await self._post("/tokens", body))["token"])

    async def revoke_token(self, number: int) -> bool:
        response = await self._send("DELETE", f"/tokens/{number}")
        return bool(response.json()["changed"])

    async def accounts(self) -> list[Account]:
        from nms.store.accounts import Account  # brings a database library, as above

        return await self._get(list[Account], "/accounts")

    async def create_account(self, name: str, roles: Sequence[str], departments: Sequence[str] = ()) -> str:
        """The link by which its owner chooses a password: this answer is the only place where it can be read."""
        body = {"name": name, "roles": list(roles), "departments": list(departments)}
        return str((await self._post("/accounts", body))["url"])

    async def invite_account(self, name: str) -> str:
        return str((await self._post(f"/accounts/{name}/invitation", {}))["url"])

    async def remove_account(self, name: str) -> bool:
        response = await self._send("DELETE", f"/accounts/{name}")
        return bool(response.json()["changed"])

    async def audit(self, *, limit: int = 100, **asked: str) -> list[AuditEntry]:
        from nms.store.audit import AuditEntry  # brings a database library, as above

        return await self._get(list[AuditEntry], "/audit", {"limit": limit, **asked})

    async def allow_account(self, name: str, roles: Sequence[str], departments: Sequence[str]) -> int:
        body = {"roles": list(roles), "departments": list(departments)}
        return await self._changed(f"/accounts/{name}/rights", body)

    async def disable_account(self, name: str) -> int:
        return await self._changed(f"/accounts/{name}/disable", {})

    async def enable_account(self, name: str) -> int:
        return await self._changed(f"/accounts/{name}/enable", {})

    async def begin_factor(self, name: str) -> tuple[str, str]:
        """The secret for a telephone, to be typed and as a QR code holds it."""
        found = await self._post(f"/accounts/{name}/second-factor", {})
        return str(found["secret"]), str(found["uri"])

    async def confirm_factor(self, name: str, code: str) -> list[str]:
        """The recovery codes."""
        found = await self._post(f"/accounts/{name}/second-factor/confirm", {"code": code})
        return [str(one) for one in found["recovery_codes"]]

    async def remove_factor(self, name: str) -> int:
        response = await self._send("DELETE", f"/accounts/{name}/second-factor")
        return int(response.json()["changed"])

    async def announcements(self) -> list[Announcement]:
        from nms.store.announcements import Announcement  # brings a database library, as above

        return await self._get(list[Announcement], "/announcements")

    async def announce(
        self, title: str, text: str, ends_at: float, *, departments: Sequence[str] = (), starts_at: float | None = None
    ) -> Announcement:
        from nms.store.announcements import Announcement

        body = {"title": title, "text": text, "departments": list(departments), "ends_at": ends_at}
        answer = await self._post("/announcements", {**body, "starts_at": starts_at})
        return adapter_of(Announcement).validate_python(answer)  # type: ignore[no-any-return]

    async def withdraw_announcement(self, number: int) -> bool:
        return bool(await self._changed(f"/announcements/{number}/withdraw", {}))
