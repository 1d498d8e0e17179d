"""The diary without a network, in a real browser: tapped offline, closed, opened again, and nothing lost or doubled."""

from __future__ import annotations

import os
import random
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta

import pytest
from django.conf import settings
from django.utils import timezone
from playwright.sync_api import BrowserContext, Error, Page, Route, expect

from accounts.clock import day_of
from accounts.models import Record
from headaches import actions
from headaches.device import choose
from headaches.models import DayChange, DeviceChange, DiaryDay, Medicine
from tests.browser.checks import audit
from tests.browser.conftest import NewContext, Watch
from tests.conftest import as_user, make_patient
from tests.servers import wait_for

pytestmark = pytest.mark.browser

ANSWERS = {
    "free": "No headache",
    "mild": "Mild headache",
    "moderate": "Moderate headache",
    "severe": "Severe headache",
}
# A long walk, made by hand: SEQUENCES=100 in the environment, and there are a hundred for each of two seeds.
SEQUENCES = int(os.environ.get("SEQUENCES", "0"))
SYNC = "**/diary/sync/"


@pytest.fixture
def alice(server: str) -> Record:
    return make_patient("alice@example.org", display_name="Alice")


@pytest.fixture
def device(server: str, new_context: NewContext, alice: Record) -> tuple[BrowserContext, Watch]:
    """Alice's phone, logged in."""
    context, watch = new_context(server, viewport={"width": 360, "height": 780})
    log_in(context, server, alice)
    # As on iOS: no Background Sync. Chromium starts the worker for it at any moment, and a tab that is opened meanwhile
    # under remote control can hang for ever.
    context.add_init_script("delete self.ServiceWorkerRegistration?.prototype.sync")
    context.new_page()  # stays empty: where the last tab was closed, opening the next one hung now and then
    return context, watch


def log_in(context: BrowserContext, server: str, record: Record) -> None:
    name = settings.SESSION_COOKIE_NAME
    context.add_cookies([{"name": name, "value": as_user(record.user).cookies[name].value, "url": server}])


def today(record: Record) -> date:
    return day_of(record.user, timezone.now())


def open_home(context: BrowserContext) -> Page:
    """The first page, with everything it keeps for the time without a network."""
    page = context.new_page()
    page.goto("/")
    page.wait_for_selector("html[data-kept]", state="attached")
    return page


def until(page: Page, expression: str) -> None:
    """Wait until it holds. Asked from outside: the content policy forbids a page to evaluate text itself."""

    def holds() -> bool:
        with suppress(Error):  # the page is being loaded
            return bool(page.evaluate(expression))
        return False

    wait_for(holds, what=expression)


def ready(page: Page) -> None:
    page.wait_for_selector("html[data-ready]", state="attached")


def tap(page: Page, said: str) -> None:
    page.get_by_role("button", name=ANSWERS[said], exact=True).click()


def waiting(page: Page) -> int:
    return int(page.evaluate("self.diary.all('entries').then((entries) => entries.length)"))


def sent(page: Page) -> None:
    until(page, "self.diary.all('entries').then((entries) => !entries.length)")


def states(record: Record) -> dict[date, str]:
    return {day.date: day.state for day in DiaryDay.objects.filter(record=record)}


def test_the_page_without_a_network_passes_as_the_others_do(device: tuple[BrowserContext, Watch]) -> None:
    context, watch = device
    page = open_home(context)
    page.goto("/offline/")
    ready(page)
    expect(page.get_by_role("heading", name="How was today?")).to_be_visible()
    assert audit(page, watch, "the page without a network") == []


def test_three_days_without_a_network_one_of_them_changed_elsewhere(
    device: tuple[BrowserContext, Watch], alice: Record
) -> None:
    context, _watch = device
    Medicine.objects.create(record=alice, name="Sumatriptan 50 mg", drug_class="triptan")
    last = today(alice)
    days = [last - timedelta(back) for back in (2, 1, 0)]
    page = open_home(context)
    page.close()
    context.set_offline(True)
    for on, said in zip(days, ("severe", "mild", "free"), strict=True):
        page = context.new_page()
        page.clock.set_fixed_time(datetime(on.year, on.month, on.day, 10, tzinfo=UTC))
        page.goto("/")
        ready(page)
        expect(page.get_by_role("heading", name="How was today?")).to_be_visible()
        tap(page, said)
        expect(page.get_by_role("heading", name="Today is recorded")).to_be_visible()
        expect(page.locator(".toast")).to_contain_text("waiting")
        if said == "severe":
            page.get_by_role("button", name="Sumatriptan 50 mg").click()
            expect(page.locator(".toast")).to_contain_text("Saved: Sumatriptan 50 mg")
        cell = page.locator(f'[data-day="{on}"]')
        expect(cell).to_have_attribute("data-state", said)
        expect(cell).to_contain_text("waiting to be sent")
        page.close()
    assert not DiaryDay.objects.exists()
    actions.answer(record=alice, on=days[1], said="moderate", today=last, now=timezone.now())
    context.set_offline(False)
    page = context.new_page()
    page.goto("/")
    sent(page)
    assert states(alice) == {days[0]: "severe", days[1]: "moderate", days[2]: "free"}
    assert [intake.name for intake in DiaryDay.objects.get(date=days[0]).intakes.all()] == [
        "Sumatriptan 50 mg"
    ]
    assert DiaryDay.objects.get(date=days[0]).written_at.date() == days[0]
    assert DeviceChange.objects.count() == 4
    expect(page.get_by_role("heading", name="Two entries for")).to_be_visible()
    page.get_by_role("button", name="mild headache tapped").click()
    expect(page.get_by_role("heading", name="Two entries for")).to_have_count(0)
    assert states(alice)[days[1]] == "mild"


# Taps the first of these answers that the day does not have, and says which.
ON_PAGE = """async ([on, values]) => {
  if ("offline" in document.body.dataset && window.location.hash !== `#${on}`) {
    const turned = new Promise((resolve) => window.addEventListener("hashchange", resolve, { once: true }));
    window.location.hash = on;
    await turned;
  }
  const form = document.querySelector(`form[data-date="${on}"]`);
  const buttons = values.map((value) => form.querySelector(`button[name=answer][value=${value}]`));
  const button = buttons.find((one) => one.getAttribute("aria-pressed") !== "true");
  button.click();
  return button.value;
}"""
TOAST = "document.querySelector('.toast form[data-undo]')?.dataset.undo || ''"

TAKE_BACK = """() => {
  const form = document.querySelector(".toast form[data-undo]");
  const what = form && {...form.dataset};
  form?.querySelector("button").click();
  return what;
}"""


class Phone:
    """One phone and what is done with it. Between two moments at which everything has gone up, `said` is what she
    tapped last for each day, `changed` what was entered elsewhere while the phone was offline."""

    def __init__(self, context: BrowserContext, record: Record, chance: random.Random) -> None:
        self.context, self.record, self.chance = context, record, chance
        self.last = today(record)
        self.page = open_home(context)
        self.is_open = False
        self.offline = self.loses = False
        self.changes = 0
        self.said: dict[date, str] = {}
        self.changed: dict[date, str] = {}
        self.taken_back: set[date] = set()
        self.story: list[str] = []

    def swallow(self, route: Route) -> None:
        """The site gets what is sent, and its answer does not arrive."""
        with suppress(Error):  # the page was closed meanwhile
            route.fetch()
        with suppress(Error):
            route.abort()

    def opened(self) -> Page:
        if not self.is_open:
            self.page.goto("/diary/catch-up/")
            ready(self.page)
            self.is_open = True
        return self.page

    def tell(self, what: str) -> None:
        self.story.append(f"{what}{' offline' * self.offline}{' unheard' * self.loses}")

    def day(self) -> date:
        return self.last - timedelta(self.chance.randrange(3))

    def tap(self) -> None:
        page, on = self.opened(), self.day()
        before = page.evaluate(TOAST)
        value = page.evaluate(ON_PAGE, [on.isoformat(), self.chance.sample(list(ANSWERS), 4)])
        until(page, f"({TOAST}) !== {before!r}")
        self.changes += 1
        self.said[on] = value
        self.tell(f"tap {on} {value}")

    def undo(self) -> None:
        page = self.opened()
        toast = page.evaluate(TAKE_BACK)
        if not toast:
            return
        until(page, f"({TOAST}) !== {toast['undo']!r}")
        self.changes += 1
        on = date.fromisoformat(toast["date"])
        self.said[on] = toast["was"]
        self.tell(f"undo {on} to {toast['was']}")
        self.taken_back.add(on)

    def go_offline(self) -> None:
        if self.is_open and not self.loses and not self.offline:
            sent(self.page)
        self.offline = True
        self.context.set_offline(True)

    def lose(self) -> None:
        if not self.offline and not self.loses:
            self.loses = True
            self.context.route(SYNC, self.swallow)

    def close(self) -> None:
        """The page goes with all that it remembers."""
        if self.is_open:
            self.page.goto("about:blank")
            self.is_open = False
            self.tell("close")

    def elsewhere(self) -> None:
        if self.offline:
            on = self.day()
            value = self.chance.choice([one for one in ANSWERS if one != actions.state_on(self.record, on)])
            actions.answer(record=self.record, on=on, said=value, today=self.last, now=timezone.now())
            self.changed[on] = value
            self.tell(f"elsewhere {on} {value}")

    def settle(self) -> None:
        """Back to the network: everything goes up, and the site has what was tapped and what was entered elsewhere."""
        self.loses = self.offline = False
        self.context.unroute(SYNC)
        self.context.set_offline(False)
        page = self.opened()
        with suppress(Error):  # the page without a network loads the real one by itself
            page.evaluate("window.dispatchEvent(new Event('online'))")
        until(page, "'ready' in document.documentElement.dataset && !('offline' in document.body.dataset)")
        sent(page)
        assert DeviceChange.objects.count() == self.changes
        stands = states(self.record)
        for on in {*self.said, *self.changed}:
            self.check(on, stands.get(on, "unknown"))
            choose(record=self.record, on=on, said="", today=self.last, now=timezone.now())
        if self.changed:
            page.goto("/diary/catch-up/")
            page.wait_for_selector("html[data-kept]", state="attached")
        self.said, self.changed, self.taken_back, self.story = {}, {}, set(), []

    def check(self, on: date, stands: str) -> None:
        """What was entered elsewhere stands; what she tapped stands, or is kept beside it, or in the history."""
        said, wanted = self.said.get(on), self.changed.get(on, self.said.get(on))
        if on in self.taken_back and on not in self.changed:
            # Taking back what had been said elsewhere too leaves that as it is.
            kept = {(row.after or {}).get("intensity") or "free" for row in DayChange.objects.filter(date=on)}
            assert stands in {wanted, *kept}, (on, self.story)
            return
        assert stands == wanted, (on, self.story)
        if on in self.changed and said not in (None, wanted) and on not in self.taken_back:
            kept = {row.said for row in DeviceChange.objects.filter(date=on, outcome="asked")}
            kept |= {
                (row.after or {}).get("intensity") or "free" for row in DayChange.objects.filter(date=on)
            }
            assert said in kept, (on, self.story)


STEPS = ("tap", "tap", "tap", "tap", "undo", "go_offline", "go_offline", "lose", "close", "elsewhere")


if SEQUENCES:

    @pytest.mark.parametrize("seed", [1, 2])
    def test_random_ways_through_dead_spots_end_with_everything_that_was_tapped(
        device: tuple[BrowserContext, Watch], alice: Record, seed: int
    ) -> None:
        context, _watch = device
        chance = random.Random(seed)
        phone = Phone(context, alice, chance)
        for _number in range(SEQUENCES):
            for step in chance.choices(STEPS, k=6):
                getattr(phone, step)()
            phone.settle()
