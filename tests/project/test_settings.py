"""Settings come from the environment; production does not start without its secrets, and says which."""

import json
import os
import subprocess
import sys
import zoneinfo
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import getaddresses, parseaddr
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command

from tests.project.settings_reader import read_settings
from tests.servers import free_port

ROOT = Path(__file__).resolve().parent.parent.parent
GOOD = {
    "SECRET_KEY": "0123456789abcdefghijklmnopqrstuvwxyz" * 2,
    "ALLOWED_HOSTS": "diary.example.org",
    "BASE_URL": "https://diary.example.org",
    "DATABASE_URL": "postgres://user:password@db.example.org/diary?sslmode=verify-full",
    "EMAIL_URL": "smtp+tls://user:password@mail.example.org:587",
}


@dataclass(frozen=True)
class Loaded:
    """What a process would have printed, and how it would have ended."""

    stdout: str = ""
    stderr: str = ""
    returncode: int = 0


def load(tmp_path: Path, show: str = "'started'", **environment: str) -> Loaded:
    """Run the settings with an environment of their own and print an expression of them.

    In this process: a new one for each would take most of the time of the fast tests. manage.py below is a real one.
    """
    before = dict(os.environ)
    os.environ.clear()
    os.environ.update({"PATH": before["PATH"], "VAR_DIR": str(tmp_path), **environment})
    try:
        found = read_settings()
        return Loaded(stdout=f"{eval(show, {'s': found})}\n")  # noqa: S307  written in this file
    except ImproperlyConfigured as error:
        return Loaded(stderr=f"{type(error).__name__}: {error}", returncode=1)
    finally:
        os.environ.clear()
        os.environ.update(before)


def test_production_starts_with_everything_set(tmp_path: Path) -> None:
    assert load(tmp_path, **GOOD).stdout == "started\n"


@pytest.mark.parametrize("missing", sorted(GOOD))
def test_production_names_each_missing_setting_in_a_sentence(tmp_path: Path, missing: str) -> None:
    done = load(tmp_path, **{name: value for name, value in GOOD.items() if name != missing})
    assert done.returncode != 0
    assert f"Set {missing}" in done.stderr
    assert all(f"Set {name} " not in done.stderr for name in GOOD if name != missing)


@pytest.mark.processes
def test_manage_py_shows_the_sentences_without_a_traceback(tmp_path: Path) -> None:
    env = {"PATH": os.environ["PATH"], "VAR_DIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "manage.py", "check"], env=env, cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode != 0
    assert "Traceback" not in done.stderr
    assert done.stderr.count("Set ") == len(GOOD)


def test_a_short_secret_is_refused(tmp_path: Path) -> None:
    assert "too short" in load(tmp_path, **{**GOOD, "SECRET_KEY": "short"}).stderr


@pytest.mark.asvs(56)
def test_the_secret_may_stand_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("y" * 60 + "\n")
    settings = {name: value for name, value in GOOD.items() if name != "SECRET_KEY"}
    assert load(tmp_path, "s.SECRET_KEY", **settings, SECRET_KEY_FILE=str(file)).stdout.strip() == "y" * 60
    unreadable = load(tmp_path, **settings, SECRET_KEY_FILE=str(tmp_path / "nowhere"))
    assert "cannot be read" in unreadable.stderr


@pytest.mark.asvs(55)
@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("BASE_URL", "diary.example.org", "must begin with http"),
        ("DATABASE_URL", "nonsense", "DATABASE_URL cannot be read"),
        ("EMAIL_URL", "nonsense", "EMAIL_URL cannot be read"),
        ("EMAIL_URL", "smtp://", "EMAIL_URL names no mail server"),
        ("EMAIL_URL", "smtp+tls://user:password@", "EMAIL_URL names no mail server"),
        ("REDIS_URL", "http://cache/0", "REDIS_URL must begin with redis://"),
        ("REDIS_URL", "redis://", "and a host name"),
        ("LOG_LEVEL", "loud", "LOG_LEVEL is 'LOUD'; write one of DEBUG, INFO"),
        ("ALLOWED_HOSTS", " , ", "Set ALLOWED_HOSTS"),
        ("VAR_DIR", os.devnull + "/var", "nothing can be written"),
        ("REMINDER_TICK_SECONDS", "soon", "REMINDER_TICK_SECONDS"),
        ("TRUSTED_PROXY_COUNT", "-1", "TRUSTED_PROXY_COUNT"),
        ("TRUSTED_PROXY_COUNT", "1.5", "TRUSTED_PROXY_COUNT is '1.5'; write a whole number"),
        ("CONN_MAX_AGE", "half", "CONN_MAX_AGE"),
        ("DEBUG", "perhaps", "DEBUG"),
        ("BASE_URL", "ftp://diary.example.org", "must begin with http"),
        ("BASE_URL", "https://", "must begin with http"),
        ("BASE_URL", "https://diary.example.org:port", "must begin with http"),
        ("BASE_URL", "https://diary.example.org/path", "write only scheme, host name and port"),
        ("BASE_URL", "https://diary.example.org?a=b", "write only scheme, host name and port"),
        ("BASE_URL", "https://diary.example.org/#top", "write only scheme, host name and port"),
        ("BASE_URL", "https://me:secret@diary.example.org", "write only scheme, host name and port"),
        ("BASE_URL", "https://diary example.org", "must begin with http"),
        ("BASE_URL", "https://-diary.example.org", "must begin with http"),
        ("BASE_URL", "https://" + "a" * 64 + ".org", "must begin with http"),
        ("BASE_URL", "https://other.example.org", "ALLOWED_HOSTS does not name other.example.org"),
        ("EMAIL_LINK_URL", "https://post.example.org", "ALLOWED_HOSTS does not name post.example.org"),
        ("EMAIL_LINK_URL", "https://diary.example.org/?a", "write only scheme, host name and port"),
        ("EMAIL_LINK_URL", "https://diary.example.org/über", "its path may hold only"),
        ("ALLOWED_HOSTS", "https://diary.example.org", "write host names alone"),
        ("ALLOWED_HOSTS", "diary.example.org:8000", "write host names alone"),
        ("ALLOWED_HOSTS", "diary.example.org/", "write host names alone"),
        ("ALLOWED_HOSTS", "*", "write host names alone"),
        ("ALLOWED_HOSTS", "*.example.org", "write host names alone"),
        ("MAIL_FROM", "Reminder", "write one address like"),
        ("MAIL_FROM", "a@example.org, b@example.org", "write one address like"),
        ("MAIL_FROM", "Reminder <>", "write one address like"),
        ("MAIL_FROM", "Reminder <a@b@example.org>", "write one address like"),
        ("MAIL_FROM", "Reminder <a b@example.org>", "write one address like"),
        ("MAIL_FROM", "Reminder\nBcc: x@example.org <a@example.org>", "write one address like"),
        ("MAIL_FROM", "Reminder <müller@example.org>", "write one address like"),
        ("REDIS_URL", "redis://cache:port/0", "REDIS_URL must begin with"),
        ("REDIS_URL", "redis://cache/first", "end with the number of a database"),
        ("TOTP_ISSUER", "Diary: test", "TOTP_ISSUER holds a colon"),
        ("DATABASE_URL", "postgres://user:password@db.example.org/diary", "without sslmode=verify-full"),
        ("DATABASE_URL", "postgres://u:p@10.0.0.7/diary?sslmode=require", "without sslmode=verify-full"),
        ("REDIS_URL", "redis://cache.example.org/0", "write rediss://"),
        ("EMAIL_URL", "smtp://user:password@mail.example.org:25", "write smtp+tls:// or smtp+ssl://"),
        ("UNENCRYPTED_CONNECTIONS", "mail, all", "UNENCRYPTED_CONNECTIONS holds 'all'; write any of"),
        ("HSTS_PRELOAD", "1", "HSTS_PRELOAD needs HSTS_SUBDOMAINS=1"),
    ],
)
def test_a_wrong_value_gets_a_sentence(tmp_path: Path, name: str, value: str, words: str) -> None:
    done = load(tmp_path, **{**GOOD, name: value})
    assert done.returncode != 0
    assert words in done.stderr
    assert "ImproperlyConfigured" in done.stderr


@pytest.mark.parametrize(
    ("value", "normal"),
    [
        ("HTTPS://Diary.Example.ORG", "https://diary.example.org"),
        (" https://diary.example.org/ ", "https://diary.example.org"),
        ("https://diary.example.org:8443/", "https://diary.example.org:8443"),
        ("https://tagebuch-für-mich.example.org", "https://xn--tagebuch-fr-mich-szb.example.org"),
        ("https://TAGEBUCH-FÜR-MICH.example.org", "https://xn--tagebuch-fr-mich-szb.example.org"),
        ("https://xn--tagebuch-fr-mich-szb.example.org", "https://xn--tagebuch-fr-mich-szb.example.org"),
    ],
)
def test_an_address_is_normalised_and_https_is_never_off_by_a_capital(
    tmp_path: Path, value: str, normal: str
) -> None:
    show = "s.BASE_URL, s.EMAIL_LINK_URL, s.HTTPS, s.SESSION_COOKIE_SECURE, s.SECURE_HSTS_SECONDS > 0"
    hosts = "Diary.example.org, tagebuch-für-mich.example.org"
    done = load(tmp_path, show, **{**GOOD, "BASE_URL": value, "ALLOWED_HOSTS": hosts})
    assert done.stdout == f"{(normal, normal, True, True, True)}\n", done.stderr


@pytest.mark.parametrize(
    ("value", "header"),
    [
        ("Reminder <reminder@example.org>", "Reminder <reminder@example.org>"),
        ("reminder@example.org", "reminder@example.org"),
        ("Weber, Practice <a@example.org>", '"Weber, Practice" <a@example.org>'),
        ('"Weber, Practice" <a@example.org>', '"Weber, Practice" <a@example.org>'),
        ("Dr. Weber (Berlin) <a@example.org>", '"Dr. Weber (Berlin)" <a@example.org>'),
        ("Praxis für alle <a@EXAMPLE.org>", "Praxis für alle <a@example.org>"),
        ("Post <a@für-mich.example.org>", "Post <a@xn--fr-mich-n2a.example.org>"),
        ("a;b <a@example.org>", '"a;b" <a@example.org>'),
    ],
)
def test_the_sender_is_one_address_whatever_its_name_holds(tmp_path: Path, value: str, header: str) -> None:
    done = load(tmp_path, "s.DEFAULT_FROM_EMAIL", **GOOD, MAIL_FROM=value)
    assert done.stdout == f"{header}\n", done.stderr
    assert [address for _name, address in getaddresses([header])] == [parseaddr(header)[1]]


@pytest.mark.processes
def test_a_stray_variable_does_not_take_a_worker_from_its_broker(tmp_path: Path) -> None:
    names = ("BROKER_URL", "BROKER_READ_URL", "BROKER_WRITE_URL", "RESULT_BACKEND")
    stray = {f"CELERY_{name}": "redis://elsewhere.example.org/0" for name in names} | {
        "CELERY_LOADER": "nowhere"
    }
    code = (
        "from botoxtrack.celery import app; import os; os.environ['CELERY_BROKER_URL'] = 'redis://elsewhere/0';"
        "connections = app.connection_for_read(), app.connection_for_write();"
        "print([(one.hostname, one.virtual_host) for one in connections], app.amqp.app.backend.__class__.__name__)"
    )
    env = {
        "PATH": os.environ["PATH"],
        "VAR_DIR": str(tmp_path),
        **GOOD,
        **stray,
        "REDIS_URL": "rediss://here.example.org/3",
    }
    done = subprocess.run(
        [sys.executable, "-c", code], env=env, cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.stdout == f"{[('here.example.org', '3')] * 2} DisabledBackend\n", done.stderr


def test_blanks_in_a_list_and_small_letters_do_no_harm(tmp_path: Path) -> None:
    show = "s.ALLOWED_HOSTS, s.LOGGING['root']['level']"
    given = {**GOOD, "ALLOWED_HOSTS": "diary.example.org, .b.example.org,", "LOG_LEVEL": "warning"}
    assert load(tmp_path, show, **given).stdout == "(['diary.example.org', '.b.example.org'], 'WARNING')\n"


def manage(tmp_path: Path, *arguments: str, **more: str) -> str:
    """Run a command that ends in a sentence; gives the sentence."""
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        env={"PATH": os.environ["PATH"], "VAR_DIR": str(tmp_path), **GOOD, **more},
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1, done.stderr
    return done.stderr


@pytest.mark.processes
def test_a_database_that_cannot_be_reached_is_one_sentence(tmp_path: Path) -> None:
    away = f"postgres://user:password@127.0.0.1:{free_port()}/diary"
    sentence = manage(tmp_path, "migrate", DATABASE_URL=away)
    assert sentence.startswith("The database that DATABASE_URL names cannot be reached: connection to server")
    assert "refused" in sentence
    assert "password" not in sentence
    nowhere = f"sqlite:///{tmp_path}/nowhere/diary.sqlite3"
    assert "unable to open database file" in manage(tmp_path, "send_reminders", DATABASE_URL=nowhere)


@pytest.mark.processes
def test_the_preparation_of_a_start_runs_as_the_documents_say(tmp_path: Path) -> None:
    env = {"PATH": os.environ["PATH"], "VAR_DIR": str(tmp_path), **GOOD, "ALLOWED_HOSTS": ""}
    done = subprocess.run(
        [sys.executable, "bin/prepare.py"], env=env, cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "Set ALLOWED_HOSTS to the host names" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.processes
def test_an_error_inside_a_database_keeps_its_traceback(tmp_path: Path) -> None:
    """It was reached: what is wrong there is for a developer."""
    empty = {**GOOD, "DATABASE_URL": f"sqlite:///{tmp_path}/empty.sqlite3"}
    done = subprocess.run(
        [sys.executable, "manage.py", "send_reminders"],
        env={"PATH": os.environ["PATH"], "VAR_DIR": str(tmp_path), **empty},
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "Traceback" in done.stderr
    assert "no such table" in done.stderr
    assert "cannot be reached" not in done.stderr


@pytest.mark.parametrize("now", ["0001-01-01T00:00:00Z", "1999-12-31T23:59:59Z", "9999-12-31T23:59:59Z"])
def test_a_sweep_outside_the_years_of_a_diary_is_refused(now: str) -> None:
    with pytest.raises(CommandError, match=r"--now .* outside the years 2000 to 2999"):
        call_command("send_reminders", "--now", now)


@pytest.mark.processes
def test_a_sweep_outside_the_years_of_a_diary_is_one_sentence(tmp_path: Path) -> None:
    assert "outside the years 2000 to 2999" in manage(tmp_path, "send_reminders", "--now", "3000-01-01")


@pytest.mark.asvs(25)
def test_cookies_are_bound_to_the_host_over_https(tmp_path: Path) -> None:
    show = "s.SESSION_COOKIE_NAME, s.CSRF_COOKIE_NAME, s.SESSION_COOKIE_SECURE, s.SECURE_HSTS_SECONDS >= 31536000"
    assert load(tmp_path, show, **GOOD).stdout.strip() == "('__Host-session', '__Host-csrf', True, True)"


def test_redis_becomes_broker_and_cache_and_nothing_else_changes(tmp_path: Path) -> None:
    show = "s.CELERY_BROKER_URL, s.CACHES['default']['BACKEND'].rsplit('.')[-1]"
    assert (
        load(tmp_path, show, **GOOD, REDIS_URL="rediss://r/0").stdout.strip()
        == "('rediss://r/0', 'RedisCache')"
    )
    assert load(tmp_path, show, **GOOD).stdout.strip() == "('files://', 'DatabaseCache')"


@pytest.mark.processes
def test_djangos_own_deploy_check_is_content(tmp_path: Path) -> None:
    env = {
        "PATH": os.environ["PATH"],
        "VAR_DIR": str(tmp_path),
        **GOOD,
        "DATABASE_URL": f"sqlite:///{tmp_path}/d",
    }
    done = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        env=env, cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


@pytest.mark.asvs(55)
def test_a_connection_to_another_machine_may_go_unencrypted_only_by_name(tmp_path: Path) -> None:
    plain = {
        "DATABASE_URL": "postgres://user:password@db/diary",
        "REDIS_URL": "redis://cache/0",
        "EMAIL_URL": "smtp://mail",
    }
    named = {**GOOD, **plain, "UNENCRYPTED_CONNECTIONS": "database, redis, mail"}
    assert load(tmp_path, **named).stdout == "started\n"
    refused = load(tmp_path, **{**named, "UNENCRYPTED_CONNECTIONS": "database,redis"})
    assert "UNENCRYPTED_CONNECTIONS=mail allows it" in refused.stderr


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "%2Frun%2Fpostgresql"])
def test_connections_on_this_machine_need_no_encryption(tmp_path: Path, host: str) -> None:
    plain = {"DATABASE_URL": f"postgres://user:password@{host}/diary"}
    if "%" not in host:
        plain |= {"REDIS_URL": f"redis://{host}/0", "EMAIL_URL": f"smtp://{host}:25"}
    assert load(tmp_path, **{**GOOD, **plain}).stdout == "started\n"


@pytest.mark.parametrize("mode", ["DEMO", "DEBUG"])
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("BASE_URL", "https://diary.example.org"),
        ("BASE_URL", "http://192.168.1.7:8000"),
        ("ALLOWED_HOSTS", "localhost,diary.example.org"),
    ],
)
def test_demo_and_debug_mode_have_no_public_name(tmp_path: Path, mode: str, name: str, value: str) -> None:
    hosts = {"ALLOWED_HOSTS": "localhost,192.168.1.7,diary.example.org"} if name == "BASE_URL" else {}
    refused = load(tmp_path, **{mode: "1", **hosts, name: value})
    assert f"{mode}=1 is for this machine alone, but {name} names" in refused.stderr
    assert load(tmp_path, **{mode: "1", "BASE_URL": "http://127.0.0.1:8001"}).stdout == "started\n"


@pytest.mark.processes
def test_demo_mode_listens_on_this_machine_alone(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "gunicorn", "botoxtrack.wsgi", "--bind", f"0.0.0.0:{free_port()}"]
    env = {"PATH": os.environ["PATH"], "VAR_DIR": str(tmp_path), "DEMO": "1"}
    done = subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode != 0
    assert "listen on this machine alone, not on 0.0.0.0" in done.stderr


class TestFilesOfOthers:
    def test_an_open_folder_is_refused(self, tmp_path: Path) -> None:
        tmp_path.chmod(0o750)
        refused = load(tmp_path, **GOOD)
        assert f"Close it: chmod 700 '{tmp_path}'" in refused.stderr

    def test_an_open_database_file_is_refused(self, tmp_path: Path) -> None:
        file = tmp_path / "diary.sqlite3"
        file.touch(mode=0o644)
        refused = load(tmp_path, **{**GOOD, "DATABASE_URL": f"sqlite:///{file}"})
        assert f"Close it: chmod 600 '{file}'" in refused.stderr

    def test_folder_and_database_are_created_closed(self, tmp_path: Path) -> None:
        var, file = tmp_path / "var", tmp_path / "var" / "diary.sqlite3"
        assert load(var, **{**GOOD, "DATABASE_URL": f"sqlite:///{file}"}).stdout == "started\n"
        assert [path.stat().st_mode & 0o777 for path in (var, file)] == [0o700, 0o600]

    def test_demo_mode_closes_what_an_earlier_version_left_open(self, tmp_path: Path) -> None:
        file = tmp_path / "botoxtrack.sqlite3"
        file.touch(mode=0o644)
        tmp_path.chmod(0o755)
        assert load(tmp_path, DEMO="1").stdout == "started\n"
        assert [path.stat().st_mode & 0o777 for path in (tmp_path, file)] == [0o700, 0o600]


def test_time_zones_are_those_of_the_package_and_not_of_the_machine() -> None:
    assert zoneinfo.TZPATH == ()
    assert datetime(2026, 7, 1, tzinfo=ZoneInfo("Europe/Berlin")).utcoffset() == timedelta(hours=2)


@pytest.mark.asvs(34)
def test_subdomains_and_the_preload_list_are_the_operators_choice(tmp_path: Path) -> None:
    show = "s.SECURE_HSTS_INCLUDE_SUBDOMAINS, s.SECURE_HSTS_PRELOAD"
    assert load(tmp_path, show, **GOOD).stdout == "(False, False)\n"
    chosen = load(tmp_path, show, **GOOD, HSTS_SUBDOMAINS="1", HSTS_PRELOAD="1")
    assert chosen.stdout == "(True, True)\n"


WRONG_VALUES = [
    ("MAIL_TIMEOUT", "0", "MAIL_TIMEOUT is '0'"),
    ("MAIL_PER_MINUTE", "many", "MAIL_PER_MINUTE is 'many'"),
    ("REMINDER_BACK_OFF", "60,soon", "write seconds like 60,300,1800"),
    ("REMINDER_BACK_OFF", "-1", "write seconds like 60,300,1800"),
    ("REMINDER_BATCH_SECONDS", "0", "REMINDER_BATCH_SECONDS is '0'"),
    ("LETTER_URL", "https://post.example.org", "LETTER_URL is now called EMAIL_LINK_URL"),
    ("EMAIL_LINK_URL", "letters.example.org", "EMAIL_LINK_URL is 'letters.example.org'"),
    ("MAIL_RETURN_PATH", "Back <back@example.org>", "write a plain address"),
    ("MAIL_PROVIDER", "pigeon", "MAIL_PROVIDER is 'pigeon'; write one of brevo"),
    ("MAIL_PROVIDER", "postmark", "MAIL_PROVIDER needs MAIL_HOOK_SECRET"),
    ("METRICS_TOKEN", "short", "METRICS_TOKEN is too short"),
    ("PREPARED_STATEMENTS", "maybe", "PREPARED_STATEMENTS is 'maybe'"),
    ("KEEP_AUDIT_DAYS", "0", "KEEP_AUDIT_DAYS is '0'; write a number from 1 on."),
    ("KEEP_CHANGE_DAYS", "89", "KEEP_CHANGE_DAYS is '89'; write a number from 90 on."),
    ("KEEP_DRAFT_DAYS", "1.5", "KEEP_DRAFT_DAYS is '1.5'; write a whole number."),
    ("KEEP_INVITATION_DAYS", "never", "KEEP_INVITATION_DAYS is 'never'; write a number from 1 on."),
    ("KEEP_REMINDER_DAYS", "30", "KEEP_REMINDER_DAYS is '30'; write a number from 90 on."),
    ("KEEP_UPLOAD_DAYS", "-1", "KEEP_UPLOAD_DAYS is '-1'; write a number from 1 on."),
    ("FIELD_KEYS", f"{'a' * 60},short", "A key of FIELD_KEYS is too short"),
    ("FIELD_KEYS", f"{'a' * 60} {'a' * 60}", "FIELD_KEYS holds a key twice"),
    ("FIELD_KEYS", GOOD["SECRET_KEY"], "FIELD_KEYS holds a key twice, or SECRET_KEY"),
    ("SECRET_KEY_FALLBACKS", "short", "An earlier secret is too short"),
    ("SECRET_KEY_FALLBACKS", GOOD["SECRET_KEY"], "SECRET_KEY is also among the earlier secrets"),
]
# One process reads the settings once for each wrong value.
READ_EACH = """
import json, os, sys
from django.core.exceptions import ImproperlyConfigured
from tests.project.settings_reader import read_settings
for name, value in json.loads(sys.argv[1]):
    os.environ[name] = value
    try:
        read_settings()
        print("started")
    except ImproperlyConfigured as error:
        print(*str(error).split())
    del os.environ[name]
"""


@pytest.mark.processes
def test_wrong_settings_of_a_list_are_refused_in_a_sentence(tmp_path: Path) -> None:
    cases = json.dumps([(name, value) for name, value, _sentence in WRONG_VALUES])
    env = {"PATH": os.environ["PATH"], "VAR_DIR": str(tmp_path), **GOOD}
    done = subprocess.run(
        [sys.executable, "-c", READ_EACH, cases],
        env=env,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    said = done.stdout.splitlines()
    wanted = [sentence for _name, _value, sentence in WRONG_VALUES]
    assert [sentence in line for sentence, line in zip(wanted, said, strict=True)] == [True] * len(wanted), (
        said
    )


@pytest.mark.processes
def test_a_name_that_tells_is_pointed_out_at_the_check(tmp_path: Path) -> None:
    env = {"PATH": os.environ["PATH"], "VAR_DIR": str(tmp_path), "DEBUG": "1", "MAIL_FROM": "Botox <a@b.org>"}
    done = subprocess.run(
        [sys.executable, "manage.py", "check"], env=env, cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0
    assert "MAIL_FROM holds the word 'Botox'" in done.stderr
