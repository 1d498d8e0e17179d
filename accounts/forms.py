"""Forms of accounts: sign-up, profile, record settings, invitation."""

from typing import Any, cast
from zoneinfo import available_timezones

from allauth.core import context
from django import forms
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.auth.idle import LONGEST_OF_CLINICIANS
from accounts.invitation_session import get_pending_invitation
from accounts.models import IDLE_CHOICES, Record, User
from core.fields import FriendlyErrorsMixin


def zone_choices() -> list[tuple[str, str]]:
    """Every IANA time zone of a place, and UTC."""
    return [
        (name, name.replace("_", " "))
        for name in sorted(available_timezones())
        if "/" in name or name == "UTC"
    ]


class ZoneField(forms.ChoiceField):
    """A time zone. The browser's own is filled in by static/js/forms/time_zone.js."""

    default_error_messages = {
        "invalid_choice": _("This is not on the list. Choose a time zone such as Europe/Berlin."),
    }

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("choices", zone_choices)
        kwargs.setdefault("label", _("Time zone"))
        super().__init__(**kwargs)


class SignupDetails(FriendlyErrorsMixin, forms.Form):
    """What both ways to sign up (password, passkey) ask beside the address.

    Allauth takes this class as the base of its sign-up forms and calls signup() with the saved user.
    """

    display_name = forms.CharField(
        label=_("Name"), max_length=80, required=False, help_text=_("May be left empty.")
    )
    time_zone = ZoneField(
        initial="UTC",
        help_text=_("Days and reminders follow this zone."),
        widget=forms.Select(attrs={"data-browser-zone": ""}),
    )
    consent = forms.BooleanField(
        label=_(
            "I agree that this site keeps the health data I enter, for me and for those I share it with."
        ),
        error_messages={"required": _("The diary holds health data; it can only be kept if you agree.")},
    )
    field_order = ("email", "password1", "display_name", "time_zone", "consent")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        invited = get_pending_invitation(context.request) if context.request is not None else None
        # An invited clinician keeps no health data here and need not agree; clean() asks all others.
        self.invited_email = invited.email if invited else None
        self.fields["consent"].required = invited is None
        for field in self.fields.values():
            field.widget.attrs.pop("placeholder", None)

    def comes_by_invitation(self) -> bool:
        """Whether the address is the one that was invited; another address keeps a diary of its own."""
        email = self.cleaned_data.get("email") or ""
        return self.invited_email is not None and email.lower() == self.invited_email

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        if "consent" not in self.errors and not values.get("consent") and not self.comes_by_invitation():
            self.add_error("consent", self.fields["consent"].error_messages["required"])
        return values

    def signup(self, request: HttpRequest, user: User) -> None:
        """Complete the account; and make the record, unless the invited address signs up."""
        user.display_name = self.cleaned_data["display_name"]
        user.time_zone = self.cleaned_data["time_zone"]
        user.language = getattr(request, "LANGUAGE_CODE", "en")
        user.is_clinician = self.comes_by_invitation()
        user.save()
        if not user.is_clinician:
            Record.objects.create(user=user, consented_at=timezone.now())


class ProfileForm(FriendlyErrorsMixin, forms.ModelForm[User]):
    time_zone = ZoneField(help_text=_("Days and reminders follow this zone."))
    idle_minutes = forms.TypedChoiceField(
        label=_("Log out when nothing is done"),
        choices=IDLE_CHOICES,
        coerce=int,
        required=False,
        empty_value=None,
        help_text=_("Two minutes before, the page says so. What you were typing is kept."),
    )

    class Meta:
        model = User
        fields = ("display_name", "time_zone", "language", "idle_minutes")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.is_clinician or self.instance.is_operator:
            self.offer_clinicians_times()

    def clean_idle_minutes(self) -> int:
        """Left out by a page that was opened before there was this choice: as it is."""
        chosen: int | None = self.cleaned_data["idle_minutes"]
        return self.instance.idle_minutes if chosen is None else chosen

    def offer_clinicians_times(self) -> None:
        """Who sees records of others is logged out after 30 minutes, or sooner by choice."""
        choice = cast(forms.TypedChoiceField, self.fields["idle_minutes"])
        choice.choices = [one for one in IDLE_CHOICES if 0 < one[0] <= LONGEST_OF_CLINICIANS]
        if self.instance.idle_minutes not in dict(choice.choices):
            self.initial["idle_minutes"] = LONGEST_OF_CLINICIANS


class RecordForm(FriendlyErrorsMixin, forms.ModelForm[Record]):
    interval_days = forms.IntegerField(
        label=_("Days between sessions"),
        min_value=1,
        max_value=365,
        error_messages=dict.fromkeys(("min_value", "max_value"), _("Enter between 1 and 365 days.")),
    )

    class Meta:
        model = Record
        fields = ("rhythm", "criterion", "interval_days", "interval_reason", "recalled_baseline")
        widgets = {"rhythm": forms.RadioSelect}


class InviteForm(FriendlyErrorsMixin, forms.Form):
    email = forms.EmailField(
        label=_("Your clinician’s e-mail address"),
        help_text=_("A link goes there. It works once, for 7 days, and only for this address."),
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
