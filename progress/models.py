"""Cached dashboards: the record's version counter, the packed diary, and rendered pages.

All of it may be deleted at any time; it is computed again."""

from django.db import models

from accounts.models import Record
from core.encrypted import EncryptedBinaryField


class RecordVersion(models.Model):
    """How often a record has changed, counted by the triggers of progress/cache/triggers.py.

    treatment counts the changes of everything but the diary: most changes are a daily answer, which does not
    invalidate a page that does not depend on the diary. changed_from, changed_to: the diary days
    changed since the diary was packed, both included; None when there are none.
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


class StoredDiary(models.Model):
    """The packed diary of a record (figures/packed_diary.py), with the version of the code that packed it."""

    record = models.OneToOneField(
        Record, on_delete=models.CASCADE, primary_key=True, related_name="stored_diary"
    )
    code_version = models.CharField(max_length=16)
    packed = models.BinaryField()

    def __str__(self) -> str:
        return f"packed diary of record {self.record_id}"


class Page(models.TextChoices):
    """The progress pages of a record."""

    OVERVIEW = "overview"
    TIME = "time"
    MEDICINE = "medicine"
    TREATMENT = "treatment"
    SCORES = "scores"
    DETAILS = "details"


class StoredDashboard(models.Model):
    """The last rendered page for a kind of reader, language and metric; valid while all other columns match.

    version: RecordVersion.treatment for a page that does not depend on the diary, else RecordVersion.version. metric is
    "" for a page that does not depend on one.
    body: the compressed page between head and foot. charts: whether it contains charts.
    """

    record = models.ForeignKey(Record, on_delete=models.CASCADE, related_name="stored_dashboards")
    page = models.CharField(max_length=12)
    is_own = models.BooleanField()
    language = models.CharField(max_length=12)
    metric = models.CharField(max_length=24)
    version = models.PositiveBigIntegerField()
    code_version = models.CharField(max_length=16)
    as_of = models.DateField()
    is_today = models.BooleanField()
    time_zone = models.CharField(max_length=64)
    charts = models.BooleanField()
    body = EncryptedBinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["record", "page", "is_own", "language", "metric"], name="one_stored_dashboard"
            )
        ]

    def __str__(self) -> str:
        return f"page {self.pk}"
