"""The verbs of sales: on quotes, orders and blanket orders."""

from fondaco.frontoffice.sales.actions import blankets, down_payments, holds, orders, quotes

__all__ = ["blankets", "down_payments", "holds", "orders", "quotes"]
