"""The pages in a real browser: drawn on a desk and on a phone, without an error of their policy."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import uvicorn

from tests.openid_provider import serving
from tests.peers import require_peer, wait_until
from tests.views.city import City
from tests.views.public.test_public import lived
from tests.views.web.test_openid import door


@contextmanager
def served(city: City) -> Iterator[str]:
    """The application on a free port of loopback, in a thread of its own."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(city.application(), log_level="warning", lifespan="off"))
    thread = threading.Thread(target=lambda: asyncio.run(server.serve([listener])), daemon=True)
    thread.start()
    wait_until(lambda: server.started, "the server")
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(10)


def dumped(address: str, profile: Path) -> str:
    """The page at which a real browser ends up."""
    arguments = [
        *(require_peer("chromium"), "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"),
        *(f"--user-data-dir={profile}", "--virtual-time-budget=20000", "--dump-dom", address),
    ]
    return subprocess.run(arguments, capture_output=True, text=True, timeout=150).stdout


@pytest.mark.peer("chromium")
@pytest.mark.timeout(180)
def test_a_real_browser_comes_back_from_the_provider_with_its_strict_cookie(city: City, tmp_path: Path) -> None:
    """The provider is another site, so that a redirect alone would arrive without the session."""
    with serving() as provider:
        provider.issuer = provider.issuer.replace("127.0.0.1", "localhost")
        city.openid = door(provider.issuer)
        with served(city) as address:
            page = dumped(f"{address}/login/openid?back=/oncall", tmp_path / "profile")
    assert "(eva.luna)" in page, page[-2000:]
    assert 'href="/oncall" aria-current="page"' in page


@pytest.mark.peer("chromium")
@pytest.mark.timeout(180)
@pytest.mark.parametrize("width", [1200, 390])
def test_a_real_browser_draws_the_status_page_with_its_style_and_no_error(
    city: City, tmp_path: Path, width: int
) -> None:
    picture = tmp_path / "page.png"
    arguments = [
        *(require_peer("chromium"), "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"),
        *(f"--user-data-dir={tmp_path / 'profile'}", "--enable-logging=stderr", "--v=0"),
        *(f"--window-size={width},900", f"--screenshot={picture}"),
    ]
    with served(lived(city)) as address:
        done = subprocess.run([*arguments, f"{address}/status"], capture_output=True, text=True, timeout=150)
    assert picture.stat().st_size > 10_000, done.stderr[-2000:]
    assert "Content Security Policy" not in done.stderr
    assert "Refused to" not in done.stderr
