"""Fixtures of this room's tests; they live in stage.py, because the tests of gifts use them too."""

from tests.payments.stage import eager, stage, stand_in, stripe_settings

__all__ = ["eager", "stage", "stand_in", "stripe_settings"]
