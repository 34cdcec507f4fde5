"""A real Chromium that is told what to do: pages opened, sized, asked. Speaks the DevTools protocol over two pipes."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.peers import require_peer


class Chromium:
    """One tab. Answers and events come over one pipe; what came before an answer is remembered until the next page."""

    def __init__(self, to_browser: int, from_browser: int) -> None:
        self._out = os.fdopen(to_browser, "wb", buffering=0)
        self._in = from_browser
        self._raw = b""
        self._number = 0
        self._seen: list[str] = []
        self._session: str | None = None
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self.call("Page.enable")

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        self._number += 1
        message = {"id": self._number, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        self._out.write(json.dumps(message).encode() + b"\0")
        while True:
            answer = self._next()
            if answer.get("id") == self._number:
                assert "error" not in answer, answer
                result: dict[str, Any] = answer["result"]
                return result
            self._seen.append(str(answer.get("method")))

    def open(self, url: str) -> None:
        """Opens a page and waits until it is there with its style."""
        self._seen.clear()
        assert "errorText" not in self.call("Page.navigate", url=url), url
        self.loaded()

    def loaded(self) -> None:
        """Waits for the page that was asked for since the last one."""
        while "Page.loadEventFired" not in self._seen:
            self._seen.append(str(self._next().get("method")))
        self._seen.clear()

    def send(self, script: str) -> None:
        """An expression that leads to another page."""
        self._seen.clear()
        self.ask(script)
        self.loaded()

    def size(self, width: int, height: int = 800) -> None:
        given = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
        self.call("Emulation.setDeviceMetricsOverride", **given)

    def ask(self, script: str) -> Any:
        """The value of an expression in the page; a promise is waited for."""
        found = self.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in found, found
        return found["result"].get("value")

    def close(self) -> None:
        self._session = None
        self.call("Browser.close")
        self._out.close()
        os.close(self._in)

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._raw:
            more = os.read(self._in, 1 << 16)
            assert more, "Chromium ended"
            self._raw += more
        one, _, self._raw = self._raw.partition(b"\0")
        answer: dict[str, Any] = json.loads(one)
        return answer


@contextmanager
def chromium(profile: Path) -> Iterator[Chromium]:
    program = require_peer("chromium")
    to_read, to_write = os.pipe()
    from_read, from_write = os.pipe()

    def descriptors() -> None:
        """The protocol's own: 3 to hear, 4 to tell."""
        ours, theirs = os.dup(to_read), os.dup(from_write)
        os.dup2(ours, 3)
        os.dup2(theirs, 4)

    arguments = [program, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
    arguments += [f"--user-data-dir={profile}", "--remote-debugging-pipe"]
    with (profile.parent / "chromium.log").open("wb") as log:
        process = subprocess.Popen(
            arguments, stdin=subprocess.DEVNULL, stdout=log, stderr=log, preexec_fn=descriptors, close_fds=False
        )
    os.close(to_read)
    os.close(from_write)
    browser = None
    try:
        browser = Chromium(to_write, from_read)
        yield browser
        browser.close()
        process.wait(30)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait(30)
