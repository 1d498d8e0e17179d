"""Charts without a script, and explored with plotly.js, which comes when it is asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.urls import reverse
from playwright.sync_api import Locator, Page, expect

from accounts.models import Record, User
from tests.browser.checks import AXE, DESK, PHONE, RULES, RUN_AXE
from tests.browser.conftest import NewContext, Watch
from tests.browser.people import clinician_of, patient_of_two_cycles
from tests.conftest import as_user
from tests.look.test_contrast import THEMES

pytestmark = pytest.mark.browser

PLOTLY = "**/plotly-basic*.js"
SAVES_DATA = "Object.defineProperty(Navigator.prototype, 'connection', {get: () => ({saveData: true})})"
NO_IDLE = "delete window.requestIdleCallback"
INK = "document.querySelector('#periods .plot').layout.font.color"
RANGE = "document.querySelector('#periods .plot').layout.xaxis.range"
Open = Callable[..., tuple[Page, Watch, list[str]]]


@pytest.fixture
def patient(server: str) -> Record:
    return patient_of_two_cycles()


@pytest.fixture
def open_as(server: str, new_context: NewContext) -> Open:
    """A page of somebody, with what it asks for."""

    def opened(user: User, path: str, script: str = "", **options: Any) -> tuple[Page, Watch, list[str]]:
        context, watch = new_context(server, **{"viewport": PHONE, **options})
        cookie = as_user(user).cookies[settings.SESSION_COOKIE_NAME]
        context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie.value, "url": server}])
        asked: list[str] = []
        context.on("request", lambda request: asked.append(request.url))
        page = context.new_page()
        if script:
            page.add_init_script(script)
        page.goto(path)
        return page, watch, asked

    return opened


def asked_for_plotly(asked: list[str]) -> list[str]:
    return [url for url in asked if "plotly" in url]


def shown_drawing(page: Page) -> Locator:
    return page.locator("#periods svg.drawing").locator("visible=true")


def explored(page: Page) -> Locator:
    return page.locator("#periods .plot svg.main-svg").first


@pytest.mark.parametrize(("viewport", "kind"), [(PHONE, "points"), (DESK, "bars")], ids=["phone", "desk"])
def test_without_javascript_every_chart_is_there_and_offers_nothing_that_needs_it(
    patient: Record, open_as: Open, viewport: dict[str, int], kind: str
) -> None:
    page, watch, asked = open_as(
        patient.user, "/progress/time/", viewport=viewport, java_script_enabled=False
    )
    expect(shown_drawing(page)).to_have_class(f"drawing {kind}")
    for chart in page.locator(".chart").all():
        drawing = chart.locator("svg.drawing").locator("visible=true")
        expect(drawing).to_have_count(1)
        expect(drawing.locator("text").first).to_be_visible()
    expect(page.get_by_role("button", name="Explore")).to_have_count(0)
    expect(page.get_by_role("button", name="Later value")).to_have_count(0)
    assert asked_for_plotly(asked) == []
    assert watch.take() == []


def test_plotly_comes_when_a_key_asks_for_it_and_goes_back_to_the_drawing(
    patient: Record, open_as: Open
) -> None:
    page, watch, asked = open_as(patient.user, "/progress/time/")
    page.wait_for_load_state("networkidle")
    assert asked_for_plotly(asked) == []
    button = page.locator("#periods [data-explore]")
    expect(button).to_have_text("Explore")
    button.focus()
    page.keyboard.press("Enter")
    expect(explored(page)).to_be_visible()
    expect(shown_drawing(page)).to_have_count(0)
    expect(button).to_be_focused()
    expect(button).to_have_text("Back to the drawing")
    assert len(asked_for_plotly(asked)) == 2, "the library and its style sheet, once"
    page.evaluate(AXE)
    assert page.evaluate(RUN_AXE, ["tag", RULES]) == []
    page.keyboard.press("Enter")
    expect(shown_drawing(page)).to_be_visible()
    expect(explored(page)).to_have_count(0)
    expect(button).to_have_text("Explore")
    expect(button).to_be_focused()
    assert watch.take() == []


def test_an_explored_chart_tells_its_values_and_comes_closer(patient: Record, open_as: Open) -> None:
    page, watch, _asked = open_as(patient.user, "/progress/time/", viewport=DESK)
    page.locator("#periods [data-explore]").click()
    expect(explored(page)).to_be_visible()
    words = page.locator("#periods svg.bars .value").nth(1).get_attribute("data-words") or ""
    bar = page.locator("#periods .plot .point path").nth(1).bounding_box()
    assert bar
    page.mouse.move(bar["x"] + bar["width"] / 2, bar["y"] + bar["height"] / 2)
    expect(page.locator("#periods .plot .hoverlayer")).to_contain_text(words.split(":")[0][:20])
    whole = page.evaluate(RANGE)
    page.get_by_role("button", name="Zoom in").first.press("Enter")
    low, high = page.evaluate(RANGE)
    assert high - low == pytest.approx((whole[1] - whole[0]) / 2)
    for _turn in range(2):
        page.get_by_role("button", name="Zoom out").first.press("Enter")
    assert page.evaluate(RANGE) == pytest.approx(whole), "never beyond the whole"
    assert watch.take() == []


def test_an_explored_chart_takes_the_colours_of_the_theme_and_fits_the_window(
    patient: Record, open_as: Open
) -> None:
    page, watch, _asked = open_as(patient.user, "/progress/time/", viewport=DESK, color_scheme="light")
    page.locator("#periods [data-explore]").click()
    expect(explored(page)).to_be_visible()
    assert page.evaluate(INK) == THEMES["light"]["text-2"]
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(f"() => {INK} === '{THEMES['dim']['text-2']}'")
    page.set_viewport_size(PHONE)
    page.wait_for_function(
        "() => { const plot = document.querySelector('#periods .plot');"
        " return plot.layout.width === plot.clientWidth && plot.data.length === 2; }"
    )
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert watch.take() == []


def test_a_library_that_does_not_come_is_said_and_can_be_asked_for_again(
    patient: Record, open_as: Open
) -> None:
    page, watch, _asked = open_as(patient.user, "/progress/time/")
    page.route(PLOTLY, lambda route: route.abort())
    button = page.locator("#periods [data-explore]")
    button.click()
    expect(page.locator("#periods [role=status]")).to_contain_text("The drawing stays")
    expect(shown_drawing(page)).to_be_visible()
    expect(button).to_have_text("Explore")
    page.unroute(PLOTLY)
    button.click()
    expect(explored(page)).to_be_visible()
    expect(page.locator("#periods [role=status]")).to_be_empty()
    assert all("ERR_FAILED" in one for one in watch.take())


@pytest.mark.parametrize("script", ["", NO_IDLE], ids=["idle", "no idle callback"])
def test_the_clinicians_charts_are_explored_by_themselves(
    patient: Record, open_as: Open, script: str
) -> None:
    path = reverse("patient_time", kwargs={"key": patient.key})
    page, watch, asked = open_as(clinician_of(patient), path, script, viewport=DESK)
    charts = page.locator(".chart")
    assert charts.count() == 2
    for chart in charts.all():
        expect(chart.locator(".plot svg.main-svg").first).to_be_visible()
    assert len(asked_for_plotly(asked)) == 2
    page.emulate_media(media="print")
    expect(shown_drawing(page)).to_be_visible()
    expect(page.locator("#periods .plot")).to_be_hidden()
    assert watch.take() == []


def test_a_connection_that_saves_data_is_not_loaded_with_a_library(patient: Record, open_as: Open) -> None:
    path = reverse("patient_time", kwargs={"key": patient.key})
    page, watch, asked = open_as(clinician_of(patient), path, SAVES_DATA, viewport=DESK)
    page.wait_for_load_state("networkidle")
    page.evaluate("new Promise((done) => requestIdleCallback(() => requestIdleCallback(done)))")
    expect(shown_drawing(page)).to_be_visible()
    assert asked_for_plotly(asked) == []
    page.locator("#periods [data-explore]").click()
    expect(explored(page)).to_be_visible()
    assert watch.take() == []


OUTSIDE = """() => [...document.querySelectorAll(".drawing text")].filter((text) => {
  const card = text.closest("figure").getBoundingClientRect();
  const box = text.getBoundingClientRect();
  return box.width && (box.left < card.left || box.right > card.right);
}).map((text) => text.textContent)"""
# Words and marks that nobody would see in forced colours: of the colour of the ground, within and at the edge.
INVISIBLE = """() => {
  const probe = document.body.appendChild(document.createElement("i"));
  probe.style.cssText = "forced-color-adjust: none; color: Canvas";
  const ground = getComputedStyle(probe).color;
  probe.remove();
  const isSeen = (colour) => colour !== "none" && colour !== ground && !/^rgba.*, 0\\)$/.test(colour);
  const marks = ".drawing :is(text, rect.after, rect.before, rect.weeks, rect.running, circle.after, circle.weeks)";
  const shown = [...document.querySelectorAll(marks)].filter((one) => one.getBoundingClientRect().width);
  if (shown.length < 20) return [`only ${shown.length} marks`];
  return shown.filter((one) => {
    const {fill, stroke} = getComputedStyle(one);
    return !isSeen(fill) && !isSeen(stroke);
  }).map((one) => one.outerHTML.slice(0, 90));
}"""


def test_words_keep_their_size_and_stay_inside_at_every_width_and_in_forced_colours(
    patient: Record, open_as: Open
) -> None:
    page, watch, _asked = open_as(patient.user, "/progress/time/")
    texts = page.locator(".drawing text").locator("visible=true")
    for width in (320, 360, 768, 1024, 1280, 1600):
        page.set_viewport_size({"width": width, "height": 900})
        sizes = texts.evaluate_all("(all) => all.map((one) => parseFloat(getComputedStyle(one).fontSize))")
        assert min(sizes) >= 14, f"{width} px"
        assert page.evaluate(OUTSIDE) == [], f"{width} px"
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), f"{width} px"
    for scheme in ("light", "dark"):
        page.emulate_media(forced_colors="active", color_scheme=scheme)
        assert page.evaluate("matchMedia('(forced-colors: active)').matches")
        assert page.evaluate(INVISIBLE) == [], scheme
    assert watch.take() == []


def test_another_metric_is_explored_anew_and_without_a_connection_the_chart_stays(
    patient: Record, open_as: Open
) -> None:
    page, watch, _asked = open_as(patient.user, "/progress/time/")
    page.locator("#periods [data-explore]").click()
    expect(explored(page)).to_be_visible()
    metric = page.get_by_label("What the chart shows")
    metric.focus()
    metric.select_option("Hours")
    expect(page.locator("#periods h2")).to_contain_text("Hours of headache")
    expect(metric).to_have_value("headache_hours")
    expect(metric).to_be_focused()
    expect(shown_drawing(page)).to_be_visible()
    expect(page.locator("#periods [data-explore]")).to_have_text("Explore")
    assert watch.take() == []
    page.route("**/progress/time/?metric=*", lambda route: route.abort())
    metric.select_option("Migraine")
    expect(page.get_by_role("alert")).to_contain_text("This did not arrive.")
    expect(page.locator("#periods h2")).to_contain_text("Hours of headache")
    expect(metric).to_have_value("headache_hours")
    expect(shown_drawing(page)).to_be_visible()
    assert all("ERR_FAILED" in one for one in watch.take())
