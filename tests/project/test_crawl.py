"""A crawl: every route, method and role, with the numbers of somebody else and odd values.

No error, nothing of anybody else in an answer, no change by reading, and no change of anybody else's rows by writing.
"""

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import pytest
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.test import Client
from django.urls import NoReverseMatch, reverse

from accounts import sharing
from accounts.models import Draft, Invitation, Record, User
from exchange.models import ImportDraft
from headaches.models import DiaryDay, Medicine
from reminders.models import PushDevice, Reminder
from tests.conftest import NOON, TODAY, Cast, log_in_as_user, make_grant, make_user
from tests.project.test_access import (
    ALL,
    BY_NUMBER,
    CLINICIAN,
    OPERATOR,
    POST_ONLY,
    PUBLIC,
    Rows,
    address,
    make_rows,
)
from treatments.models import Booking, Goal, InjectionSession, Preventive, SideEffect

CANARY = "beacanary"
READING = ("GET", "HEAD", "OPTIONS")
WRITING = ("PUT", "PATCH", "DELETE")
# Tables that a look may change: log-ins, limits, what was computed, and the log of the look.
CHANGED_BY_LOOKS = {
    "django_session", "usersessions_usersession", "cache", "accounts_auditlog",
    "accounts_audittrail", "accounts_auditidentity", "reminders_operatoraction",
    "progress_storeddiary", "progress_storeddashboard", "progress_recordversion", "sqlite_sequence",
}  # fmt: skip
OF_OTHERS = sorted(
    BY_NUMBER | CLINICIAN | OPERATOR | {"remove_device", "end_log_in", "access", "day", "data"}
)
# Ends the log-in that the crawl goes on with.
LOG_OUT = {"account_logout"}
QUERY = ("page", "as_of", "metric", "a", "b", "start", "end", "wrong", "next", "note", "cycle")
FIELDS = ("answer", "date", "name", "note", "next", "form", "page", "email", "file", "entries", "code")
LONG = "x" * 100_000
# Files, which hold nothing of anybody.
FILES = {"/worker.js", "/manifest.webmanifest"}
ODD_TEXTS = ("\0", "true", "-1", "9" * 40, "٣", "[]", "{}", "2026-02-30", "NaN", "💊", "' OR 1=1 --")
ODD_BODIES = (
    b"true",
    b"null",
    b"[]",
    b'"x"',
    b"{",
    b'{"entries": true}',
    b'{"a": "\\u0000"}',
    b"\xff\xfe",
    b"[" * 50_000,
)
ODD_NUMBERS = (0, 2**63, 10**30)
ODD_WORDS = ("\0", "true", "x" * 3000, "..%2f..", "9999-99-99", "💊")

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Crawl:
    roles: dict[str, Client]
    bea: Record
    rows: Rows


@pytest.fixture
def crawl(cast: Cast) -> Crawl:
    """Everything of Bea carries the canary. Carl sees Alice alone, Emil saw both once, Fay sees Bea."""
    bea, now = cast.bea, NOON
    make_grant(bea, make_user("fay@example.org", is_clinician=True))
    sharing.revoke(grant=make_grant(bea, cast.emil), now=now)
    rows = make_rows(bea, f"{CANARY}@example.org")
    User.objects.filter(pk=bea.user.pk).update(display_name=CANARY)
    for model, fields in (
        (Medicine, ("name",)), (InjectionSession, ("note", "clinic", "injector", "lot")), (Booking, ("place", "note")),
        (Preventive, ("name", "note")), (ImportDraft, ("name",)),
    ):  # fmt: skip
        model.objects.filter(record=bea).update(**dict.fromkeys(fields, CANARY))
    SideEffect.objects.filter(session__record=bea).update(note=CANARY, effect=CANARY)
    Goal.objects.create(session=bea.sessions.get(), goal=CANARY, number=1)
    DiaryDay.objects.create(record=bea, date=TODAY, headache=True, note=CANARY, written_at=now)
    Draft.objects.create(user=bea.user, key="/x/", edit="0" * 16, fields={"a": CANARY}, saved_at=now)
    device = PushDevice.objects.create(
        user=bea.user, endpoint="https://push.example.org/1", p256dh="x", auth="x", name=CANARY, added_at=now
    )
    own = log_in_as_user(bea.user)
    own.get("/")
    reminder = Reminder.objects.filter(user=bea.user).first()
    numbers = rows.numbers | {
        "remove_device": device.pk, "end_log_in": UserSession.objects.get(user=bea.user).pk,
        "resend_reminder": reminder.pk if reminder else 1,
    }  # fmt: skip
    roles = {
        "anonymous": Client(),
        "patient": log_in_as_user(cast.alice.user),
        "clinician of another": log_in_as_user(cast.carl),
        "clinician of nobody": log_in_as_user(cast.dora),
        "former clinician": log_in_as_user(cast.emil),
        "operator": log_in_as_user(make_user("olga@example.org", is_operator=True)),
        "owner": own,
    }
    return Crawl(roles, bea, Rows(numbers, rows.key))


def read_cell(cell: object) -> object:
    """Return a cell that compares by value: PostgreSQL gives bytes as a memoryview."""
    return bytes(cell) if isinstance(cell, memoryview) else cell


def read_tables() -> dict[str, list[Any]]:
    found = {}
    with connection.cursor() as cursor:
        for table in sorted(set(connection.introspection.table_names(cursor)) - CHANGED_BY_LOOKS):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")  # noqa: S608
            found[table] = sorted(repr([read_cell(cell) for cell in row]) for row in cursor.fetchall())
    return found


def read_bea(bea: Record) -> list[str]:
    """Her rows, in every table that names her record or her account."""
    models = (Medicine, InjectionSession, Booking, Preventive, ImportDraft, DiaryDay, Invitation)
    rows = [list(model.objects.filter(record=bea).order_by("pk").values()) for model in models]
    rows += [
        list(SideEffect.objects.filter(session__record=bea).order_by("pk").values()),
        list(bea.grants.order_by("pk").values()),
        list(PushDevice.objects.filter(user=bea.user).values()),
        list(UserSession.objects.filter(user=bea.user).values("pk")),
        list(Draft.objects.filter(user=bea.user).values()),
        list(User.objects.filter(pk=bea.user.pk).values()),
    ]
    return [repr([{name: read_cell(cell) for name, cell in row.items()} for row in found]) for found in rows]


def send(client: Client, method: str, path: str, body: Any = b"", kind: str = "application/json") -> str:
    """Send one request; return the text of the answer. An error names the request."""
    what = f"{method} {path[:200]}"
    try:
        if isinstance(body, dict):
            answer = client.post(path, body)
        else:
            answer = client.generic(method, path, body, content_type=kind)
    except Exception as error:
        error.add_note(f"{what} with {str(body)[:300]}")
        raise
    assert answer.status_code < 500 or path.startswith("/healthz/reminders"), what
    for name, cookie in answer.cookies.items():
        assert cookie["samesite"], what
        assert cookie["httponly"] or name == settings.DEVICE_COOKIE_NAME or not cookie.value, what
    assert "no-store" in answer.headers["Cache-Control"] or path.partition("?")[0] in FILES, what
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content  # type: ignore[attr-defined]
    return content.decode(errors="replace")


def strangers(crawl: Crawl) -> Iterator[tuple[str, Client]]:
    for role, client in crawl.roles.items():
        if role != "owner":
            cache.clear()  # of limits
            yield role, client


def routes_for(role: str) -> list[str]:
    """Every route for two roles; for the others those that name something of Bea, or list what others share."""
    return ALL if role in {"anonymous", "patient"} else OF_OTHERS


@pytest.mark.asvs(25, 27, 29, 49)
def test_reading_changes_nothing_and_shows_nothing_of_anybody_else(crawl: Crawl) -> None:
    for role, client in strangers(crawl):
        before = read_tables()
        for name in routes_for(role):
            path = address(name, crawl.rows)
            for method in READING if role == "anonymous" else ("GET",):
                assert CANARY not in send(client, method, path), (role, method, path)
        assert read_tables() == before, role


@pytest.mark.asvs(37)
def test_reading_changes_nothing_for_the_owner(crawl: Crawl) -> None:
    before = read_tables()
    shown = "".join(send(crawl.roles["owner"], "GET", address(name, crawl.rows)) for name in ALL)
    assert shown.count(CANARY) > 20, "the crawl does not reach what it looks for"
    assert read_tables() == before


@pytest.mark.asvs(29, 31)
def test_nobody_changes_what_is_anybody_else_s(crawl: Crawl) -> None:
    before = read_bea(crawl.bea)
    fields = {"answer": "mild", "name": "x", "date": "2026-05-01", "email": "x@example.org", "confirm": "on"}
    for number, (role, client) in enumerate(strangers(crawl)):
        for name in set(routes_for(role)) - LOG_OUT:
            path, method = address(name, crawl.rows), WRITING[number % len(WRITING)]
            assert CANARY not in send(client, "POST", path, fields), (role, path)
            assert CANARY not in send(client, method, path, b"{}"), (role, method, path)
        assert read_bea(crawl.bea) == before, role


def odd_texts(names: Iterable[str], shift: int) -> dict[str, str]:
    return {name: ODD_TEXTS[(number + shift) % len(ODD_TEXTS)] for number, name in enumerate(names)}


def odd_bodies(names: list[str], number: int, *, takes_json: bool) -> Iterator[Any]:
    """Forms whose fields hold odd texts, for each route others, and bodies that are no form."""
    yield odd_texts(names, number)
    yield dict.fromkeys(names, "\0")
    files: dict[str, Any] = {name: SimpleUploadedFile("x.csv", b"\0\xff,=1+1") for name in names}
    yield files | dict.fromkeys(names[:2], LONG)
    yield from ODD_BODIES if takes_json else ODD_BODIES[:1]


def test_odd_values_get_an_answer(crawl: Crawl) -> None:
    """Of the owner, whose values get furthest. Each is rolled back, so that the next meets the same rows."""
    owner, json_routes = crawl.roles["owner"], {"sync", "draft", "add_device", "choose", "take", "mail_hook"}
    for number, name in enumerate(sorted(set(ALL) - LOG_OUT)):
        cache.clear()
        path, page = address(name, crawl.rows), ""
        if name not in POST_ONLY:
            page = send(owner, "GET", f"{path}?{urlencode(odd_texts(QUERY, number))}")
        names = sorted({*re.findall(r'\bname="([\w-]+)"', page), *FIELDS})
        for body in odd_bodies(names, number, takes_json=name in json_routes):
            with transaction.atomic():
                send(owner, "POST", path, body)
                transaction.set_rollback(True)


def odd_paths() -> Iterator[tuple[str, str]]:
    for name in set(ALL) - LOG_OUT:
        tries: list[dict[str, Any]] = [{"pk": number} for number in ODD_NUMBERS]
        for word in ODD_WORDS:
            tries += [{key: word} for key in ("date", "month", "key", "token", "slug")]
            tries += [{"date": word, "name": "lost"}, {"date": "2026-05-05", "name": word}]
        for arguments in tries:
            with suppress(NoReverseMatch):
                yield name, reverse(name, kwargs=arguments)


def test_odd_addresses_get_an_answer(crawl: Crawl) -> None:
    for name, path in odd_paths():
        role = "anonymous" if name in PUBLIC else "owner"
        if name not in POST_ONLY:
            send(crawl.roles[role], "GET", path)
        with transaction.atomic():
            send(crawl.roles[role], "POST", path, {"answer": "mild"})
            transaction.set_rollback(True)
