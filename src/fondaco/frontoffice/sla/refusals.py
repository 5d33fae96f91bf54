"""What service promises refuse, and how it is said."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from fondaco.platform.database.refusals import UserError, says


class NoPromises(UserError):
    code, status = "sla.no_promises", 409
    message = _("{document} promises nothing. Write at least one line with a time first.")


class NoHours(UserError):
    code, status = "sla.no_hours", 409
    message = _("{document} is never open. Enter hours for at least one weekday first.")


class UnknownZone(UserError):
    code, status = "sla.unknown_zone", 422
    message = _("There is no time zone “{zone}”. Write it as in Europe/Rome.")


class UnknownHolidays(UserError):
    code, status = "sla.unknown_holidays", 422
    message = _("The public holidays of {country} {region} are not known. Leave country or region empty and enter the closed days.")


class HoursOverlap(UserError):
    code, status = "sla.hours_overlap", 422
    message = _("Hours of {document} overlap on {weekday}: {first} and {second}. Change one of them.")


class CalendarNotInForce(UserError):
    code, status = "sla.calendar_not_in_force", 409
    message = _("{document} counts by calendar {calendar}, which is not in force. Put the calendar in force first.")


class TooLong(UserError):
    code, status = "sla.too_long", 409
    message = _("{document} promises {minutes} minutes by calendar {calendar}, which is not open so long in a year. Promise less, or name another calendar.")  # fmt: skip


class OfAnotherCompany(UserError):
    code, status = "sla.of_another_company", 422
    message = _("{what} belongs to another company than {document}. Choose one of the same company.")


class PromiseInForce(UserError):
    code, status = "sla.promise_in_force", 409
    message = _("{document} was put in force and never changes, so that what was due stays so. Write a new one and put that in force.")


@says("promise_in_force_never_changes")
def _promise(diagnosis: Any) -> UserError:
    return PromiseInForce(document=diagnosis.message_detail or "")


@says("calendar_in_force_never_changes")
def _calendar(diagnosis: Any) -> UserError:
    return PromiseInForce(document=diagnosis.message_detail or "")


class NothingPromised(UserError):
    code, status = "sla.nothing_promised", 422
    message = _("A line of the promises names no time. Enter minutes for the first answer, the next answer or the solution.")


@says("promise_line_promises")
def _line(diagnosis: Any) -> UserError:
    return NothingPromised()


class StepNotWhole(UserError):
    code, status = "sla.step_not_whole", 422
    message = _(
        "An escalation step does not say what it needs: a priority to raise to, a queue to send to, or the manager to tell. Enter it."
    )


@says("escalation_step_is_whole")
def _step(diagnosis: Any) -> UserError:
    return StepNotWhole()


class CalendarIdle(UserError):
    code, status = "sla.calendar_idle", 409
    message = _("The calendar “{calendar}” is not in force, or of another company. Put it in force first, or choose another.")


@says("calendar_is_in_force")
def _idle(diagnosis: Any) -> UserError:
    return CalendarIdle(calendar=diagnosis.message_detail or "")
