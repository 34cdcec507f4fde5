"""A sitting at the terminal against a served city."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from textual.pilot import Pilot

from nms.views.tui.app import NmsApp
from nms.views.tui.places import Place
from nms.views.tui.screens.acting import ActPage
from nms.views.tui.screens.base import Page
from nms.views.tui.widgets.rowlist import RowList
from tests.views.tui.city import City, connected


@dataclass
class Sitting:
    app: NmsApp
    pilot: Pilot[int]
    city: City
    told: list[str] = field(default_factory=list)
    """Every sentence that was said to the person, whole; on the screen they are broken into lines and go away."""

    def __post_init__(self) -> None:
        say = self.app.say

        def heard(text: str, *, is_bad: bool = False) -> None:
            self.told.append(text)
            say(text, is_bad=is_bad)

        self.app.say = heard  # type: ignore[method-assign]

    async def hears(self, text: str) -> None:
        await self.until(lambda: any(text in told for told in self.told), f"“{text}” among {self.told}")

    @property
    def text(self) -> str:
        """What is on the screen, as a person sees it."""
        return "\n".join(strip.text for strip in self.app.screen._compositor.render_strips())

    @property
    def page(self) -> Page:
        return next(screen for screen in reversed(self.app.screen_stack) if isinstance(screen, Page))

    @property
    def act_page(self) -> ActPage:
        page = self.page
        assert isinstance(page, ActPage)
        return page

    @property
    def rows(self) -> RowList:
        return next(iter(self.page.query(RowList).results()))

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await self.pilot.pause()

    async def type(self, text: str) -> None:
        names = {
            " ": "space",
            ":": "colon",
            "!": "exclamation_mark",
            ">": "greater_than_sign",
            "-": "minus",
            "/": "slash",
        }
        await self.press(*(names.get(c, c) for c in text))

    async def until(self, condition: Callable[[], bool], what: str, seconds: float = 30.0) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, f"waited {seconds:g} s for {what}; the screen:\n{self.text}"
            await asyncio.sleep(0.01)
            await self.pilot.pause()

    async def sees(self, *texts: str) -> None:
        for text in texts:
            await self.until(lambda wanted=text: wanted in self.text, f"“{text}” on the screen")  # type: ignore[misc]


@asynccontextmanager
async def sitting(
    city: City,
    folder: Path,
    *,
    place: Place | None = None,
    size: tuple[int, int] = (120, 40),
    role: str = "administrator",
    language: str = "en",
    kiosk: bool = False,
    views: Path | None = None,
) -> AsyncIterator[Sitting]:
    async with connected(city, folder / "api.sock", role, language) as client:
        app = NmsApp(client, language=language, first=place, kiosk=kiosk, views=views)
        app.export_folder = folder
        async with app.run_test(size=size, notifications=True) as pilot:
            here = Sitting(app, pilot, city)
            await here.until(lambda: app.mirror.overview is not None, "the first overview")
            await here.until(lambda: app.wanted_topics() <= set(app.mirror.held), "what the first screen shows")
            await here.until(lambda: "●" in here.text.splitlines()[0], "the top bar")
            yield here
