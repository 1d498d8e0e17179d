"""The operator's list of reminders."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.access import PersonRequest, get_operator
from reminders import actions
from reminders.ledger import statements
from reminders.models import OperatorAction, State
from reminders.operations import health


@require_safe
def ledger_page(request: PersonRequest) -> HttpResponse:
    """For operators: states, the oldest due row, reasons, rows a human has to see. Each look is noted."""
    asker, now = get_operator(request), timezone.now()
    actions.log_operator_action(operator=asker, action=OperatorAction.Action.LOOKED, now=now)
    context = {
        "now": now,
        "health": health.health(now),
        "states": [(State(state).label, number) for state, number in health.count_states().items()],
        "reasons": [(State(state).label, reason, number) for state, reason, number in health.count_reasons()],
        "seen": Paginator(health.needs_attention().order_by("-due_at", "-pk"), 50).get_page(
            request.GET.get("page")
        ),
        "waiting": health.load_due(now).order_by("due_at")[:20],
        "pulses": actions.load_heartbeats(),
        "notes": actions.latest_operator_actions(),
    }
    return render(request, "reminders/ledger.html", context)


@require_POST
def resend(request: PersonRequest, pk: int) -> HttpResponse:
    """Try a row again that failed or is in doubt."""
    asker, now = get_operator(request), timezone.now()
    if not statements.send_again(pk, now):
        messages.error(request, _("This row is not there any more, or is under way already."))
        return redirect("ledger_page")
    actions.log_operator_action(operator=asker, action=OperatorAction.Action.RESENT, now=now, reminder_id=pk)
    messages.success(request, _("Row %(number)s is due again.") % {"number": pk})
    return redirect("ledger_page")
