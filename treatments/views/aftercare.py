"""After a session: the question on days 3, 7 and 14, side effects, goals."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import drafts
from accounts.access import PersonRequest, get_own_or_404, get_own_record
from accounts.deletions import delete_with_undo
from accounts.models import Record
from core.dates import local_date
from core.form_actions import save_form
from treatments import actions
from treatments.domain import side_effects
from treatments.domain.expectations import NOW, USUAL_STAGES, build_stages
from treatments.domain.schedule import NextSession
from treatments.forms import EffectForm, GoalsForm, ReviewForm
from treatments.models import EffectCheck, InjectionSession, SideEffect

RECORDED_ANSWER_KEY = "noted_effect"
SESSION_OWNER = "session__record"
MAX_KEY_DIGITS = 19  # digits of a primary key


@dataclass(frozen=True, slots=True)
class Question:
    """The question of the first page: its session, the day (3, 7 or 14), and the effects as code and label."""

    session: InjectionSession
    day: int
    effects: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class RecordedAnswer:
    """The answer that a tap has just recorded, for the notice with its undo button."""

    check: EffectCheck
    effect: SideEffect | None
    label: str


def aftercare_context(
    request: HttpRequest, record: Record, next_session: NextSession | None, today: date
) -> dict[str, Any]:
    """Return the open question, the answer just recorded, and the current stage.

    At most one query; none after three weeks.
    """
    keys = request.session.pop(RECORDED_ANSWER_KEY, None)
    check = actions.get_effect_check(record=record, pk=keys[0]) if keys else None
    recorded_answer = None
    if check:
        effect = check.session.side_effects.filter(pk=keys[1]).first()
        label = side_effects.effect_label(effect.effect) if effect else _("nothing to report")
        recorded_answer = RecordedAnswer(check, effect, label)
    stages = build_stages((), next_session, today) if next_session else []
    running = [stage for stage in stages[: len(USUAL_STAGES)] if stage.state == NOW]
    context: dict[str, Any] = {
        "recorded_answer": recorded_answer,
        "stage": running[0] if running else None,
    }
    last = next_session.last if next_session else None
    if last is None or side_effects.due_check(last, (), today) is None:
        return context
    # One query: a row for each day that was answered, or one with None.
    rows = list(record.sessions.filter(date=last).values_list("pk", "effect_checks__day"))
    session = InjectionSession(pk=rows[0][0], record=record, date=last)
    day = side_effects.due_check(last, [answered for _pk, answered in rows if answered is not None], today)
    offered = [(effect, str(label)) for effect, label in side_effects.OFFERED.items()]
    return context | {"question": Question(session, day, offered) if day else None}


@require_POST
def answer_effects(request: PersonRequest, pk: int) -> HttpResponse:
    """Record one tap: nothing to report, or one of the effects."""
    record, now = get_own_record(request), timezone.now()
    session = get_own_or_404(record, InjectionSession, pk=pk)
    try:
        check, effect = actions.answer_effects(
            session=session, effect=request.POST.get("effect", ""), today=local_date(request.user, now)
        )
    except ValidationError as error:
        messages.error(request, error.messages[0])
        return redirect("home")
    if effect and side_effects.is_emergency(effect.effect):
        return redirect("session_effects", pk=session.pk)
    request.session[RECORDED_ANSWER_KEY] = [check.pk, effect.pk if effect else None]
    return redirect("home")


@require_POST
def undo_answer(request: PersonRequest, pk: int) -> HttpResponse:
    """Undo the tap: the question is open again."""
    record = get_own_record(request)
    check = get_own_or_404(record, EffectCheck, owner=SESSION_OWNER, pk=pk)
    effect = request.POST.get("effect", "")
    is_key = effect.isascii() and effect.isdigit() and len(effect) < MAX_KEY_DIGITS
    actions.undo_answer(check=check, effect=int(effect) if is_key else None)
    return redirect("home")


@require_http_methods(["GET", "HEAD", "POST"])
def session_effects(request: PersonRequest, pk: int) -> HttpResponse:
    """Show the side effects after one session, with a form to add one."""
    record, now = get_own_record(request), timezone.now()
    session = get_own_or_404(record, InjectionSession, pk=pk)
    return render_effect_page(request, record, SideEffect(session=session), local_date(request.user, now))


@require_http_methods(["GET", "HEAD", "POST"])
def effect(request: PersonRequest, pk: int) -> HttpResponse:
    """Correct one side effect."""
    record, now = get_own_record(request), timezone.now()
    side_effect = get_own_or_404(record, SideEffect, owner=SESSION_OWNER, related="session", pk=pk)
    return render_effect_page(request, record, side_effect, local_date(request.user, now))


def render_effect_page(
    request: PersonRequest, record: Record, side_effect: SideEffect, today: date
) -> HttpResponse:
    session = side_effect.session
    form = EffectForm(request.POST or None, instance=side_effect, today=today)
    if request.method == "POST" and save_form(
        form, lambda: actions.save_effect(record=record, effect=form.instance)
    ):
        drafts.discard_draft(request, timezone.now())
        messages.success(
            request, _("Saved: %(effect)s.") % {"effect": side_effects.effect_label(side_effect.effect)}
        )
        return redirect("session_effects", pk=session.pk)
    effects = list(session.side_effects.all())
    context = {
        "session": session,
        "form": form,
        "effect": side_effect if side_effect.pk else None,
        "rows": [(item, side_effects.effect_label(item.effect)) for item in effects],
        "checks": session.effect_checks.all(),
        "emergency": any(side_effects.is_emergency(item.effect) and item.ended is None for item in effects),
    }
    return render(request, "treatments/effects.html", context, status=422 if form.errors else 200)


@require_POST
def delete_effect(request: PersonRequest, pk: int) -> HttpResponse:
    """Delete one side effect."""
    record = get_own_record(request)
    side_effect = get_own_or_404(record, SideEffect, owner=SESSION_OWNER, related="session", pk=pk)
    page = reverse("session_effects", kwargs={"pk": side_effect.session_id})
    text = _("%(effect)s is deleted.") % {"effect": side_effects.effect_label(side_effect.effect)}
    delete_with_undo(request, side_effect, text=text, page=page)
    return redirect(page)


@require_safe
def all_effects(request: PersonRequest) -> HttpResponse:
    """Show side effects over all sessions beside published rates."""
    record = get_own_record(request)
    today = local_date(request.user, timezone.now())
    context = actions.side_effects_context(record, actions.load_session_summaries(record, today), today)
    return render(request, "treatments/all_effects.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def goals(request: PersonRequest, pk: int) -> HttpResponse:
    """Edit the goals of a session in the patient's own words, and review those of the session before."""
    record = get_own_record(request)
    session = get_own_or_404(record, InjectionSession, pk=pk)
    previous_goals = actions.load_previous_goals(session)
    data = request.POST or None
    form = GoalsForm(data, goals=list(session.goals.all()))
    review = ReviewForm(data, goals=previous_goals)
    if request.method == "POST" and form.is_valid() and review.is_valid():
        actions.save_goals(session=session, goals=form.goals(), outcomes=review.outcomes())
        drafts.discard_draft(request, timezone.now())
        messages.success(request, _("Goals saved."))
        return redirect("sessions")
    context = {"session": session, "form": form, "review": review, "previous_goals": previous_goals}
    has_errors = form.errors or review.errors
    return render(request, "treatments/goals.html", context, status=422 if has_errors else 200)
