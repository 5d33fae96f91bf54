"""What the customer portal refuses, and how it is said."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from fondaco.platform.database.refusals import UserError, says


class NotYours(UserError):
    code, status = "portal.not_yours", 404
    message = _("There is no such page for you. It was closed, or the address is wrong: begin again on your first page.")


class NotYourRole(UserError):
    code, status = "portal.not_your_role", 403
    message = _("You were not given what this needs ({role}). Ask a colleague who administers your portal: {administrators}.")


class NothingToInvite(UserError):
    code, status = "portal.nothing_to_invite", 409
    message = _(
        "{access} was not invited again: a password is set already, or the person cannot sign in. Open a new access where one is needed."
    )


class NothingOrdered(UserError):
    code, status = "portal.nothing_ordered", 422
    message = _("Nothing was ordered: no line has a quantity. Write an article number and a quantity on each line.")


class UnknownArticles(UserError):
    code, status = "portal.unknown_articles", 422
    message = _("Not ordered: these lines are not understood: {lines}. Each line is an article number and a quantity, such as “AB-12 5”.")


class TooManyLines(UserError):
    code, status = "portal.too_many_lines", 422
    message = _("Not ordered: {count} lines are more than the {limit} of one order. Share them among several orders.")


class NobodyApproves(UserError):
    code, status = "portal.nobody_approves", 409
    message = _(
        "Not ordered: it comes to {total}, you order alone up to {limit}, and nobody of {customer} may approve it. Ask a colleague who administers your portal."
    )


class OverYourLimit(UserError):
    code, status = "portal.over_your_limit", 403
    message = _(
        "Quote {quote} was not accepted: it comes to {total}, you order alone up to {limit}. A colleague who approves orders can accept it."
    )


class AskedToReturn(UserError):
    code, status = "portal.asked_to_return", 409
    message = _(
        "Not asked for: of {what} {left} can still be sent back; the rest is asked for already, or was not delivered. Choose up to that."
    )


class ChangedMeanwhile(UserError):
    code, status = "portal.changed_meanwhile", 409
    message = _("{order} was not approved: it comes to {now} by now, you saw {seen}. Look at it again.")


class YourOwnOrder(UserError):
    code, status = "portal.your_own_order", 403
    message = _("{order} was not approved: you placed it yourself. Another colleague who approves orders has to look at it.")


class OwnRolesStay(UserError):
    code, status = "portal.own_roles_stay", 409
    message = _(
        "Nothing was changed: nobody takes the administration of the portal from himself or shuts himself out. Another administrator can, or we do it for you."
    )


class NoRole(UserError):
    code, status = "portal.no_role", 422
    message = _("{person} was not kept: choose at least one thing that he may do.")


class TooManyPeople(UserError):
    code, status = "portal.too_many_people", 409
    message = _("Nobody was invited: {count} people of {customer} have an access already, the most there can be. Close one first.")


class TooMuchToday(UserError):
    code, status = "portal.too_much_today", 429
    message = _("That is more than one person sends in a day. Ring us, or go on tomorrow.")


class AddressTaken(UserError):
    code, status = "portal.address_taken", 409
    message = _("The address was not kept: one of this name is there already. Choose another name.")


class AccessStays(UserError):
    code, status = "portal.access_stays", 409
    message = _("Nothing was changed: an access belongs to its person for good. Close it, and open a new one.")


class AccessTwice(UserError):
    code, status = "portal.access_twice", 409
    message = _("The access was not opened: this person has one of the company already. Change that one, or close it first.")


class OrderStays(UserError):
    code, status = "portal.order_stays", 409
    message = _("Nothing was changed: what was ordered in the portal stays as it was placed and decided.")


class OrderWaits(UserError):
    code, status = "portal.order_waits", 409
    message = _(
        "Order {order} was not confirmed: it was placed in the portal above the buyer’s limit, and the customer’s own approver has not said yes."
    )


class NotHisOrder(UserError):
    code, status = "portal.not_his_order", 403
    message = _("Nothing was ordered: the order is not this customer’s, the person does not buy, or it is over the limit.")


class NotHisPerson(UserError):
    code, status = "portal.not_his_person", 403
    message = _("The access was not kept: the person is another customer’s, or who invites does not administer the customer’s portal.")


@says("customer_access_stays")
def _stays(diagnosis: Any) -> UserError:
    return AccessStays()


@says("customer_person_once")
def _twice(diagnosis: Any) -> UserError:
    return AccessTwice()


@says("portal_order_stays")
def _order_stays(diagnosis: Any) -> UserError:
    return OrderStays()


@says("portal_order_waits")
def _waits(diagnosis: Any) -> UserError:
    return OrderWaits(order=diagnosis.message_detail or "")


@says("delivery_address_once")
def _address(diagnosis: Any) -> UserError:
    return AddressTaken()


for _name in ("portal_order_of_customer", "portal_order_within_limit", "approved_by_own_approver", "nobody_approves_his_own_order"):

    @says(_name)
    def _not_his(diagnosis: Any) -> UserError:
        return NotHisOrder()


for _name in ("person_of_customer", "invited_by_own_administrator"):

    @says(_name)
    def _not_own(diagnosis: Any) -> UserError:
        return NotHisPerson()
