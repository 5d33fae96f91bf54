"""What the catalog refuses, and how it is said."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from fondaco.platform.database.refusals import UserError, says


class NoConversion(UserError):
    code, status = "catalog.no_conversion", 422
    message = _("{product} cannot be converted from {given} to {wanted}. Enter the packing on the product, or use another unit.")


class RulesConflict(UserError):
    code, status = "catalog.rules_conflict", 409
    message = _(
        "The price rule was not saved: another rule of the same list gives a price for the same product, quantity and days. Change its days, or change that rule."
    )


class RuleUnclear(UserError):
    code, status = "catalog.rule_unclear", 422
    message = _(
        "The price rule was not saved: it needs either a price (for a product) or a discount between 0 and 100, and at most one of product and category."
    )


class CostOfLotNeedsLots(UserError):
    code, status = "catalog.cost_of_lot_needs_lots", 422
    message = _(
        "The product was not saved: at the cost of the lot only goods tracked by lot or serial number can be valued. Track it, or choose another costing."
    )


class ServiceNotTracked(UserError):
    code, status = "catalog.service_not_tracked", 422
    message = _("The product was not saved: a service has no lots and no serial numbers. Leave it untracked.")


class CommodityCodeUnclear(UserError):
    code, status = "catalog.commodity_code_unclear", 422
    message = _("The commodity code was not saved: it has 8 digits, as in the Combined Nomenclature, and ends no earlier than it begins.")


class ServiceCodeUnclear(UserError):
    code, status = "catalog.service_code_unclear", 422
    message = _("The product was not saved: the code of a service (CPA) has 5 or 6 digits.")


class SupplementaryFactorUnclear(UserError):
    code, status = "catalog.supplementary_factor_unclear", 422
    message = _("The product was not saved: the supplementary units in a stock unit are more than zero, or left empty.")


@says("commodity_code_digits")
@says("commodity_code_runs_forward")
def _commodity(diagnosis: Any) -> UserError:
    return CommodityCodeUnclear()


@says("service_code_digits")
def _service_code(diagnosis: Any) -> UserError:
    return ServiceCodeUnclear()


@says("supplementary_factor_positive")
def _supplementary(diagnosis: Any) -> UserError:
    return SupplementaryFactorUnclear()


class SecondUnitUnclear(UserError):
    code, status = "catalog.second_unit_unclear", 422
    message = _(
        "The product was not saved: a second unit is another than the stock unit, of goods, and says how many stock units one of it is about and by how many percent (0 to less than 100) it may differ. Fill in all three, or none."
    )


for _constraint in ("second_unit_whole", "second_unit_is_another"):
    says(_constraint)(lambda diagnosis: SecondUnitUnclear())


@says("cost_of_lot_needs_lots")
def _lots(diagnosis: Any) -> UserError:
    return CostOfLotNeedsLots()


@says("service_not_tracked")
def _service(diagnosis: Any) -> UserError:
    return ServiceNotTracked()


class ListForMembersOrGroup(UserError):
    code, status = "catalog.list_for_members_or_group", 422
    message = _(
        "The price list was not saved: it is for its members only, or for a customer group, not for both. Leave one of the two empty."
    )


@says("list_for_members_or_a_group")
def _members_or_group(diagnosis: Any) -> UserError:
    return ListForMembersOrGroup()


@says("price_rules_do_not_conflict")
def _conflict(diagnosis: Any) -> UserError:
    return RulesConflict()


for _constraint in (
    "rule_has_one_target_at_most",
    "rule_gives_price_or_discount",
    "rule_price_for_a_product",
    "rule_discount_percent",
    "rule_price_not_negative",
):
    says(_constraint)(lambda diagnosis: RuleUnclear())
