"""The operator's list of reminders."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from accounts.access import PersonRequest, get_operator
from reminders import actions
from reminders.ledger import statements
from reminders.models import OperatorAction, State
from reminders.operations import health


@require_safe
def ledger_page(request: PersonRequest) -> HttpResponse:
    """Show states, due reminders, errors and what needs a decision. Each visit is logged."""
    operator, now = get_operator(request), timezone.now()
    actions.log_operator_action(operator=operator, action=OperatorAction.Action.LOOKED, now=now)
    context = {
        "now": now,
        "health": health.load_health(now),
        "states": [(State(state).label, number) for state, number in health.count_states().items()],
        "reasons": [(State(state).label, reason, number) for state, reason, number in health.count_reasons()],
        "needs_attention": Paginator(health.needs_attention().order_by("-due_at", "-pk"), 50).get_page(
            request.GET.get("page")
        ),
        "due": health.load_due(now).order_by("due_at")[:20],
        "heartbeats": actions.load_heartbeats(),
        "operator_actions": actions.latest_operator_actions(),
    }
    return render(request, "reminders/ledger.html", context)


@require_POST
def resend_failed(request: PersonRequest) -> HttpResponse:
    """Send every reminder again that failed and is still useful, such as after an outage."""
    operator, now = get_operator(request), timezone.now()
    number = statements.send_failed_again(now)
    actions.log_operator_action(operator=operator, action=OperatorAction.Action.RESENT, now=now)
    messages.success(
        request,
        ngettext("%(number)s reminder is due again.", "%(number)s reminders are due again.", number)
        % {"number": number},
    )
    return redirect("ledger_page")


@require_POST
def resend(request: PersonRequest, pk: int) -> HttpResponse:
    """Send a reminder again that failed or is uncertain."""
    operator, now = get_operator(request), timezone.now()
    if not statements.send_again(pk, now):
        messages.error(request, _("This reminder no longer exists, or is being sent already."))
        return redirect("ledger_page")
    actions.log_operator_action(
        operator=operator, action=OperatorAction.Action.RESENT, now=now, reminder_id=pk
    )
    messages.success(request, _("Reminder %(number)s is due again.") % {"number": pk})
    return redirect("ledger_page")
