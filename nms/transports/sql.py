"""Asks a database one question: PostgreSQL (psycopg), MySQL and MariaDB (PyMySQL), SQL Server (python-tds).

The last two drivers are optional extras. Each session is read-only where the server knows that, and bounded in time
at both ends, so that a lost connection leaves no query behind.
"""

from __future__ import annotations

import asyncio
import importlib
import socket
import time
from collections.abc import AsyncGenerator
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any, Literal, cast

import psycopg

from nms.text import clean
from nms.transports.errors import AccessDenied, LocalFault, Malformed, TransportError, Unreachable
from nms.transports.sql_line import line

Engine = Literal["postgresql", "mysql", "mssql"]
_MOST_ROWS = 1000
_CELL = 200


@dataclass(frozen=True, slots=True)
class SqlTarget:
    engine: Engine
    host: str
    port: int
    database: str = ""
    user: str = ""
    password: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class SqlAnswer:
    """The first row as text (`None` for a query without rows), how many rows came (at most 1000), and the times."""

    first: tuple[str, ...] | None
    rows: int
    connected: float
    answered: float


class SqlClient:
    """`threads` bounds the sessions of drivers that block."""

    def __init__(self, threads: int = 8) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="sql")

    def close(self) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)

    async def ask(self, target: SqlTarget, query: str, seconds: float) -> SqlAnswer:
        """Raises: Unreachable, AccessDenied, Malformed (the query fails), LocalFault (no driver installed)."""
        where = f"{target.host}:{target.port}"
        try:
            async with asyncio.timeout(seconds):
                if target.engine == "postgresql":
                    return await _postgresql(target, query, seconds, where)
                return await self._blocking(target, query, seconds, where)
        except TimeoutError:
            raise Unreachable(f"{where} did not answer the query within {seconds:g} s") from None

    async def _blocking(self, target: SqlTarget, query: str, seconds: float, where: str) -> SqlAnswer:
        ask, driver = (_mysql, "pymysql") if target.engine == "mysql" else (_mssql, "pytds")
        loaded = _driver(driver, target.engine)
        began = time.perf_counter()
        async with line(target.host, target.port, seconds) as opened:
            visit = _Visit(loaded, target, opened, seconds, where, began)
            return await asyncio.get_running_loop().run_in_executor(self._pool, ask, visit, query)


@dataclass(frozen=True, slots=True)
class _Visit:
    """One session of a driver that blocks. `began` on the clock `time.perf_counter`."""

    driver: Any
    target: SqlTarget
    socket: socket.socket
    seconds: float
    where: str
    began: float


async def _postgresql(target: SqlTarget, query: str, seconds: float, where: str) -> SqlAnswer:
    limits = f"-c default_transaction_read_only=on -c statement_timeout={int(seconds * 1000)}"
    began = time.perf_counter()
    try:
        connection = await psycopg.AsyncConnection.connect(
            host=target.host,
            port=target.port,
            dbname=target.database or "postgres",
            user=target.user or None,
            password=target.password or None,
            connect_timeout=max(2, int(seconds)),
            application_name="nms",
            options=limits,
            autocommit=True,
        )
    except psycopg.OperationalError as error:
        raise _postgresql_refusal(error, where, target) from None
    connected = time.perf_counter() - began
    try:
        async with connection, connection.cursor() as cursor:
            found = await _first_rows(cursor, query)
    except psycopg.Error as error:
        raise Malformed(f"{where} cannot answer the query: {_said(error)}") from None
    return SqlAnswer(_row(found), len(found), connected, time.perf_counter() - began)


async def _first_rows(cursor: psycopg.AsyncCursor[Any], query: str) -> list[Any]:
    """Row by row, so that a table of any size needs no memory; the rest is not fetched."""
    rows: list[Any] = []
    async with aclosing(cast("AsyncGenerator[Any, None]", cursor.stream(query.encode()))) as streaming:
        async for row in streaming:
            rows.append(row)
            if len(rows) == _MOST_ROWS:
                break
    return rows


def _postgresql_refusal(error: psycopg.OperationalError, where: str, target: SqlTarget) -> TransportError:
    said = _said(error)
    lowered = said.lower()
    if "authentication failed" in lowered or "pg_hba.conf" in lowered or "no password supplied" in lowered:
        return AccessDenied(f"{where} refuses the log-in of “{target.user}”: {said}")
    if "does not exist" in lowered:
        return Malformed(f"{where}: {said}")
    if any(words in lowered for words in ("starting up", "shutting down", "too many clients", "recovery mode")):
        return Malformed(f"{where} takes no sessions: {said}")
    return Unreachable(f"no PostgreSQL session with {where}: {said}")


def _mysql(visit: _Visit, query: str) -> SqlAnswer:
    driver, target, where = visit.driver, visit.target, visit.where
    connection = driver.connections.Connection(
        host=target.host,
        port=target.port,
        user=target.user,
        password=target.password,
        database=target.database or None,
        read_timeout=visit.seconds,
        write_timeout=visit.seconds,
        local_infile=False,
        defer_connect=True,
    )
    try:
        connection.connect(visit.socket)
    except (driver.MySQLError, OSError) as error:
        raise _mysql_refusal(error, where, target) from None
    except Exception as error:
        raise _no_such_server("MySQL", where, error) from None
    connected = time.perf_counter() - visit.began
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute("SET SESSION TRANSACTION READ ONLY")
            cursor.execute(f"SET SESSION sql_select_limit = {_MOST_ROWS}")
            cursor.execute(query)
            found = cursor.fetchmany(_MOST_ROWS)
    except (driver.MySQLError, OSError) as error:
        raise Malformed(f"{where} cannot answer the query: {_said(error)}") from None
    return SqlAnswer(_row(found), len(found), connected, time.perf_counter() - visit.began)


def _mysql_refusal(error: Exception, where: str, target: SqlTarget) -> TransportError:
    number = error.args[0] if error.args else None
    if number in (1044, 1045, 1698):
        return AccessDenied(f"{where} refuses the log-in of “{target.user}”: {_said(error)}")
    if isinstance(number, int) and 1000 <= number < 2000:
        return Malformed(f"{where} takes no session: {_said(error)}")
    return Unreachable(f"no MySQL session with {where}: {_said(error)}")


def _mssql(visit: _Visit, query: str) -> SqlAnswer:
    driver, target, where = visit.driver, visit.target, visit.where
    try:
        connection = driver.connect(
            dsn=target.host,
            port=target.port,
            database=target.database or None,
            user=target.user,
            password=target.password,
            login_timeout=visit.seconds,
            timeout=visit.seconds,
            readonly=True,
            autocommit=True,
            appname="nms",
            sock=visit.socket,
            disable_connect_retry=True,
        )
    except (driver.Error, OSError, EOFError) as error:
        if "login" in str(error).lower() and "failed" in str(error).lower():
            raise AccessDenied(f"{where} refuses the log-in of “{target.user}”: {_said(error)}") from None
        raise Unreachable(f"no SQL Server session with {where}: {_said(error)}") from None
    except TransportError as error:
        raise type(error)(f"{where}: {error}") from None
    except Exception as error:
        raise _no_such_server("SQL Server", where, error) from None
    connected = time.perf_counter() - visit.began
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(query)
            found = cursor.fetchmany(_MOST_ROWS) if cursor.description else []
    except (driver.Error, OSError) as error:
        raise Malformed(f"{where} cannot answer the query: {_said(error)}") from None
    return SqlAnswer(_row(found), len(found), connected, time.perf_counter() - visit.began)


def _no_such_server(kind: str, where: str, error: Exception) -> Malformed:
    """Drivers trip over servers that are none, each in its own way."""
    return Malformed(f"{where} does not answer as {kind} ({type(error).__name__})")


def _driver(module: str, extra: str) -> Any:
    try:
        return importlib.import_module(module)
    except ImportError:
        raise LocalFault(f"the driver {module} is not installed: pip install 'nms[{extra}]'") from None


def _row(rows: Any) -> tuple[str, ...] | None:
    return tuple(clean(str(cell), limit=_CELL) for cell in rows[0]) if rows else None


def _said(error: Exception) -> str:
    words = error.args[1] if len(error.args) > 1 else error
    return clean(str(words) or type(error).__name__, limit=200)
