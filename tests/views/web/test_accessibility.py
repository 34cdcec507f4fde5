"""The pages in a real Chromium, judged by axe-core (WCAG 2 A and AA) and by what it does not measure here: the size of
targets, the focus of the keyboard, password managers (WCAG 2.2), and that nothing is wider than a telephone, or than a
desk's screen at 400 %."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import resources
from pathlib import Path

import pytest

from nms.access import MONITOR, UserRole
from tests.chromium import Chromium, chromium
from tests.views.city import NOW, City
from tests.views.public.test_public import lived
from tests.views.web.test_chromium import served

PAGES = (
    "/", "/alerts", "/tickets", "/tickets/{folio}", "/maintenance", "/quiet", "/quiet/corrections", "/telephony",
    "/oncall", "/reports", "/reports/uptime", "/account", "/password", "/announcements", "/accounts", "/accounts/ana",
    "/audit", "/configurations", "/devices/sw-tesoreria", "/departments/tesoreria", "/wall", "/wall?view=work",
    "/login", "/nowhere", "/status", "/status/report", "/status/open-data",
)  # fmt: skip
JUDGED = """axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice']}).then(
  found => found.violations.map(one => `${one.id}: ${one.nodes[0].html.slice(0, 200)}`))"""
TOO_SMALL = """[...document.querySelectorAll('a, button, input, select, summary')].filter(one => {
  const box = one.getBoundingClientRect(), line = getComputedStyle(one).display === 'inline';
  return box.width > 0 && !line && one.type !== 'hidden' && (box.width < 24 || box.height < 24);
}).map(one => one.outerHTML.slice(0, 120))"""
UNSEEN_FOCUS = """(() => {
  const all = document.querySelectorAll(
    'a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex]');
  return [...all].filter(one => one.checkVisibility() && one.tabIndex >= 0).filter(one => {
    one.focus();
    const style = getComputedStyle(one), box = one.getBoundingClientRect();
    const x = Math.min(box.x + box.width / 2, innerWidth - 1), y = Math.min(box.y + box.height / 2, innerHeight - 1);
    const top = document.elementFromPoint(x, y);
    const covered = top && !one.contains(top) && !top.contains(one);
    return document.activeElement !== one || style.outlineStyle === 'none' || parseFloat(style.outlineWidth) < 2
      || one.tabIndex > 0 || covered;
  }).map(one => one.outerHTML.slice(0, 120));
})()"""
"""What the keyboard reaches and nobody sees (2.4.7), what something else covers (2.4.11), what jumps the order."""
UNKEPT = """[...document.querySelectorAll('input[type=password]')].filter(
  one => !one.autocomplete || one.onpaste || one.readOnly).map(one => one.outerHTML.slice(0, 120))"""
"""Fields that a password manager would not know (3.3.8)."""
TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Chromium]:
    with chromium(tmp_path / "profile") as found:
        found.call("Page.setBypassCSP", enabled=True)
        script = resources.files("axe_core_python").joinpath("axe.min.js").read_text(encoding="utf-8")
        found.call("Page.addScriptToEvaluateOnNewDocument", source=script)
        yield found


def log_in(browser: Chromium, address: str, token: str) -> None:
    browser.open(f"{address}/login")
    browser.send(f"document.getElementById('token').value = '{token}'; document.getElementById('token').form.submit()")


def found_on(browser: Chromium, url: str) -> list[str]:
    browser.open(url)
    wide = browser.ask(TOO_WIDE)
    small = [f"too small: {one}" for one in browser.ask(TOO_SMALL)]
    unseen = [f"focus is not seen: {one}" for one in browser.ask(UNSEEN_FOCUS)]
    unkept = [f"no password manager: {one}" for one in browser.ask(UNKEPT)]
    return [*browser.ask(JUDGED), *small, *unseen, *unkept, *([f"{wide} px wider than the screen"] if wide > 0 else [])]


@pytest.mark.peer("chromium")
@pytest.mark.timeout(300)
@pytest.mark.parametrize(("language", "width"), [("es", 320), ("en", 1200)])
def test_nothing_is_in_the_way_of_anybody(city: City, browser: Chromium, language: str, width: int) -> None:
    lived(city)
    city.judge("sw-tesoreria")
    city.accounts.add(MONITOR, "ana", [UserRole.VIEWER], ["tesoreria"])
    city.announcements.announce(MONITOR, "Aviso", "Mañana no hay cobro", NOW + 3600)
    browser.size(width)
    mistakes = {}
    with served(city) as address:
        log_in(browser, address, city.token(UserRole.ADMINISTRATOR))
        for page in PAGES:
            path = page.format(folio=city.reads.tickets("es", limit=1)[0].folio)
            found = found_on(browser, f"{address}{path}{'&' if '?' in path else '?'}lang={language}")
            if found:
                mistakes[page] = found
    assert mistakes == {}


@pytest.mark.peer("chromium")
def test_the_judge_sees_what_is_wrong(browser: Chromium) -> None:
    """A check that found nothing anywhere would prove nothing."""
    browser.size(360)
    page = "<title>x</title><meta name=viewport content='width=device-width'><img src=x>"
    page += "<a href=x style='outline:0'>y</a><input type=password>"
    page += "<p style='color:%23bbb;width:900px'>pale</p><button style='width:9px'></button>"
    told = " ".join(found_on(browser, f"data:text/html,{page}"))
    for expected in (
        "image-alt",
        "color-contrast",
        "html-has-lang",
        "button-name",
        "too small",
        "wider",
        "focus is not",
        "no password",
    ):
        assert expected in told
