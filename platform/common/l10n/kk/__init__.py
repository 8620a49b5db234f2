"""Kazakh, which Django ships without formats."""
