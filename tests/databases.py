"""The databases that records are tested on: a new SQLite file, and a new database of a real PostgreSQL server.

`any_records` runs a test over both; `records` over SQLite alone. PostgreSQL 15 (Debian postgresql-15) is started
once a run in a folder of its own, by a user without privileges, and stopped at the end.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest
import sqlalchemy as sa

from nms.store.records import Records
from tests.peers import Peer, free_port, require_peer, start_program

_MEMORY = Path("/dev/shm")  # hundreds of databases are made and dropped; none needs to outlive the machine
_FOLDERS = ":".join(str(path) for path in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True))


def _unprivileged() -> list[str]:
    """PostgreSQL refuses to run as root."""
    return ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"] if os.geteuid() == 0 else []


def start_postgresql(folder: Path) -> Peer:
    """A PostgreSQL server on a free port of 127.0.0.1, with its data in `folder`; user nms, no password."""
    os.environ["PATH"] = f"{os.environ.get('PATH', os.defpath)}:{_FOLDERS}"
    initdb, server = require_peer("initdb"), require_peer("postgres")
    if os.geteuid() == 0:
        os.chown(folder, pwd.getpwnam("nobody").pw_uid, -1)
    data, port = folder / "data", free_port()
    made = [initdb, "-D", str(data), "-U", "nms", "-A", "trust", "--no-sync", "-E", "UTF8", "--locale=C.UTF-8"]
    subprocess.run([*_unprivileged(), *made], check=True, capture_output=True, cwd="/")
    settings = {"listen_addresses": "127.0.0.1", "port": port, "unix_socket_directories": folder, "fsync": "off"}
    options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    with tempfile.NamedTemporaryFile(prefix="postgresql-", suffix=".log", delete=False) as log:
        peer = start_program("postgres", [*_unprivileged(), server, "-D", str(data), *options], Path(log.name), port)
    peer.wait_until(lambda: _answers(port))
    return peer


def _answers(port: int) -> bool:
    engine = sa.create_engine(f"postgresql+psycopg://nms@127.0.0.1:{port}/postgres")
    try:
        with engine.connect():
            return True
    except sa.exc.OperationalError:
        return False
    finally:
        engine.dispose()


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[Peer]:
    folder = Path(tempfile.mkdtemp(prefix="nms-postgresql-", dir=_MEMORY if os.access(_MEMORY, os.W_OK) else None))
    try:
        with start_postgresql(folder) as peer:
            yield peer
        peer.log.unlink()
    finally:
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def new_postgresql(postgresql_server: Peer) -> Callable[[], str]:
    """Makes an empty database and returns its URL."""
    numbers = count(1)
    return lambda: _create_database(postgresql_server, f"nms_{next(numbers)}")


@pytest.fixture(scope="session")
def migrated_postgresql(postgresql_server: Peer) -> Callable[[], str]:
    """Makes a database at the present schema, by copying one, and returns its URL."""
    numbers = count(1)
    Records.open(_create_database(postgresql_server, "nms_migrated")).close()
    return lambda: _create_database(postgresql_server, f"nms_copy_{next(numbers)}", template="nms_migrated")


def _create_database(server: Peer, name: str, template: str = "template1") -> str:
    address = f"nms@127.0.0.1:{server.port}"
    engine = sa.create_engine(f"postgresql+psycopg://{address}/postgres", isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name} TEMPLATE {template}")
    engine.dispose()
    return f"postgresql://{address}/{name}"


def _drop_database(url: str) -> None:
    base, name = url.replace("postgresql:", "postgresql+psycopg:").rsplit("/", 1)
    engine = sa.create_engine(f"{base}/postgres", isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
    engine.dispose()


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file at the present schema, to copy."""
    path = tmp_path_factory.mktemp("migrated") / "records.db"
    Records.open(path).close()
    return path


@pytest.fixture
def records(tmp_path: Path, migrated_sqlite: Path) -> Iterator[Records]:
    """New records in an SQLite file."""
    shutil.copy(migrated_sqlite, tmp_path / "records.db")
    opened = Records.open(tmp_path / "records.db")
    yield opened
    opened.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def any_records_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty database, of each kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'records.db'}"
        return
    url: str = request.getfixturevalue("new_postgresql")()
    yield url
    _drop_database(url)


@pytest.fixture(params=["sqlite", "postgresql"])
def any_records(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Records]:
    """New records, on each kind of database."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("migrated_sqlite"), tmp_path / "records.db")
        url = f"sqlite:///{tmp_path / 'records.db'}"
    else:
        url = request.getfixturevalue("migrated_postgresql")()
    opened = Records.open(url)
    yield opened
    opened.close()
    if request.param == "postgresql":
        _drop_database(url)
