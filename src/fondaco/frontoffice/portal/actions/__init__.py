"""The verbs of the customer portal."""

from fondaco.frontoffice.portal.actions import house, ordering, people, talking

__all__ = ["house", "ordering", "people", "talking"]
