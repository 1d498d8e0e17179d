"""The record out and in again: nothing is lost, nothing runs in a spreadsheet, the second export is the first."""

import csv
import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from accounts.models import Record
from exchange import cells
from exchange.archive import unpack_zip
from exchange.export import write_files, write_zip
from exchange.imports.apply import apply_plan, plan_import
from exchange.imports.record_csv import read_files
from exchange.parsers import format_value
from exchange.rows import export_rows
from exchange.schema import (
    APPOINTMENT,
    DIARY,
    EFFECT_CHECKS,
    GOALS,
    IMPRESSIONS,
    INJECTIONS,
    NAMES,
    PREVENTIVES,
    PROFILE,
    SCORES,
    SESSIONS,
    SIDE_EFFECTS,
    TABLES,
    Row,
    Rows,
)
from headaches.models import ALL_FEATURES, DiaryDay, DrugClass, Intake
from headaches.snapshots import snapshot_intake
from tests.conftest import NOON, TODAY, make_patient
from treatments.models import (
    HIT6_TOTALS,
    MIDAS_COUNTS,
    Impression,
    InjectionSession,
    InjectionSite,
    Preventive,
    Score,
    SideEffect,
)

NASTY = [
    "", " ", "=SUM(A1)", "+49 170", "-1", "@cmd", "'=1", "''-2", "'", "''", "'quoted'", "\t", "\r", "\n", " =1",
    "a\r\nb", "a\rb", 'say "no", twice', ",", ";", '"', "a,b\nc", "müde", "頭痛", "صداع نصفي", "\u202eabc", "🤕🏥",
    "e\u0301", "\u200b", "\ufeffx", "＝1", "\x1c", "trailing ", "'trailing ", "\x07", "NULL", "none", "1e5",
    "\u2028x", "x\x85",
]  # fmt: skip


def texts(limit: int) -> st.SearchStrategy[str]:
    letters = st.text(
        st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=min(limit, 30)
    )
    return st.sampled_from([text for text in NASTY if len(text) <= limit]) | letters


def names(limit: int) -> st.SearchStrategy[str]:
    return texts(limit).filter(bool)


DATES = st.dates(date(1980, 1, 1), TODAY).map(date.isoformat)
MAYBE_DATES = st.none() | DATES
DOSES = st.integers(1, 1000).map(lambda tenths: cells.format_number(Decimal(tenths) / 10))
INSTANTS = st.datetimes(
    (NOON - timedelta(15_000)).replace(tzinfo=None), NOON.replace(tzinfo=None), timezones=st.just(UTC)
).map(datetime.isoformat)
UNITS = st.none() | st.integers(5, 20000).map(lambda tenths: cells.format_number(Decimal(tenths) / 10))


@st.composite
def day_values(draw: Any) -> dict[str, Any]:
    headache = draw(st.booleans())
    details = {
        "intensity": draw(st.sampled_from(["", "mild", "moderate", "severe"])),
        "hours": draw(
            st.none() | st.integers(1, 2400).map(lambda part: cells.format_number(Decimal(part) / 100))
        ),
        "features": draw(st.none() | st.integers(0, ALL_FEATURES)),
    }
    nothing = {"intensity": "", "hours": None, "features": None}
    return {
        "headache": headache,
        **(details if headache else nothing),
        "lost": draw(st.sampled_from(["", "none", "half", "full"])),
        "menstruation": draw(st.none() | st.booleans()),
        "triggers": draw(texts(500)),
        "note": draw(texts(5000)),
        "written_at": draw(INSTANTS),
        "intakes": draw(
            st.lists(
                st.tuples(
                    names(120),
                    st.sampled_from(DrugClass.values),
                    DOSES,
                    st.sampled_from(["", "none", "partial"]),
                    st.sampled_from(["", "09:30", "00:00;23:59"]),
                ).map(lambda row: snapshot_intake(*row)),
                max_size=3,
            )
        ),
    }


def ordered(span: tuple[str | None, str | None]) -> bool:
    return not (span[0] and span[1] and span[1] < span[0])


SCORE_ROWS = (
    st.tuples(DATES, st.just("hit6"), st.just(""), st.sampled_from(HIT6_TOTALS).map(str))
    | st.tuples(DATES, st.just("midas"), st.just(""), st.integers(0, 270).map(str))
    | st.tuples(
        DATES, st.just("msq"), st.sampled_from(Score.Scale.values), st.sampled_from(["0", "57.1", "100"])
    )
)


def score_values(instrument: str, total: str, has_counts: bool) -> dict[str, Any]:
    """A total, of MIDAS perhaps with five counts that make it."""
    values: dict[str, Any] = {"score": total, **dict.fromkeys(MIDAS_COUNTS)}
    if instrument == "midas" and has_counts:
        ab, cd = min(int(total), 90), min(max(int(total) - 90, 0), 90)
        values |= dict(zip(MIDAS_COUNTS, (ab // 2, ab - ab // 2, 0, cd, int(total) - ab - cd), strict=True))
    return values


@st.composite
def records(draw: Any) -> Rows:
    """The rows of a whole record, with the nastiest texts wherever a text may stand."""
    sessions = draw(st.lists(DATES, unique=True, max_size=3))
    of_session = st.sampled_from(sessions) if sessions else st.nothing()
    spans = st.tuples(MAYBE_DATES, MAYBE_DATES).filter(ordered)
    sides = (
        draw(
            st.lists(
                st.tuples(
                    of_session,
                    st.sampled_from(InjectionSite.Muscle.values),
                    st.sampled_from(["", "left", "right", "midline"]),
                ),
                unique=True,
                max_size=4,
            )
        )
        if sessions
        else []
    )
    effects = (
        draw(st.lists(st.tuples(of_session, names(120), spans, texts(500)), max_size=3)) if sessions else []
    )
    return {
        DIARY: [Row((on,), draw(day_values())) for on in draw(st.lists(DATES, unique=True, max_size=4))],
        SESSIONS: [
            Row(
                (on,),
                {
                    "product": draw(texts(120)),
                    "units": draw(UNITS),
                    "injector": draw(texts(120)),
                    "discomfort": draw(st.none() | st.integers(0, 10)),
                    "note": draw(texts(5000)),
                    "lot": draw(texts(60)),
                    "vial": "200 units",
                    "dilution": draw(texts(60)),
                    "wasted": draw(st.none() | st.sampled_from(["0", "45", "12.5"])),
                    "clinic": draw(texts(120)),
                },
            )
            for on in sessions
        ],
        EFFECT_CHECKS: [
            Row((on, day), {"answer": draw(st.sampled_from(["nothing", "something"]))})
            for on in sessions[:2]
            for day in ("14", "3", "7")
        ],
        GOALS: [
            Row((on, number), {"goal": draw(names(200)), "outcome": draw(st.sampled_from(["", "partly", "not yet"]))})
            for on in sessions[1:]
            for number in ("3", "1")
        ],
        APPOINTMENT: [
            Row((), {"date": on, "time": at, "place": place, "note": place})
            for on, at, place in draw(
                st.lists(
                    st.tuples(DATES, st.none() | st.times().map(lambda at: at.strftime("%H:%M")), texts(120)),
                    max_size=1,
                )
            )
        ],
        INJECTIONS: [
            Row(key, {"sites": draw(st.none() | st.integers(1, 100)), "units": draw(UNITS)}) for key in sides
        ],
        SIDE_EFFECTS: [
            Row((on, name, span[0] or ""), {"severity": "mild", "ended": span[1], "note": note})
            for on, name, span, note in effects
        ],
        PREVENTIVES: [
            Row(
                (name, span[0] or ""),
                {
                    "dose": dose, "ended": span[1], "outcome": outcome, "note": dose,
                    "drug_class": draw(st.sampled_from(["", *Preventive.DrugClass.values])),
                },
            )
            for name, span, dose, outcome in draw(
                st.lists(st.tuples(names(120), spans, texts(120), texts(200)), max_size=3)
            )
        ],
        SCORES: [
            Row(tuple(key), score_values(key[1], score, draw(st.booleans())))
            for *key, score in draw(st.lists(SCORE_ROWS, unique_by=lambda row: row[:3], max_size=3))
        ],
        IMPRESSIONS: [
            Row((session,), {"date": draw(DATES), "answer": draw(st.sampled_from(Impression.Answer.values))})
            for session in sessions
            if draw(st.booleans())
        ],
        PROFILE: [
            Row(
                (),
                {
                    "time_zone": draw(st.sampled_from(["Europe/Berlin", "Asia/Kolkata", "UTC"])),
                    "criterion": draw(st.sampled_from(["any", "4h"])),
                    "interval_days": draw(st.integers(84, 365)),
                    "interval_reason": draw(st.sampled_from(["", "every ten weeks, “agreed”"])),
                    "recalled_baseline": draw(st.none() | st.sampled_from(["0", "18.5", "31"])),
                    "language": "en",
                    "rhythm": draw(st.sampled_from(Record.Rhythm.values)),
                },
            )
        ],
    }  # fmt: skip


def said(rows: Rows) -> dict[str, list[tuple[Any, Any]]]:
    """What the rows say, in an order of their own, without lines."""
    return {
        name: sorted(((row.key, row.values) for row in rows.get(name, [])), key=repr)
        for name in (*TABLES, PROFILE)
    }


class TestFiles:
    @pytest.mark.asvs(45)
    @given(st.sampled_from(NASTY) | texts(200))
    def test_every_text_comes_back_from_its_cell(self, text: str) -> None:
        assert cells.parse_text(format_value(text), 5000) == text

    @pytest.mark.asvs(45)
    @given(texts(200))
    def test_no_cell_is_run_by_a_spreadsheet(self, text: str) -> None:
        assert not format_value(text).startswith(("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠"))

    @given(records())
    def test_what_is_written_is_read_back_whole_and_written_the_same_again(self, rows: Rows) -> None:
        contents = write_files(rows)
        found = read_files(contents, TODAY)
        assert found.problems == []
        assert said(found.rows) == said(rows)
        assert write_files(found.rows) == contents
        assert unpack_zip(write_zip(rows)) == contents

    def test_the_files_are_plain_csv_with_every_column(self) -> None:
        rows = {DIARY: [Row(("2026-05-01",), day("=1+1", note='a "b"\nc'))]}
        contents = write_files(rows)
        assert set(contents) == set(NAMES)
        assert contents[DIARY].splitlines()[0] == (
            b"\xef\xbb\xbfdate,headache,intensity,hours,features,lost,menstruation,triggers,note,written_at"
        )
        (_head, row) = csv.reader(StringIO(contents[DIARY].decode("utf-8-sig"), newline=""))
        assert row == [
            "2026-05-01", "yes", "severe", "10", "nausea;light", "half", "no", "'=1+1", 'a "b"\nc',
            "2026-05-01T20:15:00.250000+00:00",
        ]  # fmt: skip
        assert (
            contents["medications.csv"].splitlines()[1] == b"2026-05-01,'@home,nsaid,0.5,partial,09:30;14:00"
        )

    def test_nul_is_refused(self) -> None:
        found = read_files({DIARY: b"date,headache,note\n2026-05-01,yes,a\0b\n"}, TODAY)
        assert "is not a text file" in str(found.problems[0])


def day(triggers: str, note: str) -> dict[str, Any]:
    return {
        "headache": True, "intensity": "severe", "hours": "10", "features": 40, "lost": "half", "menstruation": False,
        "triggers": triggers, "note": note, "intakes": [["@home", "nsaid", "0.5", "partial", "09:30;14:00"]],
        "written_at": "2026-05-01T20:15:00.250000+00:00",
    }  # fmt: skip


def bring_in(record: Record, contents: dict[str, bytes]) -> None:
    apply_plan(record, plan_import(record, read_files(contents, TODAY)), NOON)


@pytest.mark.django_db
class TestRecord:
    @settings(
        max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
    )
    @given(rows=records())
    @example(rows={DIARY: [Row(("2026-05-01",), day("=1+1", "\n"))]})
    @pytest.mark.slow
    def test_export_and_import_into_an_empty_account_give_the_same_record(self, db: None, rows: Rows) -> None:
        with transaction.atomic():
            first, second = make_patient("first@example.org"), make_patient("second@example.org")
            bring_in(first, write_files(rows))
            exported = write_zip(export_rows(first))
            bring_in(second, unpack_zip(exported))
            assert said(export_rows(first)) == said(export_rows(second))
            assert {name: said(export_rows(first))[name] for name in rows} == {
                name: said(rows)[name] for name in rows
            }
            assert write_zip(export_rows(second)) == exported
            transaction.set_rollback(True)

    def test_the_commands_write_a_zip_and_read_it_back(
        self, alice: Record, tmp_path: Path, capsys: Any, at: Any
    ) -> None:
        at(NOON)
        bring_in(alice, write_files({DIARY: [Row(("2026-05-01",), day("storm", "=1"))]}))
        Record.objects.filter(pk=alice.pk).update(recalled_baseline=18, criterion="4h", rhythm="weekly")
        call_command("export_record", "ALICE@example.org", str(tmp_path / "a.zip"))
        assert "2 rows" in capsys.readouterr().out
        make_patient("bea@example.org", time_zone="UTC")
        call_command("import_record", "bea@example.org", str(tmp_path / "a.zip"))
        told = json.loads(capsys.readouterr().out)
        assert told[DIARY] == told[PROFILE] == {"new": 1, "changed": 0, "unchanged": 0}
        call_command("export_record", "bea@example.org", str(tmp_path / "b.zip"))
        assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()
        bea = Record.objects.get(user__email="bea@example.org")
        assert (bea.criterion, bea.recalled_baseline, bea.user.time_zone) == ("4h", 18, "Europe/Berlin")
        assert bea.rhythm == "weekly"
        assert bea.days.get().written_at == datetime(2026, 5, 1, 20, 15, 0, 250_000, UTC)
        with ZipFile(tmp_path / "b.zip") as archive:
            assert json.loads(archive.read(PROFILE))["recalled_baseline"] == 18

    def test_settings_of_a_record_in_use_are_a_change_like_any_other(
        self, alice: Record, tmp_path: Path, capsys: Any
    ) -> None:
        bring_in(alice, write_files({DIARY: [Row(("2026-05-01",), day("", ""))]}))
        (tmp_path / PROFILE).write_text('{"criterion": "4h"}')
        with pytest.raises(CommandError):
            call_command("import_record", "alice@example.org", str(tmp_path))
        assert "profile.json: " in capsys.readouterr().err
        call_command("import_record", "alice@example.org", str(tmp_path), "--replace")
        alice.refresh_from_db()
        assert alice.criterion == "4h"
        assert alice.user.time_zone == "Europe/Berlin"

    def test_a_day_without_an_instant_is_written_now_and_a_recorded_one_keeps_its_own(
        self, alice: Record
    ) -> None:
        text = b"date,headache,written_at\n2026-05-01,yes,2026-05-01T22:00:00+02:00\n2026-05-02,no,\n"
        bring_in(alice, {DIARY: text})
        instants = {"2026-05-01": datetime(2026, 5, 1, 20, tzinfo=UTC), "2026-05-02": NOON}
        assert {day.date.isoformat(): day.written_at for day in alice.days.all()} == instants
        again = text.replace(b"T22", b"T23").replace(b"02,no", b"02,yes")
        plan = plan_import(alice, read_files({DIARY: again}, TODAY))
        assert plan.counts()[DIARY] == {"new": 0, "changed": 1, "unchanged": 1}
        apply_plan(alice, plan, NOON)
        assert {day.date.isoformat(): day.written_at for day in alice.days.all()} == instants

    @pytest.mark.parametrize(
        "cell",
        [
            "soon",
            "2026-05-01",
            "2026-05-01T20:00:00",
            "2026-05-09T00:00:00+00:00",
            "0001-01-01T00:00:00+14:00",
        ],
    )
    def test_an_instant_that_is_none_is_named(self, cell: str) -> None:
        found = read_files({DIARY: f"date,headache,written_at\n2026-05-01,yes,{cell}\n".encode()}, TODAY)
        assert found.rows[DIARY] == []
        assert "lies in the future" in str(found.problems[0]) or "is no instant" in str(found.problems[0])

    def test_an_export_takes_eleven_queries_whatever_the_length(
        self, alice: Record, django_assert_num_queries: Any
    ) -> None:
        InjectionSession.objects.create(record=alice, date=date(2026, 1, 1))
        DiaryDay.objects.bulk_create(
            DiaryDay(
                record=alice, date=date.fromordinal(TODAY.toordinal() - back), headache=True, written_at=NOON
            )
            for back in range(300)
        )
        Intake.objects.create(day=alice.days.first(), name="X", drug_class="nsaid")
        alice = Record.objects.select_related("user").get(pk=alice.pk)
        with django_assert_num_queries(11):
            export_rows(alice)

    def test_a_record_that_is_not_there_and_a_path_that_cannot_be_written_get_a_sentence(
        self, alice: Record, tmp_path: Path
    ) -> None:
        with pytest.raises(CommandError, match="no record for bea"):
            call_command("export_record", "bea@example.org", str(tmp_path / "x.zip"))
        with pytest.raises(CommandError, match="cannot be written"):
            call_command("export_record", "alice@example.org", str(tmp_path / "no" / "x.zip"))


class TestWrongRows:
    @pytest.mark.parametrize(
        ("name", "head", "row", "words"),
        [
            (SCORES, "date,instrument,scale,score", "2026-05-01,hit6,,37", "never 37, 39 or 77"),
            (SCORES, "date,instrument,scale,score", "2026-05-01,hit6,,36.5", "whole number from 36 to 78"),
            (SCORES, "date,instrument,scale,score", "2026-05-01,midas,,271", "score: “271” is no number"),
            (SCORES, "date,instrument,scale,score", "2026-05-01,midas,,3.5", "whole number from 0 to 270"),
            (SCORES, "date,instrument,scale,score", "2026-05-01,msq,emotional,101", "runs from 0 to 100"),
            (SCORES, "date,instrument,scale,score", "2026-05-01,msq,,50", "MSQ has three scales"),
            (SCORES, "date,instrument,scale,score", "2026-05-01,hit6,emotional,60", "MSQ has three scales"),
            (SCORES, "date,instrument,scale,score", "2026-05-01,,,60", "instrument: is empty"),
            (SCORES, "date,instrument,scale,score", "2026-05-01,hit6,,", "score: is empty"),
            (SCORES, "date,instrument,a,b,c,d,e", "2026-05-01,midas,46,45,0,0,0", "three months have 90 days"),
            (SCORES, "date,instrument,a,b,c,d,e", "2026-05-01,midas,0,0,45,46,0", "three months have 90 days"),
            (SCORES, "date,instrument,a,b,c,d,e", "2026-05-01,midas,0,0,0,0,91", "e: “91” is no number"),
            (SCORES, "date,instrument,a,b,c,d,e", "2026-05-01,midas,1,2,,4,5", "five counts, or none"),
            (SCORES, "date,instrument,a,b,c,d,e", "2026-05-01,midas,1,2,1.5,4,5", "c: “1.5” is no"),
            (SCORES, "date,instrument,a,b,c,d,e", "2026-05-01,hit6,1,2,3,4,5", "only MIDAS has five counts"),
            (SCORES, "date,instrument,score,a,b,c,d,e", "2026-05-01,midas,16,1,2,3,4,5", "counts of MIDAS make 15"),
            (IMPRESSIONS, "session_date,date,impression", "2026-05-01,2026-05-02,much-better", "no row in sessions"),
            (INJECTIONS, "session_date,muscle", "2026-05-01,corrugator", "has no row in sessions.csv"),
            (SIDE_EFFECTS, "session_date,effect", "2026-05-01,sore neck", "has no row in sessions.csv"),
            (GOALS, "session_date,number,goal", "2026-05-01,1,dance", "has no row in sessions.csv"),
            (APPOINTMENT, "date,time", "2026-05-01,9.30", "time: “9.30” is no time; write it like 09:30"),
            (APPOINTMENT, "date,time", "2026-05-01,25:00", "is no time"),
            (APPOINTMENT, "date", "2028-05-01", "more than a year away"),
            (APPOINTMENT, "date,time", ",09:30", "is no date"),
            (PREVENTIVES, "name,class", "Propranolol,sweet", "class: “sweet” is none of"),
        ],
    )  # fmt: skip
    def test_a_wrong_row_is_named(self, name: str, head: str, row: str, words: str) -> None:
        (problem,) = read_files({name: f"{head}\n{row}\n".encode()}, TODAY).problems
        assert str(problem).startswith(f"{name} line 2")
        assert words in str(problem)

    @pytest.mark.parametrize(
        ("row", "words"),
        [
            ("2026-05-01,masseter,left,1,5", "muscle: “masseter” is none of"),
            ("2026-05-01,,left,1,5", "muscle: is empty"),
            ("2026-05-01,procerus,up,1,5", "side: “up” is none of"),
            ("2026-05-01,procerus,midline,0,5", "sites"),
            ("2026-05-01,procerus,midline,1,0", "units"),
            ("2026-05-01,procerus,midline,1,5\n2026-05-01,procerus,midline,1,5", "a second row for 2026-05-01"),
        ],
    )  # fmt: skip
    def test_a_wrong_injection_is_named(self, row: str, words: str) -> None:
        contents = {
            SESSIONS: b"date\n2026-05-01\n",
            INJECTIONS: f"session_date,muscle,side,sites,units\n{row}\n".encode(),
        }
        (problem,) = read_files(contents, TODAY).problems
        assert words in str(problem)

    @pytest.mark.parametrize(
        ("name", "head", "row", "words"),
        [
            (SESSIONS, "date,wasted", "2026-04-01,-5", "wasted: “-5” is no number"),
            (SESSIONS, "date,lot", f"2026-04-01,{'x' * 61}", "lot: the text has 61 characters; 60 fit"),
            (EFFECT_CHECKS, "session_date,day,answer", "2026-05-01,4,nothing", "day: “4” is none of: 3, 7, 14"),
            (EFFECT_CHECKS, "session_date,day,answer", "2026-05-01,,nothing", "day: is empty"),
            (EFFECT_CHECKS, "session_date,day,answer", "2026-05-01,3,maybe", "answer: “maybe” is none of"),
            (GOALS, "session_date,number,goal", "2026-05-01,4,dance", "number: “4” is none of: 1, 2, 3"),
            (GOALS, "session_date,number,goal", "2026-05-01,1,", "goal: is empty"),
            (GOALS, "session_date,number,goal,outcome", "2026-05-01,1,dance,won", "outcome: “won” is none of"),
            (GOALS, "session_date,number,goal", "2026-05-01,1,a\n2026-05-01,1,b", "a second row for 2026-05-01 1"),
            (APPOINTMENT, "date", "2026-06-01\n2026-06-02", "a second row for appointment.csv"),
        ],
    )  # fmt: skip
    def test_a_wrong_row_of_a_session_is_named(self, name: str, head: str, row: str, words: str) -> None:
        contents = {SESSIONS: b"date\n2026-05-01\n"} | {name: f"{head}\n{row}\n".encode()}
        (problem,) = read_files(contents, TODAY).problems
        assert words in str(problem)

    @pytest.mark.parametrize(
        ("content", "words"),
        [
            ("[]", "is no JSON object"),
            ("{", "is no JSON object"),
            ("[" * 60_000, "is no JSON object"),
            ('{"x": 1}', "unknown fields: x"),
            ('{"time_zone": "Mars/Base"}', "time_zone: “Mars/Base” is not known"),
            ('{"time_zone": []}', "is not known"),
            ('{"criterion": "2h"}', "criterion"),
            ('{"interval_days": 0}', "from 1 to 365"),
            ('{"interval_days": true}', "from 1 to 365"),
            ('{"interval_days": 70}', "needs a reason"),
            ('{"interval_reason": 5}', "must be a text"),
            ('{"interval_reason": "\\ud800"}', "must be a text"),
            ('{"recalled_baseline": 40}', "recalled_baseline"),
            ('{"recalled_baseline": NaN}', "must be a number"),
            ('{"recalled_baseline": "x"}', "must be a number"),
            ('{"language": "xx"}', "language"),
        ],
    )
    def test_a_wrong_profile_is_named(self, content: str, words: str) -> None:
        (problem,) = read_files({PROFILE: content.encode()}, TODAY).problems
        assert words in str(problem)


FIVE = {"midas_a": 1, "midas_b": 2, "midas_c": 3, "midas_d": 4, "midas_e": 5}


@pytest.mark.asvs(42)
@pytest.mark.django_db
class TestConstraints:
    """The database refuses what no file and no form may bring, in words."""

    @pytest.mark.parametrize(
        ("values", "words"),
        [
            ({"instrument": "hit6", "score": 39}, "never 37, 39 or 77"),
            ({"instrument": "midas", "score": Decimal("3.5")}, "whole number from 0 to 270"),
            ({"instrument": "msq", "scale": "emotional", "score": 101}, "from 0 to 100"),
            ({"instrument": "msq", "score": 50}, "three scales"),
            ({"instrument": "hit6", "score": 60, "date": date(1899, 1, 1)}, "before 1900"),
            ({"instrument": "midas", "score": 5, "midas_a": 5}, "five counts A to E"),
            ({"instrument": "midas", "score": 16, **FIVE}, "the total is their sum"),
            ({"instrument": "hit6", "score": 60, **FIVE, "midas_e": 50}, "five counts A to E"),
            ({"instrument": "midas", "score": 102, **FIVE, "midas_a": 89, "midas_e": 4}, "have 90 days"),
        ],
    )
    def test_impossible_totals(self, alice: Record, values: dict[str, Any], words: str) -> None:
        score = Score(**({"record": alice, "date": TODAY} | values))
        with pytest.raises(ValidationError, match=words):
            score.full_clean()
        with pytest.raises(IntegrityError), transaction.atomic():
            score.save()

    def test_a_session_has_one_impression_of_the_list(self, alice: Record) -> None:
        session = InjectionSession.objects.create(record=alice, date=TODAY)
        with pytest.raises(IntegrityError), transaction.atomic():
            Impression.objects.create(session=session, date=TODAY, answer="fine")
        Impression.objects.create(session=session, date=TODAY, answer="no-change")
        with pytest.raises(IntegrityError), transaction.atomic():
            Impression.objects.create(session=session, date=TODAY, answer="much-worse")

    def test_five_counts_make_their_total(self, alice: Record) -> None:
        score = Score(record=alice, date=TODAY, instrument="midas", score=15, **FIVE)
        score.full_clean()
        score.save()

    def test_possible_totals(self, alice: Record) -> None:
        for number, total in enumerate(HIT6_TOTALS):
            score = Score(
                record=alice,
                date=date.fromordinal(TODAY.toordinal() - number),
                instrument="hit6",
                score=total,
            )
            score.full_clean()
            score.save()

    def test_sites_and_side_effects(self, alice: Record) -> None:
        session = InjectionSession.objects.create(record=alice, date=TODAY)
        InjectionSite.objects.create(session=session, muscle="procerus", side="midline", sites=1, units=5)
        for row, words in (
            (InjectionSite(session=session, muscle="procerus", side="midline"), "stands in the session already"),
            (InjectionSite(session=session, muscle="masseter"), "not a valid choice|Choose a muscle"),
            (InjectionSite(session=session, muscle="trapezius", sites=0), "1 to 100 sites"),
            (SideEffect(session=session, effect="x", started=TODAY, ended=date(2026, 1, 1)), "before the start"),
            (SideEffect(session=session, effect="x", started=date(1979, 1, 1)), "before 1980"),
            (Preventive(record=alice, name="x", started=date(202, 1, 1)), "before 1900"),
        ):  # fmt: skip
            with pytest.raises(ValidationError, match=words):
                row.full_clean()
            with pytest.raises(IntegrityError), transaction.atomic():
                row.save()


def test_the_zip_has_no_clock() -> None:
    with ZipFile(BytesIO(write_zip({}))) as archive:
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
