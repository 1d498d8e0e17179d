"""Uploads waiting for a decision, and the mappings of other diaries' columns."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Record
from core.encrypted import EncryptedBinaryField


class ImportDraft(models.Model):
    """One upload until it is imported or discarded, and what it changed, for undo.

    content: the uploaded files, packed by exchange/archive.py. choices: see exchange/imports/draft.py.
    touched: the rows that the import wrote, packed by exchange/imports/undo.py. parsed_table, parsed_files: another
    diary's table and the rows of the record, packed by exchange/imports/parsed.py.
    """

    class State(models.TextChoices):
        OPEN = "open", _("not decided")
        APPLIED = "applied", _("brought in")
        UNDONE = "undone", _("taken back")

    record = models.ForeignKey(Record, on_delete=models.CASCADE, related_name="imports")
    created_at = models.DateTimeField()
    name = models.CharField(max_length=200)
    content = EncryptedBinaryField()
    encoding = models.CharField(max_length=12, blank=True)
    mapping = models.JSONField(null=True)
    parsed_table = EncryptedBinaryField(null=True)
    parsed_files = EncryptedBinaryField(null=True)
    choices = models.JSONField(default=dict)
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    applied_at = models.DateTimeField(null=True)
    touched = EncryptedBinaryField(null=True)

    class Meta:
        db_table = "progress_importdraft"
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
    """The last mapping of files with this header."""

    record = models.ForeignKey(Record, on_delete=models.CASCADE, related_name="import_mappings")
    header = models.CharField(max_length=64)
    mapping = models.JSONField()
    used_at = models.DateTimeField()

    class Meta:
        db_table = "progress_importmapping"
        constraints = [models.UniqueConstraint(fields=["record", "header"], name="one_mapping_a_header")]

    def __str__(self) -> str:
        return f"mapping {self.pk}"


class Scope(models.TextChoices):
    """What another program or a link may read."""

    EVERYTHING = "everything", _("everything")
    WITHOUT_NOTES = "without_notes", _("everything but notes and triggers")


class AccessKey(models.Model):
    """A bearer token with which another program reads the record through the FHIR API; only its hash is stored."""

    record = models.ForeignKey(Record, on_delete=models.CASCADE, related_name="access_keys")
    name = models.CharField(_("name"), max_length=80)
    scope = models.CharField(_("what it may read"), max_length=13, choices=Scope.choices)
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    used_at = models.DateTimeField(null=True)
    uses = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(scope__in=["everything", "without_notes"]), name="key_scope")
        ]

    def __str__(self) -> str:
        return f"key {self.pk}"


class HealthLink(models.Model):
    """A SMART Health Link, which the patient shows as a QR code.

    secret: the token of its address and the key of its file, encrypted, so that its QR code can be shown again.
    tries_left: wrong passcodes until it stops working.
    """

    MAX_TRIES = 10

    record = models.ForeignKey(Record, on_delete=models.CASCADE, related_name="health_links")
    name = models.CharField(_("name"), max_length=80)
    scope = models.CharField(_("what it shows"), max_length=13, choices=Scope.choices)
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    secret = models.TextField(editable=False)
    passcode = models.CharField(max_length=128, blank=True, editable=False)
    tries_left = models.PositiveSmallIntegerField(default=MAX_TRIES)
    is_long_term = models.BooleanField()
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    used_at = models.DateTimeField(null=True)
    uses = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(scope__in=["everything", "without_notes"]), name="link_scope")
        ]

    def __str__(self) -> str:
        return f"health link {self.pk}"
