"""What service refuses, and how it is said."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from fondaco.platform.database.refusals import UserError, says


class NoAddress(UserError):
    code, status = "service.no_address", 422
    message = _("{document} has no e-mail address to answer to. Enter the contact's address, or write a note and ring back.")


class FilesByMailOnly(UserError):
    code, status = "service.files_by_mail_only", 422
    message = _("{document} is answered in a chat or a message, which takes no files. Send the words alone, and the files by mail.")


class NothingSaid(UserError):
    code, status = "service.nothing_said", 422
    message = _("The message to {document} is empty. Write a text first.")


class NobodyToAssign(UserError):
    code, status = "service.nobody_to_assign", 404
    message = _("There is no active user “{user}” to assign {document} to.")


class SerialWithoutProduct(UserError):
    code, status = "service.serial_without_product", 422
    message = _("{document} names the serial number {serial} but no product. Choose the product too.")


class DisputeIsOpen(UserError):
    code, status = "service.dispute_is_open", 409
    message = _("{document} cannot end before dispute {dispute}. Credit or reject that one; the ticket is solved with it.")


class WroteMeanwhile(UserError):
    code, status = "service.wrote_meanwhile", 409
    message = _("Nothing was sent for {document}: {author} wrote at {at}, after you opened it. Read that, then send your answer once more.")


class NotMerged(UserError):
    code, status = "service.not_merged", 409
    message = _("{document} is not merged into another ticket, so that there is nothing to separate.")


class MergedIntoOther(UserError):
    code, status = "service.merged_into_other", 409
    message = _("A ticket that was merged into another stays closed. Separate it first, or work on the other one.")


class OfTwoCustomers(UserError):
    code, status = "service.of_two_customers", 409
    message = _("{document} cannot be merged into {other}: they are of two customers or companies. Say who it is on both first.")


class MergesOnce(UserError):
    code, status = "service.merges_once", 409
    message = _("{document} cannot be merged into {other}, because one of them is merged already. Merge into the one that remains.")


class OfSomebodyElse(UserError):
    code, status = "service.of_somebody_else", 409
    message = _(
        "{document} cannot be about {source}: that is no document of its customer in its company. Choose one of his, or say who it is."
    )


class FileStays(UserError):
    code, status = "service.file_stays", 409
    message = _("{file} came or went with a message and stays on it.")


class UnknownPlaceholder(UserError):
    code, status = "service.unknown_placeholder", 422
    message = _("The text names {unknown}, which is no placeholder. These are: {known}.")


class NoDocumentNamed(UserError):
    code, status = "service.no_document_named", 422
    message = _("It is not said which {what} {document} is about. Choose it.")


class NamedTwice(UserError):
    code, status = "service.named_twice", 422
    message = _("{source} is named for several of these tickets. Take one ticket at a time.")


class NothingToGrant(UserError):
    code, status = "service.nothing_to_grant", 409
    message = _(
        "Nothing of {source} is left for {document}. Choose lines and quantities that were invoiced or delivered and not given back yet."
    )


class MoreThanThere(UserError):
    code, status = "service.more_than_there", 409
    message = _("{asked} of line {line} of {source} is more than the {left} that are left. Enter at most that.")


class BeyondAuthority(UserError):
    code, status = "service.beyond_authority", 409
    message = _(
        "{document} comes to {amount} {currency} without tax; you may still grant {left} on this ticket, and no approval policy says who else is asked. "
        "Grant less, or let somebody with a higher limit do it."
    )


class BeyondLaw(UserError):
    code, status = "service.beyond_law", 409
    message = _(
        "{document} was not granted: it is beyond the limit of authority, or not approved as it stands. Look at it again and repeat."
    )


class ConcessionStands(UserError):
    code, status = "service.concession_stands", 409
    message = _("What was proposed to customers never changes. Withdraw it and propose it anew.")


class NoCustomer(UserError):
    code, status = "service.no_customer", 409
    message = _("Nobody has said who the customer of {document} is. Say who it is first.")


class NotATime(UserError):
    code, status = "service.not_a_time", 422
    message = _("“{text}” is no time of day. Write it as 14:30.")


@says("merged_ticket_is_closed")
def _merged(_diagnosis: Any) -> UserError:
    return MergedIntoOther()


@says("tickets_of_one_customer")
def _two_customers(diagnosis: Any) -> UserError:
    return OfTwoCustomers(document=diagnosis.message_detail or "", other=diagnosis.message_hint or "")


@says("tickets_merge_once")
def _twice_merged(diagnosis: Any) -> UserError:
    return MergesOnce(document=diagnosis.message_detail or "", other=diagnosis.message_hint or "")


@says("ticket_source_is_the_customers")
def _somebody_else(diagnosis: Any) -> UserError:
    return OfSomebodyElse(document=diagnosis.message_detail or "", source=diagnosis.message_hint or "")


@says("concession_is_the_customers")
def _foreign(diagnosis: Any) -> UserError:
    return OfSomebodyElse(document=diagnosis.message_detail or "", source=_("this document"))


@says("message_keeps_its_files")
def _file(diagnosis: Any) -> UserError:
    return FileStays(file=diagnosis.message_detail or "")


@says("concession_within_authority")
def _beyond(diagnosis: Any) -> UserError:
    return BeyondLaw(document=diagnosis.message_detail or "")


@says("concession_never_changes")
@says("concession_is_whole")
def _stands(_diagnosis: Any) -> UserError:
    return ConcessionStands()
