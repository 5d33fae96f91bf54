"""Who writes to whom on a letter."""

import pytest

from fondaco.finance.invoicing.printing import letterhead
from fondaco.masterdata.parties.models import Address
from fondaco.platform.database.unit import unit_of_work


@pytest.mark.parametrize(
    ("region", "lines"), [("MI", ["20123 Milano MI"]), ("Lombardia", ["20123 Milano", "Lombardia"]), ("", ["20123 Milano"])]
)
def test_a_province_stands_beside_its_city(books, region, lines):
    customer = books.customer()
    with unit_of_work("test", "test"):
        Address.objects.create(party=customer, street="Via Calamaio, 3", postal_code="20123", city="Milano", region=region, country_id="IT")
    assert letterhead(books.company, customer, "it")["recipient"]["lines"] == ["Bar Duomo", "Via Calamaio, 3", *lines, "Italia"]
