import pytest

from tests.frontoffice.sales.shop import Shop


@pytest.fixture
def shop(books):
    return Shop(books)
