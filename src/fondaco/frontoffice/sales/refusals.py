"""What sales refuses, and how it is said."""

from django.utils.translation import gettext_lazy as _

from fondaco.platform.database.refusals import UserError, says


class NothingOffered(UserError):
    code, status = "sales.no_lines", 422
    message = _("{document} has no lines. Add at least one before you {verb} it.")


class NoPrice(UserError):
    code, status = "sales.no_price", 422
    message = _(
        "Line {line} ({product}) has no price: no price list and no list price covers it in {currency} on {on}. Enter a unit price."
    )


class OutOfDate(UserError):
    code, status = "sales.quote_out_of_date", 409
    message = _("{document} was valid until {valid_until}, and it is {on}. Revise it to offer it again.")


class OfferWithdrawn(UserError):
    code, status = "sales.offer_withdrawn", 409
    message = _(
        "Offer {document} is being revised and cannot be accepted as it stands. {company} will send a new one, or tell you why not."
    )


class StillValid(UserError):
    code, status = "sales.quote_still_valid", 409
    message = _("{document} is valid until {valid_until}; it does not expire on {on}.")


class LinkClosed(UserError):
    code, status = "sales.link_closed", 404
    message = _(
        "This link leads to no open quote. The quote may have expired, been answered or been replaced by a newer one."
        " Ask the person who sent it to you for the present one."
    )


class OnlyThroughLink(UserError):
    code, status = "sales.only_through_link", 403
    message = _("{document} can be accepted in this way by the customer only, through the link sent. Use “Accept” and say how you know.")


class QuestionMissing(UserError):
    code, status = "sales.question_missing", 422
    message = _("Write what you want to know about quote {document}.")


class TooManyQuestions(UserError):
    code, status = "sales.too_many_questions", 429
    message = _("Many questions about quote {document} wait for an answer already. Call or write to us: {phone}")


class CannotRecur(UserError):
    code, status = "sales.cannot_recur", 422
    message = _(
        "Line {line} ({product}) cannot recur: only services do, each on one line, at prices without tax. Let it be paid once, or take another product."
    )


class NameMissing(UserError):
    code, status = "sales.name_missing", 422
    message = _("Enter your name to answer quote {document}.")


class SignatureUnreadable(UserError):
    code, status = "sales.signature_unreadable", 422
    message = _("The signature on quote {document} could not be read. Draw it once more, or leave it out: your name is enough.")


class NothingToInvoice(UserError):
    code, status = "sales.nothing_to_invoice", 409
    message = _("There is nothing to invoice on {document}: goods are invoiced when they are delivered, and each line once.")


class NotHeld(UserError):
    code, status = "sales.not_held", 409
    message = _("{document} has no open hold of the kind “{kind}”, so there is nothing to release. Open holds: {open}.")


class OnHold(UserError):
    code, status = "sales.on_hold", 409
    message = _(
        "Nothing was done: the order is on hold ({why}). Open the order to see its holds; who has the right releases them, with a reason."
    )


class HoldStays(UserError):
    code, status = "sales.hold_stays", 409
    message = _("Nothing was changed: holds and their releases are the log of an order and stay as they are.")


class HowMuchAhead(UserError):
    code, status = "sales.how_much_ahead", 422
    message = _("Nothing was invoiced on {document}: enter either the percentage of the down payment or its amount, and not both.")


class DownPaymentTooHigh(UserError):
    code, status = "sales.down_payment_too_high", 409
    message = _(
        "A down payment of {asked} {currency} is more than is left of {document}: {left} are neither invoiced nor asked for ahead"
        " ({before} in earlier down payments). Ask for no more than that."
    )


class NobodySells(UserError):
    code, status = "sales.nobody_sells", 422
    message = _(
        "Line {line} of {document} is bought for the order, but no vendor sells {product}. Enter one under Buy > Items of vendors, or let the line come from stock."
    )


class NotSentYet(UserError):
    code, status = "sales.not_sent_yet", 409
    message = _(
        "{document} has nothing (more) that a vendor was asked to send to its customer. The purchase order must be confirmed, and quantities may not exceed what is still to come of it."
    )


class NothingToDeliver(UserError):
    code, status = "sales.nothing_to_deliver", 409
    message = _("There is nothing to deliver on {document}: {left} of {product} are still owed, {available} are in stock for it.")


class AllDelivered(UserError):
    code, status = "sales.all_delivered", 409
    message = _("There is nothing to deliver on {document}: its goods have all left.")


class MoreThanOrdered(UserError):
    code, status = "sales.more_than_ordered", 409
    message = _("{asked} of {product} cannot be delivered on {document}: {ordered} were ordered and {delivered} have left.")


class MoreThanDelivered(UserError):
    code, status = "sales.more_than_delivered", 409
    message = _("{asked} of {product} cannot be taken back on {document}: {delivered} were delivered and {returned} came back.")


class ComesBackAuthorised(UserError):
    code, status = "sales.comes_back_authorised", 409
    message = _(
        "{asked} of {product} cannot be taken back on {document}: {there} are with the customer, and {authorised} of them come back on a return authorisation. Receive them there, or cancel it."
    )


class NothingToTakeBack(UserError):
    code, status = "sales.nothing_to_take_back", 409
    message = _("There is nothing to take back on {document}: no goods of it are with the customer.")


class NoWarehouse(UserError):
    code, status = "sales.no_warehouse", 409
    message = _("{document} orders goods, but {company} has no warehouse. Add one under Set up > Warehouses, or choose it on the order.")


class WarehouseOfOther(UserError):
    code, status = "sales.warehouse_of_other", 422
    message = _("Warehouse {warehouse} does not belong to the company of {document}. Choose one that does.")


class DeliveredAlready(UserError):
    code, status = "sales.delivered_already", 409
    message = _("{document} cannot be cancelled: {what}. Take the goods back, or close the order to give up the rest.")


class NoSuchLine(UserError):
    code, status = "sales.no_such_line", 422
    message = _("Line {line} does not belong to {document}.")


class SentQuote(UserError):
    code, status = "sales.sent_never_changes", 409
    message = _("Nothing was changed: a quote that was sent keeps its words and figures. Revise it: the next version replaces it.")


class AcceptedQuote(UserError):
    code, status = "sales.accepted_is_final", 409
    message = _("Nothing was changed: the customer accepted this quote. What changes now is its order.")


class ConfirmedOrder(UserError):
    code, status = "sales.confirmed_never_changes", 409
    message = _("Nothing was changed: a confirmed order is changed by amending it, with a reason; its earlier versions stay.")


class LineStays(UserError):
    code, status = "sales.line_stays", 409
    message = _(
        "Line {line} of {document} ({product}) cannot be taken away or become another product: {delivered} were delivered and {invoiced} invoiced. "
        "Lower its quantity to what was delivered instead."
    )


class AmendedBelow(UserError):
    code, status = "sales.amended_below", 409
    message = _(
        "Line {line} of {document} ({product}) cannot become {asked}: {delivered} are with the customer and {invoiced} were invoiced. "
        "Take goods back first, or ask for no less."
    )


class InvoicedPrice(UserError):
    code, status = "sales.invoiced_price", 409
    message = _(
        "Line {line} of {document} ({product}) keeps its price, discount and tax: {invoiced} of it were invoiced. "
        "Add a line for the rest at the new price, or credit the invoice."
    )


class DoneAlready(UserError):
    code, status = "sales.amended_against_what_was_done", 409
    message = _(
        "Nothing was changed: amend an order to no less than what was delivered and invoiced, and leave the price of what was invoiced."
    )


class AnsweredByAnother(UserError):
    code, status = "sales.quote_has_order", 409
    message = _("This quote already has an order or a newer version. Open that one.")


class NothingAgreed(UserError):
    code, status = "sales.nothing_agreed", 422
    message = _("{document} has no lines. Add what was agreed with the customer before it comes into force.")


class TierOfNothing(UserError):
    code, status = "sales.tier_of_nothing", 422
    message = _("A price by quantity names {product}, which is on no line of {document}. Add a line of it, or remove the price.")


class BlanketUsedUp(UserError):
    code, status = "sales.blanket_used_up", 409
    message = _(
        "Line {line} of {document} ({product}) calls off {asked}, and {left} of {agreed} are left on {blanket}."
        " Lower the quantity, name no blanket order, or amend the blanket order."
    )


class BlanketValueUsedUp(UserError):
    code, status = "sales.blanket_value_used_up", 409
    message = _(
        "Line {line} of {document} calls off {asked} {currency}, and {left} of {agreed} {currency} are left on {blanket}."
        " Lower the quantity, name no blanket order, or amend the blanket order."
    )


class BlanketOfOthers(UserError):
    code, status = "sales.blanket_of_others", 409
    message = _(
        "Line {line} of {document} names {blanket}, which is of another customer, company, currency or product. Choose one that fits, or none."
    )


class BlanketEnds(UserError):
    code, status = "sales.blanket_ends", 409
    message = _(
        "Line {line} of {document} names {blanket}, which is {state} and valid from {first} to {last}; the order is of {on}. "
        "Choose another one, amend the blanket order, or name none."
    )


class CalledOffAlready(UserError):
    code, status = "sales.called_off_already", 409
    message = _("{document} cannot be amended to less: {used} of {what} were called off. Agree no less, and keep the line.")


class NothingToCallOff(UserError):
    code, status = "sales.nothing_to_call_off", 422
    message = _("Nothing was called off from {document}. Enter how much of which line is to be delivered.")


class ScheduleTooLong(UserError):
    code, status = "sales.schedule_too_long", 422
    message = _(
        "The last delivery of {document} would be on {last}, after its last day {valid_to}. Ask for fewer deliveries, or amend the blanket order."
    )


class BlanketStands(UserError):
    code, status = "sales.blanket_stands", 409
    message = _("Nothing was changed: a blanket order in force is changed by amending it, with a reason, to no less than was called off.")


class BlanketOverdrawn(UserError):
    code, status = "sales.blanket_overdrawn", 409
    message = _(
        "More would be called off than is left of {blanket}, or the order does not fit it. Load it again and call off what is left."
    )


class NothingToReturn(UserError):
    code, status = "sales.nothing_to_return", 409
    message = _("{document} asks for nothing to come back: no goods of it are with the customer that are not authorised already.")


class ReturnedMoreThanLeft(UserError):
    code, status = "sales.returned_more_than_left", 409
    message = _(
        "Line {line} of {document} ({product}) cannot let {asked} come back: {delivered} were delivered on {order}, {returned} came back and {authorised} are authorised already."
    )


class ReturnOfOthers(UserError):
    code, status = "sales.return_of_others", 422
    message = _(
        "Line {line} of the return names a line of {order}, which is of another customer or company, or is no goods. Choose a delivered line of the customer."
    )


class AuthorisationExpired(UserError):
    code, status = "sales.authorisation_expired", 409
    message = _("{document} let goods come back until {expires_on}, and it is {on}. Extend it, or refuse the goods.")


class MoreThanAuthorised(UserError):
    code, status = "sales.more_than_authorised", 409
    message = _(
        "{asked} of {product} cannot be received on {document}: {authorised} were authorised and {received} came. Authorise the rest on a return of its own."
    )


class NothingReceived(UserError):
    code, status = "sales.nothing_received", 409
    message = _("There is nothing to receive on {document}: all that was authorised has come.")


class NoQuarantine(UserError):
    code, status = "sales.no_quarantine", 409
    message = _(
        "{document}: {warehouse} has no place of quarantine in which returned goods wait for their inspection. Set one up under Set up > Locations."
    )


class MoreThanReceived(UserError):
    code, status = "sales.more_than_received", 409
    message = _("{asked} of {product} cannot be inspected on {document}: {left} wait for it. Lower the quantities.")


class NothingInspected(UserError):
    code, status = "sales.nothing_inspected", 422
    message = _("Nothing was inspected on {document}. Enter how much of which line is restocked, scrapped, kept for repair or sent back.")


class OneOutcomeOfLots(UserError):
    code, status = "sales.one_outcome_of_lots", 422
    message = _("{product} is tracked: enter one outcome of line {line} at a time, and name the lots or serial numbers that it is about.")


class LotNotWaiting(UserError):
    code, status = "sales.lot_not_waiting", 409
    message = _("{asked} of {number} ({product}) cannot be inspected on {document}: {left} of it wait. Waiting are: {waiting}.")


class MoreThanToRefund(UserError):
    code, status = "sales.more_than_to_refund", 409
    message = _(
        "{asked} of {product} cannot be credited on {document}: of {authorised} authorised {received} came, {credited} were credited, {replaced} replaced and {sent_back} sent back."
    )


class NothingToRefund(UserError):
    code, status = "sales.nothing_to_refund", 409
    message = _("There is nothing to credit on {document}: what came back was not invoiced, was credited already, or is wanted otherwise.")


class MoreThanToReplace(UserError):
    code, status = "sales.more_than_to_replace", 409
    message = _(
        "{asked} of {product} cannot be replaced on {document}: of {authorised} authorised {credited} were credited, {replaced} replaced and {sent_back} sent back."
    )


class NothingToReplace(UserError):
    code, status = "sales.nothing_to_replace", 409
    message = _("There is nothing to replace on {document}. Enter how much of which line is replaced.")


class NotInspectedYet(UserError):
    code, status = "sales.not_inspected_yet", 409
    message = _(
        "{document} cannot be settled: of line {line} ({product}) {waiting} wait for their inspection and {in_repair} are kept for repair. Inspect them first."
    )


class NotSettledYet(UserError):
    code, status = "sales.not_settled_yet", 409
    message = _(
        "{document} cannot be settled: {left} of line {line} ({product}) came and were neither credited, replaced nor sent back. Do that, or say why the customer gets nothing for them."
    )


class ReturnBegan(UserError):
    code, status = "sales.return_began", 409
    message = _("{document} cannot be called off: {order} replaces goods of it. Cancel that order first.")


class StillHolds(UserError):
    code, status = "sales.authorisation_holds", 409
    message = _("{document} lets goods come back until {expires_on}; it does not expire on {on}.")


class ReturnStands(UserError):
    code, status = "sales.return_stands", 409
    message = _("Nothing was changed: what was authorised stays. Cancel the authorisation before anything came, and give another.")


class MoreThanWithCustomer(UserError):
    code, status = "sales.more_than_with_customer", 409
    message = _(
        "Nothing was done: more of order {order} would be authorised to come back than is with the customer. Load it again and ask for less."
    )


class ReturnDiffers(UserError):
    code, status = "sales.return_differs", 409
    message = _(
        "Nothing was done: on return {document} more would be received than was asked, inspected than came, or credited, replaced and sent back than was asked. Load it again."
    )


@says("sent_quote_never_changes")
def _sent(diagnosis) -> UserError:
    return SentQuote()


@says("accepted_quote_is_final")
def _accepted(diagnosis) -> UserError:
    return AcceptedQuote()


@says("confirmed_order_never_changes")
def _confirmed(diagnosis) -> UserError:
    return ConfirmedOrder()


@says("amended_line_keeps_what_was_done")
@says("invoiced_line_keeps_its_price")
def _done(diagnosis) -> UserError:
    return DoneAlready()


@says("order_on_hold")
def _held(diagnosis) -> UserError:
    return OnHold(why=(diagnosis.message_primary or "").partition("on hold: ")[2] or _("a hold is open"))


@says("hold_stays")
def _hold_stays(diagnosis) -> UserError:
    return HoldStays()


@says("sales_quote_replaces_id_key")
def _replaced(diagnosis) -> UserError:
    return AnsweredByAnother()


@says("sales_order_quote_id_key")
def _ordered(diagnosis) -> UserError:
    return AnsweredByAnother()


@says("blanket_never_changes")
def _blanket_stands(diagnosis) -> UserError:
    return BlanketStands()


@says("blanket_not_overdrawn")
def _blanket_overdrawn(diagnosis) -> UserError:
    return BlanketOverdrawn(blanket=diagnosis.message_detail or "")


@says("return_never_changes")
def _return_stands(diagnosis) -> UserError:
    return ReturnStands()


@says("return_as_delivered")
def _returned_beyond(diagnosis) -> UserError:
    return MoreThanWithCustomer(order=diagnosis.message_detail or "")


@says("return_reconciles")
def _return_differs(diagnosis) -> UserError:
    return ReturnDiffers(document=diagnosis.message_detail or "")
