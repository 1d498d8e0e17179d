"""The second implementation goes on: sections 13 to 18 of the page of rules, slow and obvious."""

from datetime import date
from fractions import Fraction
from math import ceil

from figures.values import Diary, Intake
from tests.figures.oracle import METRICS, ONE_DAY, YES_NO, Json, Oracle, Span, dates

Z_99 = 2.5758293035489004


def figures(record: Diary, as_of: date) -> Json:
    """Sections 12 and 19 for `record` as of `as_of`."""
    return LooksOracle(record, as_of).everything()


class LooksOracle(Oracle):
    # Section 13

    def possible_looks(self, metric: str) -> list[tuple[int, str, date, date]]:
        """Cycle, label, start and end of every period that can be a look, earliest first."""
        found = []
        for number, session in enumerate(self.sessions, start=1):
            for label, (start, end) in self.periods(session).items():
                if label == "weeks 13+" or len(dates(start, end)) != 28 or end > self.as_of:
                    continue
                if self.per_28(metric, start, end) is not None:
                    found.append((number, label, start, end))
        return found

    def reference(self, metric: str) -> tuple[str, Span] | None:
        if self.per_28(metric, *self.baseline()) is not None:
            return "baseline", self.baseline()
        possible = self.possible_looks(metric)
        return ("first", possible[0][2:]) if possible else None

    def look(self, metric: str) -> Json | None:
        reference = self.reference(metric)
        if reference is None:
            return None
        name, span = reference
        later = [one for one in self.possible_looks(metric) if name == "baseline" or one[2:] != span]
        if not later:
            return None
        cycle, label, start, end = later[-1]
        change = self.change(metric, self.known(metric, *span), self.known(metric, start, end), Z_99)
        assert change is not None
        low, high = change["interval"]
        verdict = "fewer" if high < 0 else "more" if low > 0 else "unclear"
        where = {"reference": name, "from": span[0].isoformat(), "cycle": cycle, "label": label}
        return {**where, "start": start.isoformat(), "end": end.isoformat(), **change, "verdict": verdict}

    def next_look(self) -> str | None:
        ends = [self.sessions[-1] + days * ONE_DAY for days in (27, 55, 83)] if self.sessions else []
        later = [end.isoformat() for end in ends if end > self.as_of]
        return min(later) if later else None

    # Section 14

    def unlogged(self) -> Json | None:
        look, reference = self.look("headache_days"), self.reference("headache_days")
        if look is None or reference is None:
            return None
        one = self.known("headache_days", *reference[1])
        two = self.known("headache_days", date.fromisoformat(look["start"]), date.fromisoformat(look["end"]))
        c1, c2, u1, u2 = int(sum(one)), int(sum(two)), 28 - len(one), 28 - len(two)
        tipping = max(0, ceil(Fraction(28 * c1, len(one))) - c2)
        return {
            "before": u1,
            "after": u2,
            "difference": [c2 - (c1 + u1), (c2 + u2) - c1],
            "tipping": None if tipping > u2 else tipping,
        }

    def robust(self, line: str, windows: list[Span]) -> bool:
        """The unknown days are filled in one by one, then the line is asked again."""
        metric = "clear_days" if line == "hull-clear" else "headache_days"
        shares = []
        for number, (start, end) in enumerate(windows):
            if line in ("nice-under-15", "ehf-under-10"):
                filling = 1
            elif number == 0:
                filling = 1 if line == "hull-clear" else 0
            else:
                filling = 0 if line == "hull-clear" else 1
            filled = [filling if (told := self.ask(metric, at)) is None else told for at in dates(start, end)]
            shares.append(Fraction(sum(filled)) / len(filled))
        if line in ("nice-under-15", "ehf-under-10"):
            return all(share * 28 < int(line[-2:]) for share in shares)
        before, after = shares
        if line == "hull-clear":
            return after >= 2 * before
        return (before - after) / before >= Fraction(50 if line == "half" else 30, 100)

    # Section 15

    def luck(self, line: str, windows: list[Span]) -> float | None:
        metric = "clear_days" if line == "hull-clear" else "headache_days"
        sizes = [len(self.known(metric, *span)) for span in windows]
        compared = windows[0]
        if line in ("nice-under-15", "ehf-under-10"):
            compared = self.baseline()
            if self.per_28(metric, *compared) is None:
                return None
        known = self.known(metric, *compared)
        p, r = float((sum(known) + Fraction(1, 2)) / (len(known) + 1)), float(self.r(metric))
        if line in ("nice-under-15", "ehf-under-10"):
            return under_by_luck(p, r, sizes, int(line[-2:]))
        chance = 0.0
        for c1, one in counts(p, r, sizes[0]).items():
            for c2, two in counts(p, r, sizes[1]).items():
                before, after = Fraction(c1, sizes[0]), Fraction(c2, sizes[1])
                if c1 == 0:
                    continue
                if line == "hull-clear":
                    reached = after >= 2 * before
                else:
                    reached = (before - after) / before >= Fraction(50 if line == "half" else 30, 100)
                chance += one * two if reached else 0.0
        return chance

    def rules(self) -> list[Json]:
        told = []
        for rule in super().rules():
            line, verdict = rule["id"], rule["verdict"]
            windows = self.windows_of(line) if verdict in ("reached", "not_reached") else []
            luck = self.luck(line, windows) if windows else None
            robust = self.robust(line, windows) if verdict == "reached" else None
            told.append({**rule, "luck": luck, "robust": robust})
        return told

    def windows_of(self, line: str) -> list[Span]:
        if line == "nice-30":
            return [self.baseline(), self.periods(self.sessions[1])["weeks 9-12"]]
        if line in ("nice-under-15", "ehf-under-10"):
            spans = [(83, 56), (55, 28), (27, 0)]
            return [(self.as_of - first * ONE_DAY, self.as_of - last * ONE_DAY) for first, last in spans]
        if line == "ehf-30":
            session = max(one for one in self.sessions if one + 27 * ONE_DAY <= self.as_of)
            return [(session - 28 * ONE_DAY, session - ONE_DAY), self.periods(session)["weeks 1-4"]]
        return [self.baseline(), self.now()]

    # Sections 16 and 17

    def power(self) -> Json | None:
        known = self.known("headache_days", *self.baseline())
        if len(known) < 20:
            return None
        p1, r = float((sum(known) + Fraction(1, 2)) / (len(known) + 1)), float(self.r("headache_days"))
        told: Json = {}
        for fall in (30, 50):
            told[str(fall)] = {}
            for days in (28, 20):
                chance = 0.0
                for count, share in counts(p1 * (1 - fall / 100), r, days).items():
                    look = [Fraction(1)] * count + [Fraction(0)] * (days - count)
                    chance += share if self.interval("headache_days", known, look, Z_99)[1] < 0 else 0.0
                told[str(fall)][str(days)] = chance
        return told

    def drift(self) -> Json | None:
        first = self.sessions[0]
        before = self.known("headache_days", first - 56 * ONE_DAY, first - 29 * ONE_DAY)
        return self.change("headache_days", before, self.known("headache_days", *self.baseline()))

    # Section 18

    def relief(self) -> list[Json]:
        rows: list[tuple[date, Intake]] = []
        for at in dates(self.as_of - 83 * ONE_DAY, self.as_of):
            if at in self.record.days:
                rows += [(at, taken) for taken in self.record.days[at].intakes]
        told = []
        for name in {taken.name.strip().lower() for _, taken in rows}:
            of_it = [(at, taken) for at, taken in rows if taken.name.strip().lower() == name]
            number = {
                word: sum(1 for _, taken in of_it if taken.relief == word)
                for word in ("none", "partial", "complete", None)
            }
            answered = number["none"] + number["partial"] + number["complete"]
            told.append(
                {
                    "name": of_it[-1][1].name.strip(),
                    "class": of_it[-1][1].drug_class,
                    "days": len({at for at, _ in of_it}),
                    "doses": float(sum(Fraction(str(taken.doses)) for _, taken in of_it)),
                    "none": number["none"],
                    "partial": number["partial"],
                    "complete": number["complete"],
                    "unanswered": number[None],
                    "helped": (number["partial"] + number["complete"]) / answered if answered >= 5 else None,
                }
            )
        return sorted(told, key=lambda row: (-row["days"], row["name"]))

    def menstrual(self) -> Json | None:
        def menstruates(at: date) -> bool:
            return at in self.record.days and self.record.days[at].menstruation

        span = dates(self.as_of - 364 * ONE_DAY, self.as_of)
        onsets = [
            at
            for at in span
            if menstruates(at) and not any(menstruates(at - n * ONE_DAY) for n in range(1, 11))
        ]
        if len(onsets) < 3:
            return None
        told: Json = {"onsets": len(onsets)}
        near = {at for at in span if any(abs((at - onset).days) <= 2 for onset in onsets)}
        for name, days in (("inside", near), ("outside", set(span) - near)):
            known = [one for at in days if (one := self.ask("headache_days", at)) is not None]
            told[name] = {"count": int(sum(known)), "known": len(known)}
        return told

    # Section 19

    def everything(self) -> Json:
        told = super().everything()
        treated = bool(self.sessions)
        return told | {
            "looks": {metric: self.look(metric) for metric in METRICS if metric in YES_NO}
            if treated
            else None,
            "next_look": self.next_look(),
            "unlogged": self.unlogged() if treated else None,
            "power": self.power() if treated else None,
            "drift": self.drift() if treated else None,
            "relief": self.relief(),
            "menstrual": self.menstrual(),
        }


def counts(p: float, r: float, days: int) -> dict[int, float]:
    """How probable each count of yes days is, by following the chain day by day."""
    ways: dict[tuple[int, bool], float] = {(1, True): p, (0, False): 1 - p}
    for _ in range(days - 1):
        following: dict[tuple[int, bool], float] = {}
        for (count, was_yes), chance in ways.items():
            yes = p + r * (1 - p) if was_yes else p * (1 - r)
            for key, share in (((count + 1, True), yes), ((count, False), 1 - yes)):
                following[key] = following.get(key, 0.0) + chance * share
        ways = following
    told: dict[int, float] = {}
    for (count, _), chance in ways.items():
        told[count] = told.get(count, 0.0) + chance
    return told


def under_by_luck(p: float, r: float, sizes: list[int], limit: int) -> float:
    """One chain cut into three; ways that reach the limit in a part are dropped at its end."""
    ways: dict[tuple[int, bool | None], float] = {(0, None): 1.0}
    for size in sizes:
        ways = {(0, was_yes): sum(c for (_, w), c in ways.items() if w == was_yes) for _, was_yes in ways}
        for _ in range(size):
            following: dict[tuple[int, bool | None], float] = {}
            for (count, was_yes), chance in ways.items():
                yes = p if was_yes is None else p + r * (1 - p) if was_yes else p * (1 - r)
                for key, share in (((count + 1, True), yes), ((count, False), 1 - yes)):
                    following[key] = following.get(key, 0.0) + chance * share
            ways = following
        ways = {key: chance for key, chance in ways.items() if Fraction(key[0] * 28, size) < limit}
    return sum(ways.values())
