"""Whether times tell who has an account: `python -m bench.known_addresses [--rounds N]`.

Posts the forms of sign-up, log-in and password reset in turn for a known and an unknown address, and prints the
medians of wall and CPU time in milliseconds with their ratio. Passwords are hashed as in production. DATABASE_URL
may name another database than a new SQLite file.
"""

import argparse
import os
import tempfile
from statistics import median
from time import perf_counter, process_time
from typing import Any, Final

DETAILS: Final = {"time_zone": "UTC", "consent": "on"}
FORMS: Final[dict[str, dict[str, str]]] = {
    "account_signup": {"email": "", "password1": "violet-tram-9-harbour", **DETAILS},
    "account_signup_by_passkey": {"email": "", **DETAILS},
    "account_login": {"login": "", "password": "wrong"},
    "account_reset_password": {"email": ""},
}


def measure_milliseconds(route: str, email: str) -> tuple[float, float]:
    """Return wall and CPU time of one form, sent from a new browser."""
    from django.core.cache import cache
    from django.test import Client
    from django.urls import reverse

    cache.clear()  # of rate limits
    client, fields = (
        Client(SERVER_NAME="localhost"),
        {name: value or email for name, value in FORMS[route].items()},
    )
    wall, cpu = perf_counter(), process_time()
    client.post(reverse(route), fields)
    return (perf_counter() - wall) * 1000, (process_time() - cpu) * 1000


def create_known_account() -> str:
    from allauth.account.models import EmailAddress

    from accounts.models import User

    user = User.objects.create_user("known@example.org", "violet-tram-9-harbour")
    EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=True)
    return str(user.email)


def print_route(route: str, known_address: str, rounds: int) -> None:
    times: dict[bool, list[Any]] = {True: [], False: []}
    for number in range(rounds):
        for known in (True, False):
            address = known_address if known else f"{route}{number}@example.org"
            times[known].append(measure_milliseconds(route, address))
    for kind, column in (("wall", 0), ("CPU", 1)):
        known, unknown = (median(time[column] for time in times[way]) for way in (True, False))
        print(
            f"{route:26} {kind:4} known {known:6.1f} ms, unknown {unknown:6.1f} ms, ratio {known / unknown:.2f}"
        )


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description="Time forms for a known and an unknown address.")
    arguments.add_argument("--rounds", type=int, default=100, metavar="N", help="forms of each kind")
    rounds = arguments.parse_args().rounds
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"DEBUG": "1", "VAR_DIR": folder, "LOG_LEVEL": "CRITICAL", "EMAIL_URL": "memorymail://"}
        os.environ["ALLOWED_HOSTS"] = "localhost"
        os.environ["DJANGO_SETTINGS_MODULE"] = "botoxtrack.settings"
        import django
        from django.core.management import call_command

        django.setup()
        call_command("migrate", verbosity=0)
        call_command("createcachetable")
        known = create_known_account()
        for route in FORMS:
            measure_milliseconds(route, f"warm{route}@example.org")
            print_route(route, known, rounds)


if __name__ == "__main__":
    main()
