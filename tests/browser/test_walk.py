"""One long walk through a whole site, as a patient and her clinician take it: browser, web server, SMTP server."""

from __future__ import annotations

import hmac
import re
import time
from base64 import b32decode
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from email.message import EmailMessage
from struct import pack, unpack_from

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import NewContext, Watch
from tests.processes.site import Site, bodies, health_words
from tests.servers import Sink, smtp_sink, wait_for

pytestmark = [pytest.mark.browser, pytest.mark.processes]

PATIENT, CLINICIAN = "walker@example.org", "dr.rivera@example.org"
PASSWORD = "four times a year, in spring"
ZONE = "America/New_York"
PERIOD = 30


@dataclass
class Place:
    """The site of a test and the letters it has sent."""

    site: Site
    sink: Sink

    def email_to(self, address: str, *, number: int) -> EmailMessage:
        """The letter of this number to an address, once it has arrived."""
        wait_for(lambda: len(self.sink.to(address)) >= number, what=f"letter {number} to {address}")
        letters = self.sink.to(address)
        assert len(letters) == number, [str(letter["Subject"]) for letter in letters]
        return letters[-1]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with smtp_sink() as sink:
        site = Site(tmp_path_factory.mktemp("site"), sink.url)
        site.prepare()
        with site.web():
            yield Place(site, sink)


@dataclass
class Visitor:
    """Somebody with a browser of her own. Nothing she meets may complain, nor reach another host."""

    page: Page
    watch: Watch

    def go(self, path: str) -> None:
        self.page.goto(path)
        self.content()

    def content(self) -> None:
        """So far every page was clean."""
        assert self.watch.take() == [], self.page.url

    def refused(self, path: str) -> None:
        """This page is not there for her; the browser says so in its console, and nothing else."""
        answer = self.page.goto(path)
        assert answer
        assert answer.status == 404
        expect(self.page.get_by_role("heading", name="Page not found")).to_be_visible()
        self.told_404()

    def told_404(self) -> None:
        complaints = self.watch.take()
        assert len(complaints) == 1, complaints
        assert "status of 404" in complaints[0]

    def press(self, name: str | re.Pattern[str]) -> None:
        self.page.get_by_role("button", name=name).first.click()

    def follow(self, name: str | re.Pattern[str]) -> None:
        self.page.get_by_role("link", name=name).first.click()

    def sees(self, text: str | re.Pattern[str]) -> None:
        expect(self.page.get_by_text(text).first).to_be_visible()


def one_time_code(secret: str, instant: float) -> str:
    """RFC 6238: six figures of an HMAC over the number of half minutes."""
    key = b32decode(secret + "=" * (-len(secret) % 8))
    digest = hmac.digest(key, pack(">Q", int(instant // PERIOD)), "sha1")
    number = unpack_from(">I", digest, digest[-1] & 15)[0] & 0x7FFFFFFF
    return f"{number % 1_000_000:06d}"


def fresh_one_time_code(secret: str) -> str:
    """A code that is good for some seconds more."""
    now: float = wait_for(
        lambda: time.time() if time.time() % PERIOD < PERIOD - 5 else 0, what="a fresh code"
    )
    return one_time_code(secret, now)


def test_the_one_time_code_is_that_of_the_standard() -> None:
    """The test values of RFC 6238, appendix B, cut to six figures."""
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    assert one_time_code(secret, 59) == "287082"
    assert one_time_code(secret, 1_111_111_109) == "081804"
    assert one_time_code(secret, 20_000_000_000) == "353130"


# ---------- steps ----------


def code_in(letter: EmailMessage) -> str:
    """The code stands alone in a line."""
    found = re.search(r"^\s*([A-Z0-9][A-Z0-9-]{4,11})\s*$", bodies(letter)["text/plain"], re.MULTILINE)
    assert found, bodies(letter)["text/plain"]
    return found[1]


def sign_up(visitor: Visitor, place: Place, email: str, name: str, *, letters: int) -> None:
    page = visitor.page
    page.fill("input[name=email]", email)
    page.fill("input[name=password1]", PASSWORD)
    page.fill("input[name=display_name]", name)
    consent = page.locator("input[name=consent]")
    if consent.count():
        consent.check()
    page.locator("input[name=email]").press("Enter")
    page.wait_for_selector("input[name=code]")
    letter = place.email_to(email, number=letters)
    assert health_words(letter) == []
    page.fill("input[name=code]", code_in(letter))
    page.locator("input[name=code]").press("Enter")
    page.wait_for_url(lambda url: "confirm" not in url)


def leave_questions_out(visitor: Visitor) -> None:
    """The three questions after sign-up; the walk answers today's on the home page."""
    visitor.page.wait_for_url("**/begin/")
    visitor.sees("Question 1 of 3")
    visitor.content()
    visitor.press("Leave all questions out")
    visitor.page.wait_for_url("**/")


def enter_password_again(visitor: Visitor) -> None:
    visitor.page.fill("input[name=password]", PASSWORD)
    visitor.page.locator("input[name=password]").press("Enter")


def shown_date(page: Page) -> date:
    """The day the page asks about: the patient's today."""
    return date.fromisoformat(page.locator("form.question input[name=date]").first.input_value())


def tap_today(visitor: Visitor) -> None:
    """One tap, one way back, one way forth: and the page stays the same page."""
    page = visitor.page
    visitor.go("/")
    visitor.sees("How was today?")
    page.evaluate("window.stayed = true")
    visitor.press("Moderate headache")
    visitor.sees("Today is recorded")
    visitor.sees(re.compile("Saved: moderate headache"))
    pressed = page.locator('.answers button[aria-pressed="true"]')
    expect(pressed).to_have_text("Moderate headache")
    visitor.press("Undo")
    visitor.sees("How was today?")
    visitor.sees(re.compile("is not recorded now"))
    expect(pressed).to_have_count(0)
    visitor.press("Undo")
    visitor.sees(re.compile("Saved: moderate headache"))
    expect(pressed).to_have_text("Moderate headache")
    assert page.evaluate("window.stayed"), "the page was loaded again"
    visitor.content()


def tap_earlier_days(visitor: Visitor) -> None:
    """Yesterday by the strip, the day before by the calendar of its month."""
    page = visitor.page
    today = shown_date(page)
    page.locator(".strip a").nth(5).click()
    assert page.url.endswith(f"/diary/day/{today - timedelta(1)}/")
    visitor.press("No headache")
    visitor.sees(re.compile("Saved: no headache"))
    before = today - timedelta(2)
    visitor.go(f"/diary/{before:%Y-%m}/")
    page.locator(f'table.month a[href="/diary/day/{before}/"]').click()
    visitor.press("Severe headache")
    visitor.sees(re.compile("Saved: severe headache"))
    visitor.go("/")
    cells = page.locator(".strip a")
    expect(cells).to_have_count(7)
    for place, state in enumerate(["unknown"] * 4 + ["severe", "free", "moderate"]):
        # The last tap may still have been on its way when this page was made.
        expect(cells.nth(place)).to_have_attribute("data-state", state)
    visitor.content()


def add_details(visitor: Visitor) -> None:
    page = visitor.page
    visitor.follow("Details of today")
    page.fill("input[name=hours]", "6.5")
    visitor.press("Save")
    page.get_by_label("nausea").check()
    visitor.press("Save")
    visitor.follow("Something else")
    page.locator("input[name$=-name]:visible").first.fill("Sumatriptan 50 mg")
    page.locator("select[name$=-drug_class]:visible").first.select_option("triptan")
    page.locator("input[name$=-doses]").first.fill("1")
    visitor.press("Save details")
    visitor.sees("Saved: Sumatriptan 50 mg, 1 dose")
    page.get_by_text("Details", exact=True).click()
    expect(page.locator("input[name=hours]")).to_have_value("6.5")
    expect(page.get_by_label("nausea")).to_be_checked()
    expect(page.get_by_label("aura")).not_to_be_checked()
    expect(page.locator("input[name$=-doses]").first).to_have_value("1")
    visitor.go("/medicines/")
    visitor.sees("Sumatriptan 50 mg")


def record_session(visitor: Visitor, today: date) -> None:
    visitor.go("/sessions/add/")
    visitor.page.fill("input[name=date]", (today - timedelta(40)).isoformat())
    visitor.press("Save session")
    visitor.page.wait_for_url("**/sessions/")
    visitor.sees("Session saved.")
    visitor.content()


def see_progress(visitor: Visitor) -> None:
    """Three days make no comparison, and the page says so; the chart draws what there is."""
    page = visitor.page
    visitor.go("/progress/")
    expect(page.locator("h1")).not_to_be_empty()
    visitor.follow("All the figures")
    visitor.sees("3 of the last 28 days recorded.")
    visitor.sees("0 of the 28 days before the first session recorded.")
    visitor.follow("Over time")
    expect(page.locator("#periods svg.drawing").locator("visible=true")).to_be_visible()
    expect(page.locator("#periods .finding")).to_contain_text("enough days filled in")
    assert "NaN" not in page.content()
    visitor.content()


def invite(visitor: Visitor, place: Place) -> str:
    """Ask for the password again, send the letter; gives the link in it."""
    page = visitor.page
    visitor.go("/access/")
    visitor.follow("Invite a clinician")
    enter_password_again(visitor)
    page.wait_for_url("**/access/invite/")
    page.fill("input[name=email]", CLINICIAN)
    visitor.press("Send the invitation")
    visitor.sees(f"The invitation was sent to {CLINICIAN}.")
    letter = place.email_to(CLINICIAN, number=1)
    assert health_words(letter) == []
    assert str(letter["Subject"]) == "Somebody would like to share a page with you"
    links = re.findall(r"http://\S+/invitation/\S+", bodies(letter)["text/plain"])
    assert len(links) == 1
    assert links[0] in bodies(letter)["text/html"]
    assert links[0].startswith(place.site.url)
    visitor.content()
    return str(links[0])


def set_up_second_factor(clinician: Visitor) -> None:
    """No page of a patient comes before the second factor."""
    page = clinician.page
    for path in ("/", "/patients/", "/invitation/"):
        clinician.go(path)
        expect(page.get_by_role("heading", name="Two-step log-in")).to_be_visible()
    clinician.go("/account/2fa/totp/activate/")
    if page.locator("input[name=password]").count():
        enter_password_again(clinician)
    page.wait_for_selector("input[name=code]")
    secret = re.search(r"secret=([A-Z2-7]+)", page.content()) or re.search(
        r">\s*([A-Z2-7]{16,})\s*<", page.content()
    )
    assert secret, "the page shows no key to type in"
    page.fill("input[name=code]", fresh_one_time_code(secret[1]))
    page.locator("input[name=code]").press("Enter")
    page.wait_for_url(lambda url: "activate" not in url)
    clinician.content()


def accept(clinician: Visitor) -> str:
    """Accept, find the patient in the list, open her page; gives its path."""
    page = clinician.page
    clinician.go("/")
    expect(page.locator("h1")).to_have_text("Wanda shares a diary with you")
    clinician.press("Accept")
    page.wait_for_url("**/patients/")
    clinician.sees("1 person shares a diary with you.")
    clinician.follow("Wanda")
    expect(page.locator("h1")).to_have_text("Wanda")
    clinician.follow("All the figures")
    clinician.sees("3 of the last 28 days recorded.")
    clinician.follow("Over time")
    expect(page.locator(".plot svg.main-svg").first).to_be_visible()
    posts = page.locator("form[method=post]").evaluate_all(
        "forms => forms.map(form => form.getAttribute('action'))"
    )
    assert posts == ["/theme/"], "the page of a patient is there to read"
    changing = page.locator("[hx-post], [hx-put], [hx-patch], [hx-delete], [formaction]")
    assert changing.count() == 0
    clinician.content()
    return page.url


# ---------- walks ----------


def test_a_patient_keeps_her_diary_shares_it_with_her_clinician_and_takes_it_back(
    place: Place, new_context: NewContext
) -> None:
    context, watch = new_context(place.site.url, timezone_id=ZONE)
    wanda = Visitor(context.new_page(), watch)
    wanda.go("/")
    wanda.follow("Sign up")
    sign_up(wanda, place, PATIENT, "Wanda", letters=1)
    leave_questions_out(wanda)
    wanda.go("/settings/")
    expect(wanda.page.locator("select[name=profile-time_zone]")).to_have_value(ZONE)

    tap_today(wanda)
    today = shown_date(wanda.page)
    tap_earlier_days(wanda)
    add_details(wanda)
    record_session(wanda, today)
    see_progress(wanda)
    link = invite(wanda, place)

    other, other_watch = new_context(place.site.url, timezone_id="Europe/Madrid")
    rivera = Visitor(other.new_page(), other_watch)
    rivera.go(link)
    rivera.follow("Create an account")
    sign_up(rivera, place, CLINICIAN, "Dr Rivera", letters=2)
    set_up_second_factor(rivera)
    her_page = accept(rivera)
    rivera.refused("/progress/")

    wanda.go("/access/")
    row = wanda.page.get_by_role("listitem").filter(has_text="looked at the progress page")
    expect(row).to_contain_text("Dr Rivera")
    wanda.press("End access of Dr Rivera")
    wanda.sees("Dr Rivera can no longer see your record.")
    wanda.content()

    rivera.refused(her_page)
    rivera.go("/patients/")
    rivera.sees("Nobody shares a diary with you yet")
    for letter in place.sink.letters:
        assert health_words(letter) == []


def test_without_javascript_a_day_is_one_tap_and_a_session_one_form(
    place: Place, new_context: NewContext
) -> None:
    context, watch = new_context(place.site.url, java_script_enabled=False, timezone_id=ZONE)
    plain = Visitor(context.new_page(), watch)
    plain.go("/account/signup/")
    plain.page.select_option("select[name=time_zone]", "Asia/Tokyo")
    sign_up(plain, place, "plain@example.org", "", letters=1)
    leave_questions_out(plain)
    plain.go("/")
    today = shown_date(plain.page)
    plain.press("No headache")
    plain.sees("Today is recorded")
    expect(plain.page.locator('.answers button[aria-pressed="true"]')).to_have_text("No headache")
    plain.press("Undo")
    plain.sees("How was today?")
    plain.press("Mild headache")
    plain.sees("Today is recorded")
    record_session(plain, today)
    plain.go("/progress/time/")
    plain.page.select_option("select[name=metric]", "headache_hours")
    plain.press("Show")
    plain.page.wait_for_url("**/progress/time/?metric=headache_hours")
    plain.page.locator("#periods").get_by_text("The numbers").click()
    expect(plain.page.locator("#periods table tbody tr").first).to_be_visible()
    plain.go("/settings/")
    expect(plain.page.locator("select[name=profile-time_zone]")).to_have_value("Asia/Tokyo")
    plain.content()
