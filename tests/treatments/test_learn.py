"""The ten pages: open to all, with sources, complete on paper, and written for grades 6 to 8."""

import re
from html import unescape

import pytest
from django.test import Client
from django.urls import reverse

from treatments.views.learn import PAGES

pytestmark = pytest.mark.django_db
VOWELS = re.compile(r"[aeiouy]+")
ADVICE = ("improved", "worsened", "failed", "overuse", "you should", "you must")


def syllables(word: str) -> int:
    """Groups of vowels, without a silent e at the end: within a few percent of a dictionary over a page."""
    letters = word.lower().removesuffix("'s")
    groups = len(VOWELS.findall(letters))
    silent = letters.endswith("e") and not letters.endswith(("le", "ee", "ye")) and groups > 1
    past = letters.endswith("ed") and not letters.endswith(("ted", "ded")) and groups > 1
    return max(1, groups - silent - past)


def grade(text: str) -> float:
    """Flesch-Kincaid grade: 0.39 words a sentence + 11.8 syllables a word - 15.59 (Kincaid and others 1975)."""
    sentences = [one for one in re.split(r"[.!?]+(?:\s|$)", text) if one.strip()]
    words = re.findall(r"[A-Za-z][A-Za-z'’-]*|\d+(?:[.,]\d+)*", text)
    spoken = sum(syllables(word) if word[0].isalpha() else 2 for word in words)
    return 0.39 * len(words) / len(sentences) + 11.8 * spoken / len(words) - 15.59


def text_of(page: str) -> str:
    """The article's paragraphs; a heading is no sentence."""
    article = page.split('<article class="card prose">')[1].split("</article>")[0]
    return unescape(" ".join(re.findall(r"<p>(.*?)</p>", article, re.DOTALL)))


@pytest.mark.parametrize(
    ("word", "number"),
    [
        ("day", 1),
        ("headache", 2),
        ("migraine", 2),
        ("needed", 2),
        ("stopped", 1),
        ("little", 2),
        ("Botox", 2),
        ("the", 1),
    ],
)
def test_the_counter_knows_syllables(word: str, number: int) -> None:
    assert syllables(word) == number


def test_the_measure_tells_hard_from_easy() -> None:
    easy = "The cat sat on the mat. It had a hat."
    hard = "Notwithstanding considerable heterogeneity, prophylactic administration demonstrated clinical efficacy."
    assert grade(easy) < 2 < 15 < grade(hard)


def test_there_are_ten() -> None:
    page = Client().get(reverse("learn")).content.decode()
    assert len(PAGES) == 10
    assert all(reverse("learn_page", args=[one.slug]) in page for one in PAGES)


@pytest.mark.parametrize("slug", [page.slug for page in PAGES])
def test_a_page_is_short_plain_sourced_and_no_advice(slug: str) -> None:
    page = Client().get(reverse("learn_page", args=[slug])).content.decode()
    text = text_of(page)
    assert 120 <= len(text.split()) <= 320
    assert 6 <= round(grade(text), 1) <= 8
    assert page.split('<ul class="sources">')[1].split("</ul>")[0].count("<li>") >= 2
    assert "Call emergency services at once." in page
    assert [word for word in ADVICE if word in text.lower()] == []
    assert "<details" not in page.split("<main")[1].split("</main>")[0]  # nothing is folded away from paper


def test_a_page_there_is_not_is_404() -> None:
    assert Client().get(reverse("learn_page", args=["made-up"])).status_code == 404
