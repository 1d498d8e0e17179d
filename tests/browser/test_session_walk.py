"""The session by keyboard alone: what is known, the picture's numbers, and the same without script."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import Record
from core.dates import local_date
from tests.browser.checks import PHONE, audit, tab_to
from tests.browser.conftest import NewContext
from tests.browser.phone import log_in
from tests.conftest import make_patient
from treatments.actions import save_session
from treatments.domain.sites import (
    PREEMPT,
    SiteDose,
    Slot,
    build_layout,
    build_preempt_layout,
    compute_totals,
)
from treatments.models import InjectionSession

pytestmark = pytest.mark.browser


@pytest.fixture
def patient(server: str) -> Record:
    """Somebody whose last session, 90 days ago, had a site more at the left shoulder."""
    record = make_patient("alma@example.org")
    on = local_date(record.user, timezone.now()) - timedelta(90)
    layout = build_preempt_layout() | {Slot("trapezius", "left"): SiteDose(4, Decimal(20))}
    save_session(
        record=record, session=InjectionSession(date=on, units=160), now=timezone.now(), layout=layout
    )
    return record


def dots(page: Page, slot: str) -> int:
    return page.locator(f'[data-dots="{slot}"] circle:not([hidden])').count()


def test_the_picture_is_worked_by_keyboard_alone(
    patient: Record, server: str, new_context: NewContext
) -> None:
    context, watch = new_context(server, viewport=PHONE, reduced_motion="no-preference")
    log_in(context, server, patient)
    page = context.new_page()
    page.goto("/")
    unseen = tab_to(page, page.get_by_role("link", name="Record a session"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Record a session")).to_be_visible()
    save = page.get_by_role("button", name="Save session")
    # Nothing is filled in that she has not said.
    expect(page.get_by_role("radio", name="Nothing more")).to_be_checked()
    expect(page.locator("section.sites")).to_be_hidden()
    expect(page.get_by_label("units", exact=True)).to_be_hidden()
    assert audit(page, watch, "the form as it opens") == []
    page.get_by_role("radio", name="The sites, from the clinic’s note").check(force=True)
    expect(page.locator("output[data-totals]")).to_have_text("0 units · 0 sites")
    unseen += tab_to(page, page.get_by_role("button", name=re.compile("^PREEMPT 155 units")))
    page.keyboard.press("Enter")
    expect(page.locator("output[data-totals]")).to_have_text("155 units · 31 sites")
    # What differs is said and marked.
    said = page.locator("[data-changes] li")
    expect(said).to_have_text(["Trapezius, left: 3 sites, 15 units; last time 4 sites, 20 units"])
    expect(page.locator('[data-mark="trapezius_left"]')).to_have_text("−5")
    assert audit(page, watch, "the filled form") == []
    page.locator("details.details").evaluate("(one) => { one.open = false; }")

    group = page.get_by_role("group", name="Trapezius, left")
    unseen += tab_to(page, group.get_by_role("button", name="Trapezius, left: one site more"))
    assert unseen == []
    page.keyboard.press("Enter")
    expect(page.locator("output[data-totals]")).to_have_text("160 units · 32 sites")
    expect(group.get_by_label("Trapezius, left: units")).to_have_value("20")
    assert dots(page, "trapezius_left") == 4
    expect(said).to_have_count(0)
    expect(page.locator("[data-same]")).to_be_visible()
    page.keyboard.press("Shift+Tab")
    page.keyboard.type("9")
    expect(page.locator('[data-remark="each"]')).to_contain_text("Trapezius, left")
    expect(page.locator('[data-remark="sites"]')).to_be_hidden()
    preset = page.get_by_role("button", name=re.compile("^PREEMPT 155 units"))
    preset.focus()
    page.keyboard.press("Enter")
    expect(page.locator("output[data-totals]")).to_have_text("155 units · 31 sites")
    expect(page.locator("[data-remark]:visible")).to_have_count(0)
    save.focus()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_contain_text("Session saved: 155 units · 31 sites.")
    session = patient.sessions.latest("date")
    assert (session.units, build_layout(session.injections.all())) == (155, PREEMPT)
    assert watch.take() == []


def test_without_script_the_same_buttons_ask_the_server_and_keep_the_focus(
    patient: Record, server: str, new_context: NewContext
) -> None:
    context, _watch = new_context(server, viewport=PHONE, java_script_enabled=False)
    log_in(context, server, patient)
    page = context.new_page()
    page.goto("/sessions/add/")
    page.get_by_role("radio", name="The sites, from the clinic’s note").check(force=True)
    page.get_by_role("button", name="Same as last time").click()
    expect(page.locator("output[data-totals]")).to_have_text("160 units · 32 sites")
    page.get_by_role("button", name="Frontalis, left: one site fewer").click()
    expect(page.locator("output[data-totals]")).to_have_text("155 units · 31 sites")
    expect(page.get_by_role("button", name="Frontalis, left: one site fewer")).to_be_focused()
    expect(page.locator('[data-mark="frontalis_left"]')).to_have_text("−5")
    page.get_by_role("button", name="Save session").click()
    expect(page.locator("main")).to_contain_text("Session saved: 155 units · 31 sites.")
    assert compute_totals(build_layout(patient.sessions.latest("date").injections.all())).sites == 31
