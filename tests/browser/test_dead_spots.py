"""Random ways through dead spots: whatever the network does and whenever the page closes, the site ends up with
everything that was tapped, once."""

from __future__ import annotations

import random
from contextlib import suppress
from datetime import date, timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import BrowserContext, Error, Page

from accounts.models import Record
from headaches import actions
from headaches.models import DayChange, DeviceChange
from headaches.sync import resolve_conflict
from tests.browser.conftest import Watch
from tests.browser.network import Network
from tests.browser.phone import ANSWERS, all_is_kept, open_home, ready, sent, states, today, until
from tests.environment import number

pytestmark = pytest.mark.browser

# Of each seed; SEQUENCES=100 makes the long walk of two hundred.
SEQUENCES = number("SEQUENCES", 5)
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

    def __init__(self, context: BrowserContext, net: Network, record: Record, chance: random.Random) -> None:
        self.net, self.record, self.chance = net, record, chance
        self.last = today(record)
        self.page = open_home(context)
        self.is_open = False
        self.changes = 0
        self.said: dict[date, str] = {}
        self.changed: dict[date, str] = {}
        self.taken_back: set[date] = set()
        self.story: list[str] = []

    def opened(self) -> Page:
        if not self.is_open:
            self.page.goto("/diary/catch-up/")
            ready(self.page)
            self.is_open = True
        return self.page

    def tell(self, what: str) -> None:
        self.story.append(f"{what}{' offline' * self.net.is_cut}{' unheard' * self.net.is_deaf}")

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
        if self.is_open and not self.net.is_deaf and not self.net.is_cut:
            sent(self.page)
        self.net.cut()

    def lose(self) -> None:
        self.net.is_deaf = True

    def close(self) -> None:
        """The page goes with all that it remembers."""
        if self.is_open:
            self.page.goto("about:blank")
            self.is_open = False
            self.tell("close")

    def state_of(self, on: date) -> str:
        day = actions.get_day(self.record, on)
        return day.state if day else ""

    def elsewhere(self) -> None:
        if self.net.is_cut:
            on = self.day()
            value = self.chance.choice([one for one in ANSWERS if one != self.state_of(on)])
            actions.record_answer(
                record=self.record, date=on, answer=value, today=self.last, now=timezone.now()
            )
            self.changed[on] = value
            self.tell(f"elsewhere {on} {value}")

    def settle(self) -> None:
        """Back to the network: everything goes up, and the site has what was tapped and what was entered elsewhere."""
        self.net.mend()
        page = self.opened()
        with suppress(Error):  # the page without a network loads the real one by itself
            page.evaluate("window.dispatchEvent(new Event('online'))")
        until(page, "'ready' in document.documentElement.dataset && !('offline' in document.body.dataset)")
        sent(page)
        assert DeviceChange.objects.count() == self.changes
        stands = states(self.record)
        for on in {*self.said, *self.changed}:
            self.check(on, stands.get(on, "unknown"))
            resolve_conflict(record=self.record, date=on, answer="", today=self.last, now=timezone.now())
        if self.changed:
            page.goto("/diary/catch-up/")
            all_is_kept(page)
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
            kept = {row.answer for row in DeviceChange.objects.filter(date=on, outcome="asked")}
            kept |= {
                (row.after or {}).get("intensity") or "free" for row in DayChange.objects.filter(date=on)
            }
            assert said in kept, (on, self.story)


STEPS = ("tap", "tap", "tap", "tap", "undo", "go_offline", "go_offline", "lose", "close", "elsewhere")


@pytest.mark.parametrize("seed", [1, 2])
def test_random_ways_through_dead_spots_end_with_everything_that_was_tapped(
    net: Network, device: tuple[BrowserContext, Watch], alice: Record, seed: int
) -> None:
    context, _watch = device
    chance = random.Random(seed)
    phone = Phone(context, net, alice, chance)
    for _number in range(SEQUENCES):
        for step in chance.choices(STEPS, k=6):
            getattr(phone, step)()
        phone.settle()
