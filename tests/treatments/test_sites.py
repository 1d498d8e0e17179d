"""The sites of a session: scheme, totals, what is remarked and what differs; its form with and without script."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import Record
from tests.conftest import NOON, TODAY, queries
from treatments import actions
from treatments.domain import injection_map, sites
from treatments.domain.sites import PREEMPT, SLOTS, SiteDose, Slot
from treatments.models import BOTOX, InjectionSession, InjectionSite

At = Callable[[datetime], None]
LEFT = Slot("trapezius", "left")
LAYOUTS = st.dictionaries(
    st.sampled_from(SLOTS),
    st.builds(
        SiteDose,
        st.none() | st.integers(1, 20),
        st.none() | st.integers(1, 400).map(lambda halves: Decimal(halves) / 2),
    ),
)


def remarked(
    layout: sites.Layout, *, product: str = BOTOX, units: int | None = None, days: int | None = 84
) -> list[str]:
    found = sites.build_remarks(
        layout, product=product, units=None if units is None else Decimal(units), days=days
    )
    return [remark.code for remark in found if remark.is_shown]


class TestScheme:
    def test_preempt_is_155_units_at_31_sites_and_195_at_39_with_the_pain_followed(self) -> None:
        assert sites.compute_totals(PREEMPT).label == "155 units · 31 sites"
        followed = sites.compute_totals(sites.FOLLOW_THE_PAIN)
        assert (followed.units, followed.sites, followed.more_units, followed.more_sites) == (195, 39, 40, 8)

    def test_each_muscle_has_the_sites_and_sides_of_the_rules(self) -> None:
        """Rules, section 10."""
        found: dict[str, list[int]] = {}
        for slot, one in PREEMPT.items():
            found.setdefault(slot.muscle, []).append(one.sites or 0)
        assert found == {
            "corrugator": [1, 1], "procerus": [1], "frontalis": [2, 2], "temporalis": [4, 4], "occipitalis": [3, 3],
            "cervical paraspinal": [2, 2], "trapezius": [3, 3],
        }  # fmt: skip

    def test_the_picture_shows_each_muscle_and_side_once_with_dots_for_more_than_the_scheme(self) -> None:
        regions = [region for view in injection_map.VIEWS for region in view.regions]
        assert sorted(region.slot for region in regions) == sorted(SLOTS)
        for region in regions:
            assert len(region.dots) > (sites.FOLLOW_THE_PAIN[region.slot].sites or 0) - 1
            assert all(0 <= x <= 200 and 0 <= y <= 222 for x, y in [*region.dots, region.label_position])

    @given(LAYOUTS)
    def test_a_layout_comes_back_from_the_forms_values(self, layout: dict[Slot, SiteDose]) -> None:
        wanted = {slot: one for slot, one in layout.items() if one.sites or one.units}
        assert sites.parse_layout(sites.layout_form_values(layout), SLOTS) == wanted

    @given(LAYOUTS, st.sampled_from(SLOTS))
    def test_a_site_more_and_a_site_fewer_is_where_it_began(
        self, layout: dict[Slot, SiteDose], slot: Slot
    ) -> None:
        kept = layout.get(slot, SiteDose(0, Decimal(0)))
        back = sites.change_sites(sites.change_sites(layout, slot, 1), slot, -1).get(
            slot, SiteDose(0, Decimal(0))
        )
        if kept.sites:
            assert (back.sites, back.units) == (kept.sites, kept.units or 0)
        assert (
            sites.compute_totals(sites.change_sites(layout, slot, 1)).sites
            == sites.compute_totals(layout).sites + 1
        )


class TestRemarks:
    def test_the_usual_scheme_gets_none(self) -> None:
        assert remarked(PREEMPT) == remarked(sites.FOLLOW_THE_PAIN) == []
        assert remarked({}, units=155) == remarked({}, units=None) == []

    @pytest.mark.parametrize(
        ("layout", "more", "codes"),
        [
            ({}, {"units": 150}, ["units"]),
            (sites.build_preempt_layout({"trapezius": 5}), {}, ["units", "sites"]),
            (PREEMPT | {LEFT: SiteDose(3, Decimal(20))}, {}, ["each"]),
            (PREEMPT, {"days": 83}, ["days"]),
            (PREEMPT, {"days": None}, []),
            (PREEMPT, {"product": "Dysport"}, ["product"]),
            ({LEFT: SiteDose(3, Decimal(40))}, {"product": "Xeomin"}, ["sites", "product"]),
        ],
    )
    def test_what_lies_outside_is_named(
        self, layout: sites.Layout, more: dict[str, object], codes: list[str]
    ) -> None:
        assert remarked(layout, **more) == codes  # type: ignore[arg-type]

    def test_they_are_sentences(self) -> None:
        odd = PREEMPT | {LEFT: SiteDose(3, Decimal("20.5"))}
        found = {one.code: one.label for one in sites.build_remarks(odd, product="", units=None, days=70)}
        assert found["units"] == "160.5 units in all. 155 to 195 are usual."
        assert found["each"] == "Not 5 units a site: Trapezius, left."
        assert found["days"] == "70 days since the session before. 84 or more are usual."


class TestDifferences:
    def test_they_stand_in_words_and_as_marks(self) -> None:
        now = {slot: one for slot, one in PREEMPT.items() if slot.muscle != "procerus"} | {
            LEFT: SiteDose(4, Decimal(20))
        }
        found = [
            (one.slot.label, one.now, one.then, one.change_label)
            for one in sites.find_differences(now, PREEMPT)
        ]
        assert found == [
            ("Procerus, midline", "nothing", "1 site, 5 units", "−5"),
            ("Trapezius, left", "4 sites, 20 units", "3 sites, 15 units", "+5"),
        ]

    def test_sites_alone_may_differ_and_a_session_without_sites_is_not_compared(self) -> None:
        (only,) = sites.find_differences(PREEMPT | {LEFT: SiteDose(2, Decimal(15))}, PREEMPT)
        assert only.change_label == "≠"
        assert sites.find_differences(PREEMPT, {}) == sites.find_differences({}, PREEMPT) == []

    @given(LAYOUTS)
    def test_nothing_differs_from_itself(self, layout: dict[Slot, SiteDose]) -> None:
        assert sites.find_differences(layout, layout) == []


def posted(layout: sites.Layout = PREEMPT, **more: str) -> dict[str, str]:
    return {"date": "2026-05-05", "product": BOTOX, "units": "", **sites.layout_form_values(layout), **more}


def give(record: Record, on: date, layout: sites.Layout = PREEMPT) -> InjectionSession:
    session = InjectionSession(date=on, units=sites.compute_totals(layout).units or None)
    actions.save_session(record=record, session=session, now=NOON, layout=layout)
    return session


FOUR = PREEMPT | {LEFT: SiteDose(4, Decimal(20))}


def page_of_first_tap(client: Client) -> str:
    """The address behind "Record a session" on the first page."""
    address = reverse("add_session")
    assert f'href="{address}"' in client.get(reverse("home")).content.decode()
    return address


def shown_values(context: Any) -> dict[str, Any]:
    """What the browser posts when nothing on the form is touched."""
    fields = [*context["form"], *context["sites_form"]]
    return {field.html_name: "" if field.value() is None else field.value() for field in fields}


@pytest.mark.django_db
class TestPage:
    def test_from_the_first_page_two_taps_record_the_day_and_nothing_that_was_not_said(
        self, client: Client, alice: Record
    ) -> None:
        give(alice, TODAY - timedelta(90))
        page = client.get(page_of_first_tap(client))
        assert client.post(reverse("add_session"), shown_values(page.context)).status_code == 302
        session = alice.sessions.latest("date")
        assert (session.date, session.units, session.injections.count()) == (TODAY, None, 0)
        assert "Session saved.</p>" in " ".join(client.get(reverse("sessions")).content.decode().split())

    def test_from_the_first_page_two_taps_record_the_usual_scheme_for_whoever_says_so(
        self, client: Client, alice: Record
    ) -> None:
        give(alice, TODAY - timedelta(90))
        page = client.get(page_of_first_tap(client))
        assert 'name="usual" value="preempt"' in page.content.decode()
        second_tap = shown_values(page.context) | {"usual": "preempt"}
        assert client.post(reverse("add_session"), second_tap).status_code == 302
        session = alice.sessions.latest("date")
        assert (session.date, session.units) == (TODAY, 155)
        assert sites.build_layout(session.injections.all()) == PREEMPT

    @pytest.mark.parametrize(
        ("known", "units", "layout"),
        [
            ("nothing", None, {}),
            ("total", 140, {}),
            ("last", 160, FOUR),
            ("sites", 155, PREEMPT),
        ],
    )
    def test_what_is_known_decides_what_is_saved_of_everything_posted(
        self, client: Client, alice: Record, known: str, units: int | None, layout: sites.Layout
    ) -> None:
        give(alice, TODAY - timedelta(90), FOUR)
        client.post(reverse("add_session"), posted(known=known, units="140"))
        session = alice.sessions.latest("date")
        assert (session.units, sites.build_layout(session.injections.all())) == (units, layout)

    def test_same_as_last_time_names_that_session_and_asks_again_after_another_date(
        self, client: Client, alice: Record
    ) -> None:
        give(alice, date(2026, 2, 1), FOUR)
        InjectionSession.objects.create(record=alice, date=date(2025, 11, 1), product="Dysport", units=500)
        page = client.get(reverse("add_session"))
        assert "Same as last time: 160 units · 32 sites, 1 February 2026" in page.content.decode()
        values = posted({}, known="last", last_date="2026-02-01", date="2026-01-20")
        answer = client.post(reverse("add_session"), values)
        assert answer.status_code == 422
        assert "the session before is that of 1 November 2025" in answer.content.decode()
        assert "Same as last time: 500 units, 1 November 2025" in answer.content.decode()
        assert alice.sessions.count() == 2
        client.post(reverse("add_session"), values | {"last_date": "2025-11-01"})
        assert alice.sessions.get(date=date(2026, 1, 20)).units == 500

    def test_last_time_is_not_offered_where_nothing_was_known_and_its_product_is_suggested(
        self, client: Client, alice: Record
    ) -> None:
        InjectionSession.objects.create(record=alice, date=TODAY - timedelta(84), product="Xeomin")
        page = client.get(reverse("add_session"))
        assert "Same as last time" not in page.content.decode()
        assert page.context["form"]["product"].value() == "Xeomin"
        answer = client.post(reverse("add_session"), posted({}, known="last"))
        assert answer.status_code == 422
        assert "This is not on the list." in answer.content.decode()

    @pytest.mark.parametrize(
        ("values", "words"),
        [
            ({"known": "total"}, "Enter the units, or choose “Nothing more”."),
            ({"known": "total", "units": "many"}, "not a number"),
            ({"known": "sites"}, "No site and no total is entered."),
            ({"known": "everything"}, "This is not on the list."),
        ],
    )
    def test_what_is_said_to_be_known_must_be_there(
        self, client: Client, alice: Record, values: dict[str, str], words: str
    ) -> None:
        answer = client.post(reverse("add_session"), posted({}, note="kept-text", **values))
        assert answer.status_code == 422
        assert words in answer.content.decode()
        assert "kept-text" in answer.content.decode()
        assert not alice.sessions.exists()

    @pytest.mark.parametrize(
        ("units", "layout", "known"),
        [(None, {}, "nothing"), (100, {}, "total"), (None, PREEMPT, "sites")],
    )
    def test_a_correction_opens_with_what_is_known(
        self, client: Client, alice: Record, units: int | None, layout: sites.Layout, known: str
    ) -> None:
        session = InjectionSession(date=TODAY, units=units)
        actions.save_session(record=alice, session=session, now=NOON, layout=layout)
        page = client.get(reverse("session", args=[session.pk]))
        assert page.context["form"]["known"].value() == known
        assert 'name="usual"' not in page.content.decode()
        client.post(reverse("session", args=[session.pk]), shown_values(page.context))
        session.refresh_from_db()
        assert (session.units, sites.build_layout(session.injections.all())) == (units, layout)

    def test_sites_are_kept_corrected_and_counted(self, client: Client, alice: Record) -> None:
        client.post(reverse("add_session"), posted(lot="C1234", vial="200 units", wasted="45", clinic="West"))
        session = alice.sessions.get()
        assert (session.units, session.lot, session.wasted, session.clinic) == (155, "C1234", 45, "West")
        untouched = session.injections.get(muscle="procerus").pk
        changed = posted(PREEMPT | {LEFT: SiteDose(4, Decimal(20))}, units="155", date="2026-05-04")
        client.post(reverse("session", args=[session.pk]), changed)
        session.refresh_from_db()
        assert session.units == 160
        assert session.injections.get(muscle="trapezius", side="left").sites == 4
        assert session.injections.get(muscle="procerus").pk == untouched
        client.post(reverse("session", args=[session.pk]), posted({}, units="150"))
        session.refresh_from_db()
        assert (session.units, session.injections.count()) == (150, 0)

    def test_a_correction_that_leaves_the_sites_alone_leaves_the_units_alone(
        self, client: Client, alice: Record
    ) -> None:
        """A file may say 155 units and name the sites of one muscle only."""
        session = InjectionSession.objects.create(record=alice, date=TODAY, units=155)
        InjectionSite.objects.create(session=session, muscle="trapezius", side="", sites=6, units=30)
        page = client.get(reverse("session", args=[session.pk])).content.decode()
        assert "Trapezius, side not given" in page
        layout = {Slot("trapezius", ""): SiteDose(6, Decimal(30))}
        client.post(reverse("session", args=[session.pk]), posted(layout, units="155", note="x"))
        session.refresh_from_db()
        assert (session.units, session.note, session.injections.get().side) == (155, "x", "")

    def test_what_is_unusual_is_kept_and_remarked(self, client: Client, alice: Record) -> None:
        give(alice, TODAY - timedelta(60))
        answer = client.post(
            reverse("add_session"),
            posted(sites.build_preempt_layout({"frontalis": 9}), date=TODAY.isoformat()),
            follow=True,
        )
        page = answer.content.decode()
        assert "60 days since the session before" in page
        assert "245 units in all. 155 to 195 are usual." in page
        assert alice.sessions.count() == 2

    @pytest.mark.parametrize(
        ("values", "words"),
        [
            ({"trapezius_left-sites": "-1"}, "too small"),
            ({"trapezius_left-sites": "101"}, "too large"),
            ({"trapezius_left-sites": "2.5"}, "not a whole number"),
            ({"trapezius_left-sites": "0"}, "0 sites cannot have units"),
            ({"trapezius_left-units": "0"}, "These sites got 0 units"),
            ({"trapezius_left-units": "many"}, "not a number"),
            ({"trapezius_left-units": "2001"}, "Enter 0 to 2000 units."),
            ({"trapezius_left-units": "2.55"}, "too exact"),
            ({"trapezius_left-units": "2000"}, "Enter 0.5 to 2000 units."),
            ({"wasted": "-1"}, "Enter 0 to 2000 units wasted."),
            ({"lot": "x" * 61}, "61 characters"),
        ],
    )
    def test_bad_input_is_refused_in_words_and_stays(
        self, client: Client, alice: Record, values: dict[str, str], words: str
    ) -> None:
        answer = client.post(reverse("add_session"), posted(note="kept-text", **values))
        page = answer.content.decode()
        assert answer.status_code == 422
        assert words in page
        assert "kept-text" in page
        assert all(f'value="{value}"' in page for value in values.values())
        assert not alice.sessions.exists()

    @pytest.mark.parametrize(
        ("pressed", "totals"),
        [
            ({"fill": "preempt"}, "155 units · 31 sites"),
            ({"fill": "follow"}, "195 units · 39 sites"),
            ({"fill": "last"}, "165 units · 33 sites"),
            ({"fill": "clear"}, "0 units · 0 sites"),
            ({"fill": "made-up"}, "30 units · 6 sites"),
            ({"step": "trapezius_left+"}, "35 units · 7 sites"),
            ({"step": "trapezius_left-"}, "25 units · 5 sites"),
            ({"step": "procerus_midline-"}, "30 units · 6 sites"),
            ({"step": "made-up+"}, "30 units · 6 sites"),
            (
                {"fill": "", "procerus_midline-sites": "1e400", "frontalis_left-units": "NaN"},
                "30 units · 6 sites",
            ),
            ({"fill": "", "procerus_midline-sites": "-3", "date": "soon"}, "30 units · 6 sites"),
        ],
    )
    def test_without_script_each_button_fills_the_form_and_saves_nothing(
        self, client: Client, alice: Record, pressed: dict[str, str], totals: str
    ) -> None:
        give(alice, TODAY - timedelta(90), sites.build_preempt_layout({"temporalis": 1}))
        few = {Slot("trapezius", side): SiteDose(3, Decimal(15)) for side in ("left", "right")}
        answer = client.post(
            reverse("add_session"), posted(few, **{"date": TODAY.isoformat(), "note": "kept-text", **pressed})
        )
        page = answer.content.decode()
        assert answer.status_code == 200
        assert totals in page
        assert "kept-text" in page
        assert alice.sessions.count() == 1

    def test_what_differs_is_marked_on_the_picture_and_said(self, client: Client, alice: Record) -> None:
        give(alice, TODAY - timedelta(90), PREEMPT | {LEFT: SiteDose(5, Decimal(25))})
        answer = client.post(reverse("add_session"), {"fill": "preempt", "date": TODAY.isoformat()})
        page = " ".join(answer.content.decode().split())
        assert "Trapezius, left: 3 sites, 15 units; last time 5 sites, 25 units" in page
        assert 'data-region="trapezius_left" data-changed' in page
        assert ">−10</text>" in page

    def test_the_page_takes_as_many_queries_after_twenty_sessions_as_after_one(
        self, client: Client, alice: Record
    ) -> None:
        give(alice, TODAY - timedelta(84))
        short = queries(client, reverse("add_session"))
        for number in range(2, 20):
            give(alice, TODAY - timedelta(84 * number))
        assert queries(client, reverse("add_session")) == short <= 14
