"""Pages of the diary: the one tap, a day, a month, and the list of medicines."""

import datetime as dt

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import drafts
from accounts.access import PersonRequest, get_own_or_404, get_own_record
from accounts.deletions import delete_with_undo
from core import formatting
from core.dates import local_date, parse_iso_date
from core.form_actions import save_form
from headaches import actions, attacks
from headaches.calendar import load_recorded_days, month_range, month_weeks, weekday_names
from headaches.detail_forms import steps_of
from headaches.forms import DayForm, IntakeFormSet, MedicineForm, initial_intakes
from headaches.models import FIRST_DATE, DayChange, DayState, DiaryDay, Medicine
from headaches.notices import dismiss_undo_notice, get_undo_notice, set_undo_notice
from headaches.relief import find_relief_question
from headaches.today import day_context

HOME, DAY, WEEK = "home", "day", "week"


def parse_date_or_404(text: str, today: dt.date) -> dt.date:
    """Parse a date of an address; 404 unless it is a diary day up to today."""
    date = parse_iso_date(text)
    if date is None or not FIRST_DATE <= date <= today:
        raise Http404
    return date


def redirect_after_change(request: PersonRequest, change: DayChange) -> HttpResponse:
    """Set the undo notice and go back to the page the tap came from."""
    return set_undo_notice(redirect_back(request.POST.get("back", ""), change.date), change)


def redirect_back(page: str, date: dt.date) -> HttpResponse:
    """Redirect to the page a tap came from; the home page asks about today or about the week."""
    if page == WEEK:
        return redirect("catch_up")
    return redirect("day", date=date.isoformat()) if page == DAY else redirect("home")


@require_POST
def answer(request: PersonRequest) -> HttpResponse:
    """The one tap: one of four answers for one day."""
    record, now = get_own_record(request), timezone.now()
    today = local_date(request.user, now)
    text = request.POST.get("date", "")
    date = parse_iso_date(text) if text else today
    try:
        if date is None:
            raise ValidationError(_("This is not a date."))
        is_left_open = request.POST.get("back") == HOME and date != today
        if is_left_open and record.days.filter(date=date).exists():
            # A home page left open overnight must not overwrite the day it was opened on.
            raise ValidationError(
                _("A new day has begun: tap again for today, or open %(day)s to correct it.")
                % {"day": formatting.weekday_day(date)}
            )
        changed = actions.record_answer(
            record=record, date=date, answer=request.POST.get("answer", ""), today=today, now=now
        )
    except ValidationError as error:
        messages.error(request, error.messages[0])
        return redirect("home")
    return redirect_after_change(request, changed.change)


@require_POST
def take(request: PersonRequest) -> HttpResponse:
    """Add one dose of a medicine to the day the page was opened for."""
    record, now = get_own_record(request), timezone.now()
    date = parse_iso_date(request.POST.get("date", ""))
    try:
        if date is None:
            raise ValidationError(_("This is not a date."))
        medicine = actions.get_own_medicine(record, request.POST.get("medicine", ""))
        actions.check_date(date, local_date(request.user, now))
        changed = actions.add_dose(record=record, date=date, medicine=medicine, now=now)
    except ValidationError as error:
        messages.error(request, error.messages[0])
        return redirect("home")
    return set_undo_notice(redirect("home"), changed.change)


@require_POST
def relieve(request: PersonRequest) -> HttpResponse:
    """Answer whether a medicine helped, or put the question away with "later"."""
    record, now = get_own_record(request), timezone.now()
    today = local_date(request.user, now)
    if "later" in request.POST:
        question = find_relief_question(record, actions.get_day(record, today), now)
        if question:
            actions.dismiss_relief_question(record=record, taken_at=question.dose.taken_at)
        return redirect("home")
    date = parse_iso_date(request.POST.get("date", ""))
    try:
        if date is None:
            raise ValidationError(_("This is not a date."))
        name, relief = request.POST.get("name", ""), request.POST.get("relief", "")
        changed = actions.set_relief(record=record, date=date, name=name, relief=relief, now=now)
    except ValidationError as error:
        messages.error(request, error.messages[0])
        return redirect("home")
    return set_undo_notice(redirect("home"), changed.change)


@require_POST
def attack(request: PersonRequest) -> HttpResponse:
    """The timer of a headache: "start", "going", "over", "began" with another time, or "cancel"."""
    record, now, posted = get_own_record(request), timezone.now(), request.POST
    changed: list[actions.ChangedDay] = []
    try:
        time = attacks.read_clock(posted["time"], record, now) if posted.get("time") else None
        if "start" in posted:
            change = attacks.start_attack(record=record, now=now)
            changed = [change] if change else []
        elif "going" in posted or "over" in posted:
            ended = (time or now) if "over" in posted else None
            changed = attacks.count_attack(record=record, now=now, ended=ended)
        elif "began" in posted and time:
            attacks.move_start(record=record, started=time)
        elif "cancel" in posted:
            attacks.cancel_attack(record=record)
        else:
            raise ValidationError(_("Enter a time, such as 9:30."))
    except ValidationError as error:
        messages.error(request, error.messages[0])
    back = redirect("home")
    return set_undo_notice(back, changed[-1].change) if changed else back


@require_POST
def undo(request: PersonRequest, pk: int) -> HttpResponse:
    """Undo the latest change of a day."""
    record, now = get_own_record(request), timezone.now()
    change = get_own_or_404(record, DayChange, pk=pk)
    try:
        undone = actions.undo_change(change=change, now=now)
    except ValidationError as error:
        messages.error(request, error.messages[0])
        return redirect("day", date=change.date.isoformat())
    return redirect_after_change(request, undone.change)


@require_POST
def dismiss(request: PersonRequest) -> HttpResponse:
    """Dismiss the undo notice."""
    get_own_record(request)
    date = parse_iso_date(request.POST.get("date", ""))
    back = redirect_back(request.POST.get("back", ""), date) if date else redirect("home")
    return dismiss_undo_notice(back)


@require_POST
def clear(request: PersonRequest, date: str) -> HttpResponse:
    """Make a day unrecorded again."""
    record, now = get_own_record(request), timezone.now()
    day_date = parse_date_or_404(date, local_date(request.user, now))
    changed = actions.clear_day(record=record, date=day_date, now=now)
    return redirect_after_change(request, changed.change)


@require_http_methods(["GET", "HEAD", "POST"])
def day(request: PersonRequest, date: str) -> HttpResponse:
    """One day: the four answers, and below them all details, open where some are recorded."""
    record, now = get_own_record(request), timezone.now()
    today = local_date(request.user, now)
    day_date = parse_date_or_404(date, today)
    recorded = actions.get_day(record, day_date)
    if request.method != "POST" and "ask" in request.GET and recorded:
        return redirect("day_step", date, steps_of(recorded)[0])
    posted = request.POST if request.method == "POST" else None
    form = DayForm(posted, instance=recorded or DiaryDay(record=record, date=day_date))
    formset = IntakeFormSet(
        posted, initial=initial_intakes(recorded, record.medicines.all()), prefix="intakes"
    )
    if posted is not None and form.is_valid() and formset.is_valid():
        changed = actions.save_details(
            record=record, filled=form.instance, intakes=formset.intakes(), now=now
        )
        drafts.discard_draft(request, now)
        return set_undo_notice(redirect("day", date=date), changed.change)
    context = day_context(record, day_date, today, get_undo_notice(request, today)) | {
        "form": form,
        "intakes": formset,
        "open": posted is not None or "details" in request.GET or (recorded and recorded.has_details),
        "previous": day_date - dt.timedelta(1) if day_date > FIRST_DATE else None,
        "following": day_date + dt.timedelta(1) if day_date < today else None,
    }
    return render(request, "headaches/day.html", context, status=200 if posted is None else 422)


@require_safe
def month(request: PersonRequest, month: str | None = None) -> HttpResponse:
    """A month of the diary; each day is a link."""
    record = get_own_record(request)
    today = local_date(request.user, timezone.now())
    first = parse_date_or_404(f"{month}-01", today) if month else today.replace(day=1)
    earlier = (
        first.replace(year=first.year - 1, month=12)
        if first.month == 1
        else first.replace(month=first.month - 1)
    )
    later = (
        first.replace(year=first.year + 1, month=1)
        if first.month == 12
        else first.replace(month=first.month + 1)
    )
    calendar = month_weeks(load_recorded_days(record, *month_range(first)), first, today)
    states = [day.state for week in calendar for day in week if day and not day.is_later]
    free, unrecorded = states.count(DayState.FREE), states.count(DayState.UNRECORDED)
    context = {
        "month": first,
        "weeks": calendar,
        "weekday_names": weekday_names(),
        "earlier": earlier if earlier >= FIRST_DATE else None,
        "later": later if later <= today else None,
        "free": free,
        "unrecorded": unrecorded,
        "headache": len(states) - free - unrecorded,
    }
    return render(request, "headaches/month.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def medicines(request: PersonRequest) -> HttpResponse:
    """The patient's list of acute medicines."""
    record = get_own_record(request)
    form = MedicineForm(request.POST or None, instance=Medicine(record=record))
    if request.method == "POST" and save_form(form, lambda: actions.add_medicine(medicine=form.instance)):
        messages.success(request, _("%(name)s is on your list.") % {"name": form.instance.name})
        return redirect("medicines")
    context = {"form": form, "medicines": record.medicines.all()}
    return render(request, "headaches/medicines.html", context, status=422 if form.errors else 200)


@require_POST
def delete_medicine(request: PersonRequest, pk: int) -> HttpResponse:
    """Remove a medicine from the list; days on which it was taken keep it."""
    medicine = get_own_or_404(get_own_record(request), Medicine, pk=pk)
    text = _("%(name)s is no longer on your list. It stays in the diary.") % {"name": medicine.name}
    delete_with_undo(request, medicine, text=text, page=reverse("medicines"))
    return redirect("medicines")
