"""Twilio's voice webhook, and that of whoever speaks its language: signed forms come in, TwiML goes out (SV-01, SV-11).

A caller hears the greeting, is asked whether the call may be recorded, and waits until an agent answers; out of hours, or when it takes too long, he
may leave a message or be called back. Each step tells what it knows of the call as events, which the door hands on.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element, SubElement, tostring

from django.utils import timezone, translation
from django.utils.translation import gettext as _

from fondaco.frontoffice.sla.hours import is_open
from fondaco.frontoffice.telephony.models import Call, Extension, PhoneLine
from fondaco.frontoffice.telephony.taking import Event

#: A form of Twilio's is far smaller.
LARGEST = 64 * 1024
VOICES = {"it": "it-IT", "en": "en-GB"}
#: Seconds of music between two looks whether somebody is free.
PAUSE = 10
#: So often it is looked, a second after the other, whether a call that rings was taken.
MOST_TRIES = 10
MOST_MESSAGE_SECONDS = 180


@dataclass(frozen=True)
class Asked:
    """One request of Twilio's about a call: the line, the form's first values, and the address under which the other steps are."""

    line: PhoneLine
    form: Mapping[str, str]
    base: str
    events: list[Event]

    @property
    def call(self) -> str:
        return self.form.get("CallSid", "")[:100]

    def told(self, kind: str, *, key: str = "", agent: str = "", address: str = "", **data: Any) -> None:
        """Tell an event of this call; the same request twice is one."""
        event = Event(
            f"{self.call}:{key or kind}", self.call, kind, timezone.now(), caller=self.form.get("From", ""), called=self.form.get("To", ""), agent=agent, data=data,
            address=address,
        )  # fmt: skip
        self.events.append(event)

    def known(self) -> Call | None:
        return Call.objects.filter(line=self.line, external_id=self.call).select_related("ticket").first()


def answer(line: PhoneLine, step: str, form: Mapping[str, str], base: str) -> tuple[bytes, list[Event]] | None:
    """The TwiML that answers a step, and what it tells of the call; None where there is no such step."""
    work = STEPS.get(step)
    if work is None or not form.get("CallSid"):
        return None
    root = Element("Response")
    asked = Asked(line, form, base, [])
    with translation.override(line.language):
        work(asked, root)
    return b'<?xml version="1.0" encoding="UTF-8"?>' + tostring(root), asked.events


def _say(asked: Asked, parent: Element, text: str) -> None:
    SubElement(parent, "Say", language=VOICES[asked.line.language]).text = text


def _next(asked: Asked, root: Element, step: str) -> None:
    SubElement(root, "Redirect", method="POST").text = f"{asked.base}/{step}"


def _voice(asked: Asked, root: Element) -> None:
    """A call comes in."""
    asked.told("ringing")
    line = asked.line
    if not is_open(line.calendar_id, timezone.now()):
        _say(asked, root, _("Thank you for calling. We are closed at the moment, and will call you back."))
        _message(asked, root)
        return
    _say(asked, root, line.greeting or _("Thank you for calling. Please hold the line."))
    if line.records:
        gather = SubElement(root, "Gather", numDigits="1", timeout="6", method="POST", action=f"{asked.base}/consent")
        _say(
            asked,
            gather,
            _("To help us improve, we would like to record this call. If you agree, press 1; otherwise, please hold the line."),
        )
    _next(asked, root, "connect")


def _consent(asked: Asked, root: Element) -> None:
    asked.told("consent", given=asked.form.get("Digits") == "1")
    _next(asked, root, "connect")


def _connect(asked: Asked, root: Element) -> None:
    """Ring at the agent to whom routing gave the ticket; where there is nobody, wait, and after a time offer to call back."""
    call = asked.known()
    tries = asked.form.get("tries", "0")[:2]
    if call is None and tries.isascii() and tries.isdigit() and int(tries) < MOST_TRIES:
        # That it rings is written down, and taken in a moment with what else was told.
        SubElement(root, "Pause", length="1")
        _next(asked, root, f"connect?tries={int(tries) + 1}")
        return
    if call is None or call.state not in Call.LIVE:
        SubElement(root, "Hangup")
        return
    agent = call.ticket.assignee_id if call.ticket else None
    extension = (
        Extension.objects.filter(company=asked.line.company_id, user=agent).values_list("extension", flat=True).first() if agent else None
    )
    if extension:
        dial = SubElement(
            root,
            "Dial",
            timeout=f"{asked.line.ring_seconds}",
            method="POST",
            action=f"{asked.base}/dialled?agent={extension.replace('+', '%2B')}",
        )
        if call.consent == "given":
            dial.set("record", "record-from-answer-dual")
            dial.set("recordingStatusCallback", f"{asked.base}/recorded")
        callback = {
            "statusCallback": f"{asked.base}/answered?parent={asked.call}",
            "statusCallbackEvent": "answered",
            "statusCallbackMethod": "POST",
        }
        kind = "Sip" if extension.startswith("sip:") else "Number" if extension.startswith("+") else "Client"
        SubElement(dial, kind, callback).text = extension
    elif timezone.now() - call.started_at >= _longest(asked.line):
        _offer(asked, root)
    else:
        SubElement(root, "Pause", length=f"{PAUSE}")
        _next(asked, root, "connect")


def _longest(line: PhoneLine) -> timedelta:
    return timedelta(seconds=line.longest_wait_seconds)


def _offer(asked: Asked, root: Element) -> None:
    gather = SubElement(root, "Gather", numDigits="1", timeout="6", method="POST", action=f"{asked.base}/choice")
    _say(
        asked,
        gather,
        _("All our colleagues are speaking. Press 1 and we call you back; press 2 to leave a message; or please hold the line."),
    )
    SubElement(root, "Pause", length=f"{PAUSE}")
    _next(asked, root, "connect")


def _choice(asked: Asked, root: Element) -> None:
    digit = asked.form.get("Digits")
    if digit == "1":
        asked.told("ended", reason="callback")
        _say(asked, root, _("We will call you back. Goodbye."))
        SubElement(root, "Hangup")
    elif digit == "2":
        _message(asked, root)
    else:
        _next(asked, root, "connect")


def _message(asked: Asked, root: Element) -> None:
    if asked.line.takes_voicemail:
        _say(asked, root, _("Please leave a message after the tone."))
        SubElement(
            root, "Record", method="POST", action=f"{asked.base}/voicemail", maxLength=f"{MOST_MESSAGE_SECONDS}", playBeep="true", transcribe="true",
            transcribeCallback=f"{asked.base}/transcript",
        )  # fmt: skip
    asked_to_end = SubElement(root, "Redirect", method="POST")
    asked_to_end.text = f"{asked.base}/closed"


def _closed(asked: Asked, root: Element) -> None:
    asked.told("ended", reason="closed")
    SubElement(root, "Hangup")


def _voicemail(asked: Asked, root: Element) -> None:
    asked.told("voicemail", address=_recording(asked), seconds=_seconds(asked))
    asked.told("ended", reason="closed")
    _say(asked, root, _("Thank you. Goodbye."))
    SubElement(root, "Hangup")


def _transcript(asked: Asked, root: Element) -> None:
    text = asked.form.get("TranscriptionText", "").replace("\x00", "")[:20_000]
    if text.strip():
        asked.told("transcript", transcript=text)


def _recorded(asked: Asked, root: Element) -> None:
    asked.told("recording", key=f"recording:{asked.form.get('RecordingSid', '')[:60]}", address=_recording(asked), seconds=_seconds(asked))


def _answered(asked: Asked, root: Element) -> None:
    """The leg of an agent was taken up; the call is its parent."""
    of_caller = Asked(
        asked.line,
        {**asked.form, "CallSid": asked.form.get("parent", "") or asked.form.get("ParentCallSid", ""), "From": "", "To": ""},
        asked.base,
        asked.events,
    )
    if of_caller.known() is not None:
        of_caller.told("answered", key=f"answered:{asked.call}", agent=asked.form.get("To", "").removeprefix("client:")[:100])


def _dialled(asked: Asked, root: Element) -> None:
    """The leg of an agent is over: it was spoken, or nobody took it and another one is rung at."""
    agent = asked.form.get("agent", "")[:100]
    if asked.form.get("DialCallStatus") in {"completed", "answered"}:
        call = asked.known()
        if call is not None and call.answered_at is None:
            asked.told("answered", key=f"answered:{asked.form.get('DialCallSid', '')[:60]}", agent=agent)
        asked.told("ended", reason="agent")
        SubElement(root, "Hangup")
    else:
        asked.told("unanswered", key=f"unanswered:{asked.form.get('DialCallSid', '')[:60]}", agent=agent)
        _next(asked, root, "connect")


def _status(asked: Asked, root: Element) -> None:
    """The caller's leg is over."""
    if asked.form.get("CallStatus") in {"completed", "busy", "failed", "no-answer", "canceled"}:
        asked.told("ended", reason="caller")


def _recording(asked: Asked) -> str:
    """Where Twilio keeps the audio, if it is Twilio's address; nobody else's is ever fetched."""
    address = asked.form.get("RecordingUrl", "")[:500]
    parts = urlsplit(address)
    ours = f"/2010-04-01/Accounts/{asked.line.account}/Recordings/"
    return (
        address
        if parts.scheme == "https" and parts.netloc == "api.twilio.com" and asked.line.account and parts.path.startswith(ours)
        else ""
    )


def _seconds(asked: Asked) -> int | None:
    text = asked.form.get("RecordingDuration", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else None


STEPS: dict[str, Callable[[Asked, Element], None]] = {
    "voice": _voice, "consent": _consent, "connect": _connect, "choice": _choice, "closed": _closed, "voicemail": _voicemail, "transcript": _transcript,
    "recorded": _recorded, "answered": _answered, "dialled": _dialled, "status": _status,
}  # fmt: skip
__all__ = ["LARGEST", "STEPS", "answer"]
