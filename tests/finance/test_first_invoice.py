"""The first trip: an invoice is posted, paid, and the books say so."""

from decimal import Decimal


def test_invoice_and_payment(books):
    customer = books.customer()
    invoice = books.invoice(customer, [{"quantity": "2", "unit_price": "100"}, {"quantity": "1", "unit_price": "9.99"}], "2026-03-10")
    assert (invoice.number, invoice.net, invoice.tax, invoice.gross) == (
        "INV/2026/00001",
        Decimal("209.99"),
        Decimal("46.20"),
        Decimal("256.19"),
    )
    books.assert_journal("""
        2026-03-10 invoice INV/2026/00001
          receivable                        256.19
          revenue                          -209.99
          vat_output                        -46.20
    """)
    item = books.item(invoice)
    payment = books.pay(customer, "256.19", "2026-03-20", {item.pk: "256.19"})
    books.assert_journal("""
        2026-03-20 received PAY/2026/00001
          bank                              256.19
          receivable                       -256.19
    """)
    assert books.item(invoice).closed_on.isoformat() == "2026-03-20"
    assert payment.number == "PAY/2026/00001"
    books.assert_checks_hold()
