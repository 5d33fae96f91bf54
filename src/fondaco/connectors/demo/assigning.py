"""Territories, rules and a scoring model, and the enquiries of the last days given out by them."""

from datetime import timedelta

from fondaco.connectors.demo.founding import ACTOR
from fondaco.connectors.demo.life import Life
from fondaco.frontoffice.assignment.actions import draft_copy, put_in_force, reassign_leads
from fondaco.frontoffice.assignment.resources import AbsenceResource, AssignmentRuleResource, TerritoryResource
from fondaco.frontoffice.crm.actions import disqualify
from fondaco.frontoffice.crm.capturing import capture
from fondaco.frontoffice.scoring.actions import put_in_force as score_by
from fondaco.frontoffice.scoring.resources import ScoringModelResource
from fondaco.platform.documents.performing import perform
from fondaco.platform.resources.writing import create, edit

MANAGES = "roberta.galli"
#: Territory, its people with their capacity, and what belongs to it.
TERRITORIES = (
    ("Grandi clienti", ((MANAGES, 100),), ({"amount_from": "20000"},)),
    ("Lombardia e Nord-Ovest", (("luca.ferrari", 100), ("sofia.deluca", 50)), ({"country": "IT", "postal_from": "10", "postal_to": "28"},)),
    ("Nord-Est", (("anna.hofer", 100), ("sofia.deluca", 50)), ({"country": "IT", "postal_from": "30", "postal_to": "39"},)),
    ("Area tedesca", (("anna.hofer", 100),), ({"country": "DE"}, {"country": "AT"}, {"country": "CH"})),
    ("Resto d'Italia", (("luca.ferrari", 100), ("sofia.deluca", 100)), ({"country": "IT"},)),
    ("Tutto il resto", (("james.whitmore", 100),), ({},)),
)
#: Enquiries of the last days: who, where, what for, worth.
ENQUIRIES = (
    ("Hotel Edelweiss", "IT", "39042", "Bressanone", "BZ", "Tre macchine per le colazioni", "9800", "web"),
    ("Caffè della Fontana", "IT", "38122", "Trento", "TN", "Macinini per il nuovo banco", "2400", "email"),
    ("Bar Lanterna", "IT", "16124", "Genova", "GE", "Macchina a due gruppi", "5200", "web"),
    ("Pasticceria Rondine", "IT", "20131", "Milano", "MI", "Macchina e corso per baristi", "6100", "phone"),
    ("Rösterei Nordlicht", "DE", "80331", "München", "", "Macinino da banco", "1900", "web"),
    ("Ristorante Il Carrubo", "IT", "70121", "Bari", "BA", "Noleggio di una macchina", "3600", "web"),
    ("Catena Aurora Hotels", "IT", "00187", "Roma", "RM", "Macchine per dodici alberghi", "84000", "referral"),
    ("Bistrot Quai", "FR", "69001", "Lyon", "", "Macchina a un gruppo", "2900", "web"),
)
#: Enquiries of the months before that came to nothing: who, where, what for, and why.
GIVEN_UP = (
    ("Circolo Amici del Lago", "22100", "Como", "CO", "Macchina usata", "Cerca solo usato"),
    ("Mensa Via Verdi", "10121", "Torino", "TO", "Preventivo per la mensa", "Bilancio rimandato"),
    ("Chiosco Sole", "30121", "Venezia", "VE", "Macchina stagionale", "Solo per tre mesi"),
    ("Ufficio Studi Rossi", "40121", "Bologna", "BO", "Caffè in ufficio", "Non risponde"),
    ("Associazione Musica Insieme", "50121", "Firenze", "FI", "Prestito per un concerto", "Nessun acquisto"),
    ("Bar Tre Archi", "00185", "Roma", "RM", "Sconto su un macinino", "Ha comprato altrove"),
)


def begin(life: Life) -> None:
    """Write and put in force what enquiries are given out by, then let some come in."""
    company, users = life.house.company, life.house.users
    models = create(ACTOR, ScoringModelResource, [{"company": company.pk}]).ids
    perform(ACTOR, score_by, models)
    grounds = create(
        ACTOR,
        TerritoryResource,
        [
            {
                "company": company.pk, "name": name, "manager": users[MANAGES], "parts": list(parts),
                "members": [{"salesperson": users[who], "capacity": share} for who, share in members],
            }
            for name, members, parts in TERRITORIES
        ],
    ).ids  # fmt: skip
    rules = create(
        ACTOR,
        AssignmentRuleResource,
        [
            {
                "company": company.pk, "position": 10 * n, "name": name, "territory": key,
                **({"method": "fixed", "person": users[MANAGES]} if n == 1 else {"method": "in_turn"} if name.startswith("Resto") else {}),
            }
            for n, (key, (name, *_rest)) in enumerate(zip(grounds, TERRITORIES, strict=True), start=1)
        ],
    ).ids  # fmt: skip
    perform(ACTOR, put_in_force, rules)
    create(
        ACTOR,
        AbsenceResource,
        [
            {
                "salesperson": users["luca.ferrari"],
                "valid_from": life.last + timedelta(days=9),
                "valid_to": life.last + timedelta(days=16),
                "why": "Ferie",
            }
        ],
    )
    given_up = capture(
        ACTOR,
        company,
        [
            {
                "name": name, "country": "IT", "postal_code": code, "city": city, "region": region, "interest": interest, "source": "web", "language": "it",
                "on": life.last - timedelta(days=20 * n),
            }
            for n, (name, code, city, region, interest, _why) in enumerate(GIVEN_UP, start=1)
        ],
    ).ids  # fmt: skip
    for why in sorted({row[-1] for row in GIVEN_UP}):
        perform(ACTOR, disqualify, [key for key, row in zip(given_up, GIVEN_UP, strict=True) if row[-1] == why], reason=why)
    leads = capture(
        ACTOR,
        company,
        [
            {
                "name": name, "email": f"info@{''.join(c for c in name.lower() if 'a' <= c <= 'z')}.example", "country": country, "postal_code": code, "city": city,
                "region": region, "interest": interest, "estimated_amount": worth, "currency": "EUR", "source": source, "language": "it", "on": life.last,
            }
            for name, country, code, city, region, interest, worth, source in ENQUIRIES
        ],
    ).ids  # fmt: skip
    perform(
        life.house.people[MANAGES], reassign_leads, leads[3:4], {"salesperson": users["anna.hofer"]}, reason="Parla già con il titolare"
    )
    drafts = perform(ACTOR, draft_copy, rules).made["assignment-rules"]
    edit(ACTOR, AssignmentRuleResource, {drafts[1]: {"method": "in_turn"}, drafts[2]: {"method": "in_turn"}})
