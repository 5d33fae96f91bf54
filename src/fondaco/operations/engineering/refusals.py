"""What engineering refuses, and how it is said."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from fondaco.platform.database.refusals import UserError, says


class GoesIntoItself(UserError):
    code, status = "engineering.goes_into_itself", 409
    message = _("Nothing was saved: {product} would go into itself, directly or over its parts. Take out the part that closes the circle.")


class UnitDoesNotFit(UserError):
    code, status = "engineering.unit_does_not_fit", 422
    message = _("{product} is kept in {own}, which nothing converts into {unit}. Choose another unit, or add a packing to the product.")


class OtherCompanysCentre(UserError):
    code, status = "engineering.other_companys_centre", 422
    message = _("Work centre {centre} belongs to another company than the routing. Choose one of the same company.")


class StaysWithCompany(UserError):
    code, status = "engineering.stays_with_company", 409
    message = _("Nothing was changed: what was written for one company stays with it. Write it anew for the other.")


class DaysOverlap(UserError):
    code, status = "engineering.days_overlap", 409
    message = _("On some of these days another version holds already. End that one the day before, or begin this one later.")


class ConditionUnreadable(UserError):
    code, status = "engineering.condition_unreadable", 422
    message = _("“{text}” of {what} cannot be read: “{found}” stands where {expected} is expected.")


class UnknownWords(UserError):
    code, status = "engineering.unknown_words", 422
    message = _("“{text}” of {what} names what {product} does not have: {words}. Write the codes of its attributes and values.")


class NothingIsChosen(UserError):
    code, status = "engineering.nothing_is_chosen", 422
    message = _(
        "“{text}” of {what} hangs on choices, but nothing can be chosen of {product}. Leave it empty, or release a product model first."
    )


class NoComponentThere(UserError):
    code, status = "engineering.no_component_there", 422
    message = _("{attribute} is no attribute of {product} at which a component is chosen. Name one by its code, or an item instead.")


class OnePartALine(UserError):
    code, status = "engineering.one_part_a_line", 422
    message = _("A part is either an item or what is chosen at an attribute. Fill in one of the two in each line.")


class InsideOrOutside(UserError):
    code, status = "engineering.inside_or_outside", 422
    message = _(
        "An operation is done either at a work centre, with its minutes, or outside at a vendor, with price and days. Fill in one of the two in each line."
    )


class VersionTooEarly(UserError):
    code, status = "engineering.version_too_early", 409
    message = _("Nothing was drafted: {document} holds only from {valid_from} on. Choose a later day than that for its next version.")


@says("bom_without_circle")
def _circle(diagnosis: Any) -> UserError:
    return GoesIntoItself(product=diagnosis.message_detail or "")


@says("bom_line_unit_fits")
def _unit(diagnosis: Any) -> UserError:
    unit, _bar, own = (diagnosis.message_hint or "|").partition("|")
    return UnitDoesNotFit(product=diagnosis.message_detail or "", unit=unit, own=own)


@says("operation_in_its_own_company")
def _centre(diagnosis: Any) -> UserError:
    return OtherCompanysCentre(centre=diagnosis.message_detail or "")


@says("bom_line_names_one_thing")
def _one_part(_diagnosis: Any) -> UserError:
    return OnePartALine()


@says("operation_inside_or_outside")
def _inside(_diagnosis: Any) -> UserError:
    return InsideOrOutside()


@says("engineering_stays_with_its_company")
def _stays(_diagnosis: Any) -> UserError:
    return StaysWithCompany()


@says("bom_once_a_day")
@says("routing_once_a_day")
@says("centre_rate_once_a_day")
def _overlap(_diagnosis: Any) -> UserError:
    return DaysOverlap()
