"""Forms for a key of another program and for a link that is shown at a visit."""

from datetime import timedelta

from django import forms
from django.utils.translation import gettext_lazy as _

from core.fields import FriendlyErrorsMixin
from exchange.models import AccessKey, HealthLink, Scope

KEY_DAYS = [("1", _("1 day")), ("30", _("30 days")), ("90", _("90 days")), ("365", _("a year"))]
LINK_HOURS = [
    ("1", _("1 hour, for this visit")),
    ("24", _("1 day")),
    ("720", _("30 days")),
    ("2160", _("90 days")),
]


class KeyForm(FriendlyErrorsMixin, forms.ModelForm[AccessKey]):
    scope = forms.ChoiceField(
        label=_("What it may read"), choices=Scope.choices, initial=Scope.WITHOUT_NOTES.value
    )
    days = forms.ChoiceField(label=_("It works for"), choices=KEY_DAYS, initial="30")

    class Meta:
        model = AccessKey
        fields = ("name", "scope")
        help_texts = {"name": _("The program or the clinic that gets it, so that you know it again.")}

    def lifetime(self) -> timedelta:
        return timedelta(days=int(self.cleaned_data["days"]))


class LinkForm(FriendlyErrorsMixin, forms.ModelForm[HealthLink]):
    scope = forms.ChoiceField(
        label=_("What it shows"), choices=Scope.choices, initial=Scope.WITHOUT_NOTES.value
    )
    hours = forms.ChoiceField(label=_("It works for"), choices=LINK_HOURS, initial="1")
    code = forms.CharField(
        label=_("Passcode"),
        required=False,
        min_length=4,
        max_length=20,
        help_text=_(
            "May be left empty. With one, who scans the picture must type it too; after 10 wrong ones the link ends."
        ),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    class Meta:
        model = HealthLink
        fields = ("name", "scope")
        help_texts = {"name": _("Who sees the link reads this name, such as “Headache diary”.")}

    def lifetime(self) -> timedelta:
        return timedelta(hours=int(self.cleaned_data["hours"]))
