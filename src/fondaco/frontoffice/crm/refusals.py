"""What the CRM refuses, and how it is said."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from fondaco.platform.database.refusals import UserError, says


class LeadAlreadyOpen(UserError):
    code, status = "crm.lead_already_open", 409
    message = _("There is already an open lead of this party or with this e-mail address. Open that one and add to it.")


class NobodyNamed(UserError):
    code, status = "crm.nobody_named", 422
    message = _("Enquiry {row} names nobody. Give at least a name, an e-mail address or a VAT number.")


class StageOfOther(UserError):
    code, status = "crm.stage_of_other_pipeline", 422
    message = _("{stage} is not a stage of the company of {document}. Choose a stage of its own pipeline.")


class ReasonForLoss(UserError):
    code, status = "crm.reason_for_loss", 422
    message = _("{document} was not moved to “{stage}”: say why it was lost. Use “Lose” and give the reason.")


class NoSuchCriterion(UserError):
    code, status = "crm.no_such_criterion", 422
    message = _("“{criterion}” is not an exit criterion of stage “{stage}”. Its criteria are: {criteria}.")


class PipelineWithoutStage(UserError):
    code, status = "crm.pipeline_without_stage", 409
    message = _("Pipeline “{pipeline}” has no stage for deals that are {kind}. Add one under Set up > Stages, then repeat.")


class DoneAlready(UserError):
    code, status = "crm.activity_done_already", 409
    message = _("“{activity}” was done on {on}. Plan a new activity instead.")


@says("open_lead_once")
@says("open_lead_email_once")
def _open_already(diagnosis) -> UserError:
    return LeadAlreadyOpen()


class ClosedOutOfTime(UserError):
    code, status = "crm.closed_out_of_time", 409
    message = _(
        "{document} cannot be closed on {on}: it was opened on {opened}, and a day to come is no day on which a deal was closed. Give a day between."
    )


class NotOfTheCustomer(UserError):
    code, status = "crm.not_of_the_customer", 409
    message = _(
        "{person} cannot be named in this deal: there is nothing that connects him with {customer}. Add him to its people first (Relationships)."
    )


class CustomerCompetes(UserError):
    code, status = "crm.customer_competes", 409
    message = _("{party} cannot compete for “{deal}”: it is its customer. Name another party.")


class ReasonOfOtherKind(UserError):
    code, status = "crm.reason_of_other_kind", 409
    message = _("{deal} was not closed: “{why}” does not say why it ended like that. Choose a reason for deals of this kind.")


class ReasonInUse(UserError):
    code, status = "crm.reason_in_use", 409
    message = _("“{why}” must stay for what it is: deals were closed for it. Make it inactive, and add another reason.")


class ReasonInactive(UserError):
    code, status = "crm.reason_inactive", 409
    message = _("{deal} was not closed: “{why}” is no longer used. Choose another reason, or make this one active again.")


class WinnerStays(UserError):
    code, status = "crm.winner_stays", 409
    message = _("The deal was lost to this competitor, who therefore stays in it. Reopen the deal first.")


@says("deal_contact_of_customer")
def _stranger(diagnosis: Any) -> UserError:
    return NotOfTheCustomer(person=diagnosis.message_detail or "", customer=diagnosis.message_hint or "")


@says("deal_competitor_is_another")
def _customer(diagnosis: Any) -> UserError:
    return CustomerCompetes(party=diagnosis.message_detail or "", deal=diagnosis.message_hint or "")


@says("close_reason_fits")
def _other_kind(diagnosis: Any) -> UserError:
    return ReasonOfOtherKind(deal=diagnosis.message_detail or "", why=diagnosis.message_hint or "")


@says("close_reason_keeps_its_deals")
def _in_use(diagnosis: Any) -> UserError:
    return ReasonInUse(why=diagnosis.message_detail or "")


@says("lost_to_a_competitor")
def _winner(_diagnosis: Any) -> UserError:
    return WinnerStays()
