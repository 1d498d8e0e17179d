"""The diary without a network, in a real browser: tapped offline, closed, opened again, and nothing lost or doubled;
and nothing left for the next person at the device."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, Page, expect

from accounts.models import Record, User
from headaches import actions
from headaches.models import DeviceChange, DiaryDay, Intake, Medicine
from tests.browser.checks import audit
from tests.browser.conftest import ARGUMENTS, PATIENCE, NewContext, Watch
from tests.browser.network import Network
from tests.browser.phone import (
    all_is_kept,
    is_waiting,
    load,
    log_in,
    open_home,
    ready,
    sent,
    states,
    stored,
    tap,
    tap_waits,
    today,
    until,
    waiting,
)
from tests.conftest import PASSWORD, make_patient
from tests.servers import find_chromium, wait_for

pytestmark = pytest.mark.browser

OVER_NIGHT = "document.dispatchEvent(new Event('visibilitychange'))"
# Everything that a browser keeps of a site, but for what is empty.
KEPT_HERE = """async () => {
  const found = [...Object.keys(localStorage), ...Object.keys(sessionStorage), ...await caches.keys()];
  for (const {name, version} of await indexedDB.databases()) {
    const base = await new Promise((resolve, reject) => {
      const asked = indexedDB.open(name, version);
      asked.onsuccess = () => resolve(asked.result);
      asked.onerror = () => reject(asked.error);
    });
    for (const store of base.objectStoreNames) {
      const asked = base.transaction(store).objectStore(store).getAll();
      await new Promise((resolve) => { asked.onsuccess = resolve; });
      if (asked.result.length) found.push(`${name}/${store}`);
    }
    base.close();
  }
  return found.map((name) => name.split(" ")[0]).sort();
}"""


def at(page: Page, on: date) -> None:
    """The device's clock: ten in the morning of that day."""
    page.clock.set_fixed_time(datetime(on.year, on.month, on.day, 10, tzinfo=UTC))


def come_back(page: Page, net: Network) -> Page:
    """A new page, with a network. The old one may load itself anew at the moment a test does."""
    page.close()
    net.mend()
    page = page.context.new_page()
    page.goto("/")
    return page


def test_the_page_without_a_network_passes_as_the_others_do(device: tuple[BrowserContext, Watch]) -> None:
    context, watch = device
    page = open_home(context)
    page.goto("/offline/")
    ready(page)
    expect(page.get_by_role("heading", name="How was today?")).to_be_visible()
    # It looks for a network every 20 seconds, and would load itself anew in the middle.
    page.route("**/diary/device/", lambda route: route.fulfill(status=204))
    page.evaluate("document.querySelectorAll('[data-unsent]').forEach((one) => { one.hidden = false; })")
    assert audit(page, watch, "the page without a network") == []


def test_three_days_without_a_network_one_of_them_changed_elsewhere(
    net: Network, device: tuple[BrowserContext, Watch], alice: Record
) -> None:
    context, _watch = device
    Medicine.objects.create(record=alice, name="Sumatriptan 50 mg", drug_class="triptan")
    last = today(alice)
    days = [last - timedelta(back) for back in (2, 1, 0)]
    page = open_home(context)
    page.close()
    net.cut()
    context.set_offline(True)
    for on, said, number in zip(days, ("severe", "mild", "free"), (2, 3, 4), strict=True):
        page = context.new_page()
        at(page, on)
        load(page)
        expect(page.get_by_role("heading", name="How was today?")).to_be_visible()
        tap(page, said)
        expect(page.get_by_role("heading", name="Today is recorded")).to_be_visible()
        is_waiting(page)
        if said == "severe":
            page.get_by_role("button", name="Sumatriptan 50 mg").click()
            expect(page.locator(".toast")).to_contain_text("Saved: Sumatriptan 50 mg")
        cell = page.locator(f'[data-day="{on}"]')
        expect(cell).to_have_attribute("data-state", said)
        expect(cell).to_contain_text("waiting to be sent")
        stored(page, number)
        page.close()
    assert not DiaryDay.objects.exists()
    actions.record_answer(record=alice, date=days[1], answer="moderate", today=last, now=timezone.now())
    net.mend()
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


def test_a_page_without_a_network_that_stands_open_overnight_does_not_write_over_the_day_before(
    net: Network, device: tuple[BrowserContext, Watch], alice: Record
) -> None:
    context, _watch = device
    last = today(alice)
    page = open_home(context)
    net.cut()
    at(page, last - timedelta(1))
    load(page)
    tap(page, "severe")
    expect(page.get_by_role("heading", name="Today is recorded")).to_be_visible()
    at(page, last)
    tap(page, "free")
    expect(page.get_by_role("heading", name="How was today?")).to_be_visible()
    ready(page)
    tap(page, "free")
    expect(page.get_by_role("heading", name="Today is recorded")).to_be_visible()
    stored(page, 2)
    page = come_back(page, net)
    sent(page)
    assert states(alice) == {last - timedelta(1): "severe", last: "free"}


def test_a_medicine_tapped_in_the_morning_on_a_page_of_the_night_is_not_written_into_the_day_before(
    device: tuple[BrowserContext, Watch], alice: Record
) -> None:
    context, _watch = device
    Medicine.objects.create(record=alice, name="Sumatriptan 50 mg", drug_class="triptan")
    page = open_home(context)
    page.get_by_role("button", name="I’m in pain").click()
    ready(page)
    page.get_by_role("button", name="Severe", exact=True).click()
    medicine = page.get_by_role("button", name="Sumatriptan 50 mg")
    expect(medicine).to_be_visible()
    at(page, today(alice) + timedelta(1))
    with page.expect_navigation():
        medicine.click()
    assert not Intake.objects.filter(day__record=alice).exists()


def test_a_device_whose_clock_is_a_day_ahead_can_still_be_tapped(
    device: tuple[BrowserContext, Watch], alice: Record
) -> None:
    context, _watch = device
    page = context.new_page()
    at(page, today(alice) + timedelta(1))
    load(page)
    tap(page, "mild")
    expect(page.get_by_role("heading", name="Today is recorded")).to_be_visible()
    wait_for(lambda: states(alice) == {today(alice): "mild"}, within=10, what="her answer")


def test_a_tap_that_the_device_cannot_keep_is_sent_as_a_form(
    device: tuple[BrowserContext, Watch], alice: Record
) -> None:
    context, watch = device
    page = open_home(context)
    page.evaluate(
        "() => { IDBObjectStore.prototype.add = function () { this.transaction.abort(); }; }"
    )  # full
    tap(page, "mild")
    expect(page.locator(".toast form[action]")).to_have_count(2)  # the site's own word
    assert states(alice) == {today(alice): "mild"}
    assert watch.take() == []


def test_a_tap_is_shown_as_recorded_only_when_the_device_has_written_it(
    device: tuple[BrowserContext, Watch], alice: Record
) -> None:
    context, _watch = device
    page = open_home(context)
    # A transaction of the test's own holds the queue: what comes after it waits until it is let go.
    page.evaluate("""() => new Promise((resolve) => {
      const opening = indexedDB.open("diary");
      opening.onsuccess = () => {
        const store = opening.result.transaction(["entries"], "readwrite").objectStore("entries");
        let isHeld = true;
        self.write = () => { isHeld = false; opening.result.close(); };
        const hold = () => { store.count().onsuccess = () => { if (isHeld) hold(); }; };
        hold();
        resolve();
      };
    })""")
    tap(page, "mild")
    page.evaluate(
        "() => new Promise((done) => requestAnimationFrame(() => setTimeout(done)))"
    )  # it was drawn
    assert page.get_by_role("heading", name="Today is recorded").count() == 0
    assert page.locator(".toast").count() == 0
    page.evaluate("self.write()")
    expect(page.get_by_role("heading", name="Today is recorded")).to_be_visible()
    expect(page.locator(".toast")).to_contain_text("Saved: mild headache")
    sent(page)
    assert states(alice) == {today(alice): "mild"}


def test_what_was_entered_elsewhere_and_seen_is_not_forgotten_for_an_earlier_tap(
    net: Network, device: tuple[BrowserContext, Watch], alice: Record
) -> None:
    """The day becomes elsewhere what this device had once said, after it has seen another answer."""
    context, _watch = device
    on = today(alice)

    def meanwhile(said: str) -> None:
        net.cut()
        actions.record_answer(record=alice, date=on, answer=said, today=on, now=timezone.now())
        tap_waits(page, "mild")
        net.mend()
        page.evaluate("window.dispatchEvent(new Event('online'))")
        sent(page)

    page = open_home(context)
    tap(page, "free")
    sent(page)
    meanwhile("severe")
    page.get_by_role("button", name="severe headache entered elsewhere").click()
    expect(page.get_by_role("heading", name="Two entries for")).to_have_count(0)
    all_is_kept(page)
    meanwhile("free")
    assert states(alice) == {on: "free"}
    assert [row.answer for row in DeviceChange.objects.filter(outcome="asked")] == ["mild"]


def wake_worker(page: Page, origin: str) -> None:
    """What the browser does by itself, minutes later: it starts the worker to send what waits."""
    session = page.context.new_cdp_session(page)
    registered: list[dict[str, Any]] = []
    session.on(
        "ServiceWorker.workerRegistrationUpdated", lambda event: registered.extend(event["registrations"])
    )
    session.send("ServiceWorker.enable")
    wait_for(lambda: page.evaluate("1") and registered, what="the worker")  # a call lets events arrive
    session.send(
        "ServiceWorker.dispatchSyncEvent",
        {
            "origin": origin,
            "registrationId": registered[0]["registrationId"],
            "tag": "diary",
            "lastChance": False,
        },
    )


def test_the_browser_sends_what_waits_by_itself_while_no_page_is_open(
    net: Network, device: tuple[BrowserContext, Watch], alice: Record
) -> None:
    context, _watch = device
    elsewhere = context.new_page()
    page = open_home(context)
    net.cut()
    tap_waits(page, "moderate")
    page.get_by_role("button", name="Dismiss").click()
    page.evaluate("window.dispatchEvent(new Event('online'))")  # it is tried again, and fails again
    expect(page.locator(".toast")).to_have_count(0)
    expect(page.locator(f'[data-day="{today(alice)}"]').first).to_contain_text("waiting")
    page.close()
    net.mend()
    wake_worker(elsewhere, net.origin)
    wait_for(lambda: states(alice) == {today(alice): "moderate"}, what="the tap to go up")
    page = context.new_page()
    load(page)
    assert waiting(page) == 0
    expect(page.get_by_role("button", name="Moderate headache", exact=True)).to_have_attribute(
        "aria-pressed", "true"
    )
    assert DeviceChange.objects.count() == 1


def test_another_person_at_the_same_device_finds_nothing_of_the_queue_and_its_owner_finds_it_again(
    net: Network, device: tuple[BrowserContext, Watch], alice: Record
) -> None:
    context, _watch = device
    bea = make_patient("bea@example.org", display_name="Bea")
    page = open_home(context)
    Session.objects.all().delete()
    tap_waits(page, "severe")
    expect(page.locator("[data-toast] + #logged-out-word")).to_contain_text("You are logged out.")
    assert settings.DEVICE_COOKIE_NAME not in {cookie["name"] for cookie in context.cookies()}
    page.close()
    log_in(context, net.origin, bea)
    page = open_home(context)
    expect(page.locator(".toast")).to_have_count(0)
    cell = page.locator(f'[data-day="{today(bea)}"]').last
    expect(cell).to_have_attribute("data-state", "unknown")
    net.cut()
    load(page)
    expect(page.locator("body[data-offline]")).to_have_count(1)
    expect(page.locator(".toast")).to_have_count(0)
    expect(cell).to_have_attribute("data-state", "unknown")
    net.mend()
    assert not DiaryDay.objects.exists()
    page.close()

    log_in(context, net.origin, alice)
    page = context.new_page()
    load(page)
    sent(page)
    assert (states(alice), states(bea)) == ({today(alice): "severe"}, {})


@pytest.mark.asvs(52)
def test_logging_out_sends_what_waits_and_leaves_nothing_on_the_device(
    net: Network, device: tuple[BrowserContext, Watch], alice: Record
) -> None:
    context, _watch = device
    page = open_home(context)
    kept = page.evaluate(KEPT_HERE)
    assert {"diary/facts", "page"} <= set(kept)
    net.is_deaf = True
    tap_waits(page, "mild")

    page.goto("/account/logout/")
    log_out = page.get_by_role("main").get_by_role("button", name="Log out")
    log_out.click()
    word = page.get_by_role("alert")
    expect(word).to_contain_text("is not sent yet")
    expect(word).to_be_focused()
    assert page.evaluate(KEPT_HERE) == sorted([*kept, "diary/entries"])
    net.mend()
    log_out.click()
    page.wait_for_url("**/account/login/")
    until(page, f"({KEPT_HERE})().then((found) => !found.length)")
    assert not page.evaluate("navigator.serviceWorker.getRegistrations().then((all) => all.length)")
    assert states(alice) == {today(alice): "mild"}
    net.cut()
    with pytest.raises(Exception, match="ERR_"):
        page.goto("/")


def test_logging_out_without_a_network_says_that_it_did_not_and_loses_nothing(
    net: Network, device: tuple[BrowserContext, Watch], alice: Record
) -> None:
    context, _watch = device
    page, leaving = open_home(context), context.new_page()
    leaving.goto("/account/logout/")
    kept = page.evaluate(KEPT_HERE)
    net.cut()
    tap_waits(page, "severe")
    log_out = leaving.get_by_role("main").get_by_role("button", name="Log out")
    for _press in range(2):
        log_out.click()
        word = leaving.get_by_role("alert")
        expect(word).to_contain_text("You are still logged in")
        expect(word).to_be_focused()
        log_out.focus()
    assert leaving.evaluate(KEPT_HERE) == sorted([*kept, "diary/entries"])
    net.mend()
    log_out.click()
    leaving.wait_for_url("**/account/login/")
    until(leaving, f"({KEPT_HERE})().then((found) => !found.length)")
    assert states(alice) == {today(alice): "severe"}


def test_after_an_answer_that_is_to_be_chosen_the_month_shows_what_stands(
    net: Network, device: tuple[BrowserContext, Watch], alice: Record
) -> None:
    context, _watch = device
    page = open_home(context)
    on = today(alice)
    net.cut()
    load(page)
    tap_waits(page, "severe")
    page.close()
    actions.record_answer(record=alice, date=on, answer="mild", today=on, now=timezone.now())
    net.mend()
    page = context.new_page()
    page.goto("/")
    expect(page.get_by_role("heading", name="Two entries for")).to_be_visible()
    for cell in page.locator(f'[data-day="{on}"]').all():
        expect(cell).to_have_attribute("data-state", "mild")
        expect(cell.locator("[data-words]")).to_have_text("mild headache")


def test_the_days_without_a_network_are_named_as_the_site_names_them_and_stand_below_their_weekdays(
    net: Network, device: tuple[BrowserContext, Watch], alice: Record
) -> None:
    context, _watch = device
    User.objects.filter(pk=alice.user.pk).update(language="de")
    page = context.new_page()
    page.goto("/")
    all_is_kept(page)
    names = page.locator(".month a[data-day] .sr").all_text_contents()
    until(
        page,
        "caches.match('/offline/').then((kept) => kept.text()).then((html) => html.includes('Ohne Netz'))",
    )
    net.cut()
    load(page)
    offline = page.locator(".month a[data-day] .sr").all_text_contents()
    assert [name.strip() for name in offline[-len(names) :]] == [name.strip() for name in names]
    assert page.locator(".month th").all_text_contents() == ["Mo", "Di", "Mi", "Do", "Fr", "Sa", "So"]
    firsts = page.locator('.month a[data-day$="-01"] [data-number]').all_text_contents()
    assert firsts
    assert all(re.fullmatch(r"1\. \w{3,4}", one) for one in firsts)


def test_a_form_that_did_not_arrive_says_so_and_one_with_a_draft_stands_there_again(
    net: Network, device: tuple[BrowserContext, Watch], alice: Record
) -> None:
    context, _watch = device
    page = open_home(context)
    path = f"/diary/day/{today(alice)}/?details"
    page.goto(path)
    page.locator("input[name=headache][value=yes]").check()
    net.cut()
    page.get_by_label("Note").fill("Woke up with it")
    page.get_by_role("button", name="Save details").click()
    banner = page.get_by_role("alert")
    expect(banner).to_contain_text("It is stored")
    # It looks for a network every 20 seconds, and would come back by itself.
    page.route("**/diary/device/", lambda route: route.fulfill(status=204))
    net.mend()
    banner.get_by_role("link", name="Open it again").click()
    expect(page.get_by_label("Note")).to_have_value("Woke up with it")
    assert not DiaryDay.objects.exists()
    page.get_by_role("button", name="Save details").click()
    expect(page.locator(".toast")).to_be_visible()
    assert DiaryDay.objects.get().note == "Woke up with it"


@pytest.mark.parametrize("how", ["window.dispatchEvent(new Event('online'))", OVER_NIGHT, "a tap"])
def test_a_form_that_may_have_arrived_is_not_sent_again_by_itself(
    net: Network, device: tuple[BrowserContext, Watch], alice: Record, how: str
) -> None:
    context, _watch = device
    page = open_home(context)
    net.cut()
    page.get_by_role("button", name="I’m in pain").click()
    expect(page.get_by_role("alert")).to_contain_text("what you sent may not have arrived")
    ready(page)
    if how != "window.dispatchEvent(new Event('online'))":
        at(page, today(alice) + timedelta(1))
    net.mend()
    if how == "a tap":
        tap(page, "mild")
    else:
        page.evaluate(how)
    expect(page.locator("[data-offline]")).to_have_count(0)
    expect(page.get_by_role("button", name="I’m in pain")).to_be_visible()
    assert not DiaryDay.objects.exists()


def test_a_tap_where_nothing_is_shown_goes_over_nothing_that_is_there(
    net: Network, device: tuple[BrowserContext, Watch], alice: Record
) -> None:
    context, _watch = device
    on = today(alice)
    page = open_home(context)
    net.cut()
    at(page, on + timedelta(2))
    load(page)
    tap_waits(page, "mild")
    at(page, on)  # for every page of this browser
    page = come_back(page, net)
    expect(page.locator("#diary-problems")).to_contain_text("mild headache")
    tap(page, "severe")
    sent(page)
    all_is_kept(page)
    page.close()

    net.cut()
    context.clear_cookies(name=settings.DEVICE_COOKIE_NAME)
    page = context.new_page()
    page.goto("/")
    nothing_is_shown(page)
    expect(page.locator("#diary-problems")).to_be_empty()
    tap_waits(page, "free")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".toast")).to_contain_text("Taken back.")
    tap(page, "mild")
    expect(page.locator(".toast")).to_contain_text("Saved: mild headache")
    page = come_back(page, net)
    sent(page)
    assert states(alice) == {on: "severe"}
    assert [row.answer for row in DeviceChange.objects.filter(outcome="asked")] == ["mild"]


def nothing_is_shown(page: Page) -> None:
    """The log-in has ended: the question is there, and nothing that was kept."""
    expect(page.locator("body[data-offline]")).to_have_count(1)
    ready(page)
    expect(page.get_by_role("heading", name="How was today?")).to_be_visible()
    expect(page.get_by_text("your log-in on this device may have ended.")).to_be_visible()
    expect(page.get_by_role("button", pressed=True)).to_have_count(0)
    expect(page.locator("[data-day], .toast, [name=medicine]")).to_have_count(0)


def days_are_shown(page: Page) -> None:
    expect(page.get_by_role("heading", name="The last 60 days")).to_be_visible()
    expect(page.get_by_text("your log-in on this device may have ended.")).to_be_hidden()


def test_after_a_log_in_that_ended_with_the_browser_the_question_alone_is_there_without_a_network(
    net: Network, browser: Browser, tmp_path: Path, alice: Record
) -> None:
    Medicine.objects.create(record=alice, name="Sumatriptan 50 mg", drug_class="triptan")
    on = today(alice)
    actions.record_answer(record=alice, date=on - timedelta(1), answer="mild", today=on, now=timezone.now())

    @contextmanager
    def opened() -> Iterator[Page]:
        context = browser.browser_type.launch_persistent_context(
            tmp_path, base_url=net.origin, executable_path=find_chromium(), args=ARGUMENTS
        )
        context.set_default_timeout(PATIENCE)
        try:
            yield context.new_page()
        finally:
            context.close()

    def log_in_by_form(page: Page) -> None:
        page.get_by_label("E-mail").fill(alice.user.email)
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.get_by_role("main").get_by_role("button", name="Log in", exact=True).click()

    with opened() as page:
        page.goto("/account/login/")
        log_in_by_form(page)
        all_is_kept(page)
        net.cut()
        page.goto("/")
        days_are_shown(page)
    with opened() as page:
        page.goto("/")
        nothing_is_shown(page)
        tap_waits(page, "severe")
        page.reload()
        nothing_is_shown(page)
        page = come_back(page, net)
        log_in_by_form(page)
        page.wait_for_url(f"{net.origin}/")
        sent(page)
    assert states(alice) == {on - timedelta(1): "mild", on: "severe"}


def test_after_a_log_in_that_ended_by_idleness_the_question_alone_is_there_without_a_network(
    net: Network, device: tuple[BrowserContext, Watch], alice: Record
) -> None:
    context, _watch = device
    User.objects.filter(pk=alice.user.pk).update(idle_minutes=30)
    open_home(context).close()
    net.cut()
    page = context.new_page()
    page.clock.install()
    load(page)
    days_are_shown(page)
    page.clock.fast_forward("25:00")
    days_are_shown(page)
    page.clock.fast_forward("06:00")
    nothing_is_shown(page)
    net.mend()
    page.clock.fast_forward("00:21")
    expect(page.locator("[data-offline]")).to_have_count(0)


def test_a_device_that_has_slept_past_the_end_of_the_log_in_shows_nothing(
    net: Network, device: tuple[BrowserContext, Watch], alice: Record
) -> None:
    context, _watch = device
    User.objects.filter(pk=alice.user.pk).update(idle_minutes=30)
    on = today(alice)
    page = context.new_page()
    at(page, on)
    page.goto("/")
    all_is_kept(page)
    net.cut()
    load(page)
    days_are_shown(page)
    # Its timers stood still.
    page.clock.set_fixed_time(datetime(on.year, on.month, on.day, 10, 31, tzinfo=UTC))
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    nothing_is_shown(page)


def test_the_page_without_a_network_says_so_where_nothing_is_kept(
    server: str, new_context: NewContext
) -> None:
    context, _watch = new_context(server)
    page = context.new_page()
    page.goto("/offline/")
    expect(page.get_by_role("main")).to_contain_text("Nothing is stored on this device")
    expect(page.get_by_role("link", name="Try again")).to_have_attribute("href", "/")
