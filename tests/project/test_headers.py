"""The headers of every kind of response, scored by the rules of the HTTP Observatory (MDN).

Base 100, losses, then bonuses, which count from 90 points on. Without the point for a preloaded domain: that is the
operator's choice.
"""

import re
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from accounts.models import Record
from tests.conftest import as_user

GOAL = 135
HALF_A_YEAR = 15_768_000
PRIVATE_REFERRERS = {"no-referrer", "same-origin", "strict-origin", "strict-origin-when-cross-origin"}


@dataclass
class Score:
    losses: dict[str, int] = field(default_factory=dict)
    bonuses: dict[str, int] = field(default_factory=dict)

    @property
    def points(self) -> int:
        base = 100 - sum(self.losses.values())
        return base + sum(self.bonuses.values()) if base >= 90 else base


def parse_policy(header: str) -> dict[str, list[str]]:
    parts = [part.split() for part in header.split(";") if part.strip()]
    return {name: values for name, *values in parts}


def score_policy(header: str, score: Score) -> None:
    policy = parse_policy(header)
    scripts = policy.get("script-src", policy.get("default-src", ["*"]))
    everything = [value for values in policy.values() for value in values]
    if not policy:
        score.losses["CSP missing"] = 25
    elif {"'unsafe-inline'", "data:", "*", "https:"} & {*scripts, *policy.get("object-src", scripts)}:
        score.losses["CSP unsafe scripts"] = 20
    elif "'unsafe-eval'" in everything:
        score.losses["CSP eval"] = 10
    elif "'unsafe-inline'" not in policy.get("style-src", []):
        strict = policy["default-src"] == ["'none'"] and policy.get("form-action") in (["'none'"], ["'self'"])
        score.bonuses["CSP"] = 10 if strict and policy.get("base-uri") == ["'none'"] else 5


def score_cookies(cookies: SimpleCookie, score: Score) -> None:
    for name, cookie in cookies.items():
        if not cookie["secure"]:
            score.losses[f"{name} not Secure"] = 40 if "session" in name else 20
        if not cookie["httponly"] and "session" in name:
            score.losses[f"{name} not HttpOnly"] = 30
        if not cookie["samesite"]:
            score.losses[f"{name} without SameSite"] = 20
    if cookies:
        score.bonuses["cookies"] = 5


def score_response(answer: HttpResponse) -> Score:
    score = Score()
    score_policy(answer.headers.get("Content-Security-Policy", ""), score)
    score_cookies(answer.cookies, score)
    transport = re.search(r"max-age=(\d+)", answer.headers.get("Strict-Transport-Security", ""))
    if transport is None:
        score.losses["HSTS missing"] = 20
    elif int(transport[1]) < HALF_A_YEAR:
        score.losses["HSTS short"] = 10
    framing = parse_policy(answer.headers.get("Content-Security-Policy", "")).get("frame-ancestors")
    if framing == ["'none'"]:
        score.bonuses["framing"] = 5
    elif answer.headers.get("X-Frame-Options") not in {"DENY", "SAMEORIGIN"}:
        score.losses["framing"] = 20
    if answer.headers.get("X-Content-Type-Options") != "nosniff":
        score.losses["nosniff"] = 5
    if "Access-Control-Allow-Origin" in answer.headers:
        score.losses["CORS"] = 50
    if answer.headers.get("Referrer-Policy") in PRIVATE_REFERRERS:
        score.bonuses["referrer"] = 5
    for name, good in (
        ("Cross-Origin-Resource-Policy", {"same-origin", "same-site"}),
        ("Cross-Origin-Opener-Policy", {"same-origin"}),
        ("Cross-Origin-Embedder-Policy", {"require-corp", "credentialless"}),
    ):
        if answer.headers.get(name) in good:
            score.bonuses[name] = 10
    return score


@pytest.fixture
def https(settings: Any) -> None:
    """As under a BASE_URL that begins with https."""
    settings.SECURE_HSTS_SECONDS = 31_536_000
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = settings.HTTPS = True


@pytest.mark.asvs(25, 35)
@pytest.mark.django_db
@pytest.mark.parametrize(
    "path", ["/account/login/", "/", "/nowhere/", "/invitation/made-up/", "/help/", "/stop/x/"]
)
def test_pages_reach_the_goal_by_the_observatory_s_rules(path: str, https: None, alice: Record) -> None:
    for client in (Client(), as_user(alice.user)):
        score = score_response(client.get(path, secure=True))
        assert score.losses == {}
        assert score.points >= GOAL, score


@pytest.mark.asvs(34, 36, 38, 49)
@pytest.mark.django_db
def test_every_kind_of_response_carries_its_headers(https: None, alice: Record, settings: Any) -> None:
    """Errors, files, answers to scripts and redirects too."""
    client = as_user(alice.user)
    client.raise_request_exception = False
    static = staticfiles_storage.url("css/base.css")
    settings.ALLOWED_HOSTS = ["testserver"]
    answers = {
        "redirect": Client().get(reverse("preferences"), secure=True),
        "wrong method": client.get(reverse("theme"), secure=True),
        "unknown host": client.get("/", secure=True, headers={"Host": "elsewhere.example.org"}),
        "json": client.get(reverse("device_facts"), secure=True),
        "worker": client.get(reverse("service_worker"), secure=True),
        "file": client.get(static, secure=True),
        "csrf": Client(enforce_csrf_checks=True).post(reverse("theme"), secure=True),
        "calendar": Client().get("/calendar/made-up.ics", secure=True),
    }
    wanted = {"redirect": 302, "wrong method": 405, "unknown host": 400, "csrf": 403, "calendar": 404}
    assert {name: answer.status_code for name, answer in answers.items()} == dict.fromkeys(
        answers, 200
    ) | wanted
    for name, answer in answers.items():
        headers = answer.headers
        assert headers["X-Content-Type-Options"] == "nosniff", name
        assert headers["Strict-Transport-Security"] == "max-age=31536000", name
        assert headers["Cross-Origin-Resource-Policy"] == "same-origin", name
        assert headers["Referrer-Policy"] == "same-origin", name
        assert "Access-Control-Allow-Origin" not in headers, name
        if name != "file":
            assert headers["Cache-Control"] == "no-store" or name == "worker", name
            policy = headers.get("Content-Security-Policy", "")
            assert "unsafe" not in policy, name


@pytest.mark.asvs(35, 39)
def test_the_policy_names_no_other_site() -> None:
    directives = django_settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]
    assert directives["report-uri"] == reverse("csp_report")
    directives = {name: values for name, values in directives.items() if name != "report-uri"}
    allowed = {value for values in directives.values() for value in values}
    assert allowed == {"'none'", "'self'", "data:"}
    assert [name for name, values in directives.items() if "data:" in values] == ["img-src"]
