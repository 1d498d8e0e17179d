"""What was typed survives a closed tab, a lost connection and an expired log-in; and is nobody else's."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone
from playwright.sync_api import BrowserContext, Page, expect

from accounts.models import Draft, Record
from core.dates import local_date
from headaches.models import Medicine
from tests.browser.checks import PHONE, audit
from tests.browser.conftest import NewContext
from tests.browser.phone import log_in
from tests.conftest import PASSWORD, make_patient
from tests.servers import wait_for

pytestmark = pytest.mark.browser
BACK = re.compile(r"What you had started at \d\d:\d\d is back\.")
COPIES = """() => new Promise((resolve) => {
  const asked = indexedDB.open("drafts", 1);
  asked.onupgradeneeded = () => asked.result.createObjectStore("drafts", {keyPath: ["owner", "key"]});
  asked.onsuccess = () => {
    const all = asked.result.transaction("drafts").objectStore("drafts").getAll();
    all.onsuccess = () => { asked.result.close(); resolve(all.result); };
  };
})"""


@pytest.fixture
def alma(server: str) -> Record:
    record = make_patient("alma@example.org")
    Medicine.objects.create(record=record, name="Sumatriptan", drug_class="triptan")
    return record


def log_in_as(context: BrowserContext, server: str, record: Record) -> None:
    context.new_page()  # stays empty: where the last tab was closed, opening the next one hung now and then
    log_in(context, server, record)


def opened(context: BrowserContext, path: str) -> Page:
    page = context.new_page()
    page.goto(path)
    return page


def copies(page: Page) -> list[str]:
    """The notes this browser itself keeps."""
    return [copy["fields"]["note"][0] for copy in page.evaluate(COPIES)]


def kept_by_the_server(page: Page) -> None:
    """No copy is left here, for the server has it."""
    wait_for(lambda: not page.evaluate(COPIES), what="the copy to go")


def test_what_was_typed_is_back_after_a_closed_tab_a_lost_connection_and_an_expired_log_in(
    alma: Record, server: str, new_context: NewContext
) -> None:
    context, watch = new_context(server, viewport=PHONE)
    log_in_as(context, server, alma)
    path = f"/diary/day/{local_date(alma.user, timezone.now()) - timedelta(1)}/"

    page = opened(context, f"{path}?details")
    page.locator("input[name=headache][value=yes]").check()
    page.get_by_label("Doses").first.fill("1.5")
    with page.expect_response("**/draft/"):
        page.get_by_label("Note").fill("Woke up with it")
    kept_by_the_server(page)
    fields = Draft.objects.get().fields
    assert fields["Sumatriptan/doses"] == ["1.5"]
    assert not {"csrfmiddlewaretoken", "draft", "intakes-TOTAL_FORMS"} & set(fields)
    page.close()

    # A closed tab; and the list of medicines has grown since, so that the rows stand elsewhere.
    Medicine.objects.create(record=alma, name="Aspirin", drug_class="nsaid")
    page = opened(context, path)
    banner = page.locator("[data-draft-place]")
    expect(banner).to_have_text(re.compile(BACK.pattern + r"\s*Discard"))
    note, doses = (
        page.get_by_label("Note"),
        page.locator('[data-draft-row="Sumatriptan"] input:visible').first,
    )
    expect(note).to_have_value("Woke up with it")
    expect(doses).to_have_value("1.5")
    expect(page.locator('[data-draft-row="Aspirin"] input:visible').first).to_have_value("")
    assert audit(page, watch, "a draft is back") == []
    page.get_by_role("button", name="Discard").click()
    expect(banner).to_contain_text("Discarded.")
    expect(banner.locator("p").first).to_be_focused()
    expect(note).to_have_value("")
    page.get_by_role("button", name="Undo").click()
    expect(note).to_have_value("Woke up with it")
    kept_by_the_server(page)

    # A lost connection, and then a closed tab.
    context.set_offline(True)
    note.fill("Woke up with it, left side")
    wait_for(lambda: copies(page) == ["Woke up with it, left side"], what="a copy")
    page.close()
    context.set_offline(False)
    page = opened(context, path)
    expect(page.get_by_label("Note")).to_have_value("Woke up with it, left side")
    kept_by_the_server(page)
    assert Draft.objects.get().fields["note"] == ["Woke up with it, left side"]

    # The log-in has ended elsewhere; the form is sent before anybody knows.
    Session.objects.all().delete()
    page.get_by_label("Note").fill("Woke up with it, left side, at four")
    page.get_by_role("button", name="Save details").click()
    page.wait_for_url("**/account/login/**")
    page.fill("input[name=login]", alma.user.email)
    page.fill("input[name=password]", PASSWORD)
    page.locator("input[name=password]").press("Enter")
    page.wait_for_url(f"**{path}")
    expect(page.locator("[data-draft-place]")).to_contain_text(BACK)
    expect(page.get_by_label("Note")).to_have_value("Woke up with it, left side, at four")

    # Saving ends it, here and on the server.
    page.get_by_role("button", name="Save details").click()
    expect(page.locator(".toast")).to_be_visible()
    assert alma.days.get().note == "Woke up with it, left side, at four"
    kept_by_the_server(page)
    page.goto(f"{path}?details")
    expect(page.get_by_label("Note")).to_have_value("Woke up with it, left side, at four")
    expect(page.locator("[data-draft-place]")).to_be_empty()


def test_another_person_at_the_same_device_finds_nothing_and_logging_out_leaves_nothing(
    alma: Record, server: str, new_context: NewContext
) -> None:
    bea = make_patient("bea@example.org")
    context, _watch = new_context(server, viewport=PHONE)
    path = f"/diary/day/{local_date(alma.user, timezone.now())}/?details"

    def write_offline(text: str) -> Page:
        page = opened(context, path)
        context.set_offline(True)
        page.get_by_label("Note").fill(text)
        wait_for(lambda: copies(page) == [text], what="a copy")
        return page

    log_in_as(context, server, alma)
    page = write_offline("Hers alone")
    assert copies(page) == ["Hers alone"]
    page.close()
    context.set_offline(False)
    log_in_as(context, server, bea)
    page = opened(context, path)
    expect(page.get_by_label("Note")).to_have_value("")
    kept_by_the_server(page)
    assert not Draft.objects.filter(user=bea.user).exists()
    page.close()

    page = write_offline("Of Bea")
    page.route("**", lambda route: route.abort())  # it stays open, and does not get through
    context.set_offline(False)
    other = opened(context, "/account/logout/")
    assert copies(other) == ["Of Bea"]
    other.get_by_role("main").get_by_role("button", name="Log out").click()
    other.wait_for_url("**/account/login/")
    assert copies(other) == []
