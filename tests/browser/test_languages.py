"""Pages in a language of long words, in both directions: nothing overflows, covers another or stays English."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import Page

from accounts.models import Record, User
from core.dates import local_date
from tests.browser.checks import settle
from tests.browser.test_pages import (  # noqa: F401  # enter and people are fixtures
    VISITOR_PATHS,
    Enter,
    People,
    clinician_paths,
    enter,
    people,
)
from tests.pseudo import CODE, spoken

pytestmark = pytest.mark.browser

# What is in English in any language: the product's name, what people typed, names of things.
NAMES = {
    "BotoxTrack", "Alma", "Ferreira", "Carl", "Sumatriptan", "Ibuprofen", "Topiramate", "Botox", "onabotulinumtoxinA",
    "HIT", "MIDAS", "MSQ", "NICE", "daily", "not", "tolerated", "Pick", "the", "kids", "every", "day",
    "Deutsch", "English", "Chrome", "Linux",
}  # fmt: skip
WORDS = re.compile(r"(?<![\w@./-])[A-Za-z]{3,}(?![\w@/-]|\.\w)")

# The words that are to be seen, without what was typed and without the names of time zones.
SEEN = """() => {
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const found = [];
  for (let node = walk.nextNode(); node; node = walk.nextNode()) {
    const one = node.parentElement;
    const elsewhere = one.closest("script, style, template, textarea, [name$=time_zone]");
    if (node.data.trim() && !elsewhere) found.push(node.data.trim());
  }
  for (const one of document.querySelectorAll("[aria-label], [title], [placeholder], [alt]")) {
    for (const name of ["aria-label", "title", "placeholder", "alt"]) found.push(one.getAttribute(name) || "");
  }
  return found;
}"""
# Beyond an edge, on one another, or broken letter by letter.
CROWDED = """() => {
  const width = document.documentElement.clientWidth;
  const ELSEWHERE = "script, style, template, select, svg, .sr, .skip, .nav, .reading, .stack thead";
  const named = (one) => one.outerHTML.slice(0, 90);
  const wide = document.documentElement.scrollWidth > width ? [`${document.documentElement.scrollWidth} px wide`] : [];
  const lines = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walk.nextNode(); node; node = walk.nextNode()) {
    const one = node.parentElement;
    if (!node.data.trim() || one.closest(ELSEWHERE) || !one.checkVisibility()) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    const boxes = [...range.getClientRects()].filter((box) => box.width > 2 && box.height > 2);
    const rows = new Set(boxes.map((box) => Math.round(box.top / 4))).size;
    const widest = Math.max(0, ...boxes.map((box) => box.width));
    const words = node.data.trim().split(/[\\s-]+/).length;

    if (rows > words && (rows > 2 * words || widest < 64)) wide.push(`broken in ${rows} lines: ${named(one)}`);
    for (const box of boxes) {
      const beyond = box.left < -0.5 || box.right > width + 0.5;
      if (beyond && !one.closest(".scroll")) wide.push(`beyond the edge: ${named(one)}`);
      lines.push({ one, box });
    }
  }
  for (const [place, { one, box }] of lines.entries()) {
    for (const other of lines.slice(place + 1, place + 60)) {
      if (one === other.one || one.contains(other.one) || other.one.contains(one)) continue;
      const across = Math.min(box.right, other.box.right) - Math.max(box.left, other.box.left);
      const down = Math.min(box.bottom, other.box.bottom) - Math.max(box.top, other.box.top);
      const least = Math.min(box.height, other.box.height) / 2;
      if (across > 2 && down > least) wide.push(`on one another: ${named(one)} and ${named(other.one)}`);
    }
  }
  return [...new Set(wide)].slice(0, 4);
}"""


def look_at(page: Page, path: str) -> None:
    page.goto(path)
    settle(page)


def wrong_with(page: Page, path: str) -> list[str]:
    look_at(page, path)
    found = [] if page.evaluate("document.dir") == "rtl" else ["not right to left"]
    left = sorted({word for text in page.evaluate(SEEN) for word in WORDS.findall(text)} - NAMES)
    found += [f"in English: {' '.join(left)}"] if left else []
    found += [f"right to left: {one}" for one in page.evaluate(CROWDED)]
    page.evaluate("document.dir = 'ltr'")
    found += [f"left to right: {one}" for one in page.evaluate(CROWDED)]
    return [f"{path}: {one}" for one in found]


def speak(language: str, *users: User) -> None:
    for user in users:
        user.language = language
        user.save()


def main_pages(record: Record) -> list[str]:
    """Pages that differ in their parts; their likes are left out."""
    session = record.sessions.latest("date")
    back = local_date(record.user, timezone.now()) - timedelta(9)
    return [
        "/", "/diary/", f"/diary/day/{back}/?details", f"/diary/day/{back}/ask/hours/",
        f"/diary/day/{back}/ask/features/", f"/diary/day/{back}/ask/medicine/", "/diary/catch-up/", "/medicines/",
        "/sessions/", f"/sessions/{session.pk}/", f"/sessions/{session.pk}/effects/", f"/sessions/{session.pk}/goals/",
        "/sessions/booking/", "/effects/", "/preventives/add/", "/scores/", "/progress/cycles/?a=1&b=2", "/progress/",
        "/progress/time/", "/progress/medicine/", "/progress/treatment/", "/progress/scores/", "/progress/details/",
        "/more/",
        "/progress/how/", "/progress/compare/?a=1&b=2", "/data/", "/settings/", "/access/", "/reminders/",
        "/learn/side-effects/",
    ]  # fmt: skip


def test_long_words_from_right_to_left_break_no_page_and_none_stays_in_english(
    people: People,  # noqa: F811
    enter: Enter,  # noqa: F811
    tmp_path: Path,
) -> None:
    speak(CODE, people.patient.user, people.clinician)
    with spoken(tmp_path):
        page, _watch = enter(people.patient.user)
        found = [one for path in main_pages(people.patient) for one in wrong_with(page, path)]
        page, _watch = enter(people.clinician)
        found += [one for path in clinician_paths(people.patient)[:2] for one in wrong_with(page, path)]
        page, _watch = enter(None, locale=CODE)
        found += [one for path in VISITOR_PATHS[:2] for one in wrong_with(page, path)]
    assert found == []


def test_german_fits_a_phone_and_is_said_to_be_german(people: People, enter: Enter) -> None:  # noqa: F811
    speak("de", people.patient.user)
    page, _watch = enter(people.patient.user)
    found = []
    for path in ("/", "/diary/", "/sessions/", "/progress/", "/reminders/"):
        look_at(page, path)
        assert page.evaluate("[document.documentElement.lang, document.dir]") == ["de", "ltr"]
        found += [f"{path}: {one}" for one in page.evaluate(CROWDED)]
    assert found == []


def test_the_look_at_crowded_pages_is_not_blind(people: People, enter: Enter) -> None:  # noqa: F811
    page, _watch = enter(people.patient.user)
    look_at(page, "/medicines/")
    assert page.evaluate(CROWDED) == []
    page.evaluate("""() => {
      const add = (words, rules) => {
        const one = document.createElement("p");
        one.textContent = words;
        for (const [name, value] of Object.entries(rules)) one.style[name] = value;
        document.querySelector("main").append(one);
      };
      add("far", { position: "absolute", left: "340px", width: "60px" });
      add("unbreakable", { width: "30px", overflowWrap: "anywhere" });
      add("below", { position: "absolute", top: "400px", left: "0" });
      add("above", { position: "absolute", top: "402px", left: "4px" });
    }""")
    said = " ".join(page.evaluate(CROWDED))
    assert all(word in said for word in ("px wide", "broken", "on one another"))
