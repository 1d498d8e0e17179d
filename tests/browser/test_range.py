"""A stretch of days chosen in the month, in a real browser: Shift with a click, by keyboard, by holding the first."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import BrowserContext, Locator, Page, expect

from accounts.models import Record
from core.dates import local_date
from headaches.models import DiaryDay
from tests.browser.checks import PHONE, tab_to
from tests.browser.conftest import NewContext
from tests.browser.test_drafts import log_in_as, opened
from tests.conftest import make_patient
from tests.servers import wait_for

pytestmark = pytest.mark.browser
TOUCH = {"viewport": PHONE, "is_mobile": True, "has_touch": True}


@pytest.fixture
def alma(server: str) -> Record:
    return make_patient("alma@example.org")


def stretch_of(record: Record) -> list[date]:
    """Five days of the last whole month."""
    before = local_date(record.user, timezone.now()).replace(day=1) - timedelta(1)
    return [before.replace(day=number) for number in range(13, 18)]


def month(context: BrowserContext, server: str, record: Record) -> Page:
    """The last whole month, opened."""
    log_in_as(context, server, record)
    return opened(context, f"/diary/{stretch_of(record)[0]:%Y-%m}/")


def of(page: Page, on: date) -> Locator:
    return page.locator(f'a[data-day="{on}"]')


def words(page: Page) -> Locator:
    return page.locator("[data-range-said]")


def asks_what_they_were(page: Page, first: date, last: date) -> None:
    page.wait_for_url("**/diary/catch-up/?*")
    expect(page.get_by_role("heading", name="Several days with the same answer")).to_be_in_viewport()
    expect(page.locator("input[name=start]")).to_have_value(first.isoformat())
    expect(page.locator("input[name=end]")).to_have_value(last.isoformat())


def test_shift_and_a_second_click_ask_what_these_days_were(
    alma: Record, server: str, new_context: NewContext
) -> None:
    context, watch = new_context(server, viewport=PHONE)
    page, days = month(context, server, alma), stretch_of(alma)
    of(page, days[-1]).click(modifiers=["Shift"])  # the later one first: either order will do
    expect(words(page)).to_contain_text("Now choose the last day")
    of(page, days[0]).click()
    asks_what_they_were(page, days[0], days[-1])
    page.get_by_role("radio", name="no headache").check()
    page.get_by_role("button", name="Save these days").click()
    expect(page.locator("main")).to_contain_text("5 days recorded.")
    kept = {day.date: day.state for day in DiaryDay.objects.filter(record=alma)}
    assert kept == dict.fromkeys(days, "free")
    assert len(context.pages) == 2  # the empty one, and no new window for the Shift
    assert watch.take() == []


def test_a_stretch_by_keyboard_begins_with_shift_and_enter_and_ends_with_escape(
    alma: Record, server: str, new_context: NewContext
) -> None:
    context, watch = new_context(server, viewport=PHONE)
    page, days = month(context, server, alma), stretch_of(alma)
    assert tab_to(page, of(page, days[0])) == []
    page.keyboard.press("Shift+Enter")
    expect(words(page)).to_contain_text(f"From {days[0]:%A} {days[0].day} {days[0]:%B}. Now")
    page.keyboard.press("Escape")
    expect(words(page)).to_be_empty()
    assert page.locator("[data-first]").count() == 0
    page.keyboard.press("Shift+Enter")
    assert tab_to(page, of(page, days[-1])) == []
    page.keyboard.press("Enter")
    asks_what_they_were(page, days[0], days[-1])
    page.goto(f"/diary/{days[0]:%Y-%m}/")
    of(page, days[1]).press("Enter")
    page.wait_for_url(f"**/diary/day/{days[1]}/")
    assert watch.take() == []


class Finger:
    """One finger on the glass, by the browser's own protocol."""

    def __init__(self, page: Page) -> None:
        self.session = page.context.new_cdp_session(page)

    def _send(self, kind: str, *points: tuple[float, float]) -> None:
        touched = [{"x": x, "y": y} for x, y in points]
        self.session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touched})

    def down(self, on: Locator) -> tuple[float, float]:
        on.scroll_into_view_if_needed()
        box = on.bounding_box()
        assert box
        at = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        self._send("touchStart", at)
        return at

    def move(self, to: tuple[float, float]) -> None:
        self._send("touchMove", to)

    def up(self) -> None:
        self._send("touchEnd")


def test_a_day_that_is_held_is_the_first_and_the_next_touch_the_last(
    alma: Record, server: str, new_context: NewContext
) -> None:
    context, watch = new_context(server, **TOUCH)
    page, days = month(context, server, alma), stretch_of(alma)
    finger = Finger(page)
    finger.down(of(page, days[0]))
    expect(words(page)).to_contain_text("Now choose the last day")
    finger.up()
    expect(of(page, days[0])).to_have_attribute("data-first", "")
    assert page.url.endswith(f"/diary/{days[0]:%Y-%m}/")
    of(page, days[0]).tap()  # a phone has no Escape
    expect(words(page)).to_be_empty()
    finger.down(of(page, days[0]))
    expect(words(page)).to_contain_text("Now choose the last day")
    finger.up()
    of(page, days[-1]).tap()
    asks_what_they_were(page, days[0], days[-1])
    assert watch.take() == []


def test_a_short_touch_opens_the_day_and_one_that_scrolls_takes_nothing(
    alma: Record, server: str, new_context: NewContext
) -> None:
    context, watch = new_context(server, **TOUCH)
    context.clock.install()
    page, days = month(context, server, alma), stretch_of(alma)
    finger = Finger(page)
    x, y = finger.down(of(page, days[2]))
    for way in range(15, 120, 15):
        finger.move((x, y - way))
    wait_for(lambda: page.evaluate("window.scrollY") > 0, what="the page to scroll")
    page.clock.run_for(2000)
    finger.up()
    expect(words(page)).to_be_empty()
    assert page.url.endswith(f"/diary/{days[0]:%Y-%m}/")
    of(page, days[2]).tap()
    page.wait_for_url(f"**/diary/day/{days[2]}/")
    assert watch.take() == []
