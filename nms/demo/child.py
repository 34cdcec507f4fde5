"""The simulator as a child process, commanded by its parent."""

from __future__ import annotations

import asyncio
import json
import os
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from nms.demo.simulator.faults import FaultError
from nms.transports.errors import LocalFault

_START_SECONDS = 30.0
_ANSWER_SECONDS = 10.0
_END_SECONDS = 5.0


class SimulatorProcess:
    """`async with SimulatorProcess(config_path) as simulator`: runs until the block ends, or its parent dies.

    `environment` is added to ours; the SNMP community that the configuration refers to belongs there.
    Raises: LocalFault when it cannot start, with its own sentence, or when it ends unasked.
    """

    def __init__(self, config: Path, *, seed: int = 1, environment: Mapping[str, str] | None = None) -> None:
        self._argv = [sys.executable, "-m", "nms.demo.simulator", str(config), "--seed", str(seed)]
        self._environment = {**os.environ, **(environment or {})}
        self._process: asyncio.subprocess.Process | None = None
        self._one_at_a_time = asyncio.Lock()
        self.agents = 0
        """How many agents listen."""

    async def __aenter__(self) -> Self:
        pipe = asyncio.subprocess.PIPE
        self._process = await asyncio.create_subprocess_exec(
            *self._argv, stdin=pipe, stdout=pipe, stderr=pipe, env=self._environment, start_new_session=True
        )
        try:
            self.agents = int(str((await self._answer(_START_SECONDS))["agents"]))
        except BaseException:
            await self._end()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._end()

    async def command(self, *words: str | float) -> Mapping[str, object]:
        """One command of `nms.demo.simulator.control`. Raises: FaultError when it cannot be done; LocalFault."""
        process = self._process
        if process is None or process.stdin is None:
            raise LocalFault("the simulator does not run")
        async with self._one_at_a_time:
            try:
                process.stdin.write((shlex.join(map(str, words)) + "\n").encode())
                await process.stdin.drain()
            except OSError as error:
                raise LocalFault(f"the simulator has ended: {error.strerror}") from error
            return await self._answer(_ANSWER_SECONDS)

    async def _answer(self, patience: float) -> Mapping[str, object]:
        process = self._process
        assert process is not None
        assert process.stdout is not None
        try:
            line = await asyncio.wait_for(process.stdout.readline(), patience)
        except TimeoutError:
            raise LocalFault(f"the simulator gave no answer within {patience:g} s") from None
        if not line:
            raise LocalFault(await self._last_words())
        answer: dict[str, object] = json.loads(line)
        if "error" in answer:
            raise FaultError(str(answer["error"]))
        return answer

    async def _last_words(self) -> str:
        """What it wrote to its standard error: a sentence a mistake, or the last line of whatever happened."""
        assert self._process is not None
        assert self._process.stderr is not None
        told = (await self._process.stderr.read()).decode("utf-8", "replace").strip().splitlines()
        if any(line.startswith("Traceback") for line in told):
            return told[-1]
        return "\n".join(told) or "the simulator ended without a word"

    async def _end(self) -> None:
        process, self._process = self._process, None
        if process is None or process.returncode is not None:
            return
        if process.stdin is not None:
            process.stdin.close()
        try:
            await asyncio.wait_for(process.wait(), _END_SECONDS)
        except TimeoutError:
            process.kill()
            await process.wait()
