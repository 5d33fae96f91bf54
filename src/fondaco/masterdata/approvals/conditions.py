"""What a policy may ask of the figures of a document: each condition is a column of the policy, and a figure that its kind knows."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from operator import eq, gt, lt
from typing import Any

from babel.numbers import format_decimal
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

#: Figures of a document by name, in percent or company currency; none where there is nothing to compare, and then nothing fires.
Figures = Mapping[str, Decimal | int | bool | None]


@dataclass(frozen=True)
class Condition:
    """``field`` of the policy against the figure of the same document. ``said`` tells both, ``hinted`` the limit alone, for those who
    may not see the figure."""

    field: str
    figure: str
    holds: Callable[[Any, Any], bool]
    said: Any
    hinted: Any = ""

    def fits(self, wanted: Any, figures: Figures) -> bool:
        """Whether what the policy asks is found; a policy that does not ask fits all."""
        found = figures.get(self.figure)
        return not asks(wanted) or (found is not None and self.holds(found, wanted))

    def told(self, wanted: Any, figures: Figures, amount: Callable[[Decimal], str], *, hidden: bool) -> str:
        found: Any = figures.get(self.figure)
        show = amount if self.figure == "over_limit" else _shown
        return str(self.hinted if hidden and self.hinted else self.said).format(found=show(found), wanted=show(wanted))


def asks(wanted: Any) -> bool:
    """Whether a policy asks this at all; a limit of zero is one."""
    return wanted is not None and wanted is not False


def written(percent: Decimal) -> str:
    """A percentage as the reader's language writes it."""
    return str(format_decimal(percent, "0.####", get_language() or "en"))


def _shown(value: Any) -> str:
    return written(value) if isinstance(value, Decimal) else str(value)


CONDITIONS: tuple[Condition, ...] = (
    Condition("margin_under", "margin", lt, _("margin {found}%, at least {wanted}%"), _("margin under {wanted}%")),
    Condition("discount_over", "discount", gt, _("discount {found}%, at most {wanted}%")),
    Condition("line_discount_over", "line_discount", gt, _("discount of a line {found}%, at most {wanted}%")),
    Condition("over_limit_by", "over_limit", gt, _("{found} over the credit limit, at most {wanted}")),
    Condition("terms_over", "later_days", gt, _("paid {found} days later than agreed with the customer, at most {wanted}")),
    Condition("group_id", "group", eq, _("customers of this group")),
    Condition("new_customer", "is_new", eq, _("the customer was never invoiced")),
)
