"""What the exchange of files keeps: an upload until it is decided on, and how a file of another diary was read.

And what the dashboard keeps: how often a record has changed, its packed diary, and the pages made of it. All of that
can be thrown away at any time; it is made again.
"""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Record


class ImportDraft(models.Model):
    """One upload: kept as it came until it is brought in or thrown away, and what it changed, for undo.

    content: the uploaded files, as progress/files/archive.py packs them. choices: see progress/files/drafts.py.
    touched: what bringing it in changed, as progress/files/undoing.py reads it.
    """

    class State(models.TextChoices):
        OPEN = "open", _("not decided")
        APPLIED = "applied", _("brought in")
        UNDONE = "undone", _("taken back")

    record = models.ForeignKey(Record, on_delete=models.CASCADE, related_name="imports")
    created_at = models.DateTimeField()
    name = models.CharField(max_length=200)
    content = models.BinaryField()
    encoding = models.CharField(max_length=12, blank=True)
    mapping = models.JSONField(null=True)
    choices = models.JSONField(default=dict)
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    applied_at = models.DateTimeField(null=True)
    touched = models.BinaryField(null=True)

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=["open", "applied", "undone"]), name="import_state"),
            models.CheckConstraint(
                condition=Q(state="open") | Q(applied_at__isnull=False, touched__isnull=False),
                name="import_applied_has_its_undo",
            ),
        ]

    def __str__(self) -> str:
        return f"import {self.pk}"


class ImportMapping(models.Model):
    """How files with this header were read the last time."""

    record = models.ForeignKey(Record, on_delete=models.CASCADE, related_name="import_mappings")
    header = models.CharField(max_length=64)
    mapping = models.JSONField()
    used_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["record", "header"], name="one_mapping_a_header")]

    def __str__(self) -> str:
        return f"mapping {self.pk}"


class RecordVersion(models.Model):
    """How often a record has changed, counted by the triggers of progress/watch.py so that no write is missed.

    treatment counts the changes of everything but the diary: most changes are an answer of the day, and what does
    not show the diary need not be made anew for it. changed_from, changed_to: the diary days changed since the
    facts were packed; None when there were none.
    """

    record = models.OneToOneField(
        Record, on_delete=models.CASCADE, primary_key=True, related_name="version_row"
    )
    version = models.PositiveBigIntegerField(default=0)
    treatment = models.PositiveBigIntegerField(default=0)
    changed_from = models.DateField(null=True)
    changed_to = models.DateField(null=True)

    def __str__(self) -> str:
        return f"version {self.version} of record {self.record_id}"


class KeptFacts(models.Model):
    """The packed diary of a record (progress/figures/facts.py), by the edition of the code that packed it."""

    record = models.OneToOneField(
        Record, on_delete=models.CASCADE, primary_key=True, related_name="kept_facts"
    )
    edition = models.CharField(max_length=16)
    facts = models.BinaryField()

    def __str__(self) -> str:
        return f"facts of record {self.record_id}"


class KeptPage(models.Model):
    """A dashboard as it was made last, for one kind of reader, language and metric; good while all else agrees.

    metric is "" for the part of it that does not show the diary; its version is RecordVersion.treatment.
    body: the compressed page between head and foot. charts: whether it has charts to draw.
    """

    record = models.ForeignKey(Record, on_delete=models.CASCADE, related_name="kept_pages")
    own = models.BooleanField()
    language = models.CharField(max_length=12)
    metric = models.CharField(max_length=24)
    version = models.PositiveBigIntegerField()
    edition = models.CharField(max_length=16)
    as_of = models.DateField()
    is_today = models.BooleanField()
    time_zone = models.CharField(max_length=64)
    charts = models.BooleanField()
    body = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["record", "own", "language", "metric"], name="one_kept_page")
        ]

    def __str__(self) -> str:
        return f"page {self.pk}"
