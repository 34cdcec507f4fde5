"""The daemon's HTTP server: TLS on the network, plain HTTP on the Unix socket of this machine."""

from __future__ import annotations

import asyncio
import datetime
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from fastapi import FastAPI

from nms.config import Api
from nms.wiring.server import open_sockets, serve
from tests.peers import free_port


def _certificate(folder: Path) -> dict[str, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    begins = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(begins)
        .not_valid_after(begins + datetime.timedelta(days=36_500))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    files = {"certificate": folder / "certificate.pem", "key": folder / "key.pem"}
    files["certificate"].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    files["key"].write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return files


@asynccontextmanager
async def _served(api: Api) -> AsyncIterator[None]:
    app = FastAPI(docs_url=None, redoc_url=None)
    app.add_api_route("/", lambda: "here")
    server = serve(app, api)
    running = asyncio.create_task(server.serve(sockets=open_sockets(api)))
    try:
        async with asyncio.timeout(10):
            while not server.started:
                await asyncio.sleep(0.01)
        yield
    finally:
        server.should_exit = True
        await running


async def test_tls_is_for_the_network_and_the_local_socket_stays_plain(tmp_path: Path) -> None:
    files = _certificate(tmp_path)
    api = Api(port=free_port(), socket=tmp_path / "api.sock", tls=files)  # type: ignore[arg-type]
    async with _served(api):
        async with httpx.AsyncClient(transport=httpx.AsyncHTTPTransport(uds=str(api.socket))) as local:
            assert (await local.get("http://local/")).json() == "here"
        async with httpx.AsyncClient(verify=False) as remote:
            assert (await remote.get(f"https://127.0.0.1:{api.port}/")).json() == "here"
            with pytest.raises(httpx.HTTPError):
                await remote.get(f"http://127.0.0.1:{api.port}/")


async def test_without_a_certificate_both_are_plain(tmp_path: Path) -> None:
    api = Api(port=free_port(), socket=tmp_path / "api.sock")
    async with _served(api), httpx.AsyncClient() as client:
        assert (await client.get(f"http://127.0.0.1:{api.port}/")).json() == "here"
