"""manage.py payer: what payers ask, what the diary of one record shows, and whether these numbers meet it."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.access import find_record
from clinic.payers.assess import SetAnswer, answer_rules, answers_as_json
from clinic.payers.load import get_rule_set, load_rule_sets
from core.dates import local_date, parse_iso_date
from progress.cache.store import load_cached_diary


class Command(BaseCommand):
    help = "Print what payers ask, what the diary shows and whether these numbers meet it (docs/payers.md)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email", metavar="EMAIL", help="e-mail address of the account")
        parser.add_argument("--rules", metavar="NAME", help="only this rule set or rule, by its id; else all")
        parser.add_argument("--json", action="store_true", help="as one JSON object, numbers unrounded")
        parser.add_argument("--as-of", metavar="YYYY-MM-DD", help="as it stood on this day; else today")

    def handle(self, *_args: Any, email: str, rules: str | None, as_of: str | None, **options: Any) -> None:
        record = find_record(email)
        if record is None:
            raise CommandError(f"There is no record for {email}.")
        day = parse_iso_date(as_of) if as_of else local_date(record.user, timezone.now())
        if day is None:
            raise CommandError(f"--as-of {as_of} is no date. Write it like 2026-05-06.")
        rule_sets = load_rule_sets()
        if rules:
            rule_set = get_rule_set(rules)
            if rule_set is None:
                names = ", ".join(each.id for each in rule_sets)
                raise CommandError(f"There is no rule set {rules!r}. There are: {names}.")
            rule_sets = (rule_set,)
        index = load_cached_diary(record).build_index(day)
        answers = answer_rules(record, index, rule_sets)
        if options["json"]:
            self.stdout.write(json.dumps(answers_as_json(answers, index), indent=2, ensure_ascii=False))
        else:
            for answer in answers:
                self.print_set(answer)

    def print_set(self, answer: SetAnswer) -> None:
        rule_set = answer.rule_set
        self.stdout.write(f"{rule_set.name} ({rule_set.id}). {rule_set.source}, read on {rule_set.checked}.")
        for rule in answer.rules:
            self.stdout.write(f"  {rule.id} – {rule.stage}\n    asks:  {rule.asks}\n    shows: {rule.shows}")
            self.stdout.write(f"    {rule.verdict}")
            for line in [*rule.working, *filter(None, [rule.note])]:
                self.stdout.write(f"      {line}")
