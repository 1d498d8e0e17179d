from django.apps import AppConfig


class ClinicConfig(AppConfig):
    name = "clinic"

    def ready(self) -> None:
        """Refuse to start with a rule set that cannot be read."""
        from clinic.payers.load import load_rule_sets

        load_rule_sets()
