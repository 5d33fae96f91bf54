"""The verbs of sales: on quotes, orders, blanket orders and returns."""

from fondaco.frontoffice.sales.actions import blankets, configuring, down_payments, holds, labels, orders, quotes, returns

__all__ = ["blankets", "configuring", "down_payments", "holds", "labels", "orders", "quotes", "returns"]
