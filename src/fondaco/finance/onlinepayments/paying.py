"""What a customer does to pay: choose items, go to the provider's page, come back."""

from collections.abc import Iterable
from decimal import Decimal

from fondaco.finance.onlinepayments.actions import PROGRAM, begin
from fondaco.finance.onlinepayments.models import OnlinePayment
from fondaco.finance.onlinepayments.providers import trying
from fondaco.finance.onlinepayments.providers.declared import PROVIDERS, Asked, NotSaid, Refused
from fondaco.finance.onlinepayments.queries import on_its_way, payable, provider_of
from fondaco.finance.onlinepayments.refusals import NoProvider, NothingOpen, OneCurrency, ProviderOff
from fondaco.finance.onlinepayments.taking import take
from fondaco.masterdata.companies.models import Company
from fondaco.platform.access.actors import Actor
from fondaco.platform.documents.actions import DocumentSet


def set_out(company: Company, party: int, items: Iterable[int], actor: Actor) -> OnlinePayment:
    """Begin to pay open items of a customer, each in full as it is open and not on its way already. Raises NoProvider, NothingOpen, OneCurrency."""
    provider = provider_of(company.pk)
    if provider is None:
        raise NoProvider(company=company)
    wanted = list(items)
    rows = list(payable(company.pk, party, wanted).select_related("entry"))
    going = on_its_way(r.pk for r in rows)
    parts: dict[int, Decimal] = {r.pk: r.open_amount - going.get(r.pk, Decimal(0)) for r in rows}
    parts = {key: amount for key, amount in parts.items() if amount > 0}
    if not parts:
        raise NothingOpen(documents=", ".join(str(r.entry.number) for r in rows) or len(wanted))
    currencies = sorted({r.currency_id for r in rows if r.pk in parts})
    if len(currencies) > 1:
        raise OneCurrency(currencies=", ".join(currencies))
    return begin(provider, party, parts, currencies[0], actor)


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
