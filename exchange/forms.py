"""Forms of the exchange: the upload, its encoding, and the columns of another diary's file."""

from typing import Any, cast

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.fields import FriendlyErrorsMixin
from exchange.imports.datetimes import DMY, HOURS, MDY, MINUTES, YMD
from exchange.imports.encodings import EncodingOffer
from exchange.imports.inference import guess_drug_class, guess_strength
from exchange.imports.other_diary import (
    FREE,
    MAX_NAMES,
    STRENGTH_UNKNOWN,
    TEN,
    THREE,
    WORDS,
    Mapping,
    Table,
    medicines,
    strengths,
)
from exchange.schema import MAX_BYTES
from headaches.models import DiaryDay, DrugClass

TOO_LARGE = gettext_lazy("The file is larger than 20 MB; nothing of it was read. Choose a smaller one.")


class UploadForm(FriendlyErrorsMixin, forms.Form):
    file = forms.FileField(
        label=gettext_lazy("File"),
        help_text=gettext_lazy(
            "The zip of an export, or a CSV file of another diary. 20 MB and 100,000 rows at most."
        ),
        widget=forms.FileInput(attrs={"accept": ".zip,.csv,.txt,.tsv,text/csv,application/zip"}),
        error_messages={
            "required": gettext_lazy("Choose a file first."),
            "empty": gettext_lazy("The file is empty."),
        },
    )

    def __init__(self, *args: Any, too_large: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if too_large:
            self.fields["file"].error_messages["required"] = TOO_LARGE

    def clean_file(self) -> UploadedFile:
        file: UploadedFile = self.cleaned_data["file"]
        if (file.size or 0) > MAX_BYTES:
            raise forms.ValidationError(TOO_LARGE)
        return file


class EncodingForm(FriendlyErrorsMixin, forms.Form):
    def __init__(self, *args: Any, offers: list[EncodingOffer], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["encoding"] = forms.ChoiceField(
            label=gettext_lazy("Read it as"),
            widget=forms.RadioSelect,
            choices=[(offer.codec, offer.label) for offer in offers],
            initial=offers[0].codec,
        )


def column(label: Any, help_text: Any = "") -> forms.TypedChoiceField:
    """One of the file's columns, or none."""
    return forms.TypedChoiceField(
        label=label, help_text=help_text, required=False, coerce=int, empty_value=None
    )


class ColumnsForm(FriendlyErrorsMixin, forms.Form):
    """Which column is what. Words and medicines that the file names are asked about once they are known."""

    date = forms.TypedChoiceField(label=gettext_lazy("Date, or start"), coerce=int)
    order = forms.ChoiceField(
        label=gettext_lazy("Order of the date"),
        choices=[
            (YMD, gettext_lazy("year, month, day")),
            (DMY, gettext_lazy("day, month, year")),
            (MDY, gettext_lazy("month, day, year")),
        ],
    )
    time = column(gettext_lazy("Time of the start"), gettext_lazy("If it stands in a column of its own."))
    end = column(gettext_lazy("End"), gettext_lazy("Date and time, or the time alone."))
    duration = column(gettext_lazy("Duration"), gettext_lazy("Used where there is no end."))
    unit = forms.ChoiceField(
        label=gettext_lazy("A bare number of the duration counts"),
        choices=[(HOURS, gettext_lazy("hours")), (MINUTES, gettext_lazy("minutes"))],
    )
    intensity = column(gettext_lazy("Intensity"))
    scale = forms.ChoiceField(
        label=gettext_lazy("Scale of the intensity"),
        choices=[
            (THREE, gettext_lazy("0 to 3")),
            (TEN, gettext_lazy("0 to 10")),
            (WORDS, gettext_lazy("words")),
        ],
        help_text=gettext_lazy(
            "Of 3: mild, moderate, severe. Of 10: mild to 3, moderate to 6, severe from 7 on."
        ),
    )
    medicine = column(gettext_lazy("Medicine"))
    note = column(gettext_lazy("Note"))
    fill = forms.BooleanField(
        label=gettext_lazy("A day without a row between the first and last date was free of headache."),
        required=False,
        help_text=gettext_lazy(
            "Tick it only if you wrote down every headache. Else such days stay not recorded."
        ),
    )
    # The columns whose names were asked about when this page was sent.
    asked = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, sent: QueryDict | None = None, *, table: Table, mapping: Mapping) -> None:
        self.sent = sent.copy() if sent is not None else None
        super().__init__(self.sent, initial=mapping.as_json())
        self.table, self.mapping = table, mapping
        numbered = [(str(index), name[:60]) for index, name in enumerate(table.header)]
        for name in ("date", "time", "end", "duration", "intensity", "medicine", "note"):
            choices = numbered if name == "date" else [("", _("none")), *numbered]
            cast(forms.TypedChoiceField, self.fields[name]).choices = choices
        self.was_asked = ""
        self.words: dict[str, str] = {}
        self.classes: dict[str, str] = {}
        if self.chosen("scale") == WORDS:
            self.add_words()
        self.add_classes()
        self.initial["asked"] = self.asking
        if self.sent is not None:
            self.was_asked = self.sent.get("asked", "")
            self.sent["asked"] = self.asking

    def chosen(self, name: str) -> str:
        value = self.initial.get(name) if self.sent is None else self.sent.get(name)
        return "" if value is None else str(value)

    def chosen_column(self, name: str) -> int | None:
        value = self.chosen(name)
        return int(value) if value.isdecimal() and int(value) < len(self.table.header) else None

    @property
    def asking(self) -> str:
        """Which names are asked about: it changes with the columns."""
        return "|".join((self.chosen("medicine"), self.chosen("intensity") if self.words else ""))

    def add_words(self) -> None:
        choices = [
            (FREE, _("no headache")),
            *DiaryDay.Intensity.choices,
            (STRENGTH_UNKNOWN, _("headache, strength not given")),
        ]
        for number, word in enumerate(strengths(self.table, self.chosen_column("intensity"))[:MAX_NAMES]):
            start = self.mapping.words.get(word, guess_strength(word))
            self.words[word] = self.ask(f"word_{number}", word, choices, start)

    def add_classes(self) -> None:
        choices = [*DrugClass.choices, ("", _("leave it out"))]
        for number, name in enumerate(medicines(self.table, self.chosen_column("medicine"))[:MAX_NAMES]):
            start = self.mapping.classes.get(name.lower(), guess_drug_class(name))
            self.classes[name.lower()] = self.ask(f"class_{number}", name, choices, start)

    def ask(self, field: str, label: str, choices: Any, start: str) -> str:
        self.fields[field] = forms.ChoiceField(
            label=label[:80], choices=choices, initial=start, required=False
        )
        self.initial[field] = start
        if self.sent is not None and field not in self.sent:
            self.sent[field] = start
        return field

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        for name, kind in (("medicine", medicines), ("intensity", strengths)):
            if name == "intensity" and values.get("scale") != WORDS:
                continue
            if len(kind(self.table, values.get(name))) > MAX_NAMES:
                self.add_error(
                    name,
                    _("This column holds more than %(number)s different entries. Choose another.")
                    % {"number": MAX_NAMES},
                )
        return values

    @property
    def is_complete(self) -> bool:
        """Whether every name that has to be asked about was on the page that was sent."""
        return self.sent is not None and self.was_asked == self.asking

    def as_mapping(self) -> Mapping:
        values = self.cleaned_data
        plain = {name: values[name] for name in Mapping.__dataclass_fields__ if name in values}
        return Mapping(
            **plain,
            words={word: values[field] or STRENGTH_UNKNOWN for word, field in self.words.items()},
            classes={name: values[field] for name, field in self.classes.items()},
        )

    def columns(self) -> list[Any]:
        return [self[name] for name in self.base_fields if name != "asked"]

    def word_fields(self) -> list[Any]:
        return [self[name] for name in self.words.values()]

    def class_fields(self) -> list[Any]:
        return [self[name] for name in self.classes.values()]
