"""Pages about surveys: what everybody reads, the questionnaire itself, the council, and the questionnaires."""
