"""Sentences of forms."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from fondaco.platform.database.refusals import UserError, says


class NoSuchForm(UserError):
    code, status = "forms.no_such_form", 404
    message = _("There is no form at this address, or it was closed. Go back to the site you came from, or write to us.")


class NotFilledIn(UserError):
    code, status = "forms.not_filled_in", 422
    message = _("The form was not sent yet: {problems}. Correct it and send it again.")


class TooOften(UserError):
    code, status = "forms.too_often", 429
    message = _(
        "So much came from your network within an hour that nothing more is taken at the moment. Try again in an hour, or write us a mail."
    )


class TooLarge(UserError):
    code, status = "forms.too_large", 413
    message = _("Nothing was sent: it has more than {limit} bytes. Shorten it, or write us a mail.")


class AsksTooLittle(UserError):
    code, status = "forms.asks_too_little", 422
    message = _("“{form}” was not kept: it must ask for the e-mail address, and for a message where it opens tickets. Add the field.")


class ConsentOfOther(UserError):
    code, status = "forms.consent_of_other", 422
    message = _("“{form}” was not kept: it asks for consent to a purpose of another company. Choose a purpose of its own company.")


class NotTakenIn(UserError):
    code, status = "forms.not_taken_in", 409
    message = _("What {contact} sent was not taken in: {problem}. Open a lead or a ticket by hand where one is needed.")


@says("submission_after_all")
def _after_all(diagnosis: Any) -> UserError:
    return NotTakenIn(contact=diagnosis.message_detail or "", problem=_("only what was judged to be spam is, with its own words"))


@says("form_asks_for_an_address")
@says("form_asks_for_a_message")
def _little(diagnosis: Any) -> UserError:
    return AsksTooLittle(form=diagnosis.message_detail or "")


@says("form_asks_for_its_company")
def _other(diagnosis: Any) -> UserError:
    return ConsentOfOther(form=diagnosis.message_detail or "")
