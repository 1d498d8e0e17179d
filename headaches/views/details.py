"""The details of a day, one question a screen, each saved as it is answered."""

from typing import Any

from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts import drafts
from accounts.access import PersonRequest, own_record
from accounts.models import Record
from core.dates import day_of
from headaches import actions, detail_forms
from headaches.doses import doses_words
from headaches.models import DayChange, DiaryDay
from headaches.notices import leave_toast, waiting_toast
from headaches.views.diary import asked_date


@require_http_methods(["GET", "HEAD", "POST"])
def step(request: PersonRequest, date: str, name: str) -> HttpResponse:
    """One question about a recorded day; answered, it leads to the next."""
    record = own_record(request)
    on = asked_date(date, day_of(request.user, timezone.now()))
    if name not in detail_forms.STEPS:
        raise Http404
    day = actions.day_on(record, on)
    if day is None or name not in detail_forms.steps_of(day):
        return redirect("day", date=date)
    form = form_of(request, name, day)
    problem: str | None = None
    if request.method == "POST":
        try:
            change, stays = saved_step(request, record, day, form)
        except ValidationError as error:
            problem = " ".join(error.messages)
        else:
            drafts.sent(request, timezone.now())
            leave_toast(request, change)
            following = name if stays else detail_forms.after(name, actions.day_on(record, on) or day)
            return redirect("day_step", date, following) if following else redirect("day", date=date)
    context = context_of(request, record, day, name, form) | {"problem": problem}
    return render(request, "headaches/step.html", context, status=200 if problem is None else 422)


def form_of(request: PersonRequest, name: str, day: DiaryDay) -> Any:
    """The form of a question; the medicine has buttons instead."""
    posted = request.POST if request.method == "POST" else None
    if name == detail_forms.MEDICINE:
        return None
    if name == detail_forms.RELIEF:
        return detail_forms.ReliefForm(posted, day=day)
    if posted is not None and name == detail_forms.FEATURES and "same" in posted:
        last = detail_forms.last_features(day.record, day.date)
        posted = {"features": detail_forms.FeaturesForm().fields["features"].prepare_value(last)}  # type: ignore[assignment]  # as a form's data
    return detail_forms.FORMS[name](posted, instance=day)


def saved_step(request: PersonRequest, record: Record, day: DiaryDay, form: Any) -> tuple[DayChange, bool]:
    """What changed, and whether the same question stands again (another medicine)."""
    now = timezone.now()
    if form is None:
        return saved_medicine(request, record, day), True
    if not form.is_valid():
        raise ValidationError([message for found in form.errors.values() for message in found])
    if isinstance(form, detail_forms.ReliefForm):
        return actions.set_intakes(record=record, on=day.date, intakes=form.taken(), now=now), False
    return actions.save_part(record=record, on=day.date, values=form.cleaned_data, now=now), False


def saved_medicine(request: PersonRequest, record: Record, day: DiaryDay) -> DayChange:
    now = timezone.now()
    if "same" in request.POST:
        taken = detail_forms.last_medicine(record, day.date)
        return actions.set_intakes(record=record, on=day.date, intakes=taken, now=now)
    medicine = actions.own_medicine(record, request.POST.get("medicine", ""))
    return actions.take(record=record, on=day.date, medicine=medicine, now=now)


def context_of(request: PersonRequest, record: Record, day: DiaryDay, name: str, form: Any) -> dict[str, Any]:
    asked = detail_forms.steps_of(day)
    toast = waiting_toast(request, day_of(request.user, timezone.now()))
    context = {
        "on": day.date,
        "day": day,
        "name": name,
        "question": detail_forms.question(name),
        "form": form,
        "place": asked.index(name) + 1,
        "number": len(asked),
        "typed": name in detail_forms.TYPED,
        "next": detail_forms.after(name, day),
        "before": detail_forms.before(name, day),
        "toast": toast if toast and toast.change.date == day.date else None,
    }
    if name == detail_forms.MEDICINE:
        intakes = day.intakes.all()
        context |= {
            "medicines": record.medicines.all(),
            "taken": [doses_words(one.name, one.doses, one.times) for one in intakes],
            "same": []
            if intakes
            else [doses_words(one.name, one.doses) for one in detail_forms.last_medicine(record, day.date)],
        }
    if name == detail_forms.FEATURES:
        context["same"] = detail_forms.last_features(record, day.date) is not None and day.features is None
    if name == detail_forms.HOURS:
        context["usual"] = detail_forms.USUAL_HOURS
    if name == detail_forms.LOST:
        context |= {"choices": DiaryDay.Lost.choices, "field": "lost"}
    if name == detail_forms.STRENGTH:
        context |= {"choices": DiaryDay.Intensity.choices, "field": "intensity"}
    return context
