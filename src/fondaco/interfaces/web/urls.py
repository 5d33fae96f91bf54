"""Addresses of the pages. Fixed words first; what remains is the key of a resource."""

from django.urls import path

from fondaco.interfaces.web.screens import acceptance, account, boards, customers, files, finding, lists, records, reports, today, verbs

urlpatterns = [
    path("", today.today),
    path("-/sign-in", account.enter),
    path("-/sign-out", account.leave),
    path("-/preferences", account.preferences),
    path("-/company/<int:company>", account.work_in),
    path("-/find", finding.find),
    path("q/<str:token>", acceptance.quote),
    path("q/<str:token>/decline", acceptance.decline),
    path("q/<str:token>/pdf", acceptance.pdf),
    path("books/trial-balance", reports.trial_balance),
    path("books/balance-sheet", reports.balance_sheet),
    path("books/profit-and-loss", reports.profit_and_loss),
    path("books/aged-receivables", reports.aged_receivables),
    path("customers/<int:pk>", customers.customer),
    path("customers/<int:pk>/brief", customers.brief),
    path("<slug:key>", lists.list_screen),
    path("<slug:key>/count", lists.count_of),
    path("<slug:key>/pick", lists.pick),
    path("<slug:key>/views", lists.save_view),
    path("<slug:key>/export", files.export_list),
    path("<slug:key>/import", files.import_list),
    path("<slug:key>/board", boards.board_screen),
    path("<slug:key>/board/move", boards.move_card),
    path("<slug:key>/new", records.new),
    path("<slug:key>/preview", records.preview_form),
    path("<slug:key>/sheet/<slug:verb>", verbs.sheet),
    path("<slug:key>/do/<slug:verb>", verbs.do),
    path("<slug:key>/<int:pk>", records.record_screen),
    path("<slug:key>/<int:pk>/edit", records.change),
    path("<slug:key>/<int:pk>/delete", records.remove),
    path("<slug:key>/<int:pk>/note", records.add_note),
    path("<slug:key>/<int:pk>/effects", records.effects),
    path("<slug:key>/<int:pk>/pdf", files.pdf),
]
