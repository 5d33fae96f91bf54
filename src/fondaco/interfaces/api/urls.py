"""The addresses of the API. What lies below ``/api/v1/<resource>`` is decided by the declarations, not here."""

from django.urls import path, re_path

from fondaco.interfaces.api import attachments, banking, calls, docs, einvoices, hooks, messages, payment_files, tokens, views

urlpatterns = [
    path("api/hooks/einvoices", hooks.einvoice_notice, name="api-einvoice-notice"),
    path("api/hooks/carriers", hooks.carrier_notice, name="api-carrier-notice"),
    path("api/hooks/messages/<str:token>", messages.bring, name="api-message"),
    path("api/hooks/calls/<str:line>", calls.call_notice, name="api-call-notice"),
    path("api/hooks/calls/<str:line>/twilio/<slug:step>", calls.twilio_step, name="api-twilio"),
    path("api/hooks/payments/<slug:kind>", hooks.payment_notice, name="api-payment-notice"),
    path("api/v1/received-einvoices/files", einvoices.received_file, name="api-received-file"),
    path("api/docs", docs.page, name="api-docs"),
    path("api/problems/<str:code>", views.problem_type, name="api-problem"),
    path("api/v1", views.index),
    path("api/v1/", views.index, name="api-index"),
    path("api/v1/openapi.json", docs.openapi, name="api-openapi"),
    path("api/v1/search", views.everywhere, name="api-search"),
    path("api/v1/tokens", tokens.tokens, name="api-tokens"),
    path("api/v1/tokens/<str:key>", tokens.token, name="api-token"),
    path("api/v1/bank-statements/files", banking.statements, name="api-bank-files"),
    path("api/v1/payment-runs/<str:name>/file", payment_files.file, name="api-payment-file"),
    path("api/v1/direct-debit-runs/<str:name>/file", payment_files.debits, name="api-debit-file"),
    path("api/v1/riba-presentations/<str:name>/file", payment_files.receipts, name="api-riba-file"),
    path("api/v1/<str:key>", views.collection, name="api-collection"),
    path("api/v1/<str:key>/export", views.export_file, name="api-export"),
    path("api/v1/<str:key>/import", views.import_records, name="api-import"),
    path("api/v1/<str:key>/<str:name>", views.member, name="api-member"),
    path("api/v1/<str:key>/<str:name>/files", attachments.files, name="api-files"),
    path("api/v1/<str:key>/<str:name>/files/<str:file>", attachments.file, name="api-file"),
    re_path(r"^api(?:/.*)?$", views.unknown, name="api-unknown"),
]
