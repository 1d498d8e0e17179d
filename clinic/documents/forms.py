"""The form of the continuation letter: the clinician edits every part before the file is written. Nothing is stored."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from clinic.documents.letter import BLANKS, Section
from clinic.documents.letter_files import MAX_TEMPLATE, BadTemplateError, check_archive
from core.fields import FriendlyErrorsMixin

MAX_TEXT = 20_000
FORMATS = [("docx", _("Word (DOCX)")), ("pdf", "PDF")]


class LetterForm(FriendlyErrorsMixin, forms.Form):
    """A field for each blank and for each section, the file to write, and a template of the clinic."""

    def __init__(self, *args: Any, sections: Sequence[Section], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.sections = sections
        for name, label in BLANKS.items():
            widget = forms.Textarea(attrs={"rows": 3}) if name == "examination" else forms.TextInput()
            widget.attrs["autocomplete"] = "off"
            self.fields[name] = forms.CharField(label=label, required=False, max_length=1000, widget=widget)
        for section in sections:
            rows = min(12, max(2, len(section.lines) + 1))
            self.fields[f"section_{section.code}"] = forms.CharField(
                label=section.title,
                required=False,
                max_length=MAX_TEXT,
                initial=section.text,
                widget=forms.Textarea(attrs={"rows": rows}),
            )
        self.fields["argument"] = forms.CharField(
            label=_("Your reasons"),
            required=False,
            max_length=MAX_TEXT,
            widget=forms.Textarea(attrs={"rows": 4}),
        )
        self.fields["template"] = forms.FileField(
            label=_("Your clinic’s template (DOCX)"),
            required=False,
            help_text=_("May be left empty. It is used for this letter and not stored."),
        )
        self.fields["file"] = forms.ChoiceField(label=_("File"), choices=FORMATS, initial="docx")

    @property
    def blank_pairs(self) -> list[list[forms.BoundField]]:
        """The fields of the blanks, two for a row."""
        fields = [self[name] for name in BLANKS]
        return [fields[start : start + 2] for start in range(0, len(fields), 2)]

    @property
    def parts(self) -> list[forms.BoundField]:
        """All other fields."""
        return [field for field in self if field.name not in BLANKS]

    def clean_template(self) -> bytes | None:
        upload = self.cleaned_data["template"]
        if upload is None:
            return None
        if upload.size > MAX_TEMPLATE:
            raise ValidationError(_("The template is larger than 2 MB."))
        content: bytes = upload.read()
        try:
            check_archive(content)
        except BadTemplateError as error:
            raise ValidationError(str(error)) from error
        return content

    def edited_sections(self) -> list[Section]:
        """Return the sections as they were edited, without emptied ones, and the clinician's reasons."""
        edited = [
            Section(section.code, section.title, split_lines(self.cleaned_data[f"section_{section.code}"]))
            for section in self.sections
        ]
        edited.append(Section("argument", str(_("Reasons")), split_lines(self.cleaned_data["argument"])))
        return [section for section in edited if section.lines]

    def blanks(self) -> dict[str, str]:
        return {name: self.cleaned_data[name] for name in BLANKS}


def split_lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]
