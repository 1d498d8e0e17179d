"""Health checks tell when pages would fail; the example dashboard and alerts ask for figures that exist."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.management import get_commands
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Record
from core import counters
from reminders.delivery.sweep import run_once
from tests.conftest import NOON, as_user
from tests.servers import free_port, smtp_sink

MONITORING = Path(django_settings.BASE_DIR) / "docs" / "monitoring"
DEPLOY = Path(django_settings.BASE_DIR) / "docs" / "deploy.md"
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def just_started(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that has not looked yet whether everything is set up."""
    monkeypatch.setattr("core.health._is_set_up", False)


def health(name: str = "healthz") -> tuple[int, str]:
    answer = Client().get(reverse(name))
    return answer.status_code, answer.content.decode()


def test_healthz_is_well_when_pages_are() -> None:
    assert health() == (200, "ok")
    assert Client().get(reverse("account_login")).status_code == 200


def test_healthz_takes_one_statement_once_all_is_well() -> None:
    assert health() == (200, "ok")
    with CaptureQueriesContext(connection) as seen:
        assert health() == (200, "ok")
    assert [query["sql"] for query in seen] == ["SELECT 1"]


def test_healthz_tells_that_static_files_are_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(staticfiles_storage._wrapped, "hashed_files", {})
    status, reason = health()
    assert (status, reason) == (503, "static files are missing: run manage.py collectstatic and start again")
    assert health("readyz") == (status, reason)


def test_healthz_tells_that_migrations_are_missing() -> None:
    [latest] = MigrationLoader(connection).graph.leaf_nodes("accounts")
    MigrationRecorder(connection).record_unapplied(*latest)
    status, reason = health()
    assert status == 503
    assert re.fullmatch(r"\d+ migrations are not applied: run manage.py migrate", reason)


def test_healthz_tells_that_the_cache_table_is_missing(settings: Any) -> None:
    settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": "elsewhere"}}
    assert health() == (503, "the cache table is missing: run manage.py createcachetable")


def test_healthz_of_the_mail_server(settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    with smtp_sink() as sink:
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", sink.controller.port
        assert health("healthz_mail") == (200, "ok")
        assert not sink.letters
    settings.EMAIL_PORT = free_port()
    assert health("healthz_mail") == (503, "the mail server is not reached: ConnectionRefusedError")


def read_metrics() -> dict[str, float]:
    text = Client().get(reverse("metrics")).content.decode()
    return {
        key: float(value)
        for key, value in (line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
    }


def test_requests_taps_pages_and_sweeps_are_counted(alice: Record) -> None:
    before = read_metrics()
    client = as_user(alice.user)
    client.post(reverse("answer"), {"answer": "mild", "date": NOON.date().isoformat()})
    client.get(reverse("progress"))
    client.get(reverse("progress"))
    client.get("/nowhere/")
    run_once(lambda: NOON)
    after = read_metrics()

    def grown(key: str) -> float:
        return after.get(key, 0) - before.get(key, 0)

    assert grown('http_requests_total{method="GET",route="progress",status="200"}') == 2
    assert grown('http_requests_total{method="GET",route="none",status="404"}') == 1
    assert grown("diary_taps_total") == 1
    assert grown("reminder_sweeps_total") == 1
    assert [grown(f'dashboards_total{{source="{source}"}}') for source in ("computed", "cache")] == [1, 1]
    assert grown("http_request_seconds_sum") > 0


def test_the_counts_of_other_processes_are_added(tmp_path: Path, settings: Any) -> None:
    settings.VAR_DIR = tmp_path
    own = counters.read_totals()["diary_taps_total"]
    (tmp_path / "metrics" / "1-ended.json").write_text('{"diary_taps_total": 40}')
    (tmp_path / "metrics" / "2-broken.json").write_text("{")
    assert counters.read_totals()["diary_taps_total"] == own + 40


def names_of_figures() -> set[str]:
    text = Client().get(reverse("metrics")).content.decode()
    return set(re.findall(r"^# TYPE (\w+)", text, re.MULTILINE))


def names_in_expressions(expressions: list[str]) -> set[str]:
    bare = " ".join(re.sub(r"\{.*?\}|by \(.*?\)", "", expression) for expression in expressions)
    return set(re.findall(r"[a-z]+(?:_[a-z]+)+", bare))


def test_dashboard_and_alerts_ask_for_figures_that_exist() -> None:
    dashboard = json.loads((MONITORING / "grafana.json").read_text())
    panels = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    alerts = re.findall(r"^\s+expr: (.+)$", (MONITORING / "alerts.yml").read_text(), re.MULTILINE)
    assert (len(panels), len(alerts)) == (12, 9)
    assert names_in_expressions([*panels, *alerts]) - names_of_figures() == set()
    assert names_of_figures() >= set(counters.MEANINGS)
    needed = {"http_requests_total", "diary_taps_total", "dashboards_total", "reminder_sweeps_total"}
    assert needed <= names_in_expressions(panels)


def test_the_way_to_a_site_takes_at_most_twelve_steps_and_names_every_part() -> None:
    text = DEPLOY.read_text()
    assert 0 < len(re.findall(r"^\d+\. ", text, re.MULTILINE)) <= 12
    for part in (
        "migrate", "collectstatic", "createcachetable", "gunicorn botoxtrack.wsgi", "X-Forwarded-Proto",
        "TRUSTED_PROXY_COUNT", "manage.py operator", "SECRET_KEY", "sslmode=verify-full", "celery -A botoxtrack",
    ):  # fmt: skip
        assert part in text, part
    for setting in re.findall(r"^       ([A-Z_]+)=", text, re.MULTILINE):
        assert setting in django_settings.ENVIRONMENT_VARIABLES
    assert set(re.findall(r"manage\.py (\w+)", text)) <= set(get_commands())
