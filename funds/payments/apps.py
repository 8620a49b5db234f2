from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    name = "funds.payments"
    label = "payments"
