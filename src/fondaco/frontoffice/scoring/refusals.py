"""Sentences of scoring."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from fondaco.platform.database.refusals import UserError, says


class NothingCounts(UserError):
    code, status = "scoring.nothing_counts", 422
    message = _("{document} was not put in force: no signal counts in it. Add a line for at least one.")


class ModelInForce(UserError):
    code, status = "scoring.model_never_changes", 409
    message = _("Nothing was changed: a scoring model that is or was in force stays as it is. Draft its next version.")


class DraftThere(UserError):
    code, status = "scoring.draft_there", 409
    message = _("Nothing was drafted: the company has a scoring model in draft already. Change that one, put it in force or delete it.")


class SignalTwice(UserError):
    code, status = "scoring.signal_twice", 422
    message = _("A scoring model counts each signal once. Take one of the two lines out.")


class HalfLifeOfNothing(UserError):
    code, status = "scoring.half_life_of_nothing", 422
    message = _(
        "Only events on the timeline (mails, calls, visits, enquiries, quotes) fade with time, within 1 to 3650 days. Leave the half-life of the other signals empty."
    )


@says("scoring_model_never_changes")
def _in_force(_diagnosis: Any) -> UserError:
    return ModelInForce()


@says("one_scoring_model_drafted")
def _drafted(_diagnosis: Any) -> UserError:
    return DraftThere()


@says("scoring_signal_once")
def _twice(_diagnosis: Any) -> UserError:
    return SignalTwice()


@says("scoring_half_life_of_events")
def _half_life(_diagnosis: Any) -> UserError:
    return HalfLifeOfNothing()
