"""The page of scores: enter, correct and delete the totals of questionnaires."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import PersonRequest, get_own_or_404, get_own_record
from accounts.deletions import delete_with_undo
from core import formatting
from core.dates import local_date
from core.form_actions import save_form
from progress.dashboard.scores import scores_context
from treatments.actions import save_score
from treatments.domain.scores import kind_name
from treatments.forms import ScoreForm
from treatments.models import Score


@require_http_methods(["GET", "HEAD", "POST"])
def scores(request: PersonRequest, pk: int | None = None) -> HttpResponse:
    """Show all totals with their charts, and a form to add a total or to correct one."""
    record, now = get_own_record(request), timezone.now()
    today = local_date(request.user, now)
    score = get_own_or_404(record, Score, pk=pk) if pk else Score(record=record)
    initial = {} if pk else {"date": today.isoformat()}
    form = ScoreForm(request.POST or None, instance=score, today=today, initial=initial)
    if request.method == "POST" and save_form(form, lambda: save_score(record=record, score=form.instance)):
        name = kind_name(form.instance.instrument, form.instance.scale)
        messages.success(request, _("%(name)s is saved.") % {"name": name})
        return redirect("scores")
    session_dates = list(record.sessions.values_list("date", flat=True))
    context = {"form": form, "pk": pk, **scores_context(list(record.scores.all()), session_dates)}
    return render(request, "progress/scores.html", context, status=422 if form.errors else 200)


@require_POST
def delete_score(request: PersonRequest, pk: int) -> HttpResponse:
    """Delete one questionnaire total."""
    score = get_own_or_404(get_own_record(request), Score, pk=pk)
    text = _("The total of %(day)s is deleted.") % {"day": formatting.day(score.date)}
    delete_with_undo(request, score, text=text, page=reverse("scores"))
    return redirect("scores")
