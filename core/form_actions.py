"""Save a form by an action, and show in the form what the action refuses."""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import ValidationError
from django.forms import BaseForm


def save_form(form: BaseForm, action: Callable[[], Any]) -> bool:
    """Run the action if the form is valid; return whether it succeeded. A ValidationError becomes a form error."""
    if not form.is_valid():
        return False
    try:
        action()
    except ValidationError as error:
        form.add_error(None, error.messages)
        return False
    return True
