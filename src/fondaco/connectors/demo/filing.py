"""What the demo company tells the authorities: VAT returns, e-invoices and what SdI says of them; foreign items at the rate of the month's end."""

from collections.abc import Sequence
from datetime import date, timedelta

from fondaco.connectors.demo.founding import ACTOR
from fondaco.connectors.demo.life import Half, Life
from fondaco.connectors.demo.statements import Movement
from fondaco.finance.einvoicing.actions import resend, send_einvoice
from fondaco.finance.einvoicing.models import EInvoice
from fondaco.finance.einvoicing.noticing import Words, note_all
from fondaco.finance.invoicing.models import Invoice
from fondaco.finance.ledger.actions import soft_close
from fondaco.finance.ledger.models import PeriodState
from fondaco.finance.ledger.resources import RevaluationResource
from fondaco.finance.ledger.revaluing import post_revaluation
from fondaco.finance.tax.actions import file, settle
from fondaco.finance.tax.models import TaxEntry, TaxReturn
from fondaco.operations.intrastat.actions import file as file_lists
from fondaco.operations.intrastat.actions import open_lists
from fondaco.operations.intrastat.models import Statement
from fondaco.operations.intrastat.reading import drawings
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.documents.performing import perform
from fondaco.platform.resources.writing import create

FILES, SETTLES = "giorgio.ferrante", "chiara.valsecchi"
#: The half month in which SdI rejects an e-invoice that is then sent again; how many it cannot deliver.
REJECTED_IN, UNDELIVERED = 14, 0.05
WORDS = {
    "RC": ("RicevutaConsegna", ""),
    "MC": ("NotificaMancataConsegna", "Casella del destinatario piena"),
    "NS": ("NotificaScarto", "00427: CodiceDestinatario non valido"),
}


def vat(life: Life, on: date) -> None:
    """In the middle of a month the return of the one before is filed, settled, and paid by F24."""
    due = TaxReturn.objects.filter(company=life.house.company, state="open", ends_on__lt=on.replace(day=1)).order_by("starts_on")
    for row in due:
        perform(life.house.people[FILES], file, [row.pk], {"on": on})
        declared = TaxEntry.objects.filter(company=life.house.company, reported_on__range=(row.starts_on, row.ends_on)).exclude(amount=0)
        if not declared.exists():
            continue
        perform(life.house.people[SETTLES], settle, [row.pk], {"on": on})
        row.refresh_from_db()
        if row.definition.code == "VAT" and row.payable > 0:
            life.movements["EUR"].append(Movement(on, -row.payable, text=f"DELEGA F24 DELEGA IVA {row.ends_on:%m/%Y}"))


def trade(life: Life, on: date) -> None:
    """In the middle of a month the lists of trade of the months before are filed, where they say all that is asked."""
    perform(life.house.people[SETTLES], open_lists, [life.house.company.pk], {"through": on})
    due = list(
        Statement.objects.filter(company=life.house.company, state="open", ends_on__lt=on.replace(day=1)).order_by("kind", "starts_on")
    )
    waiting = {row.kind for row in due if drawings([row])[row.pk].incomplete}
    ready = [row.pk for row in due if row.kind not in waiting]
    if ready:
        perform(life.house.people[FILES], file_lists, ready, {"on": on})


def revalue(life: Life, on: date) -> None:
    """Open items in foreign currency at the rate of the last day of the month, taken back on the next."""
    chiara = life.house.people[SETTLES]
    given = {"company": life.house.company.pk, "on": on, "method": "reversed", "memo": f"Fine mese {on:%m/%Y}"}
    perform(chiara, post_revaluation, create(chiara, RevaluationResource, [given]).ids)


def einvoices(life: Life, half: Half) -> None:
    """Send what was invoiced in the half month, and hear what SdI says of it; of the last it has not said anything yet."""
    on = half.end
    sent = EInvoice.objects.filter(company=life.house.company).values("invoice")
    fresh = Invoice.objects.filter(company=life.house.company, state="posted", on__lte=on).exclude(pk__in=sent).order_by("pk")
    keys = list(fresh.values_list("pk", flat=True))
    if not keys:
        return
    made = perform(ACTOR, send_einvoice, keys).made["einvoices"]
    if half.is_last:
        return
    rows = list(EInvoice.objects.filter(pk__in=made).order_by("pk"))
    is_rejected = half.is_ending or half.number == REJECTED_IN
    kinds = ["MC" if life.chance.random() < UNDELIVERED else "RC" for _row in rows]
    if is_rejected:
        kinds[0] = "NS"
    tell(rows, kinds, on)
    if half.number == REJECTED_IN:
        again = perform(ACTOR, resend, [rows[0].pk]).made["einvoices"]
        tell(list(EInvoice.objects.filter(pk__in=again)), ["RC"], on + timedelta(days=1))


def tell(rows: Sequence[EInvoice], kinds: Sequence[str], on: date) -> None:
    """SdI's notices about e-invoices, as they would come by the folder."""
    given = []
    for row, kind in zip(rows, kinds, strict=True):
        element, text = WORDS[kind]
        hub, at = f"{9_000_000 + row.pk}", f"{on}T18:{row.pk % 60:02d}:00.000+01:00"
        name = f"{(row.number or '').removesuffix('.xml')}_{kind}_001.xml"
        raw = f"<{element}><IdentificativoSdI>{hub}</IdentificativoSdI><NomeFile>{row.number}</NomeFile><DataOraRicezione>{at}</DataOraRicezione></{element}>"
        given.append(Words(name, raw.encode(), {"file": row.number, "kind": kind, "at": at, "text": text, "hub_id": hub}))
    with unit_of_work(ACTOR.username, "demo.notices"):
        note_all(given)


def close_old(life: Life) -> None:
    """What is older than two months is closed for everybody but who has a reason."""
    before = (life.last.replace(day=1) - timedelta(days=1)).replace(day=1)
    states = PeriodState.objects.filter(period__company=life.house.company, period__ends_on__lt=before, state="open").order_by("pk")
    perform(life.house.people[FILES], soft_close, list(states.values_list("pk", flat=True)))
