"""Forms of accounts: sign-up, profile, record settings, invitation."""

from typing import Any, cast
from zoneinfo import available_timezones

from allauth.core import context
from django import forms
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.auth.idle import MAX_CLINICIAN_MINUTES
from accounts.consent import give_consent
from accounts.invitation_session import get_pending_invitation
from accounts.models import IDLE_CHOICES, Record, User
from core.fields import FriendlyErrorsMixin


def zone_choices() -> list[tuple[str, str]]:
    """Return every IANA time zone of a place, and UTC."""
    return [
        (name, name.replace("_", " "))
        for name in sorted(available_timezones())
        if "/" in name or name == "UTC"
    ]


class ZoneField(forms.ChoiceField):
    """A time zone. static/js/forms/time_zone.js fills in the browser's own."""

    default_error_messages = {
        "invalid_choice": _("This is not on the list. Choose a time zone such as Europe/Berlin."),
    }

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("choices", zone_choices)
        kwargs.setdefault("label", _("Time zone"))
        super().__init__(**kwargs)


class SignupDetails(FriendlyErrorsMixin, forms.Form):
    """The fields that both ways to sign up (password, passkey) have in addition to the address.

    Allauth takes this class as the base of its sign-up forms and calls signup() with the saved user.
    """

    display_name = forms.CharField(
        label=_("Name"), max_length=80, required=False, help_text=_("You can leave this empty.")
    )
    time_zone = ZoneField(
        initial="UTC",
        help_text=_("Days and reminders follow this zone."),
        widget=forms.Select(attrs={"data-browser-zone": ""}),
    )
    consent = forms.BooleanField(
        label=_(
            "I agree that this site stores the health data I enter, for me and for those I share it with."
        ),
        error_messages={"required": _("The diary holds health data. It can only be stored if you agree.")},
    )
    field_order = ("email", "password1", "display_name", "time_zone", "consent")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        invitation = get_pending_invitation(context.request) if context.request is not None else None
        # An invited clinician keeps no health data here and need not agree; clean() requires it of all others.
        self.invited_email = invitation.email if invitation else None
        self.fields["consent"].required = invitation is None
        for field in self.fields.values():
            field.widget.attrs.pop("placeholder", None)

    def is_invited(self) -> bool:
        """Whether the address is the one that was invited; another address gets its own diary."""
        email = self.cleaned_data.get("email") or ""
        return self.invited_email is not None and email.lower() == self.invited_email

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        if "consent" not in self.errors and not values.get("consent") and not self.is_invited():
            self.add_error("consent", self.fields["consent"].error_messages["required"])
        return values

    def signup(self, request: HttpRequest, user: User) -> None:
        """Complete the account, and create its record unless it is an invited clinician's."""
        user.display_name = self.cleaned_data["display_name"]
        user.time_zone = self.cleaned_data["time_zone"]
        user.language = getattr(request, "LANGUAGE_CODE", "en")
        user.is_clinician = self.is_invited()
        user.save()
        if not user.is_clinician:
            Record.objects.create(user=user, setup_step=1)
            give_consent(user=user, language=user.language, now=timezone.now())


class ProfileForm(FriendlyErrorsMixin, forms.ModelForm[User]):
    time_zone = ZoneField(help_text=_("Days and reminders follow this zone."))
    idle_minutes = forms.TypedChoiceField(
        label=_("Log me out after"),
        choices=IDLE_CHOICES,
        coerce=int,
        required=False,
        empty_value=None,
        help_text=_("The page warns you two minutes before. What you were typing is saved."),
    )

    class Meta:
        model = User
        fields = ("display_name", "time_zone", "language", "idle_minutes")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        stored_zone = self.instance.time_zone
        if stored_zone not in dict(
            zone_choices()
        ):  # CET, say, from an import: another would be chosen silently
            self.fields["time_zone"] = ZoneField(
                choices=[(stored_zone, stored_zone), *zone_choices()],
                help_text=self.fields["time_zone"].help_text,
            )
        if self.instance.sees_others:
            self.limit_idle_choices()

    def clean_idle_minutes(self) -> int:
        """Return the choice; the present one if the page was opened before this field existed."""
        minutes: int | None = self.cleaned_data["idle_minutes"]
        return self.instance.idle_minutes if minutes is None else minutes

    def limit_idle_choices(self) -> None:
        """Offer at most 30 minutes, for users who see the records of others."""
        field = cast(forms.TypedChoiceField, self.fields["idle_minutes"])
        field.choices = [
            (minutes, label) for minutes, label in IDLE_CHOICES if 0 < minutes <= MAX_CLINICIAN_MINUTES
        ]
        if self.instance.idle_minutes not in dict(field.choices):
            self.initial["idle_minutes"] = MAX_CLINICIAN_MINUTES


class RecordForm(FriendlyErrorsMixin, forms.ModelForm[Record]):
    interval_days = forms.IntegerField(
        label=_("Days between sessions"),
        min_value=1,
        max_value=365,
        error_messages=dict.fromkeys(("min_value", "max_value"), _("Enter between 1 and 365 days.")),
    )

    class Meta:
        model = Record
        fields = (
            "rhythm",
            "criterion",
            "interval_days",
            "interval_reason",
            "recalled_baseline",
            "show_medicine_days",
        )
        widgets = {"rhythm": forms.RadioSelect}


class InviteForm(FriendlyErrorsMixin, forms.Form):
    email = forms.EmailField(
        label=_("Your clinician’s e-mail address"),
        help_text=_("We send a link there. It works once, for 7 days, and only for this address."),
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )


class CloseForm(FriendlyErrorsMixin, forms.Form):
    sure = forms.BooleanField(
        label=_("I want my account and everything in it to be erased."),
        error_messages={"required": _("Tick this first, so that nobody closes an account by accident.")},
    )
