"""Saving what a form holds by an action, with the action's refusal shown in the form."""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import ValidationError
from django.forms import BaseForm


def save_form(form: BaseForm, action: Callable[[], Any]) -> bool:
    """Run the action of a valid form. What it refuses (somebody was faster) becomes the form's own sentence."""
    if not form.is_valid():
        return False
    try:
        action()
    except ValidationError as error:
        form.add_error(None, error.messages)
        return False
    return True
