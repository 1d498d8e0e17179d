"""Numbers for machines are written in one way under every language: in SVG, CSS, JSON, addresses and fields."""

import json
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from django.conf import settings
from django.test import Client
from django.urls import NoReverseMatch, get_resolver, reverse

from accounts.models import Record
from headaches.models import DiaryDay
from tests.conftest import NOON, TODAY, as_user
from tests.progress.people import two_cycles
from treatments.models import InjectionSession, InjectionSite, Score

# Attributes whose value is one number; coordinates in d, points and transform may be parted by commas.
NUMBER = re.compile(
    r"\s(?:cx|cy|r|rx|ry|x|y|x1|x2|y1|y2|dx|dy|width|height|min|max|step|stroke-width|offset|colspan|rowspan|maxlength)"
    r'="([^"]*)"'
)
FIELD = re.compile(r'<input[^>]*type="number"[^>]*>')
GERMAN_NUMBER = re.compile(r"-?\d+,\d+(?:px|%|em)?|\d\.\d{3},")


def pages(client: Client) -> dict[str, str]:
    """Every page without arguments, and those of a session and a day."""
    session = InjectionSession.objects.latest("date")
    addresses = [
        reverse("session", args=[session.pk]),
        reverse("day", args=[TODAY.isoformat()]) + "?details",
        reverse("day_step", args=[TODAY.isoformat(), "hours"]),
    ]
    for name in get_resolver().reverse_dict:
        if isinstance(name, str):
            try:
                addresses.append(reverse(name))
            except NoReverseMatch:
                continue
    found = {}
    for address in sorted(set(addresses)):
        answer = client.get(address)
        if answer.status_code == 200 and not answer.streaming:
            found[address] = answer.content.decode()
    return found


@pytest.mark.django_db
@pytest.mark.parametrize("language", [code for code, _name in settings.LANGUAGES])
@pytest.mark.slow
def test_no_number_for_a_machine_is_localized(
    alice: Record, at: Callable[[datetime], None], language: str
) -> None:
    at(NOON)
    two_cycles(alice, TODAY)
    DiaryDay.objects.filter(record=alice, headache=True).update(hours=Decimal("6.5"))
    session = InjectionSession.objects.latest("date")
    InjectionSite.objects.create(
        session=session, muscle="frontalis", side="left", sites=2, units=Decimal("12.5")
    )
    Score.objects.create(record=alice, date=TODAY - timedelta(3), instrument="hit6", score=Decimal(60))
    alice.user.language = language
    alice.user.save()
    found = pages(as_user(alice.user))
    assert len(found) > 25
    assert any("<circle" in html for html in found.values())
    assert any("<svg" in html and "drawing" in html for html in found.values())
    wrong = []
    for address, html in found.items():
        if html.startswith("{"):
            json.loads(html)
            continue
        values = [value for value in NUMBER.findall(html) if GERMAN_NUMBER.fullmatch(value)]
        values += [field for field in FIELD.findall(html) if re.search(r'\svalue="[^"]*,[^"]*"', field)]
        values += [style for style in re.findall(r'style="([^"]*)"', html) if GERMAN_NUMBER.search(style)]
        for script in re.findall(r'<script[^>]*type="application/json"[^>]*>(.*?)</script>', html, re.DOTALL):
            json.loads(script)
        values += [
            link for link in re.findall(r'(?:href|action)="([^"#]*)"', html) if re.search(r"\d,\d", link)
        ]
        wrong += [(address, value) for value in values]
    assert wrong == []
