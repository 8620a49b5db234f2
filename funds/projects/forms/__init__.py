"""What people type about projects and offers."""

from funds.projects.forms.offers import AnswerForm, OfferForm
from funds.projects.forms.projects import ProjectForm

__all__ = ["AnswerForm", "OfferForm", "ProjectForm"]
