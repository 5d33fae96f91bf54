"""What the CRM refuses, and how it is said."""

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
