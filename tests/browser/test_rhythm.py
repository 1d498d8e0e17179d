"""The home page asks by the rhythm she chose: seven days once a week, or every day in the weeks around a session."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import BrowserContext, Page, expect

from accounts.models import Record
from core.dates import local_date
from headaches.models import DayChange, DiaryDay
from headaches.rhythm import BURST, WEEKLY
from tests.browser.checks import PHONE
from tests.browser.conftest import NewContext
from tests.browser.test_drafts import log_in_as
from tests.conftest import make_patient
from treatments.models import InjectionSession

pytestmark = pytest.mark.browser
DAILY_QUESTION, WEEKLY_QUESTION = "How was today?", "The last seven days"
WEEK = ["Severe headache", "Moderate headache", "Mild headache", *["No headache"] * 4]  # today first

# Where the heading and the words below it begin; to the pixel.
EDGES = """() => [...document.querySelectorAll("h1, h1 + p")].map((one) => {
  const words = document.createRange();
  words.selectNodeContents(one);
  return Math.round(words.getBoundingClientRect().left);
})"""


@pytest.fixture
def alma(server: str) -> Record:
    return make_patient("alma@example.org")


def keeps(record: Record, rhythm: str) -> date:
    """Her rhythm from now on; gives her day."""
    Record.objects.filter(pk=record.pk).update(rhythm=rhythm)
    return local_date(record.user, timezone.now())


def home(context: BrowserContext, server: str, record: Record, rhythm: str) -> tuple[Page, date]:
    """The first page in this rhythm, and her day."""
    log_in_as(context, server, record)
    today = keeps(record, rhythm)
    page = context.new_page()
    page.goto("/")
    return page, today


def tap(page: Page, on: date, said: str) -> None:
    button = page.locator(f'form[data-date="{on}"]').get_by_role("button", name=said, exact=True)
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")


def test_once_a_week_the_home_page_takes_seven_days_in_seven_taps(
    alma: Record, server: str, new_context: NewContext
) -> None:
    context, watch = new_context(server, viewport=PHONE, is_mobile=True, has_touch=True)
    page, today = home(context, server, alma, WEEKLY)
    days = [today - timedelta(back) for back in range(7)]
    page.wait_for_selector("html[data-ready]", state="attached")
    expect(page.get_by_role("heading", level=1)).to_have_text(WEEKLY_QUESTION)
    expect(page.locator("main")).to_contain_text("7 of them are not recorded.")
    assert len(set(page.evaluate(EDGES))) == 1
    for on, said in zip(days, WEEK, strict=True):
        tap(page, on, said)
    expect(page.locator("main")).to_contain_text("All seven are recorded.")
    expect(page.locator("[data-gap]")).to_have_count(0)
    kept = {day.date: day.state for day in DiaryDay.objects.filter(record=alma)}
    assert kept == dict(zip(days, ["severe", "moderate", "mild", *["free"] * 4], strict=True))
    assert DayChange.objects.count() == 7
    assert page.url == f"{server}/"
    assert watch.take() == []


def test_a_week_is_caught_up_by_keyboard_without_going_back_to_where_one_was(
    alma: Record, server: str, new_context: NewContext
) -> None:
    context, _watch = new_context(server, viewport=PHONE)
    page, today = home(context, server, alma, WEEKLY)
    page.wait_for_selector("html[data-ready]", state="attached")
    page.locator(f'form[data-date="{today}"] button[value=free]').focus()
    for back in range(7):
        here = page.locator(f'form[data-date="{today - timedelta(back)}"] button[value=free]')
        expect(here).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.locator(".toast [data-dismiss]")).to_be_attached()
        expect(page.locator("main")).to_contain_text("All seven" if back == 6 else f"{6 - back} of them")
        expect(here).to_be_focused()
        for _step in range(5):  # its three other answers, the next day's name, the next day's first answer
            page.keyboard.press("Tab")
    assert DiaryDay.objects.filter(record=alma, headache=False).count() == 7


def test_a_week_is_corrected_on_the_home_page_where_no_script_runs(
    alma: Record, server: str, new_context: NewContext
) -> None:
    context, _watch = new_context(server, viewport=PHONE, java_script_enabled=False)
    page, today = home(context, server, alma, WEEKLY)
    yesterday = today - timedelta(1)
    for said in ("No headache", "Severe headache"):
        tap(page, yesterday, said)
        expect(page.get_by_role("heading", level=1)).to_have_text(WEEKLY_QUESTION)
    assert DiaryDay.objects.get(record=alma).state == "severe"


def test_a_burst_asks_daily_in_the_four_weeks_around_a_session_and_weekly_between(
    alma: Record, server: str, new_context: NewContext
) -> None:
    context, watch = new_context(server, viewport=PHONE)
    page, today = home(context, server, alma, BURST)
    expect(page.get_by_role("heading", level=1)).to_have_text(
        WEEKLY_QUESTION
    )  # no session, no weeks around it
    session = InjectionSession.objects.create(record=alma, date=today, units=155)
    asked = {}
    for back in (0, 27, 28, 55, 56, 84):  # the next one is due after 84 days
        InjectionSession.objects.filter(pk=session.pk).update(date=today - timedelta(back))
        page.reload()
        asked[back] = page.get_by_role("heading", level=1).inner_text()
    assert asked == {
        0: DAILY_QUESTION,
        27: DAILY_QUESTION,
        28: WEEKLY_QUESTION,
        55: WEEKLY_QUESTION,
        56: DAILY_QUESTION,
        84: DAILY_QUESTION,
    }
    assert watch.take() == []
