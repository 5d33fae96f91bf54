"""What the parties refuse, and how it is said."""

from django.utils.translation import gettext_lazy as _

from fondaco.platform.database.refusals import UserError, says


class MergedAlready(UserError):
    code, status = "parties.merged_already", 409
    message = _("{party} is already merged into another party. Undo that merge first.")


class MergeIntoItself(UserError):
    code, status = "parties.merge_into_itself", 422
    message = _("{party} cannot be merged into itself. Choose the party that is to remain.")


class NothingToUndo(UserError):
    code, status = "parties.nothing_to_undo", 409
    message = _("{party} is not merged into another party; there is nothing to undo.")


class OwnChange(UserError):
    code, status = "parties.own_change", 403
    message = _(
        "{account} was not confirmed: you wrote or changed it yourself. Ask a colleague to confirm it with the party, by a channel that the change did not come by."
    )


class ClosedAccount(UserError):
    code, status = "parties.bank_account_closed", 409
    message = _("Nothing was saved: a closed bank account stays closed. Write the account anew; it is then confirmed anew.")


class AccountAlready(UserError):
    code, status = "parties.bank_account_already", 409
    message = _("Nothing was saved: the party already has this bank account. Open that one.")


@says("party_account_second_person")
def _own_change(diagnosis) -> UserError:
    return OwnChange(account=diagnosis.message_detail or "")


@says("party_account_stays_closed")
def _closed(diagnosis) -> UserError:
    return ClosedAccount()


@says("party_account_once")
def _already(diagnosis) -> UserError:
    return AccountAlready()


class GroupAlready(UserError):
    code, status = "parties.group_already", 409
    message = _(
        "The group was not saved: a customer belongs to one group at most, and {customer} belongs to {group} already. Take the customer out of that group first."
    )


@says("customer_in_one_group")
def _group_already(diagnosis) -> UserError:
    customer, _bar, group = (diagnosis.message_detail or "").partition("|")
    return GroupAlready(customer=customer, group=group)
