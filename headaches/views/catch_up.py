"""Catch up on several days at once."""

from datetime import timedelta

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import PersonRequest, get_own_record
from core.dates import local_date, parse_iso_date
from headaches import catch_up as ranges
from headaches.calendar import load_recent_days
from headaches.notices import get_undo_notice
from headaches.today import week_context

SESSION_KEY = "range_changes"


@require_http_methods(["GET", "HEAD", "POST"])
def catch_up(request: PersonRequest) -> HttpResponse:
    """Show the last seven days, one tap each, and a form for a longer range of days with one answer."""
    record, now = get_own_record(request), timezone.now()
    today = local_date(request.user, now)
    initial = {
        "start": parse_iso_date(request.GET.get("start", "")) or today - timedelta(ranges.WEEK - 1),
        "end": parse_iso_date(request.GET.get("end", "")) or today - timedelta(1),
    }
    form = ranges.RangeForm(request.POST or None, today=today, initial=initial)
    if request.method == "POST" and form.is_valid():
        first, last = form.cleaned_data["start"], form.cleaned_data["end"]
        changes = ranges.fill_range(
            record=record, start=first, end=last, answer=form.cleaned_data["answer"], today=today, now=now
        )
        request.session[SESSION_KEY] = [change.pk for change in changes]
        messages.success(request, ranges.describe_range(len(changes), (last - first).days + 1))
        return redirect("catch_up")
    context = week_context(
        record, load_recent_days(record, today), today, get_undo_notice(request, today)
    ) | {
        "form": form,
        "can_undo": bool(request.session.get(SESSION_KEY)),
    }
    return render(request, "headaches/catch_up.html", context, status=422 if form.errors else 200)


@require_POST
def undo_range(request: PersonRequest) -> HttpResponse:
    """Undo the latest range as a whole."""
    record = get_own_record(request)
    changes = list(record.day_changes.filter(pk__in=request.session.pop(SESSION_KEY, [])))
    undone = ranges.undo_range(changes=changes, now=timezone.now())
    if undone < len(changes):
        messages.info(request, _("Days that have been changed again stay as they are."))
    else:
        messages.success(request, _("Taken back."))
    return redirect("catch_up")
