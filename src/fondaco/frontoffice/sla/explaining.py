"""Why a promise holds, and what happened to a clock, in sentences."""

from decimal import Decimal

from django.utils.translation import gettext as _

from fondaco.frontoffice.sla.models import Clock, ClockTrace, PromiseLine
from fondaco.frontoffice.value.explaining import level_name


def why_line(line: PromiseLine) -> str:
    """For whom a promised time is, and so why it comes before others."""
    if line.contract is not None and line.product is not None:
        text = _("promised for {product} of contract {contract}").format(product=line.product, contract=line.contract)
    elif line.contract is not None:
        text = _("promised by contract {contract}").format(contract=line.contract)
    elif line.level is not None:
        text = _("promised to service level {level}").format(level=level_name(line.level))
    else:
        text = _("promised to everybody")
    if line.priority:
        text += ", " + _("priority {priority}").format(priority=line.get_priority_display())
    if line.channel:
        text += ", " + _("channel {channel}").format(channel=line.get_channel_display())
    return text


def duration(seconds: Decimal | int) -> str:
    """Business time as hours and minutes, cut to whole minutes."""
    minutes = int(seconds) // 60
    return f"{minutes // 60} h {minutes % 60:02} min" if minutes >= 60 else f"{minutes} min"


def why_changed(trace: ClockTrace) -> str:
    """Why something happened to a clock, as the reader says it."""
    return {
        "opened": _("the ticket came"), "level": _("the customer's service level changed"), "ticket": _("priority, customer, product or channel changed"),
        "contract": _("the contract changed"), "waiting": _("waits for the customer"), "solved": _("solved"), "answered": _("answered"), "message": _("the customer wrote"),
    }.get(trace.why, trace.why)  # fmt: skip


def state_of(clock: Clock, used: Decimal) -> str:
    """How a clock stands, in a word."""
    if clock.state == Clock.DROPPED:
        return _("no longer promised")
    broken = used > clock.seconds
    if clock.state == Clock.ENDED:
        return _("broken") if broken else _("kept")
    if broken:
        return _("broken")
    return _("waits for the customer") if clock.state == Clock.PAUSED else _("runs")
