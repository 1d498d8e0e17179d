"""Log lines say who did what and when, and nothing about health; notices and addresses stay out of cookies and logs."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from accounts.models import Record
from core.logs import JsonFormatter, redact
from headaches.models import Medicine
from reminders.emails.links import sign_answer_token
from tests.conftest import TODAY, Cast, as_user, confirm_password

CANARY = "Zolmicanary"
TOKEN = "Zk3vN0tAWord-7fQ2xLp9sRt4uYw1aBc8dEe5gHh"
DAY = "2026-04-17"


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """What the program logs at its most talkative level, as production writes it."""
    out = io.StringIO()
    handler, root = logging.StreamHandler(out), logging.getLogger()
    handler.setFormatter(JsonFormatter())
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    logging.getLogger("django.db.backends").setLevel(logging.INFO)
    yield out
    root.removeHandler(handler)
    root.setLevel(level)


def walk(cast: Cast) -> None:
    """Use every kind of page and of link, rightly and wrongly, with words that must not be logged."""
    alice, carl = as_user(cast.alice.user), as_user(cast.carl)
    alice.get(reverse("home"))
    alice.post(reverse("medicines"), {"name": CANARY, "drug_class": "triptan"})
    alice.post(reverse("day", args=[DAY]), {"headache": "yes", "note": CANARY})
    alice.get(reverse("day", args=[DAY]))
    alice.get(f"/diary/day/{DAY}/nowhere/{CANARY}/")
    alice.post(reverse("sync"), {"entries": CANARY}, content_type="application/json")
    alice.post(reverse("preferences"), {"form": "profile", "profile-display_name": CANARY})
    alice.get(f"{reverse('progress')}?as_of={DAY}")
    alice.get(reverse("progress"), {"metric": CANARY})
    carl.get(reverse("patient", args=[cast.alice.key]))
    carl.get(reverse("patient", args=[cast.bea.key]))
    visitor = Client()
    for path in ("/today/{}/", "/stop/{}/", "/stop/{}/all/", "/calendar/{}.ics", "/invitation/{}/", "/{}"):
        visitor.get(path.format(TOKEN))
    visitor.get(reverse("answer_by_email", args=[sign_answer_token(TOKEN)]))
    visitor.post(reverse("account_login"), {"login": "canary@example.org", "password": CANARY})
    visitor.post(reverse("account_signup"), {"email": "canary@example.org", "password1": CANARY})
    visitor.post(reverse("account_reset_password"), {"email": "canary@example.org"})
    visitor.get("/", headers={"Host": "elsewhere.example.org"})
    Client(enforce_csrf_checks=True).post(reverse("answer_by_email", args=[TOKEN]), {"answer": "severe"})
    try:
        raise ValueError(f"Key (email)=(canary@example.org) {DAY} {TOKEN}")
    except ValueError:
        logging.getLogger("reminders").exception("user %s could not be planned", cast.alice.user.pk)


@pytest.mark.asvs(59, 60)
@pytest.mark.database
def test_the_log_of_a_whole_walk_tells_nothing(cast: Cast, written: io.StringIO) -> None:
    walk(cast)
    log = written.getvalue()
    forbidden = [
        CANARY,
        TOKEN,
        DAY,
        "canary@",
        "alice@example.org",
        "Alice",
        cast.alice.key,
        TODAY.isoformat(),
    ]
    assert [word for word in forbidden if word in log] == []
    lines = [json.loads(line) for line in log.splitlines()]
    assert len(lines) > 10
    assert all(line["at"].endswith("+00:00") for line in lines)
    assert any(line.get("user") == cast.alice.user.pk for line in lines)
    assert any(line.get("route") == "today/<str:token>/" for line in lines)
    assert any(
        line.get("error", "").endswith("ValueError: Key (email)=([address]) [date] [token]") for line in lines
    )


@pytest.mark.asvs(59)
def test_a_line_names_request_user_and_route(alice: Record, written: io.StringIO) -> None:
    answer = as_user(alice.user).get(reverse("score", args=[987]))
    line = json.loads(written.getvalue().splitlines()[-1])
    assert line["request"] == answer["X-Request-ID"]
    assert (line["user"], line["method"], line["route"]) == (alice.user.pk, "GET", "scores/<int:pk>/")
    assert (line["level"], line["logger"], line["message"]) == ("WARNING", "django.request", "Not Found")


@pytest.mark.asvs(62)
def test_a_line_end_in_what_a_visitor_sends_makes_no_second_line(written: io.StringIO) -> None:
    logging.getLogger("accounts").warning("browser %s", 'a"\n{"level": "INFO"}')
    assert len(written.getvalue().splitlines()) == 1


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("a@b.example.org wrote", "[address] wrote"),
        ("on 2026-05-06 at noon", "on [date] at noon"),
        (f"/stop/{TOKEN}:1wIMv3:sig-nature/", "/stop/[token]/"),
        ("0123456789abcdef0123456789abcdef", "[token]"),
        ("send[6f1c2b9e-0d54-4a34-9a1c-0c4f7f6a2b11]", "send[6f1c2b9e-0d54-4a34-9a1c-0c4f7f6a2b11]"),
        ("reminder batch {'sent': 12}", "reminder batch {'sent': 12}"),
        ("accounts.receivers.delete_expired_sessions", "accounts.receivers.delete_expired_sessions"),
    ],
)  # fmt: skip
def test_what_looks_like_a_secret_is_replaced(text: str, kept: str) -> None:
    assert redact(text) == kept


def test_notices_stay_on_the_server(alice: Record) -> None:
    client = as_user(alice.user)
    answer = client.post(reverse("medicines"), {"name": CANARY, "drug_class": "triptan"})
    assert Medicine.objects.get().name == CANARY
    assert "messages" not in answer.cookies
    assert all(CANARY not in cookie.value for cookie in client.cookies.values())
    assert f"{CANARY} is on your list." in client.get(reverse("medicines")).content.decode()


def send(client: Client, name: str) -> int:
    fields: dict[str, dict[str, Any]] = {
        "data": {"file": SimpleUploadedFile("diary.csv", b"date,headache\n2026-05-01,yes\n")},
        "invite": {"email": "doc@example.org"},
    }
    if name == "figures_json":
        return client.get(reverse(name)).status_code
    return client.post(reverse(name), fields.get(name, {})).status_code


@pytest.mark.asvs(44, 47)
@pytest.mark.parametrize(
    ("name", "action"),
    [("export_data", "export"), ("figures_json", "export"), ("data", "import"), ("invite", "invite")],
)
def test_what_costs_much_or_sends_e_mails_is_limited(
    name: str, action: str, alice: Record, settings: Any
) -> None:
    limit = settings.ACCOUNT_RATE_LIMITS[action]
    assert limit.endswith("/user")
    settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, action: "2/h/user"}
    client = as_user(alice.user)
    confirm_password(client)
    assert [send(client, name) for _time in range(3)][1:] in ([200, 429], [302, 429])
    other = as_user(alice.user)
    confirm_password(other)
    assert send(other, name) == 429  # of the account, not of the browser
