"""What customers say to the desk by chat, by WhatsApp and on Instagram: one chat that was solved, one that waits, and threads that go on."""

from django.utils import timezone

from fondaco.connectors.demo.founding import ACTOR
from fondaco.connectors.demo.life import Life
from fondaco.frontoffice.messaging.actions import enter_secret, enter_token
from fondaco.frontoffice.messaging.answering import became
from fondaco.frontoffice.messaging.chatting import begin, listen, say
from fondaco.frontoffice.messaging.models import ChatLine, Conversation, MessageChannel, Passing
from fondaco.frontoffice.messaging.providers.base import Inbound, Status
from fondaco.frontoffice.messaging.receiving import take
from fondaco.frontoffice.messaging.resources import ChatLineResource, MessageChannelResource
from fondaco.frontoffice.quality.actions import solve_with_reason
from fondaco.frontoffice.service.actions import reply
from fondaco.frontoffice.service.models import Ticket
from fondaco.frontoffice.service.ways import key_of
from fondaco.frontoffice.sla.models import BusinessCalendar
from fondaco.platform.access.links import new_secret
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.documents.performing import perform
from fondaco.platform.events.models import OutboxMessage
from fondaco.platform.resources.writing import create, edit

ANSWERS, WHATSAPP = "davide.conti", "whatsapp:+390405551234"


def talk(life: Life) -> None:
    """Open a chat line and a WhatsApp number, and let three customers use them."""
    company = life.house.company.pk
    given = {"company": company, "name": "Assistenza macchine", "greeting": "Buongiorno! Scriva pure: rispondono Davide e Nina."}
    (key,) = create(ACTOR, ChatLineResource, [given]).ids
    line = ChatLine.objects.select_related("company").get(pk=key)
    known = [c for c in life.draw_customers(12) if c["email"]]
    if len(known) < 2:
        return
    _solved(life, line, known[0])
    _waiting(life, line, known[1])
    _thread(life, company)
    _picture(life, company)
    # Last: the demo may be built at night, and is talked in all the same.
    edit(ACTOR, ChatLineResource, {key: {"calendar": BusinessCalendar.objects.get(company=company, state="active").pk}})


def _begun(life: Life, line: ChatLine, customer: dict[str, str], text: str) -> tuple[str, Ticket]:
    name = life.contact.get(customer["code"]) or customer["name"]
    secret = begin(line, name=name, email=customer["email"], text=text, address="", language="it")
    return secret, Ticket.objects.latest("pk")


def _solved(life: Life, line: ChatLine, customer: dict[str, str]) -> None:
    secret, ticket = _begun(life, line, customer, "Buongiorno, la macchina segnala «calcare». Posso usare un decalcificante qualsiasi?")
    perform(
        life.house.people[ANSWERS],
        reply,
        [ticket.pk],
        {"body": "Buongiorno! Meglio di no: usi quello a base di acido citrico, una bustina per litro."},
    )
    listen(secret)
    say(secret, "Perfetto, ne ho ancora due bustine. Grazie mille!")
    perform(life.house.people[ANSWERS], solve_with_reason, [ticket.pk], {"reason": "advice", "resolution": "Spiegata la decalcificazione"})


def _waiting(life: Life, line: ChatLine, customer: dict[str, str]) -> None:
    secret, _ticket = _begun(life, line, customer, "Salve, domani abbiamo un evento e il macinino fa un rumore strano. C'è qualcuno?")
    say(secret, "Il codice è quello sull'ultima fattura, se serve.")


def _picture(life: Life, company: int) -> None:
    """Somebody nobody knows yet asks on Instagram what he saw there."""
    given = {"company": company, "name": "Instagram", "provider": "instagram", "our_number": "17841405309211844"}
    (key,) = create(ACTOR, MessageChannelResource, [given]).ids
    perform(ACTOR, enter_secret, [key], {"password": new_secret()})
    perform(ACTOR, enter_token, [key], {"password": new_secret()})
    with unit_of_work(ACTOR.username, "messaging.bring"):
        take(
            MessageChannel.objects.get(pk=key),
            Inbound("igdemo1", "6021338812204417", "Bellissima la due gruppi rossa! Si trova anche usata?", "giulia.espresso"),
        )


def _thread(life: Life, company: int) -> None:
    """A thread by WhatsApp: a question, our answer that was read, and what the customer wrote back."""
    given = {"company": company, "name": "WhatsApp assistenza", "provider": "twilio", "our_number": WHATSAPP, "account": "ACdemo0000"}
    (key,) = create(ACTOR, MessageChannelResource, [given]).ids
    perform(ACTOR, enter_secret, [key], {"password": new_secret()})
    channel = MessageChannel.objects.get(pk=key)
    contact = "whatsapp:+393485550142"
    with unit_of_work(ACTOR.username, "messaging.bring"):
        take(channel, Inbound("SMdemo1", contact, "Ciao, a che punto è la riparazione della nostra due gruppi?", "Marta, Caffè del Molo"))
    ticket = Conversation.objects.get(channel=channel).ticket_id
    perform(
        life.house.people[ANSWERS],
        reply,
        [ticket],
        {"body": "Buongiorno Marta, il ricambio arriva giovedì; venerdì mattina il tecnico passa da voi."},
    )
    passing = Passing.objects.get(conversation__ticket=ticket, state=Passing.QUEUED)
    with unit_of_work(ACTOR.username, "messaging.bring"):
        for state in (Passing.SENT, Passing.READ):
            became(key, Status("SMdemo2", state, ours=passing.pk))
        _kept(passing)
        take(channel, Inbound("SMdemo3", contact, "Ottimo! Dopo le 9 va benissimo. 👍", "Marta, Caffè del Molo"))


def _kept(passing: Passing) -> None:
    """The demo's provider is nobody: what was handed to it is marked as sent."""
    OutboxMessage.objects.filter(key=key_of(passing.message)).update(sent_at=timezone.now(), attempts=1)
