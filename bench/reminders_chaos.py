"""Letters while everything is killed: real workers, beats, broker and database, and a mail server that misbehaves.

    python -m bench.reminders_chaos [--letters N] [--kills N] [--seed N] [--embedded]

Makes N due letters, starts two beats and several workers (Redis and PostgreSQL; with --embedded SQLite and the file
broker, each worker with a beat of its own), and kills -9 workers, beats and Redis at random, empties Redis, puts the
clocks of single processes forward and back, and stops letters by the product's own action in between. Meanwhile the
mail server stalls, breaks the line after the letter with and without keeping it, and answers 4xx and 5xx. When all
is quiet a checker compares what arrived with the ledger. The last line is one JSON object:

    letters, kills      due letters; processes ended with kill -9 (workers, beats, Redis)
    lost                never arrived, and the ledger neither says that it was called off or refused, nor doubts it
    doubled             arrived more than once, under one Message-ID
    phantom             arrived, though the ledger does not know of it or says that it did not go out
    stale               arrived after the call that stopped it had come back
    in_doubt            rows that the ledger names in doubt (doubted once or more)

and beside them how doubles came about: by a killed worker, or by the mail server keeping a letter and not saying so;
`undoubted` counts doubles that the ledger does not name (0 is right), `workers_killed` bounds the first.
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

from bench.sink import Faults, Sink, in_a_thread
from tests.processes.site import Site
from tests.servers import ROOT, free_port, postgres, wait_for

STEPPED = Path(__file__).parent / "stepped_clock"
FAULTS = Faults(
    unknown_address=1, later_recipient=2, later_letter=1, kept_and_dropped=0.3, lost_and_dropped=0.3, stalled=0.2,
)  # fmt: skip
STOPPED_PERCENT = 5
QUIET_WITHIN = 240.0
CLOCK_OFF = 900.0  # seconds a clock is put forward or back at most


def arguments() -> argparse.Namespace:
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
    asked = parser.parse_args()
    if asked.letters < 1 or asked.kills < 0 or asked.every <= 0 or asked.patience <= 0 or asked.workers < 0:
        parser.error("letters from 1, kills from 0, seconds above 0")
    return asked


@dataclass
class Proc:
    """One process that is started anew whenever it has been killed."""

    name: str
    command: list[str]
    environment: dict[str, str]
    log: Path
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self.log.open("ab") as out:
            self.process = subprocess.Popen(
                self.command,
                env=self.environment,
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,
            )

    def kill(self) -> None:
        """With what it started: a worker's own beat is a process beside it, and would stay."""
        if self.process:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    @property
    def clock(self) -> Path:
        return Path(self.environment["STEPPED_CLOCK"])


@dataclass
class Stage:
    """Everything that runs, and what was done to it."""

    site: Site
    random: Random
    procs: list[Proc]
    redis: Proc | None
    redis_port: int
    kills: Counter[str] = field(default_factory=Counter)
    others: Counter[str] = field(default_factory=Counter)
    stopped: dict[str, tuple[float, str]] = field(default_factory=dict)

    def kill_one(self) -> None:
        """Mostly workers and beats, now and then Redis."""
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
        """Empty Redis, or put a clock off or right."""
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


def settings_of_the_chaos(letters_port: int, patience: float) -> dict[str, str]:
    """The product's own settings, quickened: a second for a tick, one for each step of a talk."""
    return {
        "REMINDER_TICK_SECONDS": "1", "REMINDER_BACK_OFF": "1,2,3,4,5", "MAIL_PER_MINUTE": "0", "LOG_LEVEL": "WARNING",
        "MAIL_TIMEOUT": str(patience), "REMINDER_BATCH_SECONDS": str(max(1.0, 5 * patience)),
        "QUEUE": f"chaos-{uuid4().hex}",
        "EMAIL_URL": f"smtp://127.0.0.1:{letters_port}",
    }  # fmt: skip


def make_procs(site: Site, asked: argparse.Namespace) -> list[Proc]:
    celery = [sys.executable, "-m", "celery", "-A", "botoxtrack"]
    plain = [
        "--pool",
        "solo",
        "--without-gossip",
        "--without-mingle",
        "--without-heartbeat",
        "--loglevel",
        "WARNING",
    ]
    procs = []

    def add(name: str, command: list[str]) -> None:
        clock = site.folder / f"{name}.clock"
        environment = site.environment | {
            "PYTHONPATH": f"{STEPPED}{os.pathsep}{ROOT}", "STEPPED_CLOCK": str(clock),
        }  # fmt: skip
        procs.append(Proc(name, [*celery, *command], environment, site.folder / f"{name}.log"))

    if asked.embedded:
        for number in range(asked.workers or 2):
            schedule = str(site.folder / f"schedule-{number}")
            add(f"worker-{number}", ["worker", "--beat", "--schedule", schedule, *plain])
    else:
        for number in range(2):
            schedule = ["--schedule", str(site.folder / f"schedule-{number}"), "--pidfile", ""]
            add(f"beat-{number}", ["beat", *schedule, "--loglevel", "WARNING"])
        for number in range(asked.workers or 4):
            add(f"worker-{number}", ["worker", "--hostname", f"w{number}@chaos", *plain])
    return procs


@contextmanager
def staged(asked: argparse.Namespace, folder: Path, port: int) -> Iterator[Stage]:
    """A prepared site with its servers; ends all of them."""
    more = settings_of_the_chaos(port, asked.patience)
    with ExitStack() as stack:
        database, redis_proc, redis_port = "", None, 0
        if not asked.embedded:
            database = stack.enter_context(postgres())
            redis_port = free_port()
            more["REDIS_URL"] = f"redis://127.0.0.1:{redis_port}/0"
            command = ["redis-server", "--port", str(redis_port), "--bind", "127.0.0.1", "--save", ""]
            command += ["--dir", str(folder)]
            redis_proc = Proc("redis", command, dict(os.environ), folder / "redis.log")
            redis_proc.start()
        site = Site(folder, more["EMAIL_URL"], database_url=database, more=more)
        site.prepare()
        stage = Stage(site, Random(asked.seed), make_procs(site, asked), redis_proc, redis_port)
        try:
            yield stage
        finally:
            for proc in [*stage.procs, *([redis_proc] if redis_proc else [])]:
                if proc.process and proc.process.poll() is None:
                    proc.kill()


def make_letters(number: int, random: Random, over: float) -> None:
    """Patients with one letter each, 14 days before a session that is ten days away: due since four days, of use for
    three more. They become due one after the other, so that there is work at every kill."""
    from allauth.account.models import EmailAddress
    from django.utils import timezone

    from accounts.models import Record, User
    from reminders.models import Reminder
    from treatments.models import InjectionSession

    now = timezone.now()
    target = now.date() + timedelta(days=10)
    due = datetime.combine(target - timedelta(14), datetime.min.time(), UTC) + timedelta(hours=9)
    users = User.objects.bulk_create(
        User(email=f"p{one}@example.org", password="!", time_zone="UTC") for one in range(number)
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
            user=user, kind="d14", target_date=target, due_at=due,
            next_action_at=now + timedelta(seconds=random.uniform(0, over)),
        )
        for user in users
    )  # fmt: skip


def stop_some(stage: Stage, share: float) -> None:
    """Stop letters by the product's own action, as a click in the app would; notes when the call came back."""
    from django.utils import timezone

    from accounts.models import User
    from reminders.actions import change_preferences
    from reminders.models import Reminder

    waiting = Reminder.objects.filter(kind="d14", state__in=["scheduled", "claimed", "sending"]).order_by("?")
    for pk in list(waiting.values_list("user_id", flat=True)[: max(1, int(share))]):
        user = User.objects.get(pk=pk)
        change_preferences(user=user, now=timezone.now(), by_email=False)
        came_back = time.monotonic()
        state = Reminder.objects.get(user=user, kind="d14").state
        stage.stopped[user.email] = (came_back, state)


def make_chaos(stage: Stage, asked: argparse.Namespace) -> None:
    share = asked.letters * STOPPED_PERCENT / 100 / max(1, asked.kills)
    wanted = 0.0
    for number in range(asked.kills):
        time.sleep(stage.random.uniform(0.5, 1.5) * asked.every)
        stage.kill_one()
        wanted += share
        if wanted >= 1:
            stop_some(stage, wanted)
            wanted -= int(wanted)
        if stage.random.random() < 0.3:
            stage.disturb()
        if (number + 1) % 10 == 0:
            print(f"{number + 1} kills, {open_rows()} rows to do", flush=True)


def open_rows() -> int:
    from reminders.models import Reminder

    # A clock that was put back lets the reconcile plan later letters beside these.
    return Reminder.objects.filter(kind="d14", state__in=["scheduled", "claimed", "sending"]).count()


def check(stage: Stage, sink: Sink) -> dict[str, Any]:
    """Compare what arrived with what the ledger says."""
    from reminders.models import Reminder

    rows = {
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
        for key, (state, uncertain_count, _email, error) in rows.items()
        if key not in arrived
        and state not in called_off
        and not (state == "failed" and error.startswith("550"))
        and state != "in_doubt"
    ]
    doubled = {key: found for key, found in arrived.items() if len(found) > 1}
    phantom = [
        key
        for key in arrived
        if key not in rows or (rows[key][0] not in ("sent", "in_doubt") and rows[key][1] == 0)
    ]
    by_email = {email: key for key, (_state, _doubts, email, _error) in rows.items()}
    stale = 0
    for email, (came_back, state) in stage.stopped.items():
        later = [one for one in arrived.get(by_email[email], []) if one.at > came_back]
        # A letter that was being sent when the call came is in the air; nothing may follow it.
        stale += max(0, len(later) - (1 if state == "sending" else 0))
    untold = [key for key, found in doubled.items() if any(not one.told for one in found[:-1])]
    return {
        "lost": len(lost),
        "doubled": len(doubled),
        "phantom": len(phantom),
        "stale": stale,
        "in_doubt": sum(uncertain_count > 0 for _state, uncertain_count, _email, _error in rows.values()),
        "doubled_by_kill": len(doubled) - len(untold),
        "doubled_by_mail_server": len(untold),
        "undoubted": sum(rows[key][1] == 0 for key in doubled if key in rows),
        "most_copies": max((len(found) for found in arrived.values()), default=0),
        "in_doubt_and_never_arrived": sum(
            key not in arrived and state == "in_doubt" for key, (state, *_rest) in rows.items()
        ),
        "states": dict(Counter(state for state, *_rest in rows.values())),
    }


def use(site: Site) -> None:
    """This process asks the same database, through the product."""
    import django

    theirs = site.environment
    os.environ.clear()
    os.environ.update(theirs)
    django.setup()


def main() -> None:
    asked = arguments()
    port = free_port()
    sink = Sink(replace(FAULTS, stall_seconds=2.5 * asked.patience), Random(asked.seed))
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="btx-chaos-"))
        stack.enter_context(in_a_thread(sink, port))
        stage = stack.enter_context(staged(asked, Path(folder), port))
        use(stage.site)
        make_letters(asked.letters, stage.random, asked.kills * asked.every)
        began = time.monotonic()
        for proc in stage.procs:
            proc.start()
        wait_for(lambda: sink.arrivals, within=60, what="the first letter")
        make_chaos(stage, asked)
        # The one clock of the embedded default may have been ahead, and leases then end by it: it ends ahead, or the
        # quiet would be waited for as long as it was off. Elsewhere the database's clock tells the time.
        for proc in stage.procs:
            proc.clock.write_text(str(CLOCK_OFF if asked.embedded else 0))
        try:
            wait_for(lambda: open_rows() == 0, within=QUIET_WITHIN, what="every row to come to its end")
        except TimeoutError as error:  # rows that are left are counted as lost
            print(error, flush=True)
            for proc in stage.procs:
                print(proc.name, proc.log.read_text(errors="replace")[-1500:], flush=True)
        took = time.monotonic() - began
        found = check(stage, sink)
    killed = dict(stage.kills)
    print(
        json.dumps(
            {
                "letters": asked.letters, "kills": sum(killed.values()), **found, "stopped": len(stage.stopped),
                "workers_killed": killed.get("worker", 0), "killed": killed, "disturbed": dict(stage.others),
                "seconds": round(took, 1), "seed": asked.seed,
                "on": "SQLite and files" if asked.embedded else "PostgreSQL and Redis",
            }
        )
    )  # fmt: skip


if __name__ == "__main__":
    main()
