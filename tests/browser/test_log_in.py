"""How long a log-in lasts: warned of, extended and ended; and remembered by a passkey as by a password."""

from __future__ import annotations

import re
from datetime import timedelta
from importlib import import_module
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone
from playwright.sync_api import BrowserContext, Page, expect

from accounts.auth.idle import LAST_ACTIVITY_KEY
from accounts.models import Draft, Record, User
from core.dates import local_date
from tests.browser.checks import PHONE, audit
from tests.browser.conftest import NewContext
from tests.browser.test_drafts import log_in_as, opened
from tests.conftest import PASSWORD, make_patient
from tests.servers import wait_for

pytestmark = pytest.mark.browser
MINUTES = 15
UNTIL_WARNED = (MINUTES - 2) * 60_000 + 1000  # ms


@pytest.fixture
def alma(server: str) -> Record:
    record = make_patient("alma@example.org")
    User.objects.filter(pk=record.user.pk).update(idle_minutes=MINUTES)
    return record


def session_of(context: BrowserContext) -> Any:
    """The server's session of this browser."""
    key = next(one["value"] for one in context.cookies() if one["name"] == settings.SESSION_COOKIE_NAME)
    return import_module(settings.SESSION_ENGINE).SessionStore(key)


def log_in(page: Page, record: Record) -> None:
    page.fill("input[name=login]", record.user.email)
    page.fill("input[name=password]", PASSWORD)
    page.locator("input[name=password]").press("Enter")


def test_a_log_in_warns_two_minutes_before_it_ends_lasts_on_at_a_key_and_keeps_what_was_typed(
    alma: Record, server: str, new_context: NewContext
) -> None:
    context, watch = new_context(server, viewport=PHONE)
    log_in_as(context, server, alma)
    context.clock.install()
    path = f"/diary/day/{local_date(alma.user, timezone.now())}/"
    page, other = opened(context, f"{path}?details"), opened(context, "/help/")
    warning, said_there = page.locator("[data-idle]"), other.locator("[data-idle]")
    expect(warning).to_be_empty()
    page.get_by_label("Note").fill("Since four")
    context.clock.run_for(1000)
    wait_for(lambda: Draft.objects.exists(), what="the draft")

    context.clock.fast_forward(UNTIL_WARNED)
    expect(warning).to_contain_text(
        re.compile(r"You will be logged out at \d\d:\d\d\.\s*What you have typed is saved\.")
    )
    expect(page.get_by_role("alert")).to_have_count(1)
    expect(said_there).to_contain_text("You will be logged out at")
    expect(said_there.get_by_text("What you have typed is saved.")).to_be_hidden()
    assert audit(page, watch, "the warning") == []
    with page.expect_response("**/stay/"):
        page.keyboard.press("Shift")
    expect(warning).to_be_empty()
    expect(said_there).to_be_empty()  # the pages of a browser agree

    context.clock.fast_forward(UNTIL_WARNED)
    with other.expect_response("**/stay/"):
        other.get_by_role("button", name="Stay logged in").click()
    expect(said_there).to_be_empty()
    expect(warning).to_be_empty()

    # The server's clock is not the browser's: there, too, nothing was done for as long.
    session = session_of(context)
    session[LAST_ACTIVITY_KEY] -= MINUTES * 60
    session.save()
    other.close()
    context.clock.fast_forward(UNTIL_WARNED)
    expect(warning).not_to_be_empty()
    context.clock.fast_forward(2 * 60_000 + 2000)
    page.wait_for_url("**/account/login/**")
    expect(page.locator("main")).to_contain_text("You were logged out because nothing happened for a while.")
    assert watch.take() == []
    log_in(page, alma)
    page.wait_for_url(f"**{path}?details")
    expect(page.get_by_label("Note")).to_have_value("Since four")
    expect(page.locator("[data-draft-place]")).to_contain_text("is back.")


def test_a_passkey_log_in_lasts_on_her_own_device_when_she_ticks_that(
    alma: Record, server: str, new_context: NewContext
) -> None:
    context, watch = new_context(server, viewport=PHONE)
    page = opened(context, "/account/login/?next=/account/2fa/webauthn/add/")
    devices = context.new_cdp_session(page)
    devices.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
        "isUserVerified": True, "automaticPresenceSimulation": True,
    }  # fmt: skip
    devices.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    log_in(page, alma)
    page.wait_for_url("**/reauthenticate/**")
    page.fill("input[name=password]", PASSWORD)
    page.locator("input[name=password]").press("Enter")
    page.get_by_label("Log in with only this passkey").check()
    page.locator("main button.primary").click()
    page.wait_for_url(lambda url: "/add/" not in url)
    found = []
    for ticked in (False, True):
        context.clear_cookies()
        page.goto("/account/login/")
        page.get_by_label("Stay logged in on this device").set_checked(ticked)
        page.get_by_role("button", name="Log in with a passkey").click()
        expect(page.get_by_text("How was today?")).to_be_visible()
        session = session_of(context)
        found.append((session.get_expire_at_browser_close(), timedelta(seconds=session.get_expiry_age())))
    assert found == [(True, timedelta(days=30)), (False, timedelta(days=30))]
    assert watch.take() == []
