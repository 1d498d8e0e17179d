"""Pages for several days at once."""

from datetime import timedelta

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import PersonRequest, own_record
from core.dates import day_of, iso_date
from headaches import catch_up as several
from headaches.notices import waiting_toast
from headaches.today import week_context

STRETCH = "stretch_changes"


@require_http_methods(["GET", "HEAD", "POST"])
def catch_up(request: PersonRequest) -> HttpResponse:
    """The last seven days, one tap each; and a longer stretch with one answer."""
    record, now = own_record(request), timezone.now()
    today = day_of(request.user, now)
    start = {
        "start": iso_date(request.GET.get("start", "")) or today - timedelta(several.WEEK - 1),
        "end": iso_date(request.GET.get("end", "")) or today - timedelta(1),
    }
    form = several.StretchForm(request.POST or None, today=today, initial=start)
    if request.method == "POST" and form.is_valid():
        first, last = form.cleaned_data["start"], form.cleaned_data["end"]
        changes = several.answer_stretch(
            record=record, start=first, end=last, said=form.cleaned_data["answer"], today=today, now=now
        )
        request.session[STRETCH] = [change.pk for change in changes]
        messages.success(request, several.stretch_words(len(changes), (last - first).days + 1))
        return redirect("catch_up")
    context = week_context(record, today, waiting_toast(request, today)) | {
        "form": form,
        "can_undo": bool(request.session.get(STRETCH)),
    }
    return render(request, "headaches/catch_up.html", context, status=422 if form.errors else 200)


@require_POST
def undo_stretch(request: PersonRequest) -> HttpResponse:
    """Take the last stretch back as a whole."""
    record = own_record(request)
    changes = list(record.day_changes.filter(pk__in=request.session.pop(STRETCH, [])))
    gone = several.undo_stretch(changes=changes, now=timezone.now())
    if gone < len(changes):
        messages.info(request, _("Days that were changed again since stay as they are now."))
    else:
        messages.success(request, _("Taken back."))
    return redirect("catch_up")
