"""The terminal application: it owns the connection, the trail and the acts; screens are modules of their own."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, ClassVar

from textual import events, on
from textual.app import App
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.notifications import SeverityLevel

from nms import i18n
from nms.i18n import N_
from nms.i18n import gettext as _
from nms.views.client import Client
from nms.views.connection import ClientError
from nms.views.tui import entries, ssh
from nms.views.tui.boards import boards
from nms.views.tui.follow import Follower
from nms.views.tui.kiosk import Kiosk
from nms.views.tui.messages import Failed, Go, Heard, Lost, NewRed, Restored
from nms.views.tui.mirror import Mirror
from nms.views.tui.notices import Notice, sequence
from nms.views.tui.places import Place, Trail
from nms.views.tui.safe import shown
from nms.views.tui.screens.base import Page
from nms.views.tui.screens.palette import Choice, Entry, PaletteScreen
from nms.views.tui.screens.registry import TOPS, exists, page_of, title_of
from nms.views.tui.themes import DEFAULT, themes
from nms.views.tui.tidying import LOOK_EVERY, Tidier, tidied_in_pauses


class Told(Message):
    """A sentence for the person at the keys."""

    def __init__(self, text: str, *, is_bad: bool = False) -> None:
        super().__init__()
        self.text, self.is_bad = text, is_bad


class NmsApp(App[int]):
    """One sitting at the terminal."""

    CSS_PATH = "app.tcss"
    TITLE = "nms"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("question_mark", "help", N_("help"), key_display="?"),
        Binding("colon", "jump", N_("go to"), key_display=":"),
        Binding("ctrl+p", "palette", N_("anything")),
        Binding("1", "top('overview')", N_("overview"), show=False),
        Binding("2", "top('alerts')", N_("alerts"), show=False),
        Binding("3", "top('tickets')", N_("tickets"), show=False),
        Binding("4", "top('devices')", N_("devices"), show=False),
        Binding("5", "top('links')", N_("links"), show=False),
        Binding("6", "top('topology')", N_("network tree"), show=False),
        Binding("7", "top('power')", N_("power chain"), show=False),
        Binding("8", "top('incidents')", N_("incidents"), show=False),
        Binding("9", "top('events')", N_("events"), show=False),
        Binding("V", "top('pbx')", N_("telephony"), show=False),
        Binding("R", "top('racks')", N_("racks"), show=False),
        Binding("left_square_bracket,alt+left", "history(-1)", N_("back in history"), show=False, key_display="["),
        Binding("right_square_bracket,alt+right", "history(1)", N_("forward in history"), show=False, key_display="]"),
        Binding("L", "language", N_("Spanish or English"), show=False),
        Binding("T", "theme", N_("theme"), show=False),
        Binding("B", "notice", N_("bell or desktop notice"), show=False),
        Binding("ctrl+r", "read_again", N_("read again"), show=False),
        Binding("q", "quit", N_("quit")),
        Binding("ctrl+q", "quit", show=False, priority=True),  # Textual's own has a name, in English
    ]

    def __init__(
        self,
        client: Client,
        *,
        language: str = "es",
        theme: str = "",
        first: Place | None = None,
        views: Path | None = None,
        kiosk: bool = False,
        notice: Notice = Notice.BELL,
        tidier: Tidier | None = None,
    ) -> None:
        super().__init__()
        self.tidier = tidier
        self.notice = notice
        self._views = views
        i18n.use(language)
        self.mirror = Mirror(client)
        self.boards, self.wrong_views = boards(views, language)
        self.kiosk = Kiosk.of(self.boards, time.time()) if kiosk else None
        self.trail = Trail([first or (self.kiosk.first if self.kiosk else Place("overview"))])
        self.follower = Follower(self.mirror, self.post_message, self.wanted_topics)
        self.lost_at: float | None = None
        self._last_failure = ""
        self.export_folder = Path.cwd()
        self._first_theme = theme if theme in themes() else DEFAULT

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return {name: value for theme in themes().values() for name, value in theme.variables.items()}

    def on_mount(self) -> None:
        for theme in themes().values():
            self.register_theme(theme)
        self.theme = self._first_theme
        self.push_screen(page_of(self.trail.place))
        self.run_worker(self.follower.run(), name="follow", exit_on_error=True)
        for text in self.wrong_views:
            self.say(text, is_bad=True)
        if self.kiosk:
            self.set_interval(1.0, self._turn)
        if self.tidier:
            self.set_interval(LOOK_EVERY, self._tidy)

    def _tidy(self) -> None:
        if self.tidier is not None:
            self.tidier.look(time.monotonic())

    def _turn(self) -> None:
        place = self.kiosk.turn(time.time()) if self.kiosk else None
        if place is not None and isinstance(self.screen, Page):
            self.go(place)

    async def on_event(self, event: events.Event) -> None:
        """Sees every key and click first, also those that an entry takes for itself."""
        if isinstance(event, events.Key | events.MouseDown | events.MouseScrollDown | events.MouseScrollUp):
            if self.tidier:
                self.tidier.touched_at = time.monotonic()
            if self.kiosk:
                self.kiosk.touched(time.time())
        await super().on_event(event)

    def wanted_topics(self) -> frozenset[str]:
        return frozenset(topic for page in self._pages() for topic in page.topics)

    def _pages(self) -> list[Page]:
        return [screen for screen in self.screen_stack if isinstance(screen, Page)]

    @on(Heard)
    @on(Lost)
    @on(Restored)
    def _pass_on(self, message: Message) -> None:
        if isinstance(message, Lost):
            self.lost_at = self.mirror.heard_at or time.time()
        elif isinstance(message, Restored):
            self.lost_at = None
        for screen in self.screen_stack:
            if isinstance(screen, Page | PaletteScreen):
                screen.post_message(type(message)(*_content(message)))

    @on(NewRed)
    def _new_red(self, message: NewRed) -> None:
        first = message.alerts[0]
        more = f" (+{len(message.alerts) - 1})" if len(message.alerts) > 1 else ""
        title, text = _("new alert"), shown(first.summary) + more
        if self._driver is not None:
            self._driver.write(sequence(self.notice, f"{self.TITLE} · {title}", text))
        for earlier in [one for one in self._notifications if one.title == f"✖ {title}"]:
            self._unnotify(earlier, refresh=False)  # one at a time: they would cover the tiles of a small screen
        self.notify(text, title=f"✖ {title}", severity="error", markup=False)

    @on(Failed)
    def _failed(self, message: Failed) -> None:
        """Said once, not at each round."""
        for page in self._pages():
            page.fail(message.topic, message.reason)
        if message.reason != self._last_failure:
            self._last_failure = message.reason
            self.say(message.reason, is_bad=True)

    @on(Told)
    def _told(self, message: Told) -> None:
        if message.text:
            self.say(message.text, is_bad=message.is_bad)

    def say(self, text: str, *, is_bad: bool = False) -> None:
        severity: SeverityLevel = "error" if is_bad else "information"
        self.notify(shown(text), severity=severity, markup=False, timeout=9 if is_bad else 4)

    def perform(self, act: Awaitable[str]) -> None:
        """Does an act in a worker; its sentence, or why it failed, is shown, and the screen is read again."""
        self.run_worker(self._perform(act), group="acts")

    async def _perform(self, act: Awaitable[str]) -> None:
        try:
            self.post_message(Told(await act))
        except ClientError as error:
            self.post_message(Told(str(error), is_bad=True))
        self.follower.poke()

    @on(Go)
    def _go(self, message: Go) -> None:
        self.go(message.place)

    def go(self, place: Place) -> None:
        self._leave()
        self._show(self.trail.go(place))

    def _leave(self) -> None:
        pages = self._pages()
        if pages:
            pages[-1].remember()

    def _show(self, place: Place | None) -> None:
        if place is None:
            return
        while not isinstance(self.screen, Page):
            self.pop_screen()
        self.switch_screen(page_of(place))
        self.follower.nudge()

    def crumb_titles(self) -> list[str]:
        return [title_of(place, self.mirror) for place in self.trail.crumbs()]

    def action_top(self, kind: str) -> None:
        self.go(Place(kind))

    def action_up(self) -> None:
        self._leave()
        self._show(self.trail.up())

    def action_history(self, step: int) -> None:
        self._leave()
        self._show(self.trail.back() if step < 0 else self.trail.forward())

    def action_read_again(self) -> None:
        self.follower.poke()

    def action_theme(self) -> None:
        names = list(themes())
        self.theme = names[(names.index(self.theme) + 1) % len(names)]

    def action_notice(self) -> None:
        self.notice = self.notice.following
        said = {
            Notice.NONE: _("a new red makes no noise"),
            Notice.BELL: _("a new red rings the bell"),
            Notice.DESKTOP: _("a new red rings the bell and is told on the desktop"),
        }
        self.say(said[self.notice])

    @property
    def language(self) -> str:
        return self.mirror.client.language

    def action_language(self) -> None:
        """Everything is built anew in the other language; rows come rendered by the daemon, so they are read again."""
        self.call_later(self._speak, "en" if self.language == "es" else "es")

    async def _speak(self, language: str) -> None:
        i18n.use(language)
        self.mirror.client.language = language
        self.boards, self.wrong_views = boards(self._views, language)
        self.mirror.held.clear()
        self._leave()
        self._show(self.trail.place)

    def action_jump(self) -> None:
        self._offer(lambda: entries.places(self.mirror, self.boards), _("go to: screen, device, ticket, department"))

    def action_palette(self) -> None:
        page = self.screen

        def everything() -> Iterator[Entry]:
            if isinstance(page, Page):
                yield from entries.acts(page)
            yield from entries.places(self.mirror, self.boards)

        self._offer(everything, _("do or find anything"))

    def action_views(self) -> None:
        kind = self.trail.place.kind
        mine = [board for board in self.boards if board.kind == kind] or self.boards
        self._offer(lambda: (Entry(_("view"), b.title, b.name, b.place()) for b in mine), _("a saved view"))

    def _offer(self, found: Callable[[], Iterator[Entry]], hint: str) -> None:
        if isinstance(self.screen, Page):
            awaited = entries.TOPICS - self.mirror.held.keys()
            self.push_screen(PaletteScreen(found, hint, awaited=awaited), self._chosen)
            if awaited:
                self.follower.poke(*awaited)

    async def _chosen(self, choice: Choice | None) -> None:
        if isinstance(choice, Place):
            self.go(choice)
        elif choice:
            await self.screen.run_action(choice)

    def action_help(self) -> None:
        from nms.views.tui.screens.help import HelpScreen

        if isinstance(self.screen, Page):
            self.push_screen(HelpScreen(self.screen))

    def open_ssh(self, device: str) -> None:
        row = next((row for row in self.mirror.devices if row.id == device), None)
        address = row.address if row else ""
        page = self.mirror.get(f"device/{device}")
        address = address or (page.device.address if page else "")
        problem = ssh.run(self, address)
        if problem:
            self.say(problem, is_bad=True)


def _content(message: Any) -> tuple[Any, ...]:
    if isinstance(message, Heard):
        return (message.topics,)
    return (message.reason,) if isinstance(message, Lost) else ()


def run_tui(
    client: Client,
    *,
    language: str = "es",
    kiosk: bool = False,
    theme: str = "",
    screen: str = "",
    views: Path | None = None,
    notice: str = Notice.BELL,
) -> int:
    """Runs the terminal until it is left; the exit code of `nms tui`. `views` is the folder of saved views."""
    i18n.use(language)
    if theme and theme not in themes():
        return _refuse(_("there is no theme “{name}”; there are {names}"), theme, themes())
    if screen and not exists(screen):
        return _refuse(_("there is no screen “{name}”; there are {names}"), screen, TOPS)
    if notice not in list(Notice):
        return _refuse(_("there is no notice “{name}”; there are {names}"), notice, Notice)
    client.language = language
    first = Place(screen) if screen else None
    with tidied_in_pauses() as tidier:
        app = NmsApp(
            client,
            language=language,
            theme=theme,
            first=first,
            views=views,
            kiosk=kiosk,
            notice=Notice(notice),
            tidier=tidier,
        )
        return asyncio.run(_run(app, client))


async def _run(app: NmsApp, client: Client) -> int:
    async with client:
        return await app.run_async() or app.return_code or 0


def _refuse(sentence: str, name: str, known: Iterable[str]) -> int:
    sys.stderr.write(sentence.format(name=shown(name), names=", ".join(known)) + "\n")
    return 2
