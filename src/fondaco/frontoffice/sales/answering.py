"""What the customer does through his link: read the quote, ask about it, accept or decline it, take its PDF.

Nobody is signed in: the token says which quote, and what is done is done by an actor who may do nothing else, in its company.
Whatever is wrong with a link, the same refusal (LinkClosed) answers, so that nothing can be learned by trying.
"""

import re
from typing import Any

from django.utils import timezone, translation
from django.utils.translation import gettext as _

from fondaco.frontoffice.crm.models import Activity
from fondaco.frontoffice.sales.actions.quotes import accept_by_link as accept_online
from fondaco.frontoffice.sales.actions.quotes import decline_by_link as decline_online
from fondaco.frontoffice.sales.models import DRAWN, Quote, QuoteLine
from fondaco.frontoffice.sales.printing import each, quote_pdf, recurrence_said
from fondaco.frontoffice.sales.queries import by_token, lines_of
from fondaco.frontoffice.sales.refusals import LinkClosed, NameMissing, QuestionMissing, SignatureUnreadable, TooManyQuestions
from fondaco.masterdata.parties.actions import record, record_visit
from fondaco.masterdata.parties.models import Interaction
from fondaco.platform.access.actors import Actor
from fondaco.platform.access.models import Scope
from fondaco.platform.database.bulk import insert_rows
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.documents.performing import perform
from fondaco.platform.documents.printing import Formatter
from fondaco.platform.documents.refusals import WrongState

LINK = "customer.link"
#: So many questions about one quote are taken through its link: who has more to say, rings.
QUESTIONS = 20


def view_by_link(token: str) -> dict[str, Any]:
    """The quote behind a link, as its page shows it; raises LinkClosed.

    ``state`` is ``open`` or ``accepted``. Keys: number, date, valid_until, company, party, language, currency, decimals,
    lines (text, quantity, unit (of what recurs, each month or year), price, discount_percent, total), totals, prices_include_tax, terms, recurs (in a sentence), payment, ship_to, accepted.
    """
    with unit_of_work(LINK, "sales.view_link"):
        quote = _standing(token)
        with translation.override(quote.customer.language):
            return _view(quote)


def opened_by_link(token: str) -> None:
    """Note on the customer's timeline that he looked at the quote behind a link: once a day. Two statements."""
    with unit_of_work(LINK, "sales.view_link"):
        quote = _standing(token)
        record_visit(quote.customer_id, quote.company_id, _("Quote {number} opened").format(number=quote.number), quote)


def pdf_by_link(token: str) -> bytes:
    """The quote behind a link as PDF; raises LinkClosed."""
    with unit_of_work(LINK, "sales.view_link"):
        return quote_pdf(_standing(token))


def accept_by_link(token: str, name: str, ip: str = "", agent: str = "", signature: str = "", reference: str = "") -> dict[str, Any]:
    """Accept the quote as its customer, signed as drawn where he drew, with his own order number; done again, it shows what was accepted the
    first time.

    Raises LinkClosed, NameMissing, SignatureUnreadable."""
    quote = _found(token)
    if quote.state != "accepted":
        if not name.strip():
            raise NameMissing(document=quote, fields={"name": NameMissing.message.format(document=quote)})
        if signature and (len(signature) > 20_000 or not re.fullmatch(DRAWN, signature)):
            raise SignatureUnreadable(document=quote, fields={"signature": SignatureUnreadable.message.format(document=quote)})
        given = {"name": name.strip()[:300], "address": ip, "agent": agent[:500], "consent": consent_to(quote), "signature": signature, "reference": reference.strip()[:300]}  # fmt: skip
        try:
            perform(_customer(quote), accept_online, [quote.pk], given)
        except WrongState:
            # Another answer came first: shown if it was the same one, refused if the link is closed.
            return view_by_link(token)
    return view_by_link(token)


def consent_to(quote: Quote) -> str:
    """The sentence that stands beside the name, in the customer's language, with what recurs, and is kept with his acceptance."""
    with translation.override(quote.customer.language):
        recurs = recurrence_said(quote, lines_of(QuoteLine, [quote.pk])[quote.pk], Formatter(quote.customer.language))
        decimals = quote.currency.decimals if quote.currency else 2
        total = f"{Formatter(quote.customer.language).amount(quote.gross, decimals)} {quote.currency_id}"
        sentence = _("I accept quote {number} of {company} as it stands here, for {total}, and am entitled to do so.").format(
            number=quote, company=quote.company.name, total=total
        )
        return f"{sentence} {recurs}".strip()


def decline_by_link(token: str, reason: str = "") -> None:
    """Decline the quote as its customer; the link is closed. Raises LinkClosed, also when it was answered already."""
    quote = _found(token)
    if quote.state != "sent":
        raise LinkClosed
    try:
        perform(_customer(quote), decline_online, [quote.pk], {"reason": reason[:10_000]})
    except WrongState as answered:
        raise LinkClosed from answered


def ask_by_link(token: str, name: str, text: str) -> None:
    """Ask about the quote as its customer: it stands on his timeline, and is something to do for his salesperson; the link stays open.

    Raises LinkClosed, NameMissing, QuestionMissing, TooManyQuestions. Four statements.
    """
    quote = _found(token)
    if quote.state != "sent":
        raise LinkClosed
    if not name.strip():
        raise NameMissing(document=quote, fields={"name": NameMissing.message.format(document=quote)})
    if not text.strip():
        raise QuestionMissing(document=quote, fields={"text": QuestionMissing.message.format(document=quote)})
    with unit_of_work(LINK, "sales.ask_by_link"), translation.override(quote.company.language):
        asked = Interaction.objects.filter(
            source_table=Quote._meta.db_table, source_id=quote.pk, kind="note", channel="link", party=quote.customer_id
        )
        if asked.count() >= QUESTIONS:
            raise TooManyQuestions(document=quote, phone=quote.company.phone or quote.company.email)
        subject = _("Question about quote {number} by {name}").format(number=quote, name=name.strip()[:300])
        record(
            [
                Interaction(
                    party_id=quote.customer_id, company_id=quote.company_id, on=timezone.localdate(), kind="note", channel="link", direction="in",
                    title=subject, body=text.strip()[:10_000], source_table=Quote._meta.db_table, source_id=quote.pk, by=LINK,
                )
            ]
        )  # fmt: skip
        todo = Activity(
            company_id=quote.company_id, party_id=quote.customer_id, opportunity_id=quote.opportunity_id, kind="call", subject=subject,
            due_at=timezone.now(), assignee_id=quote.salesperson_id,
        )  # fmt: skip
        insert_rows(Activity, [todo])


def _found(token: str) -> Quote:
    with unit_of_work(LINK, "sales.view_link"):
        return _standing(token)


def _standing(token: str) -> Quote:
    quote = by_token(token)
    late = quote is not None and quote.valid_until is not None and quote.valid_until < timezone.localdate()
    if quote is None or quote.state not in ("sent", "accepted") or (quote.state == "sent" and late):
        raise LinkClosed
    return quote


def _customer(quote: Quote) -> Actor:
    return Actor(
        username=LINK,
        name=quote.customer.name,
        language=quote.customer.language,
        channel="link",
        patterns=(("sales.accept_by_link", quote.company_id, Scope.COMPANY),),
    )


def _view(quote: Quote) -> dict[str, Any]:
    lines = lines_of(QuoteLine, [quote.pk])[quote.pk]
    italian = quote.customer.language == "it"
    units = {
        ln.product_id: (italian and ln.product.unit.name_it) or ln.product.unit.name
        for ln in QuoteLine.objects.filter(quote=quote, product__isnull=False).select_related("product__unit")
    }
    currency = quote.currency
    return {
        "number": str(quote),
        "date": quote.on,
        "valid_until": quote.valid_until,
        "company": quote.company.name,
        "party": quote.customer.name,
        "language": quote.customer.language,
        "currency": quote.currency_id,
        "decimals": currency.decimals if currency else 2,
        "lines": [
            {
                "text": ln.description,
                "quantity": ln.quantity,
                "unit": each(ln) or units.get(ln.product_id, ""),
                "price": ln.unit_price,
                "discount_percent": ln.discount_percent,
                "total": ln.net + ln.tax if quote.prices_include_tax else ln.net,
            }
            for ln in lines
        ],
        "totals": {"net": quote.net, "tax": quote.tax, "gross": quote.gross},
        "prices_include_tax": quote.prices_include_tax,
        "terms": quote.conditions,
        "recurs": recurrence_said(quote, lines, Formatter(quote.customer.language)),
        "payment": ((italian and quote.payment_term.name_it) or quote.payment_term.name) if quote.payment_term else "",
        "consent": quote.accepted_consent or consent_to(quote),
        "ship_to": quote.shipping_address,
        "state": "accepted" if quote.state == "accepted" else "open",
        "accepted": {"by": quote.accepted_by, "when": quote.accepted_at, "signature": quote.accepted_signature}
        if quote.state == "accepted"
        else None,
    }
