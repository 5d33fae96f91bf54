"""Questions to reorder rules that several callers ask."""

from typing import Any

from django.db.models import DecimalField, Exists, ExpressionWrapper, F, OuterRef, Q, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from fondaco.operations.inventory.models import StockLevel
from fondaco.operations.inventory.queries import unfit_there
from fondaco.operations.planning.models import QUANTITY, ReorderRule
from fondaco.platform.money import ZERO

NUMBER: DecimalField = DecimalField(**QUANTITY)


def free_there() -> Any:
    """What is free of a rule's product in its warehouse: on hand less reserved and unfit."""
    free = ExpressionWrapper(F("on_hand") - F("reserved") - unfit_there(), output_field=NUMBER)
    rows = StockLevel.objects.filter(product=OuterRef("product"), location__warehouse=OuterRef("warehouse"), location__kind="internal")
    total = rows.order_by().values("product").annotate(total=Sum(free)).values("total")
    return Coalesce(Subquery(total, output_field=NUMBER), Value(ZERO), output_field=NUMBER)


def below_safety() -> Q:
    """Active rules of whose product less is free than the safety stock."""
    return Q(
        Exists(ReorderRule.objects.annotate(free_now=free_there()).filter(pk=OuterRef("pk"), is_active=True, free_now__lt=F("safety")))
    )
