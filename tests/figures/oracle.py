"""A second implementation of the figures, written from the page of rules alone: slow, obvious, exact.

Every window asks every date again, all arithmetic up to the square roots is in fractions, and nothing but the
input types is shared with figures. Of the reference lines it knows id and verdict.
"""

from datetime import date, timedelta
from fractions import Fraction
from math import sqrt
from typing import Any

from figures.values import Day, Diary

Json = dict[str, Any]
Span = tuple[date, date]

METRICS = [
    "headache_days",
    "migraine_days",
    "moderate_severe_days",
    "headache_hours",
    "acute_medication_days",
    "clear_days",
    "lost_days",
]
YES_NO = ["headache_days", "migraine_days", "moderate_severe_days", "acute_medication_days", "clear_days"]
ONE_DAY = timedelta(days=1)
Z = 1.959963984540054


def figures(record: Diary, as_of: date) -> Json:
    """Section 12 for `record` as of `as_of`, all numbers as floats or whole numbers."""
    return Oracle(record, as_of).everything()


def answer(metric: str, day: Day, criterion: str) -> Fraction | None:
    """Section 2, row by row."""
    yes, no, unknown = Fraction(1), Fraction(0), None
    if metric == "acute_medication_days":
        return yes if len(day.intakes) > 0 else no
    if metric == "clear_days":
        return no if day.headache else yes
    if metric == "lost_days":
        if day.lost is not None:
            return Fraction(day.lost)
        return unknown if day.headache else no
    if not day.headache:
        return no
    return answer_with_headache(metric, day, criterion)


def answer_with_headache(metric: str, day: Day, criterion: str) -> Fraction | None:
    """Section 2, the four metrics that ask about the pain, of a day with headache."""
    yes, no, unknown = Fraction(1), Fraction(0), None
    if metric == "headache_days":
        if criterion == "any":
            return yes
        if day.hours is None:
            return unknown
        return yes if day.hours >= 4 else no
    if metric == "moderate_severe_days":
        return {None: unknown, "mild": no, "moderate": yes, "severe": yes}[day.intensity]
    if metric == "headache_hours":
        return unknown if day.hours is None else Fraction(day.hours)
    return migraine(day)


def migraine(day: Day) -> Fraction | None:
    """Section 2, migraine_days of a day with headache."""
    for taken in day.intakes:
        if taken.drug_class in ("triptan", "ergot") and taken.relief in ("partial", "complete"):
            return Fraction(1)
    had = day.features
    if had is None:
        return None
    if "aura" in had:
        return Fraction(1)
    second_bracket = "nausea" in had or "vomiting" in had or ("light" in had and "sound" in had)
    three = sum(1 for word in ("one-sided", "pulsating", "worse-with-activity") if word in had)
    four = three + (1 if day.intensity in ("moderate", "severe") else 0)
    if four >= 2 and second_bracket:
        return Fraction(1)
    if day.intensity is None and second_bracket and three == 1:
        return None
    return Fraction(0)


def dates(start: date, end: date) -> list[date]:
    """Both included; none when `end` is before `start`."""
    return [start + n * ONE_DAY for n in range((end - start).days + 1)]


class Oracle:
    def __init__(self, record: Diary, as_of: date) -> None:
        self.record = record
        self.as_of = as_of
        self.sessions = sorted({session for session in record.sessions if session <= as_of})
        self.known_r: dict[str, Fraction] = {}  # asked for in every interval

    def ask(self, metric: str, at: date) -> Fraction | None:
        if at > self.as_of or at not in self.record.days:
            return None
        return answer(metric, self.record.days[at], self.record.criterion)

    def known(self, metric: str, start: date, end: date) -> list[Fraction]:
        found = [self.ask(metric, at) for at in dates(start, end)]
        return [one for one in found if one is not None]

    def per_28(self, metric: str, start: date, end: date) -> Fraction | None:
        known = self.known(metric, start, end)
        return sum(known, Fraction(0)) * 28 / len(known) if len(known) >= 20 else None

    # Section 3

    def window(self, start: date, end: date) -> Json:
        metrics = {}
        for metric in METRICS:
            known = self.known(metric, start, end)
            metrics[metric] = {
                "count": number(sum(known, Fraction(0))),
                "known": len(known),
                "per_28": number(self.per_28(metric, start, end)),
            }
        return {
            "start": start.isoformat(),
            "end": end.isoformat(),
            "days": len(dates(start, end)),
            "recorded": sum(1 for at in dates(start, end) if at in self.record.days and at <= self.as_of),
            "complete": not end > self.as_of,
            "metrics": metrics,
        }

    def baseline(self) -> tuple[date, date]:
        return self.sessions[0] - 28 * ONE_DAY, self.sessions[0] - ONE_DAY

    def now(self) -> tuple[date, date]:
        return max(self.sessions[0], self.as_of - 27 * ONE_DAY), self.as_of

    def next_session(self, session: date) -> date | None:
        later = [other for other in self.sessions if other > session]
        return min(later) if later else None

    def last_day(self, session: date) -> date:
        following = self.next_session(session)
        return self.as_of if following is None else following - ONE_DAY

    def periods(self, session: date) -> dict[str, tuple[date, date]]:
        found = {}
        following = self.next_session(session)
        for label, first, last in (("weeks 1-4", 0, 27), ("weeks 5-8", 28, 55), ("weeks 9-12", 56, 83)):
            start, end = session + first * ONE_DAY, session + last * ONE_DAY
            if following is not None:
                end = min(end, following - ONE_DAY)
            if start <= end and start <= self.as_of:
                found[label] = (start, end)
        start, end = session + 84 * ONE_DAY, self.last_day(session)
        if start <= end:
            found["weeks 13+"] = (start, end)
        return found

    # Section 4

    def months(self) -> list[tuple[date, date]]:
        """The windows that may join r."""
        found = [self.baseline()]
        for session in self.sessions:
            found += [span for label, span in self.periods(session).items() if label != "weeks 13+"]
        return found

    def r(self, metric: str) -> Fraction:
        if metric not in self.known_r:
            self.known_r[metric] = self.compute_r(metric)
        return self.known_r[metric]

    def compute_r(self, metric: str) -> Fraction:
        num = den = Fraction(0)
        sizes = []
        for start, end in self.months():
            if self.per_28(metric, start, end) is None:
                continue
            known = self.known(metric, start, end)
            sizes.append(len(known))
            m = sum(known, Fraction(0)) / len(known)
            den += sum(((a - m) ** 2 for a in known), Fraction(0))
            for at in dates(start, end - ONE_DAY):
                a, b = self.ask(metric, at), self.ask(metric, at + ONE_DAY)
                if a is not None and b is not None:
                    num += (a - m) * (b - m)
        if den == 0 or not sizes:
            return Fraction(0)
        n = Fraction(sum(sizes), len(sizes))
        return min(Fraction(9, 10), max(Fraction(0), (num / den * n + 1) / (n - 3)))

    def change(self, metric: str, before: list[Fraction], after: list[Fraction], z: float = Z) -> Json | None:
        if len(before) < 20 or len(after) < 20:
            return None
        a, b = sum(before, Fraction(0)) * 28 / len(before), sum(after, Fraction(0)) * 28 / len(after)
        return {
            "difference": float(b - a),
            "percent": None if a == 0 else float((b - a) / a * 100),
            "interval": self.interval(metric, before, after, z) if metric in YES_NO else None,
        }

    def interval(
        self, metric: str, before: list[Fraction], after: list[Fraction], z: float = Z
    ) -> list[float]:
        r = self.r(metric)
        p1, l1, u1 = wilson(before, r, z)
        p2, l2, u2 = wilson(after, r, z)
        d = p2 - p1
        return [
            (d - sqrt((p2 - l2) ** 2 + (u1 - p1) ** 2)) * 28,
            (d + sqrt((u2 - p2) ** 2 + (p1 - l1) ** 2)) * 28,
        ]

    # Section 5

    def rules(self) -> list[Json]:
        verdicts = {
            "nice-30": self.nice_30(),
            "nice-under-15": self.under(15),
            "ehf-under-10": self.under(10),
            "ehf-30": self.ehf_30(),
            "half": self.against_now("headache_days"),
            "hull-clear": self.against_now("clear_days"),
        }
        return [{"id": name, "verdict": verdict} for name, verdict in verdicts.items()]

    def fewer(self, before: tuple[date, date], after: tuple[date, date] | None, percent: int) -> str:
        if after is None:
            return "not_enough_entries"
        a, b = self.per_28("headache_days", *before), self.per_28("headache_days", *after)
        if a is None or b is None:
            return "not_enough_entries"
        if a == 0:
            return "not_applicable"
        return "reached" if a - b >= a * percent / 100 else "not_reached"

    def nice_30(self) -> str:
        if len(self.sessions) < 2 or self.as_of < self.sessions[1] + 83 * ONE_DAY:
            return "too_early"
        return self.fewer(self.baseline(), self.periods(self.sessions[1]).get("weeks 9-12"), 30)

    def under(self, limit: int) -> str:
        if self.as_of - 83 * ONE_DAY < self.sessions[0]:
            return "too_early"
        back = [(83, 56), (55, 28), (27, 0)]
        rates = [
            self.per_28("headache_days", self.as_of - first * ONE_DAY, self.as_of - last * ONE_DAY)
            for first, last in back
        ]
        if any(rate is None for rate in rates):
            return "not_enough_entries"
        return "reached" if all(rate is not None and rate < limit for rate in rates) else "not_reached"

    def ehf_30(self) -> str:
        ripe = [session for session in self.sessions if session + 27 * ONE_DAY <= self.as_of]
        if not ripe:
            return "too_early"
        session = max(ripe)
        before = (session - 28 * ONE_DAY, session - ONE_DAY)
        return self.fewer(before, self.periods(session).get("weeks 1-4"), 30)

    def against_now(self, metric: str) -> str:
        if self.as_of < self.sessions[0] + 27 * ONE_DAY:
            return "too_early"
        if metric == "headache_days":
            return self.fewer(self.baseline(), self.now(), 50)
        a, b = self.per_28(metric, *self.baseline()), self.per_28(metric, *self.now())
        if a is None or b is None:
            return "not_enough_entries"
        if a == 0:
            return "not_applicable"
        return "reached" if b >= 2 * a else "not_reached"

    # Section 6

    def wear_off(self) -> Json:
        weeks: dict[str, list[Fraction]] = {str(n): [] for n in range(1, 13)}
        weeks["13+"] = []
        for session in self.sessions:
            for at in dates(session, self.last_day(session)):
                week = (at - session).days // 7 + 1
                told = self.ask("headache_days", at)
                if told is not None:
                    weeks[str(week) if week <= 12 else "13+"].append(told)
        return {"weeks": {key: per_week(known) for key, known in weeks.items()}, **self.late_minus_middle()}

    def late_minus_middle(self) -> Json:
        middle: list[Fraction] = []
        late: list[Fraction] = []
        cycles = 0
        for session in self.sessions:
            periods = self.periods(session)
            if "weeks 5-8" not in periods or "weeks 9-12" not in periods:
                continue
            one = self.known("headache_days", *periods["weeks 5-8"])
            two = self.known("headache_days", *periods["weeks 9-12"])
            if len(one) >= 20 and len(two) >= 20:
                cycles += 1
                middle += one
                late += two
        if cycles == 0:
            return {"cycles": 0, "difference": None, "interval": None, "signal": None}
        difference = sum(late, Fraction(0)) * 28 / len(late) - sum(middle, Fraction(0)) * 28 / len(middle)
        interval = self.interval("headache_days", middle, late)
        return {
            "cycles": cycles,
            "difference": float(difference),
            "interval": interval,
            "signal": interval[0] > 0,
        }

    # Section 7

    def overuse(self) -> list[Json]:
        limits = {"triptan": 10, "ergot": 10, "opioid": 10, "combination": 10, "non-opioid": 15}
        days: dict[tuple[str, str], set[date]] = {}
        for at, day in self.record.days.items():
            for taken in day.intakes:
                group = "non-opioid" if taken.drug_class in ("simple", "nsaid") else taken.drug_class
                if at <= self.as_of:
                    days.setdefault((group, at.strftime("%Y-%m")), set()).add(at)
        return [
            {
                "group": group,
                "month": month,
                "days": len(found),
                "limit": limits.get(group),
                "at_or_above": len(found) >= limits[group] if group in limits else None,
            }
            for (group, month), found in sorted(days.items())
        ]

    # Section 12

    def everything(self) -> Json:
        told: Json = {
            "as_of": self.as_of.isoformat(),
            "criterion": self.record.criterion,
            "baseline": None,
            "now": None,
            "cycles": [],
            "change": None,
            "autocorrelation": None,
            "rules": [],
            "wear_off": None,
            "overuse": self.overuse(),
        }
        if self.sessions:
            told |= self.treated()
        return told

    def treated(self) -> Json:
        return {
            "baseline": self.window(*self.baseline()),
            "now": self.window(*self.now()),
            "cycles": [
                {
                    "number": number,
                    "session": session.isoformat(),
                    "periods": [
                        {**self.window(*span), "label": label}
                        for label, span in self.periods(session).items()
                    ],
                }
                for number, session in enumerate(self.sessions, start=1)
            ],
            "change": {
                metric: self.change(
                    metric, self.known(metric, *self.baseline()), self.known(metric, *self.now())
                )
                for metric in METRICS
            },
            "autocorrelation": {metric: float(self.r(metric)) for metric in YES_NO},
            "rules": self.rules(),
            "wear_off": self.wear_off(),
        }


def wilson(known: list[Fraction], r: Fraction, z: float = Z) -> tuple[float, float, float]:
    """p and its limits: the two x with (p - x)^2 = z^2 x (1 - x) / n_eff."""
    p = sum(known, Fraction(0)) / len(known)
    n_eff = max(Fraction(2), len(known) * (1 - r) / (1 + r))
    s = Fraction(z) ** 2 / n_eff
    a, b, c = 1 + s, -(2 * p + s), p * p
    root = sqrt(b * b - 4 * a * c)
    return float(p), (-float(b) - root) / (2 * float(a)), (-float(b) + root) / (2 * float(a))


def per_week(known: list[Fraction]) -> Json:
    count = sum(known, Fraction(0))
    return {
        "count": number(count),
        "known": len(known),
        "per_week": number(count * 7 / len(known)) if known else None,
    }


def number(value: Fraction | None) -> float | None:
    return None if value is None else float(value)
