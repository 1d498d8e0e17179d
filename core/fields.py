"""Error messages of all forms: what is wrong, then what to enter."""

import re
from decimal import ROUND_DOWN, Decimal, InvalidOperation
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

DATE_FORMATS = ["%Y-%m-%d"]
HALF, HUNDREDTH = Decimal("0.5"), Decimal("0.01")

# Messages of a field class hold for its subclasses too, unless those have their own.
ERROR_MESSAGES: dict[type[forms.Field], dict[str, Any]] = {
    forms.Field: {"required": _("This is empty. Fill it in.")},
    forms.CharField: {
        "max_length": _("This has %(show_value)d characters. Shorten it to %(limit_value)d."),
        "min_length": _("This has %(show_value)d characters. Enter at least %(limit_value)d."),
        "null_characters_not_allowed": _(
            "This contains a character that cannot be saved. Type the text again."
        ),
    },
    forms.EmailField: {
        "required": _("This is empty. Enter an e-mail address."),
        "invalid": _("This is no e-mail address. Write it like name@example.org."),
    },
    forms.IntegerField: {
        "required": _("This is empty. Enter a number."),
        "invalid": _("This is not a whole number. Enter one such as 12."),
        "min_value": _("This number is too small. Enter %(limit_value)s or more."),
        "max_value": _("This number is too large. Enter %(limit_value)s or less."),
    },
    forms.DecimalField: {
        "invalid": _("This is not a number. Enter one such as 2.5."),
        "max_digits": ngettext_lazy(
            "This number is too long. Enter at most %(max)d digit.",
            "This number is too long. Enter at most %(max)d digits.",
            "max",
        ),
        "max_decimal_places": ngettext_lazy(
            "This number is too exact. Enter at most %(max)d digit after the point.",
            "This number is too exact. Enter at most %(max)d digits after the point.",
            "max",
        ),
        "max_whole_digits": ngettext_lazy(
            "This number is too large. Enter at most %(max)d digit before the point.",
            "This number is too large. Enter at most %(max)d digits before the point.",
            "max",
        ),
    },
    forms.DateField: {
        "required": _("This is empty. Enter a date."),
        "invalid": _("This is not a date. Write the date like 2026-05-06."),
    },
    forms.BooleanField: {"required": _("This box is not ticked. Tick it to continue.")},
    forms.ChoiceField: {
        "required": _("Nothing is chosen. Choose one."),
        "invalid_choice": _("This is not on the list. Choose one from the list."),
    },
    forms.MultipleChoiceField: {
        "required": _("Nothing is ticked. Tick at least one."),
        "invalid_list": _("This is not on the list. Tick only what is on the list."),
    },
}


def has_default_message(field: forms.Field, code: str) -> bool:
    """Whether the field's present message is Django's; messages that a form or field sets itself stay."""
    message = field.error_messages.get(code)
    return message is None or any(
        message is vars(parent).get("default_error_messages", {}).get(code)
        for parent in type(field).__mro__
        if parent.__module__.startswith("django.")
    )


class FriendlyErrorsMixin(forms.BaseForm):
    """Base of all our forms, before Form or ModelForm: its fields have our messages, and one format for dates."""

    def full_clean(self) -> None:
        # Here and not in __init__: allauth adds fields to a sign-up form after it.
        for field in self.fields.values():
            messages: dict[str, Any] = {}
            for parent in reversed(type(field).__mro__):
                messages |= ERROR_MESSAGES.get(parent, {})
            field.error_messages |= {
                code: message for code, message in messages.items() if has_default_message(field, code)
            }
            if isinstance(field, forms.DateField):
                field.input_formats = DATE_FORMATS
        super().full_clean()


class HalvesField(forms.DecimalField):
    """A number in steps of 0.5 from 0.5 up. Every wrong value gets the same message."""

    def __init__(self, *, highest: int, sentence: str | Promise, **kwargs: Any) -> None:
        self.sentence = sentence
        widget = forms.NumberInput(attrs={"step": "0.5", "inputmode": "decimal"})
        super().__init__(
            min_value=HALF, max_value=Decimal(highest), decimal_places=1, **{"widget": widget, **kwargs}
        )

    def clean(self, value: Any) -> Decimal | None:
        try:
            number: Decimal | None = super().clean(value)
        except ValidationError:
            number = Decimal("NaN")
        if number is not None and (number.is_nan() or number % HALF):
            raise ValidationError(str(self.sentence), code="halves")
        return number


class HoursField(forms.DecimalField):
    """Hours of a day, to the hundredth: 3.5, 3,58 or 3:35. A part of a hundredth is cut off, never rounded up."""

    sentence = _("A day has 24 hours. Enter up to 24, such as 3.5 or 3:35.")

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.TextInput(attrs={"inputmode": "text", "autocomplete": "off"})
        super().__init__(max_digits=4, decimal_places=2, **{"widget": widget, **kwargs})

    def prepare_value(self, value: Any) -> Any:
        return f"{value.normalize():f}" if isinstance(value, Decimal) else value

    def clean(self, value: Any) -> Decimal | None:
        text = str(value or "").strip().removesuffix("h").strip().replace(",", ".")
        if not text and not self.required:
            return None
        clock = re.fullmatch(r"(\d{1,2}):([0-5]\d)", text)
        try:
            hours = Decimal(int(clock[1]) * 60 + int(clock[2])) / 60 if clock else Decimal(text)
            hundredths = hours.quantize(HUNDREDTH, ROUND_DOWN) if hours.is_finite() else Decimal(0)
        except InvalidOperation:
            hundredths = Decimal(0)
        if not 0 < hundredths <= 24:
            raise ValidationError(str(self.sentence), code="hours")
        return hundredths
