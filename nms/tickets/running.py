"""Running the read-only commands of playbooks: asked for and audited, run outside any transaction, judged and kept."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from nms.access import Actor
from nms.store.records import Records
from nms.tickets.errors import Unusable
from nms.tickets.evidence import StepState
from nms.tickets.playbooks import CommandRunner
from nms.tickets.steps import Asked, StepDesk
from nms.transports.errors import TransportError


@dataclass(frozen=True, slots=True)
class CommandDesk:
    """On the event loop; what touches the records does so in worker threads, since devices are slow."""

    steps: StepDesk
    records: Records
    runner: CommandRunner
    clock: Callable[[], float]

    async def run(self, actor: Actor, folio: str, step: str, values: Mapping[str, str], remark: str = "") -> StepState:
        """Runs the command of a step and keeps what it said.

        Raises: NoSuchTicket, NotNow, Unusable (also when the device does not answer), CommandRefused, Forbidden.
        """
        asked = await asyncio.to_thread(self._ask, actor, folio, step, values)
        try:
            output = await self.runner.run(asked.way.device, asked.way.endpoint, asked.line, asked.seconds)
        except TransportError as error:
            await asyncio.to_thread(self._failed, actor, folio, asked, str(error))
            raise Unusable("{command} did not run: {reason}", command=asked.line, reason=str(error)) from None
        return await asyncio.to_thread(self._keep, actor, folio, asked, output, remark)

    def _ask(self, actor: Actor, folio: str, step: str, values: Mapping[str, str]) -> Asked:
        with self.records.begin() as here:
            return self.steps.ask(here, actor, folio, step, values, self.clock())

    def _failed(self, actor: Actor, folio: str, asked: Asked, reason: str) -> None:
        with self.records.begin() as here:
            self.steps.note_failure(here, actor, folio, asked, reason, self.clock())

    def _keep(self, actor: Actor, folio: str, asked: Asked, output: str, remark: str) -> StepState:
        with self.records.begin() as here:
            return self.steps.keep_output(
                here, actor, folio, asked.step, asked.way.platform, asked.line, output, self.clock(), remark
            )
