"""The verbs of sales: on quotes and on orders."""

from fondaco.frontoffice.sales.actions import down_payments, holds, orders, quotes

__all__ = ["down_payments", "holds", "orders", "quotes"]
