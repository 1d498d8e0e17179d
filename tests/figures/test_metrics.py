import pytest

from figures.metrics import metric_value
from figures.values import DRUG_CLASSES, METRICS, Day
from tests.figures.builders import clear, headache, took

PAIN = ("one-sided", "pulsating", "worse-with-activity")


def migraine(day: Day) -> float | None:
    return metric_value("migraine_days", day, "any")


# headache_days


def test_a_headache_of_any_length_is_a_headache_day_under_any() -> None:
    assert metric_value("headache_days", headache(hours=0.5), "any") == 1


def test_a_headache_whose_hours_nobody_told_is_a_headache_day_under_any() -> None:
    assert metric_value("headache_days", headache(), "any") == 1


def test_four_hours_are_enough_under_4h() -> None:
    assert metric_value("headache_days", headache(hours=4), "4h") == 1


def test_three_and_a_half_hours_are_not_enough_under_4h() -> None:
    assert metric_value("headache_days", headache(hours=3.5), "4h") == 0


def test_a_headache_whose_hours_nobody_told_is_unknown_under_4h() -> None:
    assert metric_value("headache_days", headache(), "4h") is None


@pytest.mark.parametrize("criterion", ["any", "4h"])
def test_no_headache_is_no_headache_day(criterion: str) -> None:
    assert metric_value("headache_days", clear(), criterion) == 0


def test_the_criterion_changes_headache_days_alone() -> None:
    short = headache(hours=2, intensity="severe", features=["aura"], lost=1)
    changed = [
        metric
        for metric in METRICS
        if metric_value(metric, short, "any") != metric_value(metric, short, "4h")
    ]
    assert changed == ["headache_days"]


# migraine_days


def test_no_headache_is_no_migraine_even_with_a_triptan_that_helped() -> None:
    assert migraine(clear(intakes=[took("triptan", "complete")])) == 0


@pytest.mark.parametrize("drug_class", ["triptan", "ergot"])
@pytest.mark.parametrize("relief", ["partial", "complete"])
def test_a_triptan_or_ergot_that_helped_makes_a_migraine_day(drug_class: str, relief: str) -> None:
    assert migraine(headache(features=[], intakes=[took(drug_class, relief)])) == 1


@pytest.mark.parametrize("relief", ["none", None])
def test_a_triptan_that_did_not_help_decides_nothing(relief: str | None) -> None:
    assert migraine(headache(features=[], intakes=[took("triptan", relief)])) == 0
    assert migraine(headache(intakes=[took("triptan", relief)])) is None


@pytest.mark.parametrize("drug_class", [name for name in DRUG_CLASSES if name not in ("triptan", "ergot")])
def test_relief_by_any_other_drug_decides_nothing(drug_class: str) -> None:
    assert migraine(headache(features=[], intakes=[took(drug_class, "complete")])) == 0


def test_one_triptan_of_two_that_helped_is_enough() -> None:
    assert migraine(headache(intakes=[took("triptan", "none"), took("triptan", "partial")])) == 1


def test_features_not_answered_leave_the_migraine_unknown() -> None:
    assert migraine(headache(intensity="severe", hours=12)) is None


def test_features_answered_with_none_are_no_migraine() -> None:
    assert migraine(headache(intensity="severe", features=[])) == 0


def test_aura_alone_makes_a_migraine_day() -> None:
    assert migraine(headache(features=["aura"])) == 1


@pytest.mark.parametrize("with_it", [["nausea"], ["vomiting"], ["light", "sound"]])
def test_two_features_of_the_pain_and_one_bracket_make_a_migraine_day(with_it: list[str]) -> None:
    assert migraine(headache(features=["pulsating", "one-sided", *with_it], intensity="mild")) == 1


@pytest.mark.parametrize("with_it", [[], ["light"], ["sound"]])
def test_light_without_sound_or_sound_without_light_is_not_enough(with_it: list[str]) -> None:
    assert migraine(headache(features=[*PAIN, *with_it], intensity="severe")) == 0


@pytest.mark.parametrize("intensity", ["moderate", "severe"])
@pytest.mark.parametrize("feature", PAIN)
def test_moderate_or_severe_counts_as_one_of_the_two(feature: str, intensity: str) -> None:
    assert migraine(headache(features=[feature, "nausea"], intensity=intensity)) == 1


def test_mild_pain_with_one_feature_is_no_migraine() -> None:
    assert migraine(headache(features=["pulsating", "nausea"], intensity="mild")) == 0


def test_severe_pain_with_nausea_and_no_feature_of_the_pain_is_no_migraine() -> None:
    assert migraine(headache(features=["nausea"], intensity="severe")) == 0


def test_an_intensity_that_would_decide_and_was_not_answered_leaves_it_unknown() -> None:
    assert migraine(headache(features=["pulsating", "nausea"])) is None


def test_an_intensity_that_could_not_decide_leaves_no_doubt() -> None:
    assert migraine(headache(features=["nausea"])) == 0
    assert migraine(headache(features=["pulsating", "light"])) == 0
    assert migraine(headache(features=["pulsating", "one-sided", "nausea"])) == 1


# moderate_severe_days


@pytest.mark.parametrize(("intensity", "answer"), [("mild", 0), ("moderate", 1), ("severe", 1), (None, None)])
def test_a_moderate_or_severe_day_is_one_whose_worst_was_that(
    intensity: str | None, answer: float | None
) -> None:
    assert metric_value("moderate_severe_days", headache(intensity=intensity), "any") == answer


def test_no_headache_is_not_moderate_or_severe() -> None:
    assert metric_value("moderate_severe_days", clear(), "any") == 0


# headache_hours


def test_hours_are_those_answered() -> None:
    assert metric_value("headache_hours", headache(hours=7.5), "any") == 7.5


def test_hours_not_answered_are_unknown() -> None:
    assert metric_value("headache_hours", headache(), "any") is None


def test_no_headache_is_zero_hours() -> None:
    assert metric_value("headache_hours", clear(), "any") == 0


# acute_medication_days


@pytest.mark.parametrize("drug_class", DRUG_CLASSES)
def test_medication_of_any_class_makes_an_acute_medication_day(drug_class: str) -> None:
    assert metric_value("acute_medication_days", headache(intakes=[took(drug_class)]), "any") == 1


def test_medication_counts_on_a_day_without_headache_too() -> None:
    assert metric_value("acute_medication_days", clear(intakes=[took("nsaid")]), "any") == 1


def test_three_intakes_make_one_acute_medication_day() -> None:
    assert metric_value("acute_medication_days", headache(intakes=[took("nsaid")] * 3), "any") == 1


def test_no_row_of_medication_means_none_was_taken() -> None:
    assert metric_value("acute_medication_days", headache(), "any") == 0


# clear_days


def test_a_day_without_headache_is_clear() -> None:
    assert metric_value("clear_days", clear(), "any") == 1


def test_a_headache_under_four_hours_is_no_clear_day_under_4h() -> None:
    assert metric_value("clear_days", headache(hours=0.5), "4h") == 0


# lost_days


@pytest.mark.parametrize("lost", [0, 0.5, 1])
def test_a_lost_day_is_none_half_or_full_with_or_without_headache(lost: float) -> None:
    assert metric_value("lost_days", headache(lost=lost), "any") == lost
    assert metric_value("lost_days", clear(lost=lost), "any") == lost


def test_not_answered_is_nothing_lost_on_a_day_without_headache() -> None:
    assert metric_value("lost_days", clear(), "any") == 0


def test_not_answered_is_unknown_on_a_headache_day() -> None:
    assert metric_value("lost_days", headache(), "any") is None


def test_an_unknown_metric_is_refused() -> None:
    with pytest.raises(KeyError):
        metric_value("good_days", clear(), "any")
