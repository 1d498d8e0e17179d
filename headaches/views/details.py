"""The details of a day, one question a screen, each saved when it is answered."""

from typing import Any

from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts import drafts
from accounts.access import PersonRequest, get_own_record
from accounts.models import Record
from core.dates import local_date
from headaches import actions, detail_forms
from headaches.actions import ChangedDay
from headaches.doses import describe_doses
from headaches.medicine_days import describe_medicine_days
from headaches.models import DiaryDay
from headaches.notices import get_undo_notice, set_undo_notice
from headaches.views.diary import parse_date_or_404


@require_http_methods(["GET", "HEAD", "POST"])
def step(request: PersonRequest, date: str, name: str) -> HttpResponse:
    """One question about a recorded day; the answer leads to the next."""
    record = get_own_record(request)
    day_date = parse_date_or_404(date, local_date(request.user, timezone.now()))
    if name not in detail_forms.STEPS:
        raise Http404
    day = actions.get_day(record, day_date)
    if day is None or name not in detail_forms.steps_of(day):
        return redirect("day", date=date)
    form = build_form(request, name, day)
    problem: str | None = None
    if request.method == "POST":
        try:
            changed, stays = save_step(request, record, day, form)
        except ValidationError as error:
            problem = " ".join(error.messages)
        else:
            drafts.discard_draft(request, timezone.now())
            following = name if stays else detail_forms.next_step(name, changed.day or day)
            page = redirect("day_step", date, following) if following else redirect("day", date=date)
            return set_undo_notice(page, changed.change)
    context = build_context(request, record, day, name, form) | {"problem": problem}
    return render(request, "headaches/step.html", context, status=200 if problem is None else 422)


def build_form(request: PersonRequest, name: str, day: DiaryDay) -> Any:
    """Return the form of a question; None for the medicine, which has buttons."""
    posted = request.POST if request.method == "POST" else None
    if name == detail_forms.MEDICINE:
        return None
    if name == detail_forms.RELIEF:
        return detail_forms.ReliefForm(posted, day=day)
    if posted is not None and name == detail_forms.FEATURES and "same" in posted:
        last = detail_forms.get_last_features(day.record, day.date)
        posted = {"features": detail_forms.FeaturesForm().fields["features"].prepare_value(last)}  # type: ignore[assignment]  # as a form's data
    return detail_forms.FORMS[name](posted, instance=day)


def save_step(request: PersonRequest, record: Record, day: DiaryDay, form: Any) -> tuple[ChangedDay, bool]:
    """Save an answer; return the change and whether the same question is asked again (another medicine)."""
    now = timezone.now()
    if form is None and "same" in request.POST:
        intakes = detail_forms.get_last_medicine(record, day.date)
        return actions.set_intakes(record=record, date=day.date, intakes=intakes, now=now), True
    if form is None:
        medicine = actions.get_own_medicine(record, request.POST.get("medicine", ""))
        return actions.add_dose(record=record, date=day.date, medicine=medicine, now=now), True
    if not form.is_valid():
        raise ValidationError([message for errors in form.errors.values() for message in errors])
    if isinstance(form, detail_forms.ReliefForm):
        return actions.set_intakes(record=record, date=day.date, intakes=form.with_relief(), now=now), False
    return actions.save_fields(record=record, date=day.date, values=form.cleaned_data, now=now), False


def build_context(
    request: PersonRequest, record: Record, day: DiaryDay, name: str, form: Any
) -> dict[str, Any]:
    steps = detail_forms.steps_of(day)
    notice = get_undo_notice(request, local_date(request.user, timezone.now()))
    context = {
        "date": day.date,
        "day": day,
        "name": name,
        "question": detail_forms.QUESTIONS[name],
        "form": form,
        "place": steps.index(name) + 1,
        "number": len(steps),
        "typed": name in detail_forms.TYPED,
        "next": detail_forms.next_step(name, day),
        "before": steps[steps.index(name) - 1] if name != steps[0] else None,
        "notice": notice if notice and notice.change.date == day.date else None,
    }
    if name == detail_forms.MEDICINE:
        intakes = day.intakes.all()
        context |= {
            "medicines": record.medicines.all(),
            "medicine_days": describe_medicine_days(record, day.date),
            "taken": [describe_doses(intake.name, intake.doses, intake.times) for intake in intakes],
            "same": []
            if intakes
            else [
                describe_doses(intake.name, intake.doses)
                for intake in detail_forms.get_last_medicine(record, day.date)
            ],
        }
    if name == detail_forms.FEATURES:
        context["same"] = (
            detail_forms.get_last_features(record, day.date) is not None and day.features is None
        )
    if name == detail_forms.HOURS:
        context["usual"] = detail_forms.USUAL_HOURS
    if name == detail_forms.LOST:
        context |= {"choices": DiaryDay.Lost.choices, "field": "lost"}
    if name == detail_forms.STRENGTH:
        context |= {"choices": DiaryDay.Intensity.choices, "field": "intensity"}
    return context
