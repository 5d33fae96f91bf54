"""What routing refuses, and how it is said."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from fondaco.platform.database.refusals import UserError, says


class NoRules(UserError):
    code, status = "routing.no_rules", 409
    message = _("Policy {document} has no rules, so it would send nothing anywhere. Write a rule first.")


class NotYours(UserError):
    code, status = "routing.not_yours", 409
    message = _("{document} was not given to you. Only its assignee accepts or declines a ticket; assign it to yourself first.")


class PolicyInForce(UserError):
    code, status = "routing.policy_in_force", 409
    message = _(
        "Policy {document} was put in force and never changes, so that its decisions can be repeated. Write a new one and put that in force."
    )


@says("policy_in_force_never_changes")
def _in_force(diagnosis: Any) -> UserError:
    return PolicyInForce(document=diagnosis.message_detail or "")
