"""Questions of commands."""

from django.core.management.base import CommandError

NOT_CONFIRMED = 2


def confirm(question: str, is_confirmed: bool) -> None:
    """Ask, and end with exit code 2 unless the answer is yes."""
    if is_confirmed:
        return
    try:
        answer = input(f"{question} [yes/no] ")
    except EOFError:
        answer = ""
    if answer.strip().lower() != "yes":
        raise CommandError("Nothing was changed.", returncode=NOT_CONFIRMED)
