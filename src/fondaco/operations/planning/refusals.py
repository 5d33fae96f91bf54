"""What planning refuses, and how it is said."""

from django.utils.translation import gettext_lazy as _

from fondaco.platform.database.refusals import UserError, says


class NoVendor(UserError):
    code, status = "planning.no_vendor", 422
    message = _("Nobody sells {product} for {warehouse} yet. Choose a vendor with “Change”, or enter one under Buy > Items of vendors.")


class NoSuchVendor(UserError):
    code, status = "planning.no_such_vendor", 422
    message = _("“{vendor}” is no vendor. Choose one of the list, or make the partner a vendor first.")


class RuleIncomplete(UserError):
    code, status = "planning.rule_incomplete", 422
    message = _(
        "The rule was not saved: minimum and maximum want both figures, the maximum not below the minimum; fetching wants another warehouse of the company to fetch from and no vendor."
    )


@says("reorder_maximum")
def _maximum(diagnosis: object) -> UserError:
    return RuleIncomplete()


@says("reorder_source")
def _source(diagnosis: object) -> UserError:
    return RuleIncomplete()
