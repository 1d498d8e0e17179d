"""Every page in Chromium: accessible in light and dim, narrow enough for a small phone, still, silent, never white."""

from __future__ import annotations

import base64
import io
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from PIL import Image
from playwright.sync_api import BrowserContext, Locator, Page, expect

from accounts import sharing
from accounts.models import DemoEmail, Record, User
from core.dates import local_date
from exchange.fhir.access import make_link
from headaches import actions as diary
from headaches.attacks import start_attack
from headaches.models import DiaryDay, Medicine
from home.setup import STEPS
from reminders.emails.links import sign_answer_token, sign_unsubscribe_token
from reminders.models import Reminder
from tests.browser.checks import DESK, PHONE, audit, put_on, settle, visit
from tests.browser.conftest import NewContext, Watch
from tests.browser.people import clinician_of, patient_of_two_cycles
from tests.conftest import PASSWORD, as_user, make_patient
from tests.exchange.samples import SAMPLES
from tests.look.stripes import stripes
from treatments.models import InjectionSession, Preventive, Score, SideEffect, VisitSheet

pytestmark = pytest.mark.browser

TARGET = 48  # px


@dataclass
class People:
    """Who looks at the pages, and whose they are."""

    patient: Record
    newcomer: Record
    clinician: User


@pytest.fixture
def people(server: str) -> People:
    patient = patient_of_two_cycles()
    newcomer = make_patient("newcomer@example.org")
    return People(patient, newcomer, clinician_of(patient, newcomer))


Enter = Callable[..., tuple[Page, Watch]]


@pytest.fixture
def enter(server: str, new_context: NewContext) -> Enter:
    """A page of somebody who is logged in (or of nobody), with a theme chosen before (or none)."""

    def come_in(user: User | None = None, theme: str = "", **options: Any) -> tuple[Page, Watch]:
        context, watch = new_context(
            server, **{"viewport": PHONE, "reduced_motion": "no-preference", **options}
        )
        if user:
            keep_cookie(context, server, settings.SESSION_COOKIE_NAME, as_user(user).cookies)
        if theme:
            context.add_cookies([{"name": settings.THEME_COOKIE_NAME, "value": theme, "url": server}])
        return context.new_page(), watch

    return come_in


def keep_cookie(context: BrowserContext, server: str, name: str, cookies: Any) -> None:
    context.add_cookies([{"name": name, "value": cookies[name].value, "url": server}])


def patient_paths(record: Record) -> list[str]:
    today = local_date(record.user, timezone.now())
    session = record.sessions.last()
    preventive = Preventive.objects.filter(record=record).first()
    effect = SideEffect.objects.filter(session=session).first()
    score = Score.objects.filter(record=record).first()
    assert session
    assert preventive
    assert effect
    assert score
    return [
        "/",
        "/diary/",
        f"/diary/{today - timedelta(60):%Y-%m}/",
        f"/diary/day/{today - timedelta(9)}/?details",
        f"/diary/day/{today}/",
        *(
            f"/diary/day/{today - timedelta(9)}/ask/{name}/"
            for name in ("hours", "features", "medicine", "note")
        ),
        "/diary/catch-up/",
        "/medicines/",
        "/sessions/",
        "/sessions/add/",
        f"/sessions/{session.pk}/",
        f"/sessions/{session.pk}/delete/",
        "/sessions/booking/",
        "/preventives/add/",
        f"/preventives/{preventive.pk}/",
        f"/sessions/{session.pk}/effects/",
        f"/sessions/{session.pk}/goals/",
        "/effects/",
        "/scores/",
        "/progress/cycles/?a=1&b=2",
        "/progress/",
        "/progress/time/",
        "/progress/medicine/",
        "/progress/treatment/",
        "/progress/scores/",
        "/progress/details/",
        f"/progress/time/?metric=headache_hours&as_of={today - timedelta(60)}",
        "/more/",
        "/visit/",
        "/progress/how/?metric=moderate_severe_days",
        "/progress/compare/?a=1&b=2",
        "/progress/payers/",
        "/data/",
        "/settings/",
        "/access/",
        "/reminders/",
        "/help/",
        "/privacy/",
        "/privacy/",
        "/account/2fa/",
        "/account/sessions/",
        "/account/password/change/",
        "/account/logout/",
        f"/effects/{effect.pk}/",
        f"/scores/{score.pk}/",
    ]


def guarded_paths(user: User) -> list[str]:
    """Behind the password: the two steps of a log-in, once an app, a passkey and recovery codes are set up."""
    TOTP.activate(user, generate_totp_secret())
    RecoveryCodes.activate(user)
    key = Authenticator.objects.create(
        user=user, type="webauthn", data={"name": "Phone", "credential": {"clientExtensionResults": {}}}
    )
    link = make_link(
        record=user.record,
        name="Visit",
        scope="everything",
        lifetime=timedelta(1),
        passcode="",
        now=timezone.now(),
    )
    two_steps = "/account/2fa/"
    return [
        "/close/",
        "/account/email/",
        "/sessions/calendar/",
        "/access/keys/",
        "/access/links/",
        f"/access/links/{link.pk}/",
        *(
            f"{two_steps}{one}"
            for one in ("", "totp/deactivate/", "recovery-codes/", "recovery-codes/generate/")
        ),
        *(f"{two_steps}webauthn/{one}" for one in ("", f"keys/{key.pk}/edit/", f"keys/{key.pk}/remove/")),
    ]


VISITOR_PATHS = [
    "/account/login/",
    "/account/signup/",
    "/account/signup/passkey/",
    "/account/password/reset/",
    "/account/inactive/",
    "/help/",
    "/privacy/",
    "/learn/",
    "/learn/side-effects/",
]


def clinician_paths(record: Record) -> list[str]:
    shared = f"/patients/{record.key}/"
    more = (
        "",
        "time/",
        "medicine/",
        "treatment/",
        "scores/",
        "details/",
        "cycles/",
        "how/?metric=headache_days",
        "compare/?a=1&b=2",
        "payers/",
    )
    return ["/patients/", *(f"{shared}{one}" for one in more), "/settings/", "/log/", "/operator/reminders/"]


def pick(page: Page, name: str, content: str) -> None:
    """Choose a file and send it."""
    page.goto("/data/")
    page.set_input_files(
        "input[type=file]", {"name": name, "mimeType": "text/csv", "buffer": content.encode()}
    )
    page.locator("main button.primary").first.click()


def email_link_paths(people: People) -> list[str]:
    """Where the links of a daily letter lead, and a row of the ledger for an operator to decide on."""
    now = timezone.now()
    user = people.newcomer.user
    row = Reminder.objects.create(
        user=user,
        kind="daily",
        target_date=local_date(user, now),
        due_at=now,
        state="failed",
        last_error="550 5.1.1",
    )
    return [
        reverse("answer_by_email", args=[sign_answer_token(row.key)]),
        reverse("unsubscribe", args=[sign_unsubscribe_token(row.key)]),
    ]


@pytest.mark.asvs(39)
@pytest.mark.parametrize("half", [0, 1], ids=["first", "second"])
def test_every_page_of_a_patient_is_accessible_in_each_theme_still_narrow_silent_and_whole_on_paper(
    people: People, enter: Enter, half: int
) -> None:
    """Two halves, for two processors."""
    page, watch = enter(people.patient.user, "light")
    paths = patient_paths(people.patient)
    problems = [one for path in paths[half::2] for one in visit(page, watch, path)]
    if half:
        # What touches the account's safety asks for the password first.
        page.goto("/access/invite/")
        problems += audit(page, watch, "confirm the password")
        page.fill("input[name=password]", PASSWORD)
        page.locator("input[name=password]").press("Enter")
        page.wait_for_url("**/access/invite/")
        for one in ("totp/activate/", "webauthn/add/"):
            problems += visit(page, watch, f"/account/2fa/{one}")
        problems += [one for path in guarded_paths(people.patient.user) for one in visit(page, watch, path)]
        problems += visit(page, watch, "/nowhere/", status=404)
    assert problems == [], "\n".join(problems)


def asks_and_times(record: Record) -> None:
    """A dose that is ninety minutes old, and a headache that is being timed."""
    then = timezone.now() - timedelta(minutes=90)
    on = local_date(record.user, then)
    medicine = Medicine.objects.create(record=record, name="Sumatriptan 50 mg", drug_class="triptan")
    diary.record_answer(record=record, date=on, answer="severe", today=on, now=then)
    diary.add_dose(record=record, date=on, medicine=medicine, now=then)
    start_attack(record=record, now=then)


def test_pages_that_refuse_greet_or_have_nothing_yet_pass_as_well(
    people: People, enter: Enter, server: str, settings: Any
) -> None:
    User.objects.filter(pk=people.newcomer.user.pk).update(bounced_email=people.newcomer.user.email)
    from_letters = email_link_paths(people)
    page, watch = enter(people.newcomer.user, "light")
    paths = ["/", "/sessions/", "/progress/", "/reminders/", "/medicines/", "/access/"]
    problems = [one for path in paths for one in visit(page, watch, path)]
    for step in STEPS:
        Record.objects.filter(pk=people.newcomer.pk).update(setup_step=step)
        problems += visit(page, watch, "/begin/")
    Record.objects.filter(pk=people.newcomer.pk).update(setup_step=0)
    scope = page.evaluate("navigator.serviceWorker.register('/worker.js').then((one) => one.scope)")
    assert scope == f"{server}/"
    page.goto("/sessions/add/")
    page.locator("details.details summary").click()
    page.get_by_label("The total units").check()
    page.fill("input[name=units]", "0")
    page.fill("input[name=discomfort]", "11")
    page.get_by_role("button", name="Save session").click()
    expect(page.locator(".errors")).to_be_visible()
    problems += audit(page, watch, "a session refused", status=422)
    page.goto("/")
    page.wait_for_selector("html[data-ready]")
    places = "Array.from(document.querySelectorAll('.answers, .strip'), (one) => one.offsetTop)"
    before = page.evaluate(places)
    page.get_by_role("button", name="Mild headache").click()
    expect(page.locator(".toast form[action]")).to_have_count(2)
    assert page.evaluate(places) == before  # the notice moves nothing that is about to be pressed
    problems += audit(page, watch, "home with a toast")
    asks_and_times(people.newcomer)
    problems += visit(page, watch, "/")
    expect(page.get_by_role("heading", name="Did it help?")).to_be_visible()
    expect(page.get_by_role("button", name="It is over")).to_be_visible()

    page, watch = enter(None, "light")
    problems += [one for path in [*VISITOR_PATHS, *from_letters] for one in visit(page, watch, path)]
    _invitation, token = sharing.invite(record=people.patient, email="new@example.org", now=timezone.now())
    page.goto(f"/invitation/{token}/")
    problems += audit(page, watch, "invited")
    page.goto("/account/password/reset/")
    page.fill("input[name=email]", people.patient.user.email)
    page.locator("input[name=email]").press("Enter")
    page.wait_for_selector("input[name=code]")
    problems += audit(page, watch, "a code from a letter")
    page.goto("/account/signup/")
    page.fill("input[name=email]", "no address")
    with page.expect_navigation():
        page.locator("input[name=email]").press("Enter")
    problems += audit(page, watch, "a sign-up refused")
    problems += visit(page, watch, "/invitation/made-up/", status=404)
    settings.DEMO = True
    letter = DemoEmail.objects.create(
        sender="reminder@example.org",
        recipient="alma@example.org",
        subject="Reminder",
        text="Open your page.",
    )
    problems += [one for path in ("/mailbox/", f"/mailbox/{letter.pk}/") for one in visit(page, watch, path)]
    assert problems == [], "\n".join(problems)


def test_the_pages_of_clinicians_and_operators_pass_as_well(people: People, enter: Enter) -> None:
    User.objects.filter(pk=people.clinician.pk).update(is_operator=True)
    email_link_paths(people)
    page, watch = enter(people.clinician, "light")
    paths = [*clinician_paths(people.patient), f"/patients/{people.newcomer.key}/"]
    problems = [one for path in paths for one in visit(page, watch, path)]
    # The letter holds much at once, so the password is asked first.
    letter = f"/patients/{people.patient.key}/letter/"
    page.goto(letter)
    page.fill("input[name=password]", PASSWORD)
    page.locator("input[name=password]").press("Enter")
    page.wait_for_url(f"**{letter}")
    problems += visit(page, watch, letter)
    assert problems == [], "\n".join(problems)


def test_the_audit_is_not_blind(people: People, enter: Enter) -> None:
    """Each thing that is wrong is found, or the tests above prove nothing."""
    page, watch = enter(people.newcomer.user, "light")
    page.goto("/help/")
    assert audit(page, watch, "help") == []
    page.evaluate("""() => {
      const put = (html) => document.querySelector("main").insertAdjacentHTML("beforeend", html);
      put('<p class="lead seeded">Pale in one theme alone</p><p class="wide-one">Wide</p><p class="gone">Lost</p>');
      put('<p class="black">Black</p><p class="pale">Pale</p><img src="/static/img/icon-192.png">');
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(`
        [data-theme="dim"][data-warm] .seeded { color: #3a352c; }
        .wide-one { inline-size: 400px; }
        @media print { .gone { display: none; } .black { background: #111; } .pale { color: #999; } }
        @keyframes shake { to { translate: 1px; } }
        [data-theme="dim"] h1 { animation: shake 9s infinite !important; }`);
      document.adoptedStyleSheets = [sheet];
    }""")
    said = "\n".join(audit(page, watch, "help"))
    for wrong in (
        "light: axe image-alt", "dim warm: axe color-contrast", "dim: moves: shake", "320 x 640", "320 x 256",
        "not on paper: <p class=\"gone\"", "dark ground on paper: <p class=\"black\"", "pale on paper: <p class=\"pale",
    ):  # fmt: skip
        assert wrong in said, said
    assert "\nhelp: dim: axe color-contrast" not in said


def test_the_watch_is_not_blind(enter: Enter) -> None:
    """An inline script, another host, an error: each is noted, or the tests above prove nothing."""
    page, watch = enter()
    page.goto("/help/")
    assert watch.take() == []
    page.evaluate("document.body.append(Object.assign(document.createElement('script'), {textContent: '1'}))")
    page.evaluate("fetch('http://127.0.0.1:9/').catch(() => 0)")
    page.evaluate("setTimeout(() => { throw new Error('thrown'); })")
    with page.expect_console_message(lambda message: message.text == "last"):
        page.evaluate("setTimeout(() => console.error('last'))")
    said = "\n".join(watch.take())
    assert "thrown" in said
    assert "inline script" in said
    assert "http://127.0.0.1:9/" in said
    assert "last" in said


# Where the brand, the question, its answers and the words below begin; to the pixel.
EDGES = """() => [...document.querySelectorAll(".brand, h1, .answers button, main > .quiet")].map((one) => {
  const words = document.createRange();
  words.selectNodeContents(one);
  return Math.round((one.matches("button") ? one : words).getBoundingClientRect().left);
})"""


def test_in_pain_there_is_the_question_and_the_medicine_and_everything_to_tap_is_large(
    people: People, enter: Enter
) -> None:
    page, watch = enter(people.patient.user)
    page.goto("/")
    page.get_by_role("button", name="I’m in pain").click()
    assert audit(page, watch, "in pain") == []
    assert len(set(page.evaluate(EDGES))) == 1
    page.get_by_role("button", name="Severe").click()
    expect(page.get_by_role("heading", name="Did you take anything?")).to_be_visible()
    assert audit(page, watch, "in pain, the medicine") == []
    targets = page.locator(".answers :is(button, a), .top :is(button, .pain)")
    assert targets.count() >= 4
    boxes = [target.bounding_box() or {"width": 0, "height": 0} for target in targets.all()]
    assert min(min(box["width"], box["height"]) for box in boxes) >= TARGET


# ---------- the first light ----------


def luminances(picture: bytes, block: int = 24) -> list[float]:
    """WCAG relative luminance of each block of pixels, larger than a letter: light letters are meant."""
    image = Image.open(io.BytesIO(picture)).convert("RGB")
    linear = [
        round(255 * (value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4))
        for value in (step / 255 for step in range(256))
    ]
    whole = image.crop((0, 0, image.width // block * block, image.height // block * block))
    light = whole.point(linear * 3).convert("L", (0.2126, 0.7152, 0.0722, 0))
    return [value / 255 for value in light.reduce(block).tobytes()]


def screenshot(page: Page) -> bytes:
    """What stands on the screen at this moment; Playwright's own would wait for the fonts first."""
    session = page.context.new_cdp_session(page)
    shot = session.send("Page.captureScreenshot", {"format": "png"})
    session.detach()
    return base64.b64decode(shot["data"])


def check_dark(picture: bytes, what: str) -> None:
    found = luminances(picture)
    assert max(found) <= 0.5, f"{what}: a block of luminance {max(found):.2f}"
    assert sum(found) / len(found) < 0.1, f"{what}: mean luminance {sum(found) / len(found):.3f}"


@pytest.mark.parametrize("theme", ["dim", ""], ids=["dim", "device"])
@pytest.mark.parametrize("path", ["/", "/account/login/"], ids=["home", "login"])
def test_in_the_dark_no_frame_is_bright(people: People, enter: Enter, path: str, theme: str) -> None:
    """The first frame is what a slow network shows: the page has come, its stylesheets have not."""
    user = people.patient.user if path == "/" else None
    page, _watch = enter(user, theme, color_scheme="dark")
    page.route("**/*.css", lambda route: route.abort())
    page.goto(path)
    check_dark(screenshot(page), "without stylesheets")
    page.unroute("**/*.css")
    page.goto(path)
    settle(page)
    check_dark(screenshot(page), "as it stands")


# ---------- the chart ----------

# Words of a chart that stand on each other, or outside of it.
CROWDED = """() => [...document.querySelectorAll(".chart")].flatMap((chart) => {
  const frame = chart.getBoundingClientRect();
  const words = [...chart.querySelectorAll("svg text")]
    .map((one) => [one.textContent.trim(), one.getBoundingClientRect()])
    .filter(([text, box]) => text && box.width);
  return words.flatMap(([text, box], place) => {
    const out = box.left < frame.left - 1 || box.right > frame.right + 1;
    const on = words.slice(place + 1).filter(([, other]) =>
      Math.min(box.right, other.right) - Math.max(box.left, other.left) > 1.5 &&
      Math.min(box.bottom, other.bottom) - Math.max(box.top, other.top) > 3);
    return [...(out ? [`${text} is outside`] : []), ...on.map(([other]) => `${text} on ${other}`)];
  });
})"""


@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
def test_no_word_of_a_chart_stands_on_another_however_long_and_crowded(
    people: People, enter: Enter, viewport: Any
) -> None:
    """Ten years of headache on every day, and preventives changed within days of each other."""
    crowd(people.newcomer)
    page, watch = enter(people.newcomer.user, "light", viewport=viewport)
    for metric in ("headache_days", "headache_hours", "clear_days"):
        page.goto(f"/progress/time/?metric={metric}")
        settle(page)
        assert page.evaluate(CROWDED) == []
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert watch.take() == []


def crowd(record: Record) -> None:
    today = local_date(record.user, timezone.now())
    first = today - timedelta(10 * 365)
    for model in (DiaryDay, InjectionSession):
        model.objects.filter(record=record).delete()
    DiaryDay.objects.bulk_create(
        DiaryDay(
            record=record, date=first + timedelta(place), headache=True, intensity="severe", hours=24,
            written_at=timezone.now(),
        )
        for place in range(10 * 365)
    )  # fmt: skip
    InjectionSession.objects.bulk_create(
        InjectionSession(record=record, date=first + timedelta(28 + 84 * place)) for place in range(43)
    )
    Preventive.objects.bulk_create(
        Preventive(record=record, name=f"P{back}", started=today - timedelta(back))
        for back in (3, 6, 12, 40, 41, 100, 160, 161, 300)
    )


DAYS_AS_BARS = """() => {
  const bars = document.querySelector("#periods svg.drawing.bars > svg:not(.lines)");
  const bar = bars.querySelector("rect");
  const all = [...Array(84).keys()].map((day) => {
    const one = bar.cloneNode();
    const high = 60 + 20 * (day * 5 % 7);
    const place = {class: "after", x: `${day * 100 / 84}%`, width: `${60 / 84}%`, y: 202 - high, height: high};
    for (const [name, value] of Object.entries(place)) one.setAttribute(name, value);
    return one;
  });
  bars.replaceChildren(...all);
}"""


def striped(page: Page, parts: str) -> list[str]:
    """The charts and calendars in view whose pictures hold stripes."""
    seen = page.locator(parts).all()
    assert seen, f"nothing to look at on {page.url}"
    pictures = [(one, Image.open(io.BytesIO(one.screenshot()))) for one in seen]
    return [f"{one}: {found}" for one, picture in pictures if (found := stripes(picture))]


def test_no_chart_and_no_calendar_has_stripes_in_any_theme_or_width(people: People, enter: Enter) -> None:
    page, watch = enter(people.patient.user, "light")
    problems = []
    for path, parts, sizes in (
        ("/progress/", "#main .chart", (PHONE, DESK)),
        ("/progress/time/", "#main .chart", (PHONE, DESK)),
        ("/scores/", "#main .chart", (PHONE,)),
        ("/diary/", "#main table", (PHONE,)),
    ):
        page.goto(path)
        for size in sizes:
            page.set_viewport_size(size)
            settle(page)
            for theme in ("light", "dim"):
                put_on(page, theme, warm=theme == "dim")
                problems += striped(page, parts)
    assert problems == []
    # Seen when they are there: a bar a day, as no chart of ours draws them.
    page.set_viewport_size(DESK)
    page.goto("/progress/time/")
    settle(page)
    page.evaluate(DAYS_AS_BARS)
    assert len(striped(page, "#periods .chart")) == 1
    assert watch.take() == []


def shown_drawing(figure: Locator) -> Locator:
    """The drawing of a figure that fits the width."""
    return figure.locator("svg.drawing").locator("visible=true")


def numbers_on(drawing: Locator) -> list[float]:
    """The numbers at bars and points, from left to right."""
    texts = drawing.locator("text.number:not(.wide)")
    places = texts.evaluate_all("(all) => all.map((one) => [one.getBoundingClientRect().x, one.textContent])")
    return [float(text) for _x, text in sorted(places) if text.replace(".", "", 1).isdigit()]


def table_numbers(page: Page) -> list[tuple[float, float | None]]:
    """Count, and figure per 28 days, of each row."""
    rows = []
    for row in page.locator("#periods table tbody tr").all():
        cells = [cell.text_content() or "" for cell in row.locator("td").all()]
        per_28 = cells[3].replace("so far", "").strip()
        rows.append((float(cells[0]), float(per_28) if per_28[:1].isdigit() else None))
    return rows


def rounded(values: list[float | None]) -> list[float | None]:
    return [None if value is None else float(f"{value + 1e-9:.1f}") for value in values]


def whole(value: float) -> int:
    return int(value + 0.5)


def compare_chart_and_table(page: Page, kind: str) -> list[tuple[float, float | None]]:
    """What is drawn, and what is explored, stands in the table; gives the table."""
    drawing = shown_drawing(page.locator("#periods"))
    expect(drawing).to_have_class(f"drawing {kind}")
    rows = table_numbers(page)
    assert len(rows) > 4
    # A bar without a figure shows the bare count, as an outline.
    bars = [count if per_28 is None else per_28 for count, per_28 in rows]
    known = [per_28 for _count, per_28 in rows[1:] if per_28 is not None]
    if kind == "bars":
        assert numbers_on(drawing) == [whole(value) for value in bars]
    else:
        assert drawing.locator("circle").count() == len(known) + 1
        numbers = numbers_on(drawing)
        assert [numbers[0], numbers[-1]] == [whole(known[0]), whole(known[-1])]
    sent = json.loads(page.locator(f"#periods-{kind}-figure").text_content() or "")
    explored = rounded([y for trace in sent["data"] for y in trace["y"]])
    assert explored == (bars if kind == "bars" else [per_28 for _count, per_28 in rows])
    return rows


@pytest.mark.parametrize(("size", "viewport"), [("points", PHONE), ("bars", DESK)], ids=["phone", "desk"])
def test_the_chart_is_drawn_from_the_numbers_of_its_table_and_switches_without_a_new_page(
    people: People, enter: Enter, size: str, viewport: dict[str, int]
) -> None:
    page, watch = enter(people.patient.user, "light", viewport=viewport)
    page.goto("/progress/time/")
    before = compare_chart_and_table(page, size)
    assert any(per_28 is None for _count, per_28 in before), "a period of too few days belongs to this test"
    page.evaluate("window.stayed = true")
    metric = page.get_by_label("What the chart shows")
    metric.select_option("Hours")
    expect(page.locator("#periods h2")).to_contain_text("Hours of headache")
    expect(metric).to_have_value("headache_hours")
    after = compare_chart_and_table(page, size)
    assert after != before
    assert page.evaluate("window.stayed"), "the page was loaded again"
    assert page.url.endswith("metric=headache_hours")
    page.go_back()
    expect(metric).to_have_value("headache_days")
    assert compare_chart_and_table(page, size) == before
    assert watch.take() == []


def column(figure: Locator, number: int) -> list[float | None]:
    """The numbers of one column of a figure's table; words stand for no number."""
    cells = figure.locator(f"table tbody tr td:nth-of-type({number})").all_text_contents()
    return [float(cell) if cell.strip().replace(".", "", 1).isdigit() else None for cell in cells]


def test_every_other_chart_shows_the_numbers_of_its_table(people: People, enter: Enter) -> None:
    page, watch = enter(people.patient.user, "light")
    figures = page.locator("figure.card:has(.chart):not(#periods)")
    page.goto("/progress/medicine/")
    settle(page)
    assert figures.count() >= 1
    compare_figures(figures)
    page.goto("/progress/time/")
    settle(page)
    assert figures.count() == 1, "weeks since the injection"
    compare_figures(figures)
    assert watch.take() == []


def compare_figures(figures: Locator) -> None:
    """What each figure draws stands in its table."""
    for figure in figures.all():
        drawing = figure.locator("svg.drawing")
        expect(drawing).to_have_accessible_name(re.compile("^Chart: "))
        expect(figure.locator(".finding")).not_to_be_empty()
        expect(drawing.locator("desc")).to_have_text(figure.locator(".finding").text_content() or "")
        is_weeks = figure.get_attribute("id") == "weeks"
        listed = column(figure, 3 if is_weeks else 1)
        sent = json.loads(figure.locator("script[type='application/json']").text_content() or "")
        # The last trace is the one in front.
        heights = rounded(sent["data"][-1]["y"])
        assert heights == listed[: len(heights)]
        if is_weeks:
            assert drawing.locator("circle").count() == len(
                [height for height in heights if height is not None]
            )
        elif drawing.locator("rect.after, rect.running").count():
            assert numbers_on(drawing) == listed


def test_a_chart_is_read_value_by_value_with_two_buttons_and_where_the_pointer_rests(
    people: People, enter: Enter
) -> None:
    page, watch = enter(people.patient.user, "light", viewport=DESK)
    page.goto("/progress/time/")
    figure = page.locator("#periods")
    strips = shown_drawing(figure).locator(".value")
    words = strips.evaluate_all("(all) => all.map((one) => one.dataset.words)")
    figures = [count if per_28 is None else per_28 for count, per_28 in table_numbers(page)]
    assert len(words) == len(figures)
    said = figure.locator("output")
    for one in words:
        figure.get_by_role("button", name="Later value").press("Enter")
        expect(said).to_have_text(one)
    for one, number in zip(words, figures, strict=True):
        assert re.search(rf"\b{number:g}\b|\b{number:.1f}\b", one), f"{one!r} does not say {number}"
    figure.get_by_role("button", name="Later value").click()
    expect(said).to_have_text(words[-1])
    figure.get_by_role("button", name="Earlier value").click()
    expect(said).to_have_text(words[-2])
    box = figure.locator(".chart").bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] - 14, box["y"] + box["height"] / 3)
    expect(said).to_have_text(words[-1])
    page.mouse.move(box["x"] + 40, box["y"] + box["height"] / 3)
    expect(said).to_have_text(words[0])
    expect(figure.locator("[data-read]")).to_have_count(1)
    assert watch.take() == []


@pytest.mark.parametrize(("viewport", "highest"), [(PHONE, 1600), (DESK, 1000)], ids=["phone", "desk"])
def test_the_overview_is_two_screens_of_a_phone_and_one_of_a_desk(
    people: People, enter: Enter, viewport: dict[str, int], highest: int
) -> None:
    page, watch = enter(people.patient.user, "light", viewport=viewport)
    for language in ("en", "de"):
        people.patient.user.language = language
        people.patient.user.save()
        page.goto("/progress/")
        settle(page)
        assert page.evaluate("document.documentElement.scrollHeight") <= highest
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert watch.take() == []


def test_the_visit_page_is_two_taps_away_and_one_sheet_of_paper(people: People, enter: Enter) -> None:
    page, watch = enter(people.patient.user, "light", viewport=PHONE)
    VisitSheet.objects.create(
        record=people.patient, question_1="q" * 200, question_2="q" * 200, question_3="q" * 200
    )
    page.goto("/")
    page.get_by_role("link", name="Progress").click()
    page.get_by_role("link", name="Make my visit page").click()
    page.wait_for_url("**/visit/")
    expect(page.get_by_role("button", name="Print this page")).to_be_visible()
    for paper in ("A4", "Letter"):
        sheets = page.pdf(format=paper)
        assert sheets.count(b"/Type /Page\n") == 1, paper
    assert watch.take() == []


def test_the_theme_changes_at_once_and_stays(people: People, enter: Enter) -> None:
    page, watch = enter(people.patient.user, color_scheme="light")
    page.goto("/more/")
    settle(page)
    page.evaluate("window.stayed = true")
    with page.expect_response("**/theme/"):
        page.get_by_role("button", name="Dim").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dim")
    assert page.evaluate("window.stayed"), "the page was loaded again"
    check_dark(screenshot(page), "the page of further places, turned dim")
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", "dim")
    assert watch.take() == []


def test_a_file_is_looked_at_brought_in_and_taken_back(people: People, enter: Enter) -> None:
    page, watch = enter(people.patient.user)
    today = local_date(people.patient.user, timezone.now())
    before = people.patient.days.count()
    new, kept = date(2020, 2, 1), people.patient.days.filter(headache=True).latest("date").date
    pick(page, "diary.csv", f"date,headache\n{new},yes\n{kept},no\n{today},perhaps\n")
    expect(page.get_by_role("heading", name="Nothing is saved yet")).to_be_visible()
    assert audit(page, watch, "the look") == []
    assert people.patient.days.count() == before
    page.get_by_role("button", name="Bring it in as chosen").click()
    expect(page.locator("main")).to_contain_text("24 hours")
    assert people.patient.days.get(date=new).headache
    assert people.patient.days.get(date=kept).headache  # "keep mine" unless she says otherwise
    page.goto("/data/")
    assert audit(page, watch, "the imports") == []
    page.locator("form[action$='/undo/'] button").click()
    expect(page.locator("main")).to_contain_text("back")
    assert people.patient.days.count() == before


WATCH_STATE = """() => {
  window.states = [];
  const note = () => states.push(document.querySelector("[data-upload-state]")?.textContent.trim());
  new MutationObserver(note).observe(document.querySelector("main"), { childList: true, subtree: true });
}"""


def test_a_large_file_tells_how_far_it_has_come(people: People, enter: Enter) -> None:
    page, watch = enter(people.patient.user)
    page.goto("/data/")
    page.evaluate(WATCH_STATE)

    def send(name: str, content: bytes) -> None:
        page.set_input_files("input[type=file]", {"name": name, "mimeType": "text/csv", "buffer": content})
        page.get_by_role("button", name="Check the file").click()

    send("picture.csv", b"\x00" * 3_000_000)
    expect(page.get_by_role("alert")).to_contain_text("no text file")  # on the same page
    states = page.evaluate("states")
    assert "0 % are sent." in states
    assert any(state and state.startswith("The file has arrived and is being read.") for state in states)
    expect(page.locator("progress")).to_be_hidden()
    assert all("422" in one for one in watch.take()), "the refusal alone"
    send("diary.csv", b"date,headache\n2020-01-01,yes\n" + b"\n" * 2_500_000)
    expect(page.get_by_role("heading", name="Nothing is saved yet")).to_be_visible()
    assert watch.take() == []


@pytest.mark.parametrize("code", ["migraine-buddy", "daylio"])
def test_a_known_diarys_file_is_recognised_and_asked_about(people: People, enter: Enter, code: str) -> None:
    page, watch = enter(people.patient.user)
    pick(page, SAMPLES[code].name, SAMPLES[code].data.replace("2026-", "2020-").replace("/26 ", "/20 "))
    expect(page.locator("main")).to_contain_text("This is a file of")
    assert audit(page, watch, "the preview of a known diary") == []
    page.get_by_role("button", name="Update").click()
    expect(page.locator("main")).to_contain_text("This is a file of")
    page.get_by_role("link", name="choose the columns").click()
    expect(page.get_by_role("heading", name="Which column is what?")).to_be_visible()


def test_another_diarys_columns_are_asked_about_with_its_first_rows(people: People, enter: Enter) -> None:
    page, watch = enter(people.patient.user)
    rows = "31.01.2020 22:00;01.02.2020 06:30;7;Sumatriptan\n05.02.2020 10:00;05.02.2020 12:00;3;\n"
    pick(page, "other.csv", "Start;End;Pain level;Medication\n" + rows)
    expect(page.get_by_role("heading", name="Which column is what?")).to_be_visible()
    expect(page.locator("main")).to_contain_text(
        "31 January 2020: severe, 2 hours; 1 February 2020: severe, 6.5 hours"
    )
    assert audit(page, watch, "the columns") == []
