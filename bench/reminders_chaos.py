"""E-mails while everything is killed: real workers, beats, broker and database, and a faulty mail server.

    python -m bench.reminders_chaos [--letters N] [--kills N] [--seed N] [--embedded]

Creates N due reminders, starts two beats and several workers (Redis and PostgreSQL; with --embedded SQLite and the file
broker, each worker with a beat of its own), and kills -9 workers, beats and Redis at random, empties Redis, shifts
the clocks of single processes, and stops reminders with the product's own action in between. Meanwhile the mail
server stalls, closes the connection after an e-mail with and without storing it, and responds 4xx and 5xx. In the
end, what arrived is compared with the ledger. The last line is one JSON object:

    letters, kills      due reminders; processes ended with kill -9 (workers, beats, Redis)
    lost                never arrived, and the ledger neither says that it was cancelled or refused, nor in doubt
    doubled             arrived more than once, under one Message-ID
    phantom             arrived, though the ledger does not contain it or says that it was not sent
    stale               arrived after the call that stopped it had returned
    in_doubt            reminders that were in doubt once or more

and the causes of doubles: a killed worker, or the mail server storing an e-mail without a response; `undoubted`
counts doubles that the ledger does not name (0 is right), `workers_killed` bounds the first.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from uuid import uuid4

from bench.sink import Faults, Sink, run_in_thread
from tests.processes.site import Site
from tests.servers import ROOT, free_port, postgres, wait_for

STEPPED_CLOCK_FOLDER = Path(__file__).parent / "stepped_clock"
FAULTS = Faults(
    unknown_address=1, later_recipient=2, later_email=1, kept_and_dropped=0.3, lost_and_dropped=0.3, stalled=0.2,
)  # fmt: skip
STOPPED_PERCENT = 5
QUIET_WITHIN = 240.0
CLOCK_OFF = 900.0  # seconds a clock is put forward or back at most


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--letters", type=int, default=10_000)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--embedded", action="store_true", help="SQLite and the file broker")
    parser.add_argument("--workers", type=int, default=0, help="workers beside the two beats; 4 at first")
    parser.add_argument("--every", type=float, default=1.0, help="seconds between kills, on average")
    parser.add_argument("--patience", type=float, default=1.0, help="seconds for each step of a talk by SMTP")
    options = parser.parse_args()
    if (
        options.letters < 1
        or options.kills < 0
        or options.every <= 0
        or options.patience <= 0
        or options.workers < 0
    ):
        parser.error("letters from 1, kills from 0, seconds above 0")
    return options


@dataclass
class ManagedProcess:
    """A process that is restarted whenever it was killed."""

    name: str
    command: list[str]
    environment: dict[str, str]
    log: Path
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                env=self.environment,
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def kill(self) -> None:
        """Kill the process group: the embedded beat of a worker is a process of its own."""
        if self.process:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    @property
    def clock(self) -> Path:
        return Path(self.environment["STEPPED_CLOCK"])


@dataclass
class Stage:
    """All processes, and what was done to them."""

    site: Site
    random: Random
    procs: list[ManagedProcess]
    redis: ManagedProcess | None
    redis_port: int
    kills: Counter[str] = field(default_factory=Counter)
    others: Counter[str] = field(default_factory=Counter)
    stopped: dict[str, tuple[float, str]] = field(default_factory=dict)

    def kill_one(self) -> None:
        """Kill a worker or a beat, sometimes Redis."""
        if self.redis and self.random.random() < 0.12:
            self.redis.kill()
            self.kills["redis"] += 1
            time.sleep(self.random.uniform(0, 0.5))
            self.redis.start()
            return
        chosen = self.random.choice(self.procs)
        chosen.kill()
        self.kills["worker" if "worker" in chosen.command else "beat"] += 1
        chosen.start()

    def disturb(self) -> None:
        """Empty Redis, or shift or reset a clock."""
        if self.redis and self.random.random() < 0.3:
            empty_redis(self.redis_port)
            self.others["emptied"] += 1
            return
        seconds = self.random.choice([0, 0, self.random.uniform(-CLOCK_OFF, CLOCK_OFF)])
        # On one machine there is one clock; several machines have one each.
        for proc in [self.random.choice(self.procs)] if self.redis else self.procs:
            proc.clock.write_text(str(seconds))
        self.others["clock steps"] += 1


def empty_redis(port: int) -> None:
    import redis

    with suppress(redis.RedisError, OSError):
        redis.Redis(port=port, socket_timeout=1).flushall()


def build_settings(letters_port: int, patience: float) -> dict[str, str]:
    """Return faster settings of the product: a second for a run, and for each step of SMTP."""
    return {
        "REMINDER_TICK_SECONDS": "1", "REMINDER_BACK_OFF": "1,2,3,4,5", "MAIL_PER_MINUTE": "0", "LOG_LEVEL": "WARNING",
        "MAIL_TIMEOUT": str(patience), "REMINDER_BATCH_SECONDS": str(max(1.0, 5 * patience)),
        "QUEUE": f"chaos-{uuid4().hex}",
        "EMAIL_URL": f"smtp://127.0.0.1:{letters_port}",
    }  # fmt: skip


def make_procs(site: Site, options: argparse.Namespace) -> list[ManagedProcess]:
    celery = [sys.executable, "-m", "celery", "-A", "botoxtrack"]
    worker_options = [
        "--pool", "solo", "--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel", "WARNING",
    ]  # fmt: skip
    procs = []

    def add(name: str, command: list[str]) -> None:
        clock = site.folder / f"{name}.clock"
        environment = site.environment | {
            "PYTHONPATH": f"{STEPPED_CLOCK_FOLDER}{os.pathsep}{ROOT}", "STEPPED_CLOCK": str(clock),
        }  # fmt: skip
        procs.append(ManagedProcess(name, [*celery, *command], environment, site.folder / f"{name}.log"))

    if options.embedded:
        for number in range(options.workers or 2):
            schedule = str(site.folder / f"schedule-{number}")
            add(f"worker-{number}", ["worker", "--beat", "--schedule", schedule, *worker_options])
    else:
        for number in range(2):
            schedule = ["--schedule", str(site.folder / f"schedule-{number}"), "--pidfile", ""]
            add(f"beat-{number}", ["beat", *schedule, "--loglevel", "WARNING"])
        for number in range(options.workers or 4):
            add(f"worker-{number}", ["worker", "--hostname", f"w{number}@chaos", *worker_options])
    return procs


@contextmanager
def run_stage(options: argparse.Namespace, folder: Path, port: int) -> Iterator[Stage]:
    """Prepare a site with its servers, and end all of them."""
    settings = build_settings(port, options.patience)
    with ExitStack() as stack:
        database, redis_proc, redis_port = "", None, 0
        if not options.embedded:
            database = stack.enter_context(postgres())
            redis_port = free_port()
            settings["REDIS_URL"] = f"redis://127.0.0.1:{redis_port}/0"
            command = ["redis-server", "--port", str(redis_port), "--bind", "127.0.0.1", "--save", ""]
            command += ["--dir", str(folder)]
            redis_proc = ManagedProcess("redis", command, dict(os.environ), folder / "redis.log")
            redis_proc.start()
        site = Site(folder, settings["EMAIL_URL"], database_url=database, more=settings)
        site.prepare()
        stage = Stage(site, Random(options.seed), make_procs(site, options), redis_proc, redis_port)
        try:
            yield stage
        finally:
            for proc in [*stage.procs, *([redis_proc] if redis_proc else [])]:
                if proc.process and proc.process.poll() is None:
                    proc.kill()


def create_reminders(number: int, random: Random, seconds: float) -> None:
    """Create patients with one reminder each, 14 days before a session in ten days: due for four days, useful for
    three more. They become due one after the other, so that there is work at every kill."""
    from allauth.account.models import EmailAddress
    from django.utils import timezone

    from accounts.models import Record, User
    from reminders.models import Reminder
    from treatments.models import InjectionSession

    now = timezone.now()
    target = now.date() + timedelta(days=10)
    due_at = datetime.combine(target - timedelta(14), datetime.min.time(), UTC) + timedelta(hours=9)
    users = User.objects.bulk_create(
        User(email=f"p{number_of_user}@example.org", password="!", time_zone="UTC")
        for number_of_user in range(number)
    )
    EmailAddress.objects.bulk_create(
        EmailAddress(user_id=user.pk, email=user.email, primary=True, verified=True) for user in users
    )
    records = Record.objects.bulk_create(Record(user=user) for user in users)
    InjectionSession.objects.bulk_create(
        InjectionSession(record=record, date=target - timedelta(84)) for record in records
    )
    Reminder.objects.bulk_create(
        Reminder(
            user=user, kind="d14", target_date=target, due_at=due_at,
            next_action_at=now + timedelta(seconds=random.uniform(0, seconds)),
        )
        for user in users
    )  # fmt: skip


def stop_reminders(stage: Stage, number: float) -> None:
    """Stop reminders with the product's own action, and store when the call returned."""
    from django.utils import timezone

    from accounts.models import User
    from reminders.actions import change_preferences
    from reminders.models import Reminder

    waiting = Reminder.objects.filter(kind="d14", state__in=["scheduled", "claimed", "sending"]).order_by("?")
    for pk in list(waiting.values_list("user_id", flat=True)[: max(1, int(number))]):
        user = User.objects.get(pk=pk)
        change_preferences(user=user, now=timezone.now(), by_email=False)
        returned_at = time.monotonic()
        state = Reminder.objects.get(user=user, kind="d14").state
        stage.stopped[user.email] = (returned_at, state)


def make_chaos(stage: Stage, options: argparse.Namespace) -> None:
    share = options.letters * STOPPED_PERCENT / 100 / max(1, options.kills)
    to_stop = 0.0
    for number in range(options.kills):
        time.sleep(stage.random.uniform(0.5, 1.5) * options.every)
        stage.kill_one()
        to_stop += share
        if to_stop >= 1:
            stop_reminders(stage, to_stop)
            to_stop -= int(to_stop)
        if stage.random.random() < 0.3:
            stage.disturb()
        if (number + 1) % 10 == 0:
            print(f"{number + 1} kills, {count_unfinished()} rows to do", flush=True)


def count_unfinished() -> int:
    from reminders.models import Reminder

    # With a clock in the past, the reconcile plans later reminders in addition.
    return Reminder.objects.filter(kind="d14", state__in=["scheduled", "claimed", "sending"]).count()


def compare_arrivals(stage: Stage, sink: Sink) -> dict[str, Any]:
    """Compare what arrived with the ledger."""
    from reminders.models import Reminder

    reminders = {
        key: (state, uncertain_count, email, error)
        for key, state, uncertain_count, email, error in Reminder.objects.filter(kind="d14").values_list(
            "key", "state", "uncertain_count", "user__email", "last_error"
        )
    }
    arrived: dict[str, list[Any]] = {}
    for arrival in sink.arrivals:
        arrived.setdefault(arrival.key, []).append(arrival)
    called_off = {"cancelled", "superseded", "suppressed"}
    lost = [
        key
        for key, (state, uncertain_count, _email, error) in reminders.items()
        if key not in arrived
        and state not in called_off
        and not (state == "failed" and error.startswith("550"))
        and state != "in_doubt"
    ]
    doubled = {key: copies for key, copies in arrived.items() if len(copies) > 1}
    phantom = [
        key
        for key in arrived
        if key not in reminders or (reminders[key][0] not in ("sent", "in_doubt") and reminders[key][1] == 0)
    ]
    by_email = {email: key for key, (_state, _doubts, email, _error) in reminders.items()}
    stale = 0
    for email, (came_back, state) in stage.stopped.items():
        later_arrivals = [arrival for arrival in arrived.get(by_email[email], []) if arrival.at > came_back]
        # One e-mail may have been on its way during the call; nothing may follow it.
        stale += max(0, len(later_arrivals) - (1 if state == "sending" else 0))
    by_mail_server = [
        key for key, copies in doubled.items() if any(not arrival.is_acknowledged for arrival in copies[:-1])
    ]
    return {
        "lost": len(lost),
        "doubled": len(doubled),
        "phantom": len(phantom),
        "stale": stale,
        "in_doubt": sum(
            uncertain_count > 0 for _state, uncertain_count, _email, _error in reminders.values()
        ),
        "doubled_by_kill": len(doubled) - len(by_mail_server),
        "doubled_by_mail_server": len(by_mail_server),
        "undoubted": sum(reminders[key][1] == 0 for key in doubled if key in reminders),
        "most_copies": max((len(copies) for copies in arrived.values()), default=0),
        "in_doubt_and_never_arrived": sum(
            key not in arrived and state == "in_doubt" for key, (state, *_rest) in reminders.items()
        ),
        "states": dict(Counter(state for state, *_rest in reminders.values())),
    }


def use_site(site: Site) -> None:
    """Configure Django in this process for the database of the site."""
    import django

    environment = site.environment
    os.environ.clear()
    os.environ.update(environment)
    django.setup()


def main() -> None:
    options = parse_arguments()
    port = free_port()
    sink = Sink(replace(FAULTS, stall_seconds=2.5 * options.patience), Random(options.seed))
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="btx-chaos-"))
        stack.enter_context(run_in_thread(sink, port))
        stage = stack.enter_context(run_stage(options, Path(folder), port))
        use_site(stage.site)
        create_reminders(options.letters, stage.random, options.kills * options.every)
        began = time.monotonic()
        for proc in stage.procs:
            proc.start()
        wait_for(lambda: sink.arrivals, within=60, what="the first letter")
        make_chaos(stage, options)
        # Embedded, the single clock may have been ahead, and leases expire by it: keep it ahead, so that they expire.
        # Otherwise the clock of the database counts.
        for proc in stage.procs:
            proc.clock.write_text(str(CLOCK_OFF if options.embedded else 0))
        try:
            wait_for(lambda: not count_unfinished(), within=QUIET_WITHIN, what="every row to be finished")
        except TimeoutError as error:  # remaining rows count as lost
            print(error, flush=True)
            for proc in stage.procs:
                print(proc.name, proc.log.read_text(errors="replace")[-1500:], flush=True)
        seconds = time.monotonic() - began
        report = compare_arrivals(stage, sink)
    killed = dict(stage.kills)
    print(
        json.dumps(
            {
                "letters": options.letters, "kills": sum(killed.values()), **report, "stopped": len(stage.stopped),
                "workers_killed": killed.get("worker", 0), "killed": killed, "disturbed": dict(stage.others),
                "seconds": round(seconds, 1), "seed": options.seed,
                "on": "SQLite and files" if options.embedded else "PostgreSQL and Redis",
            }
        )
    )  # fmt: skip


if __name__ == "__main__":
    main()
