"""What a customer does to pay: choose items, go to the provider's page, come back."""

from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal

from django.utils import timezone

from fondaco.finance.ledger.settling import lock_items
from fondaco.finance.onlinepayments.actions import PROGRAM, begin
from fondaco.finance.onlinepayments.models import OnlinePayment
from fondaco.finance.onlinepayments.providers import trying
from fondaco.finance.onlinepayments.providers.declared import PROVIDERS, Asked, NotSaid, Refused
from fondaco.finance.onlinepayments.queries import begun_for, on_its_way, payable, provider_of
from fondaco.finance.onlinepayments.refusals import NoProvider, NothingOpen, OneCurrency, PaymentBegun, ProviderOff
from fondaco.finance.onlinepayments.taking import take
from fondaco.masterdata.companies.models import Company
from fondaco.platform.access.actors import Actor
from fondaco.platform.documents.actions import DocumentSet

#: A page is led to again for so long; providers close theirs by themselves after a day.
PAGE_LASTS, PAGE_OVER = timedelta(hours=20), timedelta(hours=25)


def set_out(company: Company, party: int, items: Iterable[int], actor: Actor) -> OnlinePayment:
    """Begin to pay open items of a customer, each in full as it is open and not on its way already. What is begun for just these is taken up
    again; what is begun for some of them, or long ago, is ended before. Raises NoProvider, NothingOpen, OneCurrency, PaymentBegun."""
    provider = provider_of(company.pk)
    if provider is None:
        raise NoProvider(company=company)
    wanted = list(items)
    # Who sets out to pay the same at the same moment waits here, and finds this one begun.
    lock_items(payable(company.pk, party, wanted).values_list("pk", flat=True))
    rows = list(payable(company.pk, party, wanted).select_related("entry"))
    going = on_its_way(r.pk for r in rows)
    parts: dict[int, Decimal] = {r.pk: r.open_amount - going.get(r.pk, Decimal(0)) for r in rows}
    parts = {key: amount for key, amount in parts.items() if amount > 0}
    if not parts:
        raise NothingOpen(documents=", ".join(str(r.entry.number) for r in rows) or len(wanted))
    currencies = sorted({r.currency_id for r in rows if r.pk in parts})
    if len(currencies) > 1:
        raise OneCurrency(currencies=", ".join(currencies))
    same = None
    for payment, begun in begun_for(parts).items():
        if same is None and begun == parts and payment.provider_id == provider.pk and payment.created_at > timezone.now() - PAGE_LASTS:
            same = payment
        else:
            _end(payment)
    return same or begin(provider, party, parts, currencies[0], actor)


def _end(payment: OnlinePayment) -> None:
    """End a payment that was begun: the provider closes its page, where he opened one. Raises PaymentBegun where it is too late, or he does not answer."""
    if payment.page:
        try:
            ended = PROVIDERS[payment.provider.kind].end(payment.intent)
        except (NotSaid, Refused) as error:
            # His pages close by themselves after a day.
            ended = payment.created_at < timezone.now() - PAGE_OVER
            if not ended:
                raise PaymentBegun(payment=payment.number) from error
        if not ended:
            raise PaymentBegun(payment=payment.number)
    payment.state = OnlinePayment.EXPIRED
    DocumentSet(OnlinePayment, [payment], PROGRAM).save("state")


def page_of(payment: OnlinePayment, title: str, email: str, back: str) -> str:
    """The page on which a payment is made; the provider is asked for it once it is written down. Raises ProviderOff."""
    if payment.page or payment.state not in (OnlinePayment.OPEN, OnlinePayment.FAILED):
        return payment.page
    provider = PROVIDERS[payment.provider.kind]
    if off := provider.off_because():
        raise ProviderOff(provider=payment.provider, setting=off)
    asked = Asked(payment.reference, payment.amount, payment.currency_id, payment.currency.decimals, title, email, back)
    try:
        begun = provider.begin(asked)
    except (NotSaid, Refused) as error:
        raise ProviderOff(provider=payment.provider, setting=str(error)[:200]) from error
    payment.intent, payment.page = begun.intent, begun.page
    DocumentSet(OnlinePayment, [payment], PROGRAM).save("intent", "page")
    return payment.page


def tried(reference: str) -> OnlinePayment | None:
    """The payment whose page of the test provider is open; none where that is not enabled."""
    if not trying.secret():
        return None
    rows = OnlinePayment.objects.select_related("provider", "currency", "company")
    return rows.filter(reference=reference, provider__kind="test").first()


def tell(payment: OnlinePayment, kind: str) -> None:
    """Have the test provider tell that a payment was made, or failed: by a signed notice, like any other."""
    body, headers = trying.notice(kind, payment.reference, payment.amount, payment.currency_id, payment.currency.decimals)
    take("test", body, headers)
