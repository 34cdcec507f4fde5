"""The log-in at a provider that is not ours: oidc-provider, which the OpenID Foundation has certified, run by Node.js.

It is no package of Debian: `npm install` in `provider/`, or `make test-long`.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.openid_provider import CLIENT, SECRET
from tests.peers import require_peer, wait_until
from tests.views.city import City
from tests.views.web.test_chromium import served
from tests.views.web.test_openid import door
from tests.views.web.test_pages import key_of

HERE = Path(__file__).parent / "provider"

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not (HERE / "node_modules").is_dir(), reason=f"needs npm install in {HERE.name}/"),
]


@contextmanager
def provider(city: City) -> Iterator[tuple[str, str]]:
    """The addresses of the provider and of a monitor that knows it."""
    command = [require_peer("node"), "provider.mjs", CLIENT, SECRET]
    with subprocess.Popen(command, cwd=HERE, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as node:
        assert node.stdin is not None
        assert node.stdout is not None
        try:
            issuer = f"http://127.0.0.1:{int(node.stdout.readline())}"
            city.openid = door(issuer)
            with served(city) as monitor:
                node.stdin.write(f"{monitor}\n")
                node.stdin.flush()
                assert node.stdout.readline() == "ready\n"
                yield issuer, monitor
        finally:
            node.terminate()


@pytest.fixture
def browser() -> Iterator[httpx.Client]:
    with httpx.Client(follow_redirects=True, trust_env=False, timeout=30) as found:
        yield found


def log_in(browser: httpx.Client, monitor: str) -> httpx.Response:
    """Through the provider's own pages: who it is, then that the monitor may know."""
    page = browser.get(f"{monitor}/login/openid", params={"back": "/alerts"})
    for prompt in ("login", "consent"):
        where = page.url.join(hidden(page, "action"))
        page = browser.post(where, data={"prompt": prompt, "login": "eva.luna", "password": "x"})
    return page


def confirm(browser: httpx.Client, asked: httpx.Response) -> httpx.Response:
    """To the provider's question whether its own session shall end."""
    where = asked.url.join(hidden(asked, "action"))
    return browser.post(where, data={"xsrf": hidden(asked, "xsrf"), "logout": "yes"})


def hidden(page: httpx.Response, name: str) -> str:
    found = re.search(rf'{name}="([^"]+)"' if name == "action" else rf'name="{name}" value="([^"]+)"', page.text)
    assert found is not None, page.text
    return found[1]


def test_a_certified_provider_lets_in_and_out_again(city: City, browser: httpx.Client) -> None:
    with provider(city) as (issuer, monitor):
        assert log_in(browser, monitor).headers["refresh"] == "0;url=/alerts"
        page = browser.get(f"{monitor}/alerts")
        assert "eva.luna" in page.text
        leaving = browser.post(f"{monitor}/logout", data={"form_key": key_of(page.text)})
        asked = browser.get(leaving.headers["refresh"].removeprefix("0;url="))
        assert asked.url.host == httpx.URL(issuer).host
        done = confirm(browser, asked)
        assert str(done.url) == f"{monitor}/login"
        assert str(browser.get(f"{monitor}/login/openid").url).startswith(f"{issuer}/interaction/")


def test_who_logs_out_at_a_certified_provider_is_out_here(city: City, browser: httpx.Client) -> None:
    with provider(city) as (issuer, monitor):
        log_in(browser, monitor)
        assert browser.get(f"{monitor}/alerts").url.path == "/alerts"
        asked = browser.get(f"{issuer}/session/end")
        confirm(browser, asked)
        wait_until(lambda: browser.get(f"{monitor}/alerts").url.path == "/login", "the end of the session")
