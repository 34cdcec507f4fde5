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

from tests.peers import require_peer, wait_until
from tests.views.city import City
from tests.views.public.test_public import lived


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
