"""Forms of the exchange: the upload, its encoding, and the columns of another diary's file."""

from hashlib import sha256
from typing import Any, cast

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.fields import FriendlyErrorsMixin
from exchange.archive import is_zip
from exchange.imports.datetimes import DMY, HOURS, MDY, MINUTES, YMD
from exchange.imports.days import NO_HEADACHE
from exchange.imports.encodings import EncodingOffer
from exchange.imports.formats.apple_stream import is_apple_health
from exchange.imports.formats.base import CLASS_PREFIX
from exchange.imports.inference import count_blanks, guess_blank, guess_drug_class, guess_strength
from exchange.imports.other_diary import (
    FREE,
    HEADACHE,
    MAX_NAMES,
    SKIP,
    TEN,
    THREE,
    WORDS,
    Mapping,
    list_medicines,
    list_strengths,
)
from exchange.imports.tables import Table
from exchange.imports.upload import HEAD_BYTES
from exchange.schema import MAX_APPLE_BYTES, MAX_BYTES, Answer, Question
from headaches.models import DayState, DiaryDay, DrugClass

SUFFIXES = (".zip", ".csv", ".txt", ".tsv", ".json", ".xml", ".xlsx", ".xls", ".ods")
# Of more choices one is chosen from a list.
MAX_CHIPS = 6
TOO_LARGE = gettext_lazy("The file is larger than 20 MB; nothing of it was read. Choose a smaller one.")


class UploadForm(FriendlyErrorsMixin, forms.Form):
    file = forms.FileField(
        label=gettext_lazy("File"),
        help_text=gettext_lazy(
            "The zip of an export, a file of another diary, or a spreadsheet. 20 MB and 100,000 rows at most; "
            "an export of Apple Health may have 300 MB, and takes up to a minute."
        ),
        widget=forms.FileInput(attrs={"accept": ",".join((*SUFFIXES, "text/csv", "application/zip"))}),
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
        head = file.read(HEAD_BYTES)
        file.seek(0)
        is_perhaps_apple_health = is_zip(head) or is_apple_health(head)
        if (file.size or 0) > (MAX_APPLE_BYTES if is_perhaps_apple_health else MAX_BYTES):
            raise forms.ValidationError(TOO_LARGE)
        return file


class AnswersForm(FriendlyErrorsMixin, forms.Form):
    """What only the patient can say about the file of a known diary."""

    def __init__(
        self, posted: QueryDict | None = None, *, questions: list[Question], answers: dict[str, Answer]
    ) -> None:
        shown = {question.code: answers.get(question.code, question.default) for question in questions}
        posted = posted.copy() if posted is not None else None
        super().__init__(posted)
        for question in questions:
            is_list = isinstance(question.default, list)
            if posted is not None and question.code.startswith(CLASS_PREFIX):
                # A page that did not show this medicine leaves its class as it is.
                posted.setdefault(question.code, str(shown[question.code]))
            field_class = forms.MultipleChoiceField if is_list else forms.ChoiceField
            one_of = forms.Select if len(question.choices) > MAX_CHIPS else forms.RadioSelect
            self.fields[question.code] = field_class(
                label=question.text,
                choices=question.choices,
                required=not is_list,
                widget=forms.CheckboxSelectMultiple if is_list else one_of,
                initial=shown[question.code],
            )


def post_answers(questions: list[Question], answers: dict[str, Answer]) -> QueryDict:
    """Return answers as a page would post them; questions without one get the first guess."""
    posted = QueryDict(mutable=True)
    for question in questions:
        answer = answers.get(question.code, question.default)
        posted.setlist(question.code, answer if isinstance(answer, list) else [answer])
    return posted


class EncodingForm(FriendlyErrorsMixin, forms.Form):
    def __init__(self, *args: Any, offers: list[EncodingOffer], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["encoding"] = forms.ChoiceField(
            label=gettext_lazy("Read it as"),
            widget=forms.RadioSelect,
            choices=[(offer.codec, offer.label) for offer in offers],
            initial=offers[0].codec,
        )


def column_field(label: Any, help_text: Any = "") -> forms.TypedChoiceField:
    """Return a field to choose one of the file's columns, or none."""
    return forms.TypedChoiceField(
        label=label, help_text=help_text, required=False, coerce=int, empty_value=None
    )


class ColumnsForm(FriendlyErrorsMixin, forms.Form):
    """Which column is what, and the meaning of the words and medicines in the chosen columns."""

    date = forms.TypedChoiceField(label=gettext_lazy("Date, or start"), coerce=int)
    order = forms.ChoiceField(
        label=gettext_lazy("Order of the date"),
        choices=[
            (YMD, gettext_lazy("year, month, day")),
            (DMY, gettext_lazy("day, month, year")),
            (MDY, gettext_lazy("month, day, year")),
        ],
    )
    time = column_field(gettext_lazy("Time of the start"), gettext_lazy("If it has its own column."))
    end = column_field(gettext_lazy("End"), gettext_lazy("Date and time, or just the time."))
    duration = column_field(gettext_lazy("Duration"), gettext_lazy("Used if there is no end."))
    unit = forms.ChoiceField(
        label=gettext_lazy("A plain number means"),
        choices=[(HOURS, gettext_lazy("hours")), (MINUTES, gettext_lazy("minutes"))],
    )
    headache = column_field(
        gettext_lazy("Headache, yes or no"), gettext_lazy("If a column says so, such as TRUE and FALSE.")
    )
    intensity = column_field(gettext_lazy("Intensity"))
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
    blank = forms.ChoiceField(
        label=gettext_lazy("A row without an answer means"),
        choices=[
            (SKIP, gettext_lazy("not recorded; leave the day out")),
            (HEADACHE, gettext_lazy("a headache")),
            (FREE, gettext_lazy("no headache")),
        ],
        required=False,
    )
    medicine = column_field(gettext_lazy("Medicine"))
    note = column_field(gettext_lazy("Note"))
    fill = forms.BooleanField(
        label=gettext_lazy("Days without a row between the first and last date were headache-free."),
        required=False,
        help_text=gettext_lazy(
            "Tick this only if you wrote down every headache. Otherwise such days stay unrecorded."
        ),
    )
    # The columns whose words and medicines this page asks about.
    asked = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, posted: QueryDict | None = None, *, table: Table, mapping: Mapping) -> None:
        self.posted = posted.copy() if posted is not None else None
        super().__init__(self.posted, initial=mapping.as_json())
        self.table, self.mapping = table, mapping
        numbered = [(str(index), name[:60]) for index, name in enumerate(table.header)]
        for name in ("date", "time", "end", "duration", "headache", "intensity", "medicine", "note"):
            choices = numbered if name == "date" else [("", _("none")), *numbered]
            cast(forms.TypedChoiceField, self.fields[name]).choices = choices
        self.posted_name_columns = ""
        self.words: dict[str, str] = {}
        self.classes: dict[str, str] = {}
        if self.get_value("scale") == WORDS:
            self.add_words()
        self.add_classes()
        self.initial["asked"] = self.name_columns
        if self.posted is not None:
            self.posted_name_columns = self.posted.get("asked", "")
            self.posted["asked"] = self.name_columns

    def get_value(self, name: str) -> str:
        value = self.initial.get(name) if self.posted is None else self.posted.get(name)
        return "" if value is None else str(value)

    def get_column(self, name: str) -> int | None:
        value = self.get_value(name)
        return int(value) if value.isdecimal() and int(value) < len(self.table.header) else None

    @property
    def name_columns(self) -> str:
        """The columns whose words and medicines are asked about."""
        return "|".join((self.get_value("medicine"), self.get_value("intensity") if self.words else ""))

    def add_words(self) -> None:
        choices = [
            (NO_HEADACHE, DayState.FREE.label),
            *DiaryDay.Intensity.choices,
            (DayState.HEADACHE.value, DayState.HEADACHE.label),
        ]
        for word in list_strengths(self.table, self.get_column("intensity"))[:MAX_NAMES]:
            start = self.mapping.words.get(word, guess_strength(word))
            self.words[word] = self.add_choice_field("intensity", word, choices, start)

    def add_classes(self) -> None:
        choices = [*DrugClass.choices, ("", _("leave it out"))]
        for name in list_medicines(self.table, self.get_column("medicine"))[:MAX_NAMES]:
            start = self.mapping.classes.get(name.lower(), guess_drug_class(name))
            self.classes[name.lower()] = self.add_choice_field("medicine", name, choices, start)

    def add_choice_field(self, column: str, label: str, choices: Any, start: str) -> str:
        """Add the question about one word. Its name holds column and word, so that an answer never moves to another."""
        question = f"{column} {self.get_value(column)} {label}"
        field = f"{column}_{sha256(question.encode()).hexdigest()[:12]}"
        self.fields[field] = forms.ChoiceField(
            label=label[:80], choices=choices, initial=start, required=False
        )
        self.initial[field] = start
        if self.posted is not None and field not in self.posted:
            self.posted[field] = start
        return field

    @property
    def blanks(self) -> int:
        """How many rows do not say whether there was a headache."""
        return count_blanks(self.table, self.mapping_of_columns)

    @property
    def mapping_of_columns(self) -> Mapping:
        """The chosen columns, whether the rest of the form is valid or not."""
        columns = {name: self.get_column(name) for name in ("headache", "intensity")}
        date = self.get_column("date")
        return Mapping(**(self.mapping.as_json() | columns | {"date": 0 if date is None else date}))

    @property
    def counts_every_row(self) -> bool:
        """Whether every row is taken for a headache, because no column says otherwise."""
        return self.mapping_of_columns.answer_column is None

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        for name, list_names in (("medicine", list_medicines), ("intensity", list_strengths)):
            if name == "intensity" and values.get("scale") != WORDS:
                continue
            if len(list_names(self.table, values.get(name))) > MAX_NAMES:
                self.add_error(
                    name,
                    _("This column has more than %(number)s different entries. Choose another.")
                    % {"number": MAX_NAMES},
                )
        return values

    @property
    def is_complete(self) -> bool:
        """Whether the posted page asked about the words and medicines of the chosen columns."""
        return self.posted is not None and self.posted_name_columns == self.name_columns

    def as_mapping(self) -> Mapping:
        values = self.cleaned_data
        values["blank"] = values["blank"] or guess_blank(self.table, self.mapping_of_columns)
        plain = {name: values[name] for name in Mapping.__dataclass_fields__ if name in values}
        return Mapping(
            **plain,
            words={word: values[field] or DayState.HEADACHE.value for word, field in self.words.items()},
            classes={name: values[field] for name, field in self.classes.items()},
        )

    def initial_mapping(self) -> Mapping:
        """Return the mapping of the page, including guesses for new words and medicines."""
        words = {word: self.initial[field] for word, field in self.words.items()}
        classes = {name: self.initial[field] for name, field in self.classes.items()}
        return Mapping(**(self.mapping.as_json() | {"words": words, "classes": classes}))

    def post(self, answers: dict[str, Answer]) -> QueryDict:
        """Return what the page would post if nothing but these answers were changed."""
        posted = QueryDict(mutable=True)
        for name, value in {**self.initial, **answers}.items():
            if name in self.fields and value is not None and value is not False:
                posted[name] = str(value)
        return posted

    def columns(self) -> list[Any]:
        hidden = {"asked", "fill"} | (set() if self.blanks else {"blank"})
        return [self[name] for name in self.base_fields if name not in hidden]

    def word_fields(self) -> list[Any]:
        return [self[name] for name in self.words.values()]

    def class_fields(self) -> list[Any]:
        return [self[name] for name in self.classes.values()]
