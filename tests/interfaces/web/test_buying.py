"""The screens of buyers: prices paid before beside the line one types (PC-08)."""

from django.utils import timezone

from tests.interfaces.web.test_today import signed_in
from tests.operations.purchasing.test_orders import Buying


def test_pc08_prices_paid_before_stand_beside_the_line_before_it_is_complete(books):
    buying = Buying(books)
    today = timezone.localdate()
    buying.order(("10", "2.50"), on=str(today))
    client, _user = signed_in(books, "bea", "buyer")
    assert "data-beside" in client.get("/purchase-orders/new").content.decode()
    typed = {
        "company": str(books.company.pk), "vendor": "", "on": str(today), "lines-TOTAL_FORMS": "2", "lines-INITIAL_FORMS": "0",
        "lines-1-product": str(buying.bolt.pk), "lines-1-quantity": "", "lines-1-unit_price": "",
    }  # fmt: skip
    answer = client.post("/purchase-orders/preview", typed, content_type="application/json").json()
    (line,) = answer["beside"]
    assert line["index"] == 1
    (said,) = line["said"]
    assert said["text"].startswith("Torrefazione Levante: 2.50 on ") and said["url"].startswith("/purchase-orders/")
    complete = {**typed, "vendor": str(buying.vendor.pk), "lines-1-quantity": "3", "lines-1-unit_price": "2"}
    answer = client.post("/purchase-orders/preview", complete, content_type="application/json").json()
    assert (answer["lines"][0]["values"]["net"], len(answer["beside"][0]["said"])) == ("6.00", 1)
    for wrong in ("[]", '{"company": 7}', "{"):
        assert client.post("/purchase-orders/preview", wrong, content_type="application/json").status_code == 400
