"""Explanations: of filters, of scores, of the choice, and how they show."""
