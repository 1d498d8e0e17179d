"""The main tasks by keyboard alone, with the focus in sight at every step; and large enough for an unsteady hand.

The session, the fifth of them, is in test_session_walk.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Locator, Page, expect

from accounts.models import Invitation, Record
from core.dates import local_date
from tests.browser.checks import PHONE, settle, tab_to
from tests.browser.conftest import NewContext
from tests.browser.people import patient_of_two_cycles
from tests.browser.test_drafts import log_in_as
from tests.conftest import PASSWORD

pytestmark = pytest.mark.browser
TARGET = 48  # px
# What can be tapped; a text field or a chip counts with its box, a tick with its label.
TAPPED = """() => [...document.querySelectorAll(
    "main :is(button, .button, select, textarea, input:not([type=hidden], [type=checkbox], [type=radio])), "
    + "main :is(label.tick, .chips > label, .strip a, .month a, summary), .top :is(button, .pain), .nav a")]
  .filter((one) => one.checkVisibility())
  .map((one) => [one.outerHTML.slice(0, 90), one.getBoundingClientRect()])
  .map(([name, box]) => [name, box.width, box.height])"""


@pytest.fixture
def alma(server: str) -> Record:
    return patient_of_two_cycles()


@pytest.fixture
def page(alma: Record, server: str, new_context: NewContext) -> Iterator[Page]:
    context, watch = new_context(server, viewport=PHONE)
    log_in_as(context, server, alma)
    yield context.new_page()
    assert watch.take() == []


def go(page: Page, wanted: Locator, key: str = "Enter") -> None:
    """Tab there and press it; on the way the focus must be seen."""
    assert tab_to(page, wanted) == []
    page.keyboard.press(key)


def asked(page: Page, question: str) -> None:
    """The page has come that asks this."""
    expect(page.get_by_role("heading", name=question)).to_be_visible()


def test_a_day_is_recorded_undone_and_detailed_by_keyboard(page: Page, alma: Record) -> None:
    today = local_date(alma.user, timezone.now())
    page.goto("/")
    button = page.get_by_role("button", name="Moderate headache")
    go(page, button)
    asked(page, "Today is recorded")
    go(page, page.locator(".toast").get_by_role("button", name="Undo"))
    asked(page, "How was today?")
    expect(page.locator(".toast")).to_be_focused()
    go(page, page.get_by_role("button", name="Moderate headache"), "Space")
    asked(page, "Today is recorded")
    go(page, page.get_by_role("link", name="Details of today"))
    asked(page, "For how many hours?")
    assert tab_to(page, page.get_by_label("Hours of headache")) == []
    page.keyboard.type("6.5")
    page.keyboard.press("Enter")
    asked(page, "What other symptoms?")
    go(page, page.get_by_label("nausea"), "Space")
    go(page, page.get_by_role("button", name="Save", exact=True))
    asked(page, "Did you take anything?")
    go(page, page.get_by_role("button", name="Ibuprofen 400 mg"))
    expect(page.locator("main")).to_contain_text("Ibuprofen 400 mg, 1 dose")
    go(page, page.get_by_role("link", name="Nothing more"))
    asked(page, "Did it help?")
    go(page, page.get_by_role("link", name="Skip"))
    asked(page, "How much of the day was lost?")
    go(page, page.get_by_role("button", name="half the day"))
    asked(page, "Anything to remember?")
    assert tab_to(page, page.get_by_label("Note")) == []
    page.keyboard.type("Bright office")
    go(page, page.get_by_role("button", name="Save", exact=True))
    asked(page, "How was today?")
    day = alma.days.get(date=today)
    assert (day.intensity, day.hours, day.lost, day.note) == ("moderate", 6.5, "half", "Bright office")
    assert [one.name for one in day.intakes.all()] == ["Ibuprofen 400 mg"]


def test_catching_up_looking_at_progress_and_inviting_by_keyboard(page: Page, alma: Record) -> None:
    gap = local_date(alma.user, timezone.now()) - timedelta(2)
    page.goto("/diary/catch-up/")
    of_day = page.locator(f'form:has(input[name=date][value="{gap}"])')
    go(page, of_day.get_by_role("button").first)
    expect(page.locator(".toast form[action]")).to_have_count(2)  # the site's own word: it has the tap
    assert alma.days.get(date=gap).headache is False

    page.goto("/progress/")
    settle(page)
    go(page, page.get_by_role("link", name="Over time"))
    page.wait_for_url("**/progress/time/")
    settle(page)
    metric = page.get_by_label("What the chart shows")
    assert tab_to(page, metric) == []
    page.keyboard.type("Hours")
    expect(page.locator("#periods h2")).to_contain_text("Hours of headache")
    go(page, page.locator("#periods").get_by_role("button", name="Later value"))
    expect(page.locator("#periods output")).not_to_be_empty()

    page.goto("/access/")
    go(page, page.get_by_role("link", name="Invite a clinician"))
    asked(page, "Confirm that it is you")
    assert tab_to(page, page.locator("input[name=password]")) == []
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/access/invite/")
    assert tab_to(page, page.locator("input[name=email]")) == []
    page.keyboard.type("new@example.org")
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_contain_text("The invitation was sent to new@example.org.")
    assert Invitation.objects.filter(email="new@example.org").exists()


def test_everything_to_tap_on_the_way_to_an_entry_is_48_pixels_or_more(page: Page, alma: Record) -> None:
    on = f"/diary/day/{local_date(alma.user, timezone.now()) - timedelta(9)}/"
    steps = ("hours", "features", "medicine", "lost", "note")
    small = []
    for path in (
        "/",
        "/diary/",
        "/diary/catch-up/",
        f"{on}?details",
        *(f"{on}ask/{step}/" for step in steps),
    ):
        page.goto(path)
        found = page.evaluate(TAPPED)
        assert len(found) >= 6, path
        # A hundredth less is a rounding of the layout, not a smaller target.
        small += [f"{path}: {one}" for one in found if min(one[1:]) < TARGET - 0.01]
    assert small == []


def test_the_eye_for_the_focus_is_not_blind(page: Page) -> None:
    page.goto("/help/")
    link = page.get_by_role("link", name="BotoxTrack")
    assert tab_to(page, link) == []
    page.evaluate("""() => {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(`.top { position: relative; } .brand:focus-visible { outline: none; }
        .top::after { content: ""; position: absolute; inset: 0; z-index: 9; }`);
      document.adoptedStyleSheets = [sheet];
    }""")
    page.keyboard.press("Shift+Tab")
    assert "no ring" in tab_to(page, link)[-1]
    page.evaluate("document.adoptedStyleSheets[0].deleteRule(1)")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Shift+Tab")
    page.reload()
    page.evaluate(
        """document.querySelector(".top").insertAdjacentHTML("afterend", '<div class="skip over"></div>')"""
    )
    page.evaluate("""() => {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(".over.over { inset: 0; block-size: 90px; inline-size: 300px; }");
      document.adoptedStyleSheets = [sheet];
    }""")
    assert "covered" in tab_to(page, link)[-1]
