"""The SNMP clients that `bench/snmp.py` compares: each polls all devices once a round and tells what it cost.

Run as `snmp_clients.py NAME PORT DEVICES FIRST ROUNDS POLLS CONCURRENCY TIMEOUT`; prints one JSON object a round: CPU
seconds (of this process and of those it started), wall seconds of one poll, variables read, devices that did not
answer. There are FIRST rounds of one poll, in which the devices become known, and then ROUNDS of POLLS polls each.
What one client needs is imported by that client alone, so that the memory of each is its own.
"""

from __future__ import annotations

import asyncio
import json
import os
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.snmp_agent import COLUMNS, IF, IFX, SCALARS, address

Poll = Callable[[str], Awaitable[int]]
"""Reads one device and returns the number of variables; raises where it does not answer."""


class Options:
    """What the command line says."""

    def __init__(self, argv: list[str]) -> None:
        self.name = argv[0]
        self.port, self.devices, self.first, self.rounds, self.polls, self.concurrency = map(int, argv[1:7])
        self.timeout = float(argv[7])
        self.server: int | None = None
        """The process that does the client's work, where it is not this one."""


@asynccontextmanager
async def nms(options: Options) -> AsyncIterator[Poll]:
    from nms.transports.snmp import SnmpClient, SnmpTarget

    async with SnmpClient() as client:
        sessions = {
            host: client.session(SnmpTarget(host, options.port, timeout=options.timeout, retries=0))
            for host in map(address, range(options.devices))
        }

        async def poll(host: str) -> int:
            session = sessions[host]
            session.renew()
            scalars = await session.get(SCALARS)
            table = await session.table(COLUMNS)
            return len(scalars) + sum(map(len, table.columns.values()))

        yield poll


@asynccontextmanager
async def pysnmp(options: Options) -> AsyncIterator[Poll]:
    from pysnmp.hlapi.v3arch.asyncio import (
        CommunityData,
        ContextData,
        ObjectIdentity,
        ObjectType,
        SnmpEngine,
        UdpTransportTarget,
        bulk_cmd,
        get_cmd,
    )

    engine, community, context = SnmpEngine(), CommunityData("public", mpModel=1), ContextData()

    def named(oids: Any) -> list[Any]:
        return [ObjectType(ObjectIdentity(oid)) for oid in oids]

    async def poll(host: str) -> int:
        target = await UdpTransportTarget.create((host, options.port), timeout=options.timeout, retries=0)
        problem, _, _, found = await get_cmd(engine, community, target, context, *named(SCALARS), lookupMib=False)
        if problem:
            raise TimeoutError(str(problem))
        count, cursors = len(found), list(COLUMNS)
        while True:
            problem, _, _, found = await bulk_cmd(
                engine, community, target, context, 0, 5, *named(cursors), lookupMib=False
            )
            if problem:
                raise TimeoutError(str(problem))
            names = [str(name) for name, _ in found]
            good = [name for at, name in enumerate(names) if name.startswith(f"{COLUMNS[at % len(COLUMNS)]}.")]
            count += len(good)
            rows = len(names) // len(COLUMNS)
            if len(good) < len(names) or not rows:
                return count
            count -= len(good) - rows * len(COLUMNS)
            cursors = names[(rows - 1) * len(COLUMNS) : rows * len(COLUMNS)]

    yield poll
    engine.close_dispatcher()


@asynccontextmanager
async def netsnmp(options: Options) -> AsyncIterator[Poll]:
    """The commands, four processes at a time as a shell script would."""
    from concurrent.futures import ThreadPoolExecutor

    pool = ThreadPoolExecutor(4)
    loop = asyncio.get_running_loop()
    common = ["-v2c", "-c", "public", "-Onq", "-r0", f"-t{options.timeout:g}"]
    quiet = {**os.environ, "MIBS": ""}

    def run(host: str) -> int:
        where, lines = f"{host}:{options.port}", 0
        for argv in (
            ["snmpget", *common, where, *SCALARS],
            ["snmpbulkwalk", *common, "-Cr50", where, IF],
            ["snmpbulkwalk", *common, "-Cr50", where, IFX],
        ):
            lines += subprocess.run(argv, check=True, capture_output=True, env=quiet).stdout.count(b"\n")
        return lines

    yield lambda host: loop.run_in_executor(pool, run, host)
    pool.shutdown()


@asynccontextmanager
async def gufo(options: Options) -> AsyncIterator[Poll]:
    """A session each, kept open; each has a socket of its own."""
    from gufo.snmp.aio import SnmpSession

    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    async with AsyncExitStack() as stack:
        sessions: dict[str, Any] = {}
        for host in map(address, range(options.devices)):
            made = SnmpSession(addr=host, port=options.port, community="public", timeout=options.timeout)
            sessions[host] = await stack.enter_async_context(made)

        async def poll(host: str) -> int:
            session = sessions[host]
            count = len(await session.get_many(SCALARS))
            for subtree in (IF, IFX):
                async for _ in session.getbulk(subtree, max_repetitions=50):
                    count += 1
            return count

        yield poll


def exporter_path() -> str | None:
    return os.environ.get("SNMP_EXPORTER") or shutil.which("snmp_exporter") or shutil.which("prometheus-snmp-exporter")


def exporter_config(program: str, timeout: float) -> str:
    """snmp_exporter's own language; the credential moved out of the module with 0.23."""
    shown = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    words = (shown.stdout + shown.stderr).split()
    version = words[words.index("version") + 1] if "version" in words else "0.26"
    is_old = tuple(int(part) for part in version.split(".")[:2]) < (0, 23)
    names = [(oid, f"c{at}", True) for at, oid in enumerate(COLUMNS)] + [
        (oid, f"s{at}", False) for at, oid in enumerate(SCALARS[2:3] + SCALARS[5:])
    ]
    lines = [] if is_old else ["auths:", "  public: {community: public, version: 2}", "modules:"]
    pad = "" if is_old else "  "
    lines += [f"{pad}bench:", f"{pad}  walk: [{IF}, {IFX}]", f"{pad}  get: [{', '.join(SCALARS)}]"]
    lines += [f"{pad}  max_repetitions: 50", f"{pad}  retries: 0", f"{pad}  timeout: {timeout:g}s"]
    lines += [f"{pad}  version: 2", f"{pad}  auth: {{community: public}}"] if is_old else []
    lines.append(f"{pad}  metrics:")
    for oid, name, is_column in names:
        kind = "DisplayString" if oid.endswith(".18") else "gauge"
        index = "[{labelname: i, type: gauge}]" if is_column else "[]"
        lines.append(f"{pad}  - {{name: {name}, oid: {oid}, type: {kind}, help: h, indexes: {index}}}")
    return "\n".join(lines) + "\n"


@asynccontextmanager
async def snmp_exporter(options: Options) -> AsyncIterator[Poll]:
    import tempfile
    import urllib.request
    from concurrent.futures import ThreadPoolExecutor

    program = exporter_path()
    assert program
    pool = ThreadPoolExecutor(min(32, options.concurrency))
    loop = asyncio.get_running_loop()
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "snmp.yml"
        config.write_text(exporter_config(program, options.timeout))
        web = options.port + 1
        base = f"http://127.0.0.1:{web}/snmp?module=bench&auth=public&target="
        argv = [program, f"--config.file={config}", f"--web.listen-address=127.0.0.1:{web}", "--log.level=error"]
        process = subprocess.Popen(argv)
        options.server = process.pid

        def scrape(host: str) -> int:
            with urllib.request.urlopen(f"{base}{host}:{options.port}", timeout=60) as page:
                text = page.read()
            count = sum(1 for line in text.splitlines() if line[:1] in (b"c", b"s") and not line.startswith(b"snmp_"))
            if count < len(COLUMNS):
                raise TimeoutError(host)
            return count + 5  # the texts and the OID among the scalars were read and are not numbers

        for _ in range(100):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{web}/", timeout=1).close()
                break
            except OSError:
                await asyncio.sleep(0.1)
        try:
            yield lambda host: loop.run_in_executor(pool, scrape, host)
        finally:
            process.terminate()
            process.wait()


CLIENTS = {"nms": nms, "pysnmp": pysnmp, "net-snmp": netsnmp, "gufo_snmp": gufo, "snmp_exporter": snmp_exporter}


def cpu_seconds(server: int | None) -> float:
    """Of this process, of the ones it waited for, or of the server that does the work for it."""
    if server:
        threads = Path(f"/proc/{server}/task").glob("*/schedstat")
        return sum(int(thread.read_text().split()[0]) for thread in threads) / 1e9
    mine, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return mine.ru_utime + mine.ru_stime + children.ru_utime + children.ru_stime


def resident_megabytes(server: int | None) -> float:
    """The most memory that the working process has had."""
    status = Path(f"/proc/{server or 'self'}/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


async def run(options: Options) -> None:
    gate = asyncio.Semaphore(options.concurrency)
    async with CLIENTS[options.name](options) as poll:

        async def one(host: str) -> int:
            async with gate:
                try:
                    return await poll(host)
                except Exception:
                    return 0

        for polls in [1] * options.first + [options.polls] * options.rounds:
            variables = 0
            cpu, begun = cpu_seconds(options.server), time.monotonic()
            for _ in range(polls):
                counts = await asyncio.gather(*(one(address(number)) for number in range(options.devices)))
                variables += sum(counts)
            result = {
                "cpu": cpu_seconds(options.server) - cpu,
                "wall": (time.monotonic() - begun) / polls,
                "variables": variables,
                "polls": polls,
                "silent": counts.count(0),
                "incomplete": sum(1 for count in counts if 0 < count < 640),
                "memory": resident_megabytes(options.server),
            }
            print(json.dumps(result), flush=True)


def main() -> None:
    options = Options(sys.argv[1:])
    if options.name == "nms":
        import uvloop

        uvloop.run(run(options))
    else:
        asyncio.run(run(options))


if __name__ == "__main__":
    main()
