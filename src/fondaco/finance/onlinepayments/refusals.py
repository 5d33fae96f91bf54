"""What paying online refuses, and how it is said."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from fondaco.platform.database.refusals import UserError, says


class ProviderOff(UserError):
    code, status = "onlinepayments.provider_off", 409
    message = _("Nothing can be paid online at present: {provider} is not set up ({setting}). Pay by bank transfer, or try again later.")


class NoProvider(UserError):
    code, status = "onlinepayments.no_provider", 409
    message = _("{company} takes no payments online. Pay by bank transfer.")


class NothingOpen(UserError):
    code, status = "onlinepayments.nothing_open", 409
    message = _("Nothing is left to pay of {documents}: it is paid, or a payment is on its way. Look at the list of invoices again.")


class PaymentBegun(UserError):
    code, status = "onlinepayments.payment_begun", 409
    message = _(
        "No second payment was begun: {payment} is on its way for the same invoice. Go on with that one, or wait until it has failed or run out."
    )


class OneCurrency(UserError):
    code, status = "onlinepayments.one_currency", 422
    message = _("One payment is in one currency; chosen were {currencies}. Pay those of each currency apart.")


class NotBooked(UserError):
    code, status = "onlinepayments.not_booked", 409
    message = _("{document} was not given back: nothing of it is booked yet. Wait until it is.")


class RefundTooMuch(UserError):
    code, status = "onlinepayments.refund_too_much", 422
    message = _("{document}: {asked} cannot be given back, of {amount} are {left} left. Choose an amount up to that.")


class NotPaidYet(UserError):
    code, status = "onlinepayments.not_paid_yet", 409
    message = _("The payment of {refund} is not booked yet. It is tried again by itself.")


class OnlinePaymentStays(UserError):
    code, status = "onlinepayments.payment_stays", 409
    message = _(
        "{document} was not changed: what a customer paid online stays as it was told. Give it back, or close it by hand where another amount came."
    )


class OnlineRefundStays(UserError):
    code, status = "onlinepayments.refund_stays", 409
    message = _("{document} was not changed: a refund stays as it was asked for.")


class RefundBeyond(UserError):
    code, status = "onlinepayments.refund_beyond", 409
    message = _("{document}: more was to be given back than was paid. Look at its refunds.")


class PartOfOther(UserError):
    code, status = "onlinepayments.part_of_other", 422
    message = _("The payment was not begun: an item is not this customer's, or in another currency. Choose from his open invoices.")


class PaymentOfOther(UserError):
    code, status = "onlinepayments.of_other_company", 422
    message = _("Provider and payment belong to different companies. Choose the provider of the company.")


class PartsDiffer(UserError):
    code, status = "onlinepayments.parts_differ", 409
    message = _("The payment was not begun: what it is for does not come to its amount. Choose the invoices again.")


class OneProvider(UserError):
    code, status = "onlinepayments.one_provider", 409
    message = _("The company has an active payment provider already. Make that one inactive first.")


class AccountOfOther(UserError):
    code, status = "onlinepayments.account_of_other", 422
    message = _("The account with the provider belongs to another company. Choose one of the same company.")


@says("online_payment_stays")
def _online_payment_stays(diagnosis: Any) -> UserError:
    return OnlinePaymentStays(document=diagnosis.message_detail or "")


@says("online_refund_stays")
def _online_refund_stays(diagnosis: Any) -> UserError:
    return OnlineRefundStays(document=diagnosis.message_detail or "")


@says("refund_within_payment")
def _refund_within_payment(diagnosis: Any) -> UserError:
    return RefundBeyond(document=diagnosis.message_detail or "")


@says("online_part_of_customer")
def _online_part_of_customer(diagnosis: Any) -> UserError:
    return PartOfOther()


@says("online_part_on_its_way")
def _online_part_on_its_way(diagnosis: Any) -> UserError:
    return PaymentBegun(payment=diagnosis.message_detail or "")


@says("online_payment_of_company")
def _online_payment_of_company(diagnosis: Any) -> UserError:
    return PaymentOfOther()


@says("online_parts_add_up")
def _online_parts_add_up(diagnosis: Any) -> UserError:
    return PartsDiffer()


@says("one_active_provider")
def _one_active_provider(diagnosis: Any) -> UserError:
    return OneProvider()


@says("provider_account_of_company")
def _provider_account_of_company(diagnosis: Any) -> UserError:
    return AccountOfOther()
