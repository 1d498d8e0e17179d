from django.apps import AppConfig


class HeadachesConfig(AppConfig):
    name = "headaches"
