"""A shop whose customers sign in to the portal: two of them, with people of each."""

import re
from decimal import Decimal
from typing import Any

from django.contrib.auth.hashers import make_password
from django.test import Client
from django.utils import timezone

from fondaco.finance.invoicing.models import Invoice
from fondaco.frontoffice.portal.models import CustomerAccess
from fondaco.frontoffice.portal.queries import seat_of
from fondaco.masterdata.parties.models import Party
from fondaco.masterdata.users.models import OutsideUser
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.events.models import OutboxMessage
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.writing import create
from tests.books import ACTOR
from tests.frontoffice.sales.shop import Shop

PASSWORD = "drei graue Kutter"
EVERYTHING = {"is_buyer": True, "is_approver": True, "is_accounts": True, "is_administrator": True}


class House(Shop):
    """Bar Duomo with Anna, who may everything, and Bert, who buys up to 500; Geheim with Greta."""

    def __init__(self, books) -> None:
        super().__init__(books)
        self.rival = books.customer("Geheim SpA", email="rival@geheim.example", city="Torino")
        self.anna = self.person(self.customer, "Anna Bianchi", "anna@bar.example", **EVERYTHING)
        self.bert = self.person(self.customer, "Bert Rossi", "bert@bar.example", is_buyer=True, order_limit="500")
        self.greta = self.person(self.rival, "Greta Geheim", "greta@geheim.example", **EVERYTHING)
        self.receive(self.machine, "20", "800.00")
        self.receive(self.cup, "500", "1.00")

    def person(self, customer: Party, name: str, email: str, *, opened: bool = True, **values: Any) -> CustomerAccess:
        given = {
            "company": self.books.company.pk,
            "customer": customer.pk,
            "person": name,
            "email": email,
            "on": str(timezone.localdate()),
            "is_buyer": False,
            **values,
        }
        (pk,) = create(ACTOR, RESOURCES["customer-accesses"], [given]).ids
        if opened:
            self.books.do("portal.open_access", pk)
        return CustomerAccess.objects.select_related("company__currency", "customer", "user").get(pk=pk)

    def signed_in(self, access: CustomerAccess) -> Client:
        client = Client(raise_request_exception=False)
        with unit_of_work("test", "test"):
            OutsideUser.objects.filter(email=access.email, password="!").update(password=make_password(PASSWORD))
        answer = client.post("/portal/sign-in", {"email": access.email, "password": PASSWORD})
        assert answer.status_code == 302, answer.content.decode()
        return client

    def link(self, email: str) -> str:
        mail = next(m for m in OutboxMessage.objects.order_by("-id") if m.payload.get("to") == [email])
        return re.search(r"(/portal/welcome/\S+)", mail.payload["text"])[1]

    def of(self, customer: Party, name: str, *lines: Any, **values: Any) -> Any:
        """A quote or order of a customer: ``shop.of(rival, "order", (product, 2))``."""
        was, self.customer = self.customer, customer
        try:
            return getattr(self, name)(*lines, **values)
        finally:
            self.customer = was

    def delivered(self, order: Any) -> Invoice:
        """Deliver an order today, and invoice it; the last invoice."""
        day = str(timezone.localdate())
        self.did("deliver", order, on=day)
        self.did("invoice", order, on=day, post=True)
        return self.invoices(order)[-1]

    def paid_online(self) -> None:
        """The house takes payments by the test provider."""
        bank = {
            "company": self.books.company.pk,
            "name": "Provider",
            "account_number": "acct_1",
            "account": self.books.account("card_clearing").pk,
            "currency": "EUR",
        }
        (held,) = create(ACTOR, RESOURCES["bank-accounts"], [bank]).ids
        create(
            ACTOR,
            RESOURCES["payment-providers"],
            [{"company": self.books.company.pk, "name": "Provider", "kind": "test", "bank_account": held}],
        )


def home(access: CustomerAccess) -> str:
    return f"/portal/customer/{access.pk}"


def seat(access: CustomerAccess) -> CustomerAccess:
    """The access as its person has it now."""
    found = seat_of(access.user_id or 0, access.pk)
    assert found is not None
    return found


def text(answer: Any) -> str:
    return (b"".join(answer) if answer.streaming else answer.content).decode(errors="replace")


def money(amount: str) -> Decimal:
    return Decimal(amount)
