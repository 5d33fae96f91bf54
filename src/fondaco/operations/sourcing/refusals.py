"""What sourcing refuses, and how it is said."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from fondaco.platform.database.refusals import UserError, says


class NothingAsked(UserError):
    code, status = "sourcing.nothing_asked", 422
    message = _("{document} asks for nothing. Add at least one line before sending it.")


class NobodyAsked(UserError):
    code, status = "sourcing.nobody_asked", 422
    message = _("{document} asks no vendor. Add at least one before sending it.")


class RequestStands(UserError):
    code, status = "sourcing.request_stands", 409
    message = _("Nothing was changed: a request for quotation stays as it was sent. Cancel it and send another one.")


class LinkClosed(UserError):
    code, status = "sourcing.link_closed", 404
    message = _("This link leads nowhere, or the request behind it takes no answer any more. Ask the buyer who sent it.")


class NothingPriced(UserError):
    code, status = "sourcing.nothing_priced", 422
    message = _("{document}: no line has a price. Enter the price of one unit for what you can offer, or decline.")


class NoSuchAskedLine(UserError):
    code, status = "sourcing.no_such_line", 422
    message = _("Line {line} is not asked for in {document}.")


class NameMissing(UserError):
    code, status = "sourcing.name_missing", 422
    message = _("Say who gives this offer for {document}.")


class NoSuchCurrency(UserError):
    code, status = "sourcing.no_such_currency", 422
    message = _("{currency} is no currency that is used here. Choose one of the list.")


class NothingAwarded(UserError):
    code, status = "sourcing.nothing_awarded", 422
    message = _("{document}: nothing was chosen. Enter the quantity that a vendor shall deliver beside his price.")


class AwardedTooMuch(UserError):
    code, status = "sourcing.awarded_too_much", 409
    message = _("Line {line} of {document}: {asked} would be awarded, and {most} {why}. Lower the quantities.")


class PersonWithoutAddress(UserError):
    code, status = "sourcing.person_without_address", 422
    message = _("{person} of {vendor} is not invited: enter the mail address by which he signs in, then open the access.")


class NothingToInvite(UserError):
    code, status = "sourcing.nothing_to_invite", 409
    message = _(
        "{access} is a link, or its person has a password already. Whoever forgot it asks for another one on the page where he signs in."
    )


class NotOffered(UserError):
    code, status = "sourcing.not_offered", 422
    message = _("{document}: what was chosen is not in the last answer of a vendor who was asked. Load the comparison again.")


class OfferOver(UserError):
    code, status = "sourcing.offer_over", 409
    message = _("The offer of {vendor} was valid until {day}. Ask him again, or choose another.")


class SheetUnreadable(UserError):
    code, status = "sourcing.sheet_unreadable", 422
    message = _("The file was not read: {why}. Take the table offered on this page, fill in prices, and send it as CSV or XLSX.")


class NothingNeeded(UserError):
    code, status = "sourcing.nothing_needed", 422
    message = _("{document} asks for nothing. Add at least one line before submitting it.")


class NoExpectedPrice(UserError):
    code, status = "sourcing.no_expected_price", 422
    message = _("Line {line} ({what}) has no price, and none was paid before. Enter what you expect one unit to cost.")


class OverBudget(UserError):
    code, status = "sourcing.over_budget", 409
    message = _(
        "{document} asks for {asked} {currency}, and {left} are left of budget {budget}: {amount} less {actual} booked and {committed} committed. "
        "Ask for less, or have somebody with the right allow it."
    )


class WithinBudget(UserError):
    code, status = "sourcing.within_budget", 409
    message = _("{document} exceeds no budget: nothing has to be allowed.")


class OwnNeed(UserError):
    code, status = "sourcing.own_need", 403
    message = _("{document} is your own: somebody else must allow it over budget.")


class NoVendor(UserError):
    code, status = "sourcing.no_vendor", 422
    message = _("Line {line} of {document} ({what}) names no vendor. Choose one on the line, or ask several for a quotation.")


class NothingToOrder(UserError):
    code, status = "sourcing.nothing_to_order", 409
    message = _("Nothing of {document} is left to order.")


class NothingElsewhere(UserError):
    code, status = "sourcing.nothing_elsewhere", 409
    message = _("Nothing that {document} asks for lies free in another warehouse.")


class NothingInStock(UserError):
    code, status = "sourcing.nothing_in_stock", 409
    message = _("Nothing that {document} asks for lies free in stock. Order it, or ask vendors.")


class NoHouseToGo(UserError):
    code, status = "sourcing.no_house", 422
    message = _("{document} names no warehouse to bring goods to. Choose one first.")


class NeedStands(UserError):
    code, status = "sourcing.need_stands", 409
    message = _("Nothing was changed: a requisition that was ordered or cancelled stays as it is.")


class NotAwaited(UserError):
    code, status = "sourcing.not_awaited", 409
    message = _("{document} is not open any more: nothing is confirmed, moved or announced on it.")


class AnnouncedTooMuch(UserError):
    code, status = "sourcing.announced_too_much", 409
    message = _("{what}: {asked} would be announced, and {left} are still to come and not announced yet.")


class AnnounceApart(UserError):
    code, status = "sourcing.announce_apart", 422
    message = _(
        "{what}: {asked} would be announced, but only {direct} of them go straight to our customer, the rest comes to us. Announce them as two shipments."
    )


class AskedBefore(UserError):
    code, status = "sourcing.asked_before", 409
    message = _("Another day was asked for already, and waits for an answer.")


class NoFile(UserError):
    code, status = "sourcing.no_file", 422
    message = _("Choose the file of the invoice (FatturaPA, UBL, CII or PDF) first.")


@says("sent_request_never_changes")
def _stands(diagnosis: Any) -> UserError:
    return RequestStands()


@says("offer_while_asked")
def _closed(diagnosis: Any) -> UserError:
    return LinkClosed()


@says("award_within_offer")
def _award(diagnosis: Any) -> UserError:
    return NotOffered(document=diagnosis.message_detail or "")


@says("ordered_requisition_never_changes")
def _ordered(diagnosis: Any) -> UserError:
    return NeedStands()


@says("nobody_allows_his_own_need")
def _own(diagnosis: Any) -> UserError:
    return OwnNeed(document=diagnosis.message_detail or "")


@says("vendors_own_order")
def _foreign(diagnosis: Any) -> UserError:
    return LinkClosed()


@says("one_question_an_order")
def _twice(diagnosis: Any) -> UserError:
    return AskedBefore()
