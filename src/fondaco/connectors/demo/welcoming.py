"""Forms, consent and the knowledge base of the demo company: who agreed to what, what came by the web, and the articles that answer."""

from datetime import datetime, time, timedelta
from typing import Any

from django.utils import timezone

from fondaco.connectors.demo.founding import ACTOR, table
from fondaco.connectors.demo.life import Life
from fondaco.frontoffice.forms.models import Form, FormVisits
from fondaco.frontoffice.forms.resources import FormResource
from fondaco.frontoffice.forms.stamping import Stamp
from fondaco.frontoffice.forms.taking import Sender, name_of, take
from fondaco.frontoffice.knowledge.actions import put_in_force, use_article
from fondaco.frontoffice.knowledge.finding import find
from fondaco.frontoffice.knowledge.models import ArticleCount, ArticleVersion
from fondaco.frontoffice.knowledge.resources import ArticleResource, ArticleVersionResource, TopicResource
from fondaco.frontoffice.service.models import Ticket
from fondaco.masterdata.consent.actions import load_purposes
from fondaco.masterdata.consent.models import EMAIL, GIVEN, WITHDRAWN, Purpose
from fondaco.masterdata.consent.recording import Proof, Word, decided
from fondaco.masterdata.parties.models import Party
from fondaco.platform.database.bulk import insert_rows
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.documents.performing import perform
from fondaco.platform.resources.writing import create

#: How people came to the forms: source, campaign, visits a day in thirty days.
WAYS = (("google", "", 9), ("newsletter", "autunno", 4), ("host-milano", "autunno", 3), ("", "", 5))
#: Who asked by the web: name, house, domain, what, and by which way.
ASKED = (
    ("Elena Conti", "Caffè del Corso", "caffedelcorso.example", "Due macchine a due gruppi per la nuova sede, con macinini.", 0, True),
    ("Paolo Riva", "Hotel Bellavista", "bellavista.example", "Noleggio di tre superautomatiche per le colazioni.", 2, True),
    ("Giulia Sartori", "Pasticceria Sartori", "sartori.example", "Vorrei vedere il catalogo aggiornato.", 1, False),
)
QUESTIONS = (
    ("Marta Gallo", "La lancia vapore non scalda", "Da ieri la lancia vapore esce tiepida. Che cosa posso fare?"),
    ("Fabio Neri", "Codice del filtro", "Qual è il codice del filtro per la macchina a un gruppo?"),
)
TOPICS = (("Care", "Manutenzione"), ("Orders", "Ordini e consegne"))
#: Topic, for whom, and in Italian and English: title and text.
ARTICLES: tuple[tuple[int, str, tuple[str, str], tuple[str, str] | None], ...] = (
    (0, "public", ("Decalcificare la macchina", "Il calcare è la causa più frequente dei guasti.\n\n- Svuoti la caldaia e la lasci raffreddare\n- La riempia con acqua e **acido citrico** (30 g per litro)\n- Attenda 20 minuti e risciacqui tre volte\n\nRipeta ogni tre mesi, ogni mese con acqua dura."),
     ("Descale the machine", "Scale is the most frequent cause of failures.\n\n- Empty the boiler and let it cool\n- Fill it with water and **citric acid** (30 g a litre)\n- Wait 20 minutes and rinse three times\n\nRepeat every three months, every month where the water is hard.")),
    (0, "public", ("La lancia vapore non scalda", "Di solito l'ugello è ostruito dal latte.\n\n- Sviti l'ugello e lo lasci in acqua calda per dieci minuti\n- Pulisca i fori con l'ago in dotazione\n- Se il vapore resta debole, decalcifichi la caldaia"),
     ("The steam wand does not heat", "Usually milk blocks the nozzle.\n\n- Unscrew it and leave it in hot water for ten minutes\n- Clean the holes with the needle supplied\n- If steam stays weak, descale the boiler")),
    (1, "public", ("Quando arriva il mio ordine", "Le merci a magazzino partono **entro due giorni lavorativi**. Il numero di spedizione è nella e-mail che riceve quando il pacco parte."),
     ("When will my order arrive", "What is in stock leaves **within two working days**. The tracking number is in the mail that you get when the parcel leaves.")),
    (1, "customers", ("Rendere la merce", "Chieda il numero di reso nel portale entro 14 giorni. La merce deve essere nella confezione originale."), None),
    (0, "internal", ("Errore E07: pressostato", "Sostituire il pressostato solo dopo aver misurato la tensione. In garanzia: aprire un'uscita, non inviare il pezzo al cliente."), None),
)  # fmt: skip
SEARCHES = ("macinino rumoroso", "macinino rumoroso", "decalcificare", "fattura elettronica", "lancia vapore", "macinino rumoroso")


def welcome(life: Life) -> None:
    """What people outside see of the company, and what came of it."""
    company = life.house.company
    perform(ACTOR, load_purposes, [company.pk])
    purposes = {p.code: p for p in Purpose.objects.filter(company=company)}
    _consents(life, purposes)
    contact, questions = _forms(life, purposes)
    _came(contact, questions)
    _articles(life)


def _consents(life: Life, purposes: dict[str, Purpose]) -> None:
    keys = [life.house.parties[c["code"]] for c in table("customers")][:24]
    at = timezone.make_aware(datetime.combine(life.last - timedelta(days=40), time(10)))
    card = Proof("Fiera Host, Milano", "it", "Cartolina firmata, raccoglitore 2")
    words = []
    for place, party in enumerate(Party.objects.filter(pk__in=keys).exclude(email="").order_by("pk")):
        address = party.email.lower()
        words.append(Word(purposes["newsletter"], EMAIL, GIVEN, party.pk, address, card, at + timedelta(hours=place)))
        if place % 3 == 0:
            words.append(Word(purposes["marketing"], EMAIL, GIVEN, party.pk, address, card, at + timedelta(hours=place)))
        if place % 8 == 5:
            left = Proof("link di disiscrizione", "it", remote_address="203.0.113.20")
            words.append(Word(purposes["newsletter"], EMAIL, WITHDRAWN, party.pk, address, left, at + timedelta(days=20, hours=place)))
    with unit_of_work(ACTOR.username, "demo.consents"):
        decided(words)


def _forms(life: Life, purposes: dict[str, Purpose]) -> tuple[Form, Form]:
    company = life.house.company.pk
    boxes = [{"kind": "consent", "purpose": purposes[code].pk, "channel": "email"} for code in ("newsletter", "marketing")]
    asked: list[dict[str, Any]] = [{"kind": "name", "is_required": True}, {"kind": "organisation"}, {"kind": "email"}, {"kind": "phone"}]
    made = create(ACTOR, FormResource, [
        {
            "company": company, "name": "Richiesta di offerta", "target": "lead", "campaign": "", "title": "Ask for an offer", "title_it": "Chieda un'offerta", "least_seconds": 0,
            "thanks": "Thank you. We call you within a working day.", "thanks_it": "Grazie. La chiamiamo entro un giorno lavorativo.",
            "fields": [
                *asked,
                {"kind": "choice", "label": "What is it for?", "label_it": "Per che cosa?", "options": "Bar | Hotel | Ufficio | Casa"},
                {"kind": "message"}, *boxes,
            ],
            "blocks": [
                {"kind": "text", "text": "Espresso machines, grinders and **service** for bars, hotels and offices.", "text_it": "Macchine per espresso, macinini e **assistenza** per bar, hotel e uffici."},
                {"kind": "point", "text": "Delivered and installed by our technicians", "text_it": "Consegna e installazione con i nostri tecnici"},
                {"kind": "point", "text": "Bought or hired, with care included", "text_it": "Acquisto o noleggio, con manutenzione inclusa"},
                {"kind": "form"},
            ],
        },
        {
            "company": company, "name": "Domande e assistenza", "target": "ticket", "queue": "web", "title": "Ask our service", "title_it": "Scriva all'assistenza", "least_seconds": 0,
            "fields": [*asked, {"kind": "subject", "is_required": True}, {"kind": "message", "is_required": True}],
        },
    ]).ids  # fmt: skip
    contact, questions = Form.objects.filter(pk__in=made).order_by("pk")
    with unit_of_work(ACTOR.username, "demo.forms"):
        insert_rows(
            FormVisits,
            [
                FormVisits(form=contact, on=life.last - timedelta(days=day), source=source, campaign=campaign, visits=1 + (visits * (7 + day)) % (visits + 4))
                for day in range(30)
                for source, campaign, visits in WAYS
            ]
            + [FormVisits(form=questions, on=life.last - timedelta(days=day), visits=2 + day % 3) for day in range(30)],
        )  # fmt: skip
    return contact, questions


def _came(contact: Form, questions: Form) -> None:
    texts = {
        str(f.purpose_id): f.purpose.texts.get().pk for f in contact.fields.filter(kind="consent").select_related("purpose") if f.purpose
    }
    boxes = {name_of(f): "yes" for f in contact.fields.filter(kind="consent")}
    sender = Sender("203.0.113.40", "Mozilla/5.0")
    for name, house, domain, message, way, agrees in ASKED:
        source, campaign, _visits = WAYS[way]
        sent = {"name": name, "organisation": house, "email": f"info@{domain}", "message": message} | (boxes if agrees else {})
        take(contact, Stamp(contact.pk, "it", source=source, campaign=campaign, texts=texts), sent, sender)
    for name, subject, message in QUESTIONS:
        sent = {"name": name, "email": f"{name.split()[0].lower()}@posta.example", "subject": subject, "message": message}
        take(questions, Stamp(questions.pk, "it"), sent, sender)


def _articles(life: Life) -> None:
    company = life.house.company
    topics = create(
        ACTOR, TopicResource, [{"company": company.pk, "name": name, "name_it": name_it, "position": n} for n, (name, name_it) in enumerate(TOPICS)]
    ).ids  # fmt: skip
    articles = create(
        ACTOR, ArticleResource, [{"company": company.pk, "name": it[0], "topic": topics[topic], "audience": audience} for topic, audience, it, _en in ARTICLES]
    ).ids  # fmt: skip
    versions = [
        {"article": article, "language": language, "title": text[0], "body": text[1]}
        for article, (_topic, _audience, it, en) in zip(articles, ARTICLES, strict=True)
        for language, text in (("it", it), ("en", en))
        if text is not None
    ]
    keys = create(ACTOR, ArticleVersionResource, versions).ids
    perform(ACTOR, put_in_force, keys)
    tickets = list(Ticket.objects.filter(company=company, state__in=["new", "open"]).order_by("-pk").values_list("pk", flat=True)[:3])
    if tickets:
        perform(ACTOR, use_article, tickets, {"article": keys[2]})
    with unit_of_work(ACTOR.username, "demo.articles"):
        for words in SEARCHES:
            find(company, words, audience="public", language="it")
        insert_rows(
            ArticleCount,
            [
                ArticleCount(article_version=v, on=life.last - timedelta(days=1 + day), audience="public", kind=kind, count=count)
                for place, v in enumerate(ArticleVersion.objects.filter(pk__in=keys[:6], language="it").order_by("pk"))
                for day in range(5)
                for kind, count in (("shown", 9 - place), ("opened", 6 - place), ("helped", 3 - place), ("not_helped", place))
                if count > 0
            ],
        )
