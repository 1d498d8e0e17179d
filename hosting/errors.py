"""The error of backups, whose text is a sentence for the operator."""


class BackupError(Exception):
    pass
