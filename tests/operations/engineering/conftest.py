import pytest

from tests.operations.supply.trade import Trade


@pytest.fixture
def trade(books):
    return Trade(books)
