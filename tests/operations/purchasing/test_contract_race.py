"""PC-03: buyers who call off the last of a contract at once never call off more than was agreed."""

import pytest

from fondaco.operations.purchasing.contracts import used
from fondaco.operations.purchasing.models import ContractLine
from fondaco.operations.purchasing.refusals import ContractUsedUp
from fondaco.platform.database.unit import unit_of_work
from tests.books import open_books
from tests.clerks import at_once
from tests.operations.purchasing.test_contracts import Agreeing


@pytest.fixture(scope="module")
def agreeing(live_database, django_db_blocker):
    with django_db_blocker.unblock():
        yield Agreeing(open_books())


def test_pc03_the_last_of_a_contract_is_called_off_once(agreeing):
    contract = agreeing.contract("100")
    orders = [agreeing.call("10", confirm=False) for _n in range(24)]
    answers = at_once(lambda order: agreeing.books.do("purchasing.confirm", order), orders)
    refused = [a for a in answers if isinstance(a, Exception)]
    assert len(refused) == 14 and all(isinstance(r, ContractUsedUp) for r in refused), refused
    with unit_of_work("test", "test"):
        (line,) = ContractLine.objects.filter(contract=contract)
        assert used([line.pk])[line.pk].quantity == 100
    agreeing.books.assert_checks_hold()
