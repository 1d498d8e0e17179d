"""Scores: totals that a questionnaire can give, bands, change since before treatment, the chart against sessions."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Record
from charts.model import NARROW_PLOT, WIDE_PLOT
from progress.charts.scores import scores_chart
from tests.charts.figures import plotted
from tests.conftest import TODAY, queries
from treatments.domain.scores import build_courses, describe_band
from treatments.models import Impression, InjectionSession, Score

At = Callable[[datetime], None]
FIRST = date(2026, 1, 10)


def hit6(on: date, total: int) -> Score:
    return Score(date=on, instrument="hit6", score=Decimal(total))


def counts(*days: int) -> dict[str, str]:
    """The five counts of MIDAS as a form sends them."""
    return {f"midas_{name}": str(number) for name, number in zip("abcde", days, strict=True)}


@pytest.mark.parametrize(
    ("instrument", "score", "words"),
    [
        ("hit6", 49, "little or no impact"), ("hit6", 50, "some impact"), ("hit6", 55, "some impact"),
        ("hit6", 56, "substantial impact"), ("hit6", 59, "substantial impact"), ("hit6", 60, "severe impact"),
        ("midas", 0, "grade I"), ("midas", 5, "grade I"), ("midas", 6, "grade II"), ("midas", 11, "grade III"),
        ("midas", 20, "grade III"), ("midas", 21, "grade IV"), ("msq", 50, ""),
    ],
)  # fmt: skip
def test_bands_are_those_of_the_rules(instrument: str, score: int, words: str) -> None:
    """Rules, section 9."""
    assert describe_band(instrument, Decimal(score)) == words


class TestCourse:
    def test_before_is_the_last_total_up_to_the_first_session_and_now_the_last_after_it(self) -> None:
        rows = [
            hit6(date(2025, 1, 1), 70),
            hit6(FIRST, 66),
            hit6(date(2026, 3, 1), 62),
            hit6(date(2026, 5, 1), 58),
        ]
        (course,) = build_courses(rows[::-1], FIRST)
        assert course.finding == "HIT-6: 66 before treatment, 58 on 1 May 2026: 8 points lower."
        assert course.remark.endswith("This change is 6 or more.")

    def test_one_side_alone_is_no_change(self) -> None:
        for rows, first in (([hit6(TODAY, 60)], FIRST), ([hit6(TODAY, 60), hit6(FIRST, 50)], None)):
            (course,) = build_courses(rows, first)
            assert course.change is None
            assert "to compare" in course.finding

    def test_a_smaller_change_is_said_to_be_smaller_and_none_to_be_none(self) -> None:
        (course,) = build_courses([hit6(FIRST, 60), hit6(TODAY, 65)], FIRST)
        assert (course.change, course.remark.endswith("This change is smaller.")) == (Decimal(5), True)
        (same,) = build_courses([hit6(FIRST, 60), hit6(TODAY, 60)], FIRST)
        assert "no change" in same.finding

    def test_each_scale_of_msq_has_its_own_course(self) -> None:
        rows = [
            Score(date=TODAY, instrument="msq", scale=scale, score=Decimal("57.1"))
            for scale in Score.Scale.values
        ]
        assert [course.name for course in build_courses(rows, None)] == [
            "MSQ v2.1: role function, restrictive",
            "MSQ v2.1: role function, preventive",
            "MSQ v2.1: emotional function",
        ]  # fmt: skip


def test_the_chart_is_plotlys_own_and_marks_every_session() -> None:
    sessions = [FIRST + timedelta(84 * number) for number in range(4)]
    (course,) = build_courses([hit6(date(2025, 12, 1), 66), hit6(date(2026, 5, 1), 58)], FIRST)
    chart = scores_chart(course, sessions)
    found = plotted(chart)
    assert list(found.data[0].y) == [66, 58]
    assert [note.x for note in found.layout.annotations] == [on.toordinal() for on in sessions]
    assert len(found.layout.xaxis.tickvals) <= 4
    assert len(chart.x.ticks) <= 8


@pytest.mark.parametrize(("only", "width"), [("wide", WIDE_PLOT), ("narrow", NARROW_PLOT)])
def test_a_crowded_chart_leaves_out_numbers_and_lines_before_they_meet(only: str, width: int) -> None:
    rows = [hit6(TODAY - timedelta(back), 60) for back in range(0, 3600, 20)]
    (course,) = build_courses(rows, None)
    sessions = [TODAY - timedelta(84 * number) for number in range(43)][::-1]
    chart = scores_chart(course, sessions)
    a_pixel = (chart.x.high - chart.x.low) / width
    numbered = [value.x for value in chart.values if value.label and value.only in {"", only}]
    diamonds = [note.x for note in chart.notes if note.only in {"", only}]
    for positions, least in ((numbered, 48), (diamonds, 14)):
        assert len(positions) > 3
        assert min(after - before for before, after in pairwise(positions)) >= least * a_pixel
    assert numbered[-1] == TODAY.toordinal()
    assert chart.rules == ()


@pytest.mark.django_db
class TestPage:
    def test_a_total_is_kept_shown_corrected_and_deleted(self, client: Client, alice: Record) -> None:
        assert "No total yet" in client.get(reverse("scores")).content.decode()
        client.post(reverse("scores"), {"date": "2026-05-01", "kind": "hit6", "score": "62"})
        client.post(reverse("scores"), {"date": "2026-05-01", "kind": "msq:emotional", "score": "53.3"})
        score = alice.scores.get(instrument="hit6")
        page = client.get(reverse("scores")).content.decode()
        assert "severe impact" in page
        assert "emotional function" in page
        client.post(reverse("score", args=[score.pk]), {"date": "2026-05-01", "kind": "hit6", "score": "58"})
        score.refresh_from_db()
        assert score.score == 58
        client.post(reverse("delete_score", args=[score.pk]))
        assert alice.scores.get().scale == "emotional"

    @pytest.mark.parametrize(
        ("values", "words"),
        [
            ({"kind": "hit6", "score": "37"}, "never 37, 39 or 77"),
            ({"kind": "hit6", "score": "35"}, "from 36 to 78"),
            ({"kind": "hit6", "score": "60.5"}, "whole number from 36 to 78"),
            ({"kind": "midas", "score": "271"}, "0 to 270"),
            ({"kind": "midas", "score": "3.5"}, "whole number"),
            ({"kind": "msq:emotional", "score": "101"}, "0 to 100"),
            ({"kind": "msq:emotional", "score": "-1"}, "0 to 100"),
            ({"kind": "made-up"}, "not on the list"),
            ({"kind": ""}, "Nothing is chosen."),
            ({"score": ""}, "Enter the total, or the five counts of MIDAS."),
            ({"kind": "midas", "midas_a": "3"}, "Leave the total empty"),
            ({"kind": "midas", "score": "", "midas_a": "3"}, "Enter all five counts"),
            ({"kind": "midas", "score": "", **counts(46, 45, 0, 0, 0)}, "Three months have 90 days"),
            ({"kind": "midas", "score": "", **counts(0, 0, 0, 0, 91)}, "Three months have 90 days"),
            ({"score": "", **counts(1, 2, 3, 4, 5)}, "Only MIDAS has the five counts."),
            ({"score": "many"}, "not a number"),
            ({"score": "1e3"}, "too large"),
            ({"date": "2026-05-07"}, "has not come yet"),
            ({"date": "1899-01-01"}, "before 1900"),
        ],
    )
    def test_impossible_totals_are_refused_with_the_reason(
        self, client: Client, alice: Record, values: dict[str, str], words: str
    ) -> None:
        sent = {"date": "2026-05-01", "kind": "hit6", "score": "60", **values}
        answer = client.post(reverse("scores"), sent)
        assert answer.status_code == 422
        assert words in answer.content.decode()
        assert f'value="{sent["score"]}"' in answer.content.decode() or not sent["score"]
        assert not alice.scores.exists()

    def test_five_counts_of_midas_make_the_total(self, client: Client, alice: Record) -> None:
        sent = {"date": "2026-05-01", "kind": "midas", "score": "", **counts(45, 45, 0, 90, 90)}
        client.post(reverse("scores"), sent)
        score = alice.scores.get()
        assert (score.score, score.midas_a, score.midas_e) == (270, 45, 90)
        page = client.get(reverse("score", args=[score.pk])).content.decode()
        assert 'value="45"' in page
        assert 'value="270"' not in page, "the total is computed, never typed beside them"
        client.post(reverse("score", args=[score.pk]), sent | counts(0, 0, 0, 0, 0))
        score.refresh_from_db()
        assert score.score == 0

    def test_the_overall_impression_is_one_tap_replaced_and_taken_back(
        self, client: Client, alice: Record
    ) -> None:
        assert "All in all" not in client.get(reverse("scores")).content.decode()
        InjectionSession.objects.create(record=alice, date=FIRST)
        session = InjectionSession.objects.create(record=alice, date=FIRST + timedelta(84))
        assert "How is it since session 2" in client.get(reverse("scores")).content.decode()
        for answer in ("much-better", "no-change"):
            client.post(reverse("answer_impression", args=[session.pk]), {"answer": answer})
        impression = Impression.objects.get()
        assert (impression.session, impression.answer, impression.date) == (session, "no-change", TODAY)
        page = " ".join(client.get(reverse("scores")).content.decode().split())
        assert "Your answer: no change, 6 May 2026." in page
        refused = client.post(
            reverse("answer_impression", args=[session.pk]), {"answer": "fine"}, follow=True
        )
        assert "not on the list" in refused.content.decode() or "valid choice" in refused.content.decode()
        assert Impression.objects.get().answer == "no-change"
        client.post(reverse("delete_impression", args=[session.pk]))
        assert not Impression.objects.exists()

    def test_a_second_total_of_a_day_is_refused(self, client: Client, alice: Record) -> None:
        sent = {"date": "2026-05-01", "kind": "hit6", "score": "60"}
        client.post(reverse("scores"), sent)
        answer = client.post(reverse("scores"), sent | {"score": "62"})
        assert "entered for this date already" in answer.content.decode()
        assert alice.scores.get().score == 60

    def test_the_page_takes_as_many_queries_for_many_totals_as_for_one(
        self, client: Client, alice: Record
    ) -> None:
        InjectionSession.objects.create(record=alice, date=FIRST)
        Score.objects.create(record=alice, date=TODAY, instrument="hit6", score=60)
        short = queries(client, reverse("scores"))
        for back in range(1, 20):
            Score.objects.create(
                record=alice, date=TODAY - timedelta(back * 20), instrument="midas", score=back
            )
        assert queries(client, reverse("scores")) == short <= 11
