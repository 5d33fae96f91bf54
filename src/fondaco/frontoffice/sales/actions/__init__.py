"""The verbs of sales: on quotes and on orders."""

from fondaco.frontoffice.sales.actions import orders, quotes

__all__ = ["orders", "quotes"]
