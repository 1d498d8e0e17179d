"""Rendering and validation of all forms."""

from typing import TypeVar

from django import forms
from django.db.models import Model
from django.forms.renderers import TemplatesSetting

from core.fields import FriendlyErrorsMixin

Row = TypeVar("Row", bound=Model)


class Renderer(TemplatesSetting):
    """Renders each field with templates/forms/field.html."""

    field_template_name = "forms/field.html"
    form_template_name = "forms/form.html"


def date_input() -> forms.DateInput:
    """Return the native date picker; its value is an ISO date."""
    return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class OwnedForm(FriendlyErrorsMixin, forms.ModelForm[Row]):
    """A form for a row whose record is set already, so that unique constraints with the record are checked here."""

    def _get_validation_exclusions(self) -> set[str]:
        excluded: set[str] = super()._get_validation_exclusions()  # type: ignore[misc]  # Django's stubs lack it
        return excluded - {"record"}
