import pytest

from tests.frontoffice.portal.house import House


@pytest.fixture
def house(books, monkeypatch):
    monkeypatch.setenv("FONDACO_TEST_PAYMENTS", "ein Geheimnis")
    return House(books)
