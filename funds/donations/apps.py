from django.apps import AppConfig


class DonationsConfig(AppConfig):
    name = "funds.donations"
    label = "donations"
