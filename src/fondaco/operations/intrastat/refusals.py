"""What lists of trade refuse, and how it is said."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from fondaco.platform.database.refusals import UserError, says


class EarlierListOpen(UserError):
    code, status = "intrastat.earlier_list_open", 409
    message = _(
        "The list of {document} cannot be filed before that of {earlier}, which is still open. File lists of one kind in their order, or all of them at once."
    )


class ListIncomplete(UserError):
    code, status = "intrastat.list_incomplete", 409
    message = _("The list of {document} was not filed: {count} of its rows are incomplete. {first} Mend what its page names, then file it.")


class PeriodNotOver(UserError):
    code, status = "intrastat.period_not_over", 409
    message = _("The list of {document} cannot be filed on {on}: its period ends on {ends_on}. File it after that day.")


class ListFiled(UserError):
    code, status = "intrastat.list_filed", 409
    message = _(
        "Nothing was changed: list {document} is filed, and stays as it was filed. What comes later is told as a correction on the first open list."
    )


class DocumentNotHere(UserError):
    code, status = "intrastat.document_not_here", 422
    message = _("“{document}” is no document of these lists. Write the numbers as the list shows them, with blanks between.")


class NothingTold(UserError):
    code, status = "intrastat.nothing_told", 422
    message = _("Nothing was said of {document}. Fill in at least one of the fields, or why it is left out.")


class RulesMissing(UserError):
    code, status = "intrastat.rules_missing", 409
    message = _(
        "{company} has no rules for lists yet. Use “Complete the books” on the company, or add them under Set up > Rules for Intrastat lists; only companies in the EU have such lists."
    )


class RuleUnclear(UserError):
    code, status = "intrastat.rule_unclear", 422
    message = _(
        "The rule was not saved: a list by amount needs the amount above which it is monthly, rules of one kind do not overlap, the day is from 1 to 31, and codes are codes or beginnings such as IT-*."
    )


class TradeDataUnclear(UserError):
    code, status = "intrastat.trade_data_unclear", 422
    message = _(
        "Nothing was saved: choose codes from the lists; a VAT number has capitals and digits, a customs office six digits, a service code 5 or 6, a mass is more than zero, and a percentage lies between -100 and 100."
    )


class ProtocolStays(UserError):
    code, status = "intrastat.protocol_unclear", 422
    message = _("The protocol was not kept: it has up to 20 digits and capitals, belongs to a filed list, and stays once it was entered.")


class CountryUnknown(UserError):
    code, status = "intrastat.code_unknown", 422
    message = _(
        "“{text}” is not known here. Countries are told by their two letters, goods by a commodity code under Set up > Commodity codes."
    )


@says("filed_list_never_changes")
def _filed(diagnosis: Any) -> UserError:
    return ListFiled(document=diagnosis.message_detail or "")


for _constraint in ("list_rule_frequency", "list_rules_do_not_overlap", "list_rule_due", "list_rule_codes"):
    says(_constraint)(lambda diagnosis: RuleUnclear())

for _constraint in (
    "trade_defaults_delegate", "trade_defaults_office", "document_trade_service", "document_trade_mass", "document_trade_percent",
    "partner_trade_percent", "document_trade_nature", "document_trade_terms", "document_trade_transport",
):  # fmt: skip
    says(_constraint)(lambda diagnosis: TradeDataUnclear())


@says("statement_protocol")
def _protocol(diagnosis: Any) -> UserError:
    return ProtocolStays()
