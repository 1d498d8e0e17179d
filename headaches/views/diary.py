"""Pages of the diary: a day, a month, the own medicines; and the one tap."""

from datetime import date

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import drafts
from accounts.access import PersonRequest, mine, own_record
from core.dates import day_of, iso_date
from core.form_actions import saved
from headaches import actions
from headaches.calendar import weekday_heads, weeks
from headaches.detail_forms import steps_of
from headaches.forms import DayForm, IntakeFormSet, MedicineForm, intake_rows
from headaches.models import FIRST_DATE, DayChange, DiaryDay, Medicine
from headaches.notices import dismiss_toast, leave_toast, waiting_toast
from headaches.today import day_context

HOME, DAY, WEEK = "home", "day", "week"


def asked_date(text: str, today: date) -> date:
    """A date from an address; 404 for what is no diary day."""
    on = iso_date(text)
    if on is None or not FIRST_DATE <= on <= today:
        raise Http404
    return on


def after_change(request: PersonRequest, change: DayChange) -> HttpResponse:
    """Back to where the tap came from, with the word of what changed."""
    leave_toast(request, change)
    return back_to(request.POST.get("back", ""), change.date)


def back_to(place: str, on: date) -> HttpResponse:
    """The page a tap came from; the first one, whether it asked about today ("home") or the week ("weekly")."""
    if place == WEEK:
        return redirect("catch_up")
    return redirect("day", date=on.isoformat()) if place == DAY else redirect("home")


@require_POST
def answer(request: PersonRequest) -> HttpResponse:
    """The one tap: one of four answers for one day."""
    record, now = own_record(request), timezone.now()
    today = day_of(request.user, now)
    text, said = request.POST.get("date", ""), request.POST.get("answer", "")
    on = iso_date(text) if text else today
    try:
        if on is None:
            raise ValidationError(_("This is not a date."))
        if request.POST.get("back") == HOME:
            actions.check_not_stale(record, on, today)
        change = actions.answer(record=record, on=on, said=said, today=today, now=now)
    except ValidationError as error:
        messages.error(request, error.messages[0])
        return redirect("home")
    return after_change(request, change)


@require_POST
def take(request: PersonRequest) -> HttpResponse:
    """One dose of a medicine of the own list, on the day the page was opened for."""
    record, now = own_record(request), timezone.now()
    today = day_of(request.user, now)
    on = iso_date(request.POST.get("date", ""))
    try:
        if on is None:
            raise ValidationError(_("This is not a date."))
        medicine = actions.own_medicine(record, request.POST.get("medicine", ""))
        actions.check_date(on, today)
        change = actions.take(record=record, on=on, medicine=medicine, now=now)
    except ValidationError as error:
        messages.error(request, error.messages[0])
        return redirect("home")
    leave_toast(request, change)
    return redirect("home")


@require_POST
def undo(request: PersonRequest, pk: int) -> HttpResponse:
    """Take the last change of a day back."""
    record, now = own_record(request), timezone.now()
    change = mine(record, DayChange, pk=pk)
    try:
        undone = actions.undo(change=change, now=now)
    except ValidationError as error:
        messages.error(request, error.messages[0])
        return redirect("day", date=change.date.isoformat())
    return after_change(request, undone)


@require_POST
def dismiss(request: PersonRequest) -> HttpResponse:
    """She has seen the word of what was saved."""
    own_record(request)
    on = iso_date(request.POST.get("date", ""))
    dismiss_toast(request)
    return back_to(request.POST.get("back", ""), on) if on else redirect("home")


@require_POST
def clear(request: PersonRequest, date: str) -> HttpResponse:
    """Make a day unrecorded again."""
    record, now = own_record(request), timezone.now()
    today = day_of(request.user, now)
    change = actions.clear(record=record, on=asked_date(date, today), now=now)
    return after_change(request, change)


@require_http_methods(["GET", "HEAD", "POST"])
def day(request: PersonRequest, date: str) -> HttpResponse:
    """One day: the four answers, and below them all details, each of them optional."""
    record, now = own_record(request), timezone.now()
    today = day_of(request.user, now)
    on = asked_date(date, today)
    kept = actions.day_on(record, on)
    if request.method != "POST" and "ask" in request.GET and kept:
        return redirect("day_step", date, steps_of(kept)[0])
    rows = intake_rows(kept, record.medicines.all())
    posted = request.POST if request.method == "POST" else None
    form = DayForm(posted, instance=kept or DiaryDay(record=record, date=on))
    intakes = IntakeFormSet(posted, initial=rows, prefix="intakes")
    if posted is not None and form.is_valid() and intakes.is_valid():
        change = actions.save_details(record=record, filled=form.instance, intakes=intakes.taken(), now=now)
        drafts.sent(request, now)
        leave_toast(request, change)
        return redirect("day", date=on.isoformat())
    context = day_context(record, on, today, waiting_toast(request, today)) | {
        "form": form,
        "intakes": intakes,
        "open": posted is not None or request.GET.get("details") is not None,
    }
    return render(request, "headaches/day.html", context, status=200 if posted is None else 422)


def asked_month(text: str | None, today: date) -> date:
    """The first day of the month asked for; 404 for a month before 1900 or after today's."""
    return asked_date(f"{text}-01", today) if text else today.replace(day=1)


@require_safe
def month(request: PersonRequest, month: str | None = None) -> HttpResponse:
    """A month of the diary, each day a link."""
    record = own_record(request)
    today = day_of(request.user, timezone.now())
    first = asked_month(month, today)
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
    laid_out = weeks(record, first, today)
    states = [cell.state for week in laid_out for cell in week if cell and not cell.is_later]
    free, unknown = states.count("free"), states.count("unknown")
    context = {
        "month": first,
        "weeks": laid_out,
        "heads": weekday_heads(),
        "earlier": earlier if earlier >= FIRST_DATE else None,
        "later": later if later <= today else None,
        "free": free,
        "unknown": unknown,
        "headache": len(states) - free - unknown,
    }
    return render(request, "headaches/month.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def medicines(request: PersonRequest) -> HttpResponse:
    """The own list of acute medicines."""
    record = own_record(request)
    form = MedicineForm(request.POST or None, instance=Medicine(record=record))
    if request.method == "POST" and saved(form, lambda: actions.add_medicine(medicine=form.instance)):
        messages.success(request, _("%(name)s is on your list.") % {"name": form.instance.name})
        return redirect("medicines")
    context = {"form": form, "medicines": record.medicines.all()}
    return render(request, "headaches/medicines.html", context, status=422 if form.errors else 200)


@require_POST
def delete_medicine(request: PersonRequest, pk: int) -> HttpResponse:
    """Take a medicine off the list; the days on which it was taken keep it."""
    medicine = mine(own_record(request), Medicine, pk=pk)
    medicine.delete()
    messages.success(request, _("%(name)s is off your list. The diary keeps it.") % {"name": medicine.name})
    return redirect(reverse("medicines"))
