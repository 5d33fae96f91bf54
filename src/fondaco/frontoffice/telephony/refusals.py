"""What telephony refuses, and how it is said."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from fondaco.platform.database.refusals import UserError, says


class WrongSignature(UserError):
    code, status = "telephony.wrong_signature", 401
    message = _("The notice was not taken: its signature or its time is wrong. Check the secret of the line and the clock on both sides.")


class NotUnderstood(UserError):
    code, status = "telephony.not_understood", 422
    message = _("The notice was not taken: {why}. The form of events is described in the documentation of telephony.")


class OtherTime(UserError):
    code, status = "telephony.other_time", 422
    message = _(
        "Event {event} was not taken: it says {at}, which is more than a week ago or still to come. Check the clock of the telephone system."
    )


class TooManyFailures(UserError):
    code, status = "telephony.too_many_failures", 429
    message = _("The notice was not taken: too many with a wrong signature came from this address. Try again in a quarter of an hour.")


class NoSecret(UserError):
    code, status = "telephony.no_secret", 409
    message = _("Line {document} has no secret, so that nobody can tell of its calls. Make one first.")


class NoSuchNumber(UserError):
    code, status = "telephony.no_such_number", 422
    message = _("“{number}” is not a telephone number. Write it with its prefix, such as +39 02 1234567.")


class NoConsent(UserError):
    code, status = "telephony.no_consent", 409
    message = _("The call from {caller} was not recorded: the caller did not agree to it on that call.")


class RecordingStays(UserError):
    code, status = "telephony.recording_stays", 409
    message = _(
        "That a call was recorded stays known, and its audio is deleted no later than was said. Shorten the time on the line for calls to come."
    )


@says("recording_has_consent")
def _without_consent(diagnosis: Any) -> UserError:
    return NoConsent(caller=diagnosis.message_detail or _("a withheld number"))


@says("recording_stays")
def _stays(_diagnosis: Any) -> UserError:
    return RecordingStays()


class NoNumberOfOurs(UserError):
    code, status = "telephony.no_number_of_ours", 422
    message = _("The line was not saved: its number must be in E.164, such as +39021234567, and a Twilio account begins with AC.")


@says("phone_line_number")
@says("phone_line_account")
def _number(_diagnosis: Any) -> UserError:
    return NoNumberOfOurs()


class WrongExtension(UserError):
    code, status = "telephony.wrong_extension", 422
    message = _("The extension was not saved: it may have up to 100 letters, digits and the signs + @ . _ : - and no blanks.")


@says("extension_is_one")
def _extension(_diagnosis: Any) -> UserError:
    return WrongExtension()


class FiguresOfLine(UserError):
    code, status = "telephony.figures_of_line", 422
    message = _(
        "The line was not saved: it rings 5 to 120 seconds at an agent, offers a call-back after 10 to 3600 seconds, keeps audio 1 to 3650 days, "
        "and calls back within 10080 minutes in 1 to 20 tries."
    )


@says("phone_line_figures")
def _figures(_diagnosis: Any) -> UserError:
    return FiguresOfLine()
