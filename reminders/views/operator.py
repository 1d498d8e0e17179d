"""The operator's list of reminders."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.access import PersonRequest, operator
from reminders import actions
from reminders.ledger import statements
from reminders.models import OperatorNote, State
from reminders.operations import health


@require_safe
def ledger_page(request: PersonRequest) -> HttpResponse:
    """For operators: states, the oldest due row, reasons, rows a human has to see. Each look is noted."""
    asker, now = operator(request), timezone.now()
    actions.noted(operator=asker, action=OperatorNote.Action.LOOKED, now=now)
    context = {
        "now": now,
        "health": health.health(now),
        "states": [(State(state).label, number) for state, number in health.states().items()],
        "reasons": [(State(state).label, reason, number) for state, reason, number in health.reasons()],
        "seen": Paginator(health.to_see().order_by("-due_at", "-pk"), 50).get_page(request.GET.get("page")),
        "waiting": health.due(now).order_by("due_at")[:20],
        "pulses": actions.pulses(),
        "notes": actions.latest_notes(),
    }
    return render(request, "reminders/ledger.html", context)


@require_POST
def resend(request: PersonRequest, pk: int) -> HttpResponse:
    """Try a row again that failed or is in doubt."""
    asker, now = operator(request), timezone.now()
    if not statements.resend(pk, now):
        messages.error(request, _("This row is not there any more, or is under way already."))
        return redirect("ledger_page")
    actions.noted(operator=asker, action=OperatorNote.Action.RESENT, now=now, reminder_id=pk)
    messages.success(request, _("Row %(number)s is due again.") % {"number": pk})
    return redirect("ledger_page")
