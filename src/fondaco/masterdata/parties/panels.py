"""Panels of the page of one party: a room above registers what it knows of a customer, and this room never learns of it."""

from fondaco.masterdata.parties.models import Party
from fondaco.platform.resources.panels import Bars, Content, Figure, Filled, Panels

PANELS: Panels[Party] = Panels()
register, panels, filled = PANELS.register, PANELS.panels, PANELS.filled

__all__ = ["PANELS", "Bars", "Content", "Figure", "Filled", "filled", "panels", "register"]
