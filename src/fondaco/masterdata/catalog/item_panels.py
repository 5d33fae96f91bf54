"""Panels of the page of one product: a room above registers what it knows of it (stock, promises, prices), and the catalogue never learns of it."""

from fondaco.masterdata.catalog.models import Product
from fondaco.platform.resources.panels import Content, Figure, Filled, Panels

PANELS: Panels[Product] = Panels()
register, filled = PANELS.register, PANELS.filled

__all__ = ["PANELS", "Content", "Figure", "Filled", "filled", "register"]
