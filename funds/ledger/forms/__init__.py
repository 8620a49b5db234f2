"""Forms of the ledger: what people ask it for, and what the treasurer wishes to book."""

from funds.ledger.forms.reading import (
    CloseForm,
    CloseUntilForm,
    DayForm,
    FilterForm,
    MapForm,
    PeriodForm,
    StatementForm,
)
from funds.ledger.forms.writing import AnswerForm, ExchangeForm, RedesignationForm, ReversalForm

__all__ = [
    "AnswerForm",
    "CloseForm",
    "CloseUntilForm",
    "DayForm",
    "ExchangeForm",
    "FilterForm",
    "MapForm",
    "PeriodForm",
    "RedesignationForm",
    "ReversalForm",
    "StatementForm",
]
