"""What approvals refuse, and how it is said."""

from django.utils.translation import gettext_lazy as _

from fondaco.platform.database.refusals import UserError, says


class ApprovalMissing(UserError):
    code, status = "approvals.missing", 409
    message = _("{document} needs approval first: {why}. Ask for it, or wait for the answer.")


class NothingToApprove(UserError):
    code, status = "approvals.nothing_to_approve", 409
    message = _("{document} needs no approval: no policy fits it. Go on with it.")


class AskedAlready(UserError):
    code, status = "approvals.asked_already", 409
    message = _("{document} is with its approvers already, or approved as it stands. Wait for the answer, or edit it to ask anew.")


class NotYours(UserError):
    code, status = "approvals.not_yours", 403
    message = _(
        "You may not decide on {document}: it is asked of {role}, and of nobody who entered, edited or asked for it, or decided a step before."
    )


class OwnWork(UserError):
    code, status = "approvals.own_work", 403
    message = _("Nothing was approved: {document} was entered, edited or asked for by yourself. Somebody else must decide.")


class ContentChanged(UserError):
    code, status = "approvals.content_changed", 409
    message = _("Nothing was approved: {document} was changed since it was asked for. It must be asked for anew.")


class DecidedAlready(UserError):
    code, status = "approvals.decided_already", 409
    message = _("{document} does not wait for this step any more: somebody has decided, or it was changed. Load the page again.")


class DecidedBefore(UserError):
    code, status = "approvals.decided_before", 409
    message = _("You have decided an earlier step of this document. Each step needs another person.")


class UnknownKind(UserError):
    code, status = "approvals.unknown_kind", 422
    message = _("“{kind}” is no kind of document that asks for approval. Choose one of: {kinds}.")


class ConditionUnknown(UserError):
    code, status = "approvals.condition_unknown", 422
    message = _("Policy “{policy}” asks for “{condition}”, which nobody knows of {kind}. Leave it empty.")


class NoCounter(UserError):
    code, status = "approvals.no_counter", 422
    message = _("{document} was not answered: {kind} have no discounts to cut. Approve it as it stands, or reject it with a reason.")


class NotApproved(UserError):
    code, status = "approvals.not_approved", 409
    message = _(
        "{document} was not carried on: nobody approved it as it stands. Ask for its approval, and change nothing until it is there."
    )


@says("approved_as_it_stands")
def _not_approved(diagnosis) -> UserError:
    return NotApproved(document=diagnosis.message_detail)


@says("nobody_approves_his_own")
def _own(diagnosis) -> UserError:
    return OwnWork(document=diagnosis.message_detail)


@says("approval_binds_to_content")
def _changed(diagnosis) -> UserError:
    return ContentChanged(document=diagnosis.message_detail)


@says("approval_waits_for_step")
def _decided(diagnosis) -> UserError:
    return DecidedAlready(document=diagnosis.message_detail)


@says("one_step_a_person")
def _before(diagnosis) -> UserError:
    return DecidedBefore()
