"""After a session: the gentle question on days 3, 7 and 14, side effects, goals."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import drafts
from accounts.access import PersonRequest, get_own_or_404, get_own_record
from accounts.models import Record
from core.dates import local_date
from core.form_actions import save_form
from treatments import actions
from treatments.domain import side_effects
from treatments.domain.expectations import current_stage
from treatments.domain.schedule import NextSession
from treatments.forms import EffectForm, GoalsForm, ReviewForm
from treatments.models import EffectCheck, InjectionSession, SideEffect

NOTED = "noted_effect"
OF_SESSION = "session__record"
LONGEST_KEY = 19  # figures of a primary key


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked on the first page: after which session, on which of the three days, with which answers."""

    session: InjectionSession
    day: int
    effects: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class RecordedAnswer:
    """What a tap has just noted, with its undo."""

    check: EffectCheck
    effect: SideEffect | None
    words: str


def aftercare_context(
    request: HttpRequest, record: Record, coming: NextSession | None, today: date
) -> dict[str, Any]:
    """The question that is open today, what the last tap noted, what to expect now. No query after three weeks."""
    found: dict[str, Any] = {
        "noted": pop_recorded_answer(request, record),
        "stage": current_stage(coming, today),
    }
    last = coming.last if coming else None
    if last is None or side_effects.due_check(last, (), today) is None:
        return found
    return found | {"question": open_question(record, last, today)}


def open_question(record: Record, last: date, today: date) -> Question | None:
    session = record.sessions.prefetch_related("effect_checks").get(date=last)
    day = side_effects.due_check(last, [check.day for check in session.effect_checks.all()], today)
    offered = [(effect, str(words)) for effect, words in side_effects.OFFERED.items()]
    return Question(session, day, offered) if day else None


def pop_recorded_answer(request: HttpRequest, record: Record) -> RecordedAnswer | None:
    kept = request.session.pop(NOTED, None)
    check = actions.get_effect_check(record=record, pk=kept[0]) if kept else None
    if check is None:
        return None
    effect = check.session.side_effects.filter(pk=kept[1]).first()
    words = side_effects.effect_label(effect.effect) if effect else _("nothing to report")
    return RecordedAnswer(check, effect, words)


@require_POST
def answer_effects(request: PersonRequest, pk: int) -> HttpResponse:
    """The one tap: nothing to report, or one of the effects."""
    record, now = get_own_record(request), timezone.now()
    session = get_own_or_404(record, InjectionSession, pk=pk)
    try:
        check, effect = actions.answer_effects(
            session=session, said=request.POST.get("effect", ""), today=local_date(request.user, now)
        )
    except ValidationError as error:
        messages.error(request, error.messages[0])
        return redirect("home")
    if effect and side_effects.is_emergency(effect.effect):
        return redirect("session_effects", pk=session.pk)
    request.session[NOTED] = [check.pk, effect.pk if effect else None]
    return redirect("home")


@require_POST
def undo_answer(request: PersonRequest, pk: int) -> HttpResponse:
    """Take the tap back: the question stands open again."""
    record = get_own_record(request)
    check = get_own_or_404(record, EffectCheck, owner=OF_SESSION, pk=pk)
    effect = request.POST.get("effect", "")
    is_key = effect.isascii() and effect.isdigit() and len(effect) < LONGEST_KEY
    actions.undo_answer(check=check, effect=int(effect) if is_key else None)
    return redirect("home")


@require_http_methods(["GET", "HEAD", "POST"])
def session_effects(request: PersonRequest, pk: int) -> HttpResponse:
    """The side effects after one session, and a form for one more."""
    record, now = get_own_record(request), timezone.now()
    session = get_own_or_404(record, InjectionSession, pk=pk)
    return effect_page(request, record, SideEffect(session=session), local_date(request.user, now))


@require_http_methods(["GET", "HEAD", "POST"])
def effect(request: PersonRequest, pk: int) -> HttpResponse:
    """Correct one side effect."""
    record, now = get_own_record(request), timezone.now()
    kept = get_own_or_404(record, SideEffect, owner=OF_SESSION, related="session", pk=pk)
    return effect_page(request, record, kept, local_date(request.user, now))


def effect_page(request: PersonRequest, record: Record, kept: SideEffect, today: date) -> HttpResponse:
    session = kept.session
    form = EffectForm(request.POST or None, instance=kept, today=today)
    if request.method == "POST" and save_form(
        form, lambda: actions.save_effect(record=record, effect=form.instance)
    ):
        drafts.discard_draft(request, timezone.now())
        messages.success(
            request, _("Saved: %(effect)s.") % {"effect": side_effects.effect_label(kept.effect)}
        )
        return redirect("session_effects", pk=session.pk)
    rows = list(session.side_effects.all())
    context = {
        "session": session,
        "form": form,
        "effect": kept if kept.pk else None,
        "rows": [(row, side_effects.effect_label(row.effect)) for row in rows],
        "checks": session.effect_checks.all(),
        "emergency": any(side_effects.is_emergency(row.effect) and row.ended is None for row in rows),
    }
    return render(request, "treatments/effects.html", context, status=422 if form.errors else 200)


@require_POST
def delete_effect(request: PersonRequest, pk: int) -> HttpResponse:
    record = get_own_record(request)
    kept = get_own_or_404(record, SideEffect, owner=OF_SESSION, related="session", pk=pk)
    kept.delete()
    messages.success(
        request, _("%(effect)s is deleted.") % {"effect": side_effects.effect_label(kept.effect)}
    )
    return redirect("session_effects", pk=kept.session_id)


@require_safe
def all_effects(request: PersonRequest) -> HttpResponse:
    """Side effects over all sessions, with what was published beside."""
    record = get_own_record(request)
    today = local_date(request.user, timezone.now())
    found = actions.side_effects_context(record, actions.sessions_until(record, today), today)
    return render(request, "treatments/all_effects.html", found)


@require_http_methods(["GET", "HEAD", "POST"])
def goals(request: PersonRequest, pk: int) -> HttpResponse:
    """Three goals of a session in her own words; and those of the session before, looked at again."""
    record = get_own_record(request)
    session = get_own_or_404(record, InjectionSession, pk=pk)
    before = actions.load_previous_goals(session)
    data = request.POST or None
    form = GoalsForm(data, goals=list(session.goals.all()))
    review = ReviewForm(data, goals=before)
    if request.method == "POST" and form.is_valid() and review.is_valid():
        actions.save_goals(session=session, goals=form.goals(), outcomes=review.outcomes())
        drafts.discard_draft(request, timezone.now())
        messages.success(request, _("Goals saved."))
        return redirect("sessions")
    context = {"session": session, "form": form, "review": review, "before": before}
    wrong = form.errors or review.errors
    return render(request, "treatments/goals.html", context, status=422 if wrong else 200)
