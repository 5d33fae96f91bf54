"""Sentences of consent."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from fondaco.platform.database.refusals import UserError, says


class NoText(UserError):
    code, status = "consent.no_text", 409
    message = _("Nobody can consent to “{purpose}” yet: it has no text. Publish the text that people agree to first.")


class WrongChannel(UserError):
    code, status = "consent.wrong_channel", 422
    message = _("“{purpose}” is not meant for this channel. Choose one of its channels, or add it to the purpose.")


class NoAddressForChannel(UserError):
    code, status = "consent.no_address", 409
    message = _("Nothing was asked: {party} has no e-mail address. Write it on their page first.")


class NobodyConsented(UserError):
    code, status = "consent.nobody_consented", 409
    message = _("Nothing was sent: none of the {count} chosen may be written to for “{purpose}”, or they have no e-mail address.")


class InTheFuture(UserError):
    code, status = "consent.in_the_future", 422
    message = _("Consent is recorded after it was given, and this day is still to come. Correct the day.")


class ProvesNothing(UserError):
    code, status = "consent.proves_nothing", 409
    message = _("Nothing was recorded, because what was given as proof does not belong to “{purpose}”. Load the page again and repeat.")


class NothingToSend(UserError):
    code, status = "consent.nothing_to_send", 422
    message = _("Nothing was sent: subject or text is empty. Write both.")


class LinkNotValid(UserError):
    code, status = "consent.link_not_valid", 404
    message = _("This link is not complete or no longer valid. Use the link of the latest mail, or write to us.")


@says("consent_shows_a_text")
def _no_text(diagnosis: Any) -> UserError:
    return NoText(purpose=diagnosis.message_detail or "")


@says("consent_channel_of_its_purpose")
def _channel(diagnosis: Any) -> UserError:
    return WrongChannel(purpose=diagnosis.message_detail or "")


@says("consent_not_in_the_future")
def _future(_diagnosis: Any) -> UserError:
    return InTheFuture()


@says("consent_text_of_its_purpose")
@says("consent_answers_its_question")
@says("consent_carries_its_like")
def _nothing(diagnosis: Any) -> UserError:
    return ProvesNothing(purpose=diagnosis.message_detail or "")
