"""Addresses of this room, whole: it has pages under several first words. The receipt's stands before the town's:
a town may be called anything but `gift` and `monthly`."""

from django.urls import URLPattern, path

from funds.donations import views
from funds.donations.views import bank_lines, cash, duties, expected, papers, refunds, statements

app_name = "donations"
urlpatterns: list[URLPattern] = [
    path("give/gift/<slug:receipt_code>/", views.receipt, name="receipt"),
    path("give/gift/<slug:receipt_code>/proof.tlog-proof", views.proof, name="proof"),
    path("give/gift/<slug:receipt_code>/proof/", views.proof_check, name="proof_check"),
    path("give/gift/<slug:receipt_code>/proof.svg", views.proof_qr, name="proof_qr"),
    path("give/gift/<slug:receipt_code>/receipt.pdf", papers.receipt_pdf, name="receipt_pdf"),
    path("give/gift/<slug:receipt_code>/statement/", statements.ask_statement, name="ask_statement"),
    path("give/statement/<str:token>/", statements.proven_statement, name="proven_statement"),
    path("give/statement/<str:token>/gifts.pdf", statements.proven_file, {"form": "pdf"}, name="proven_pdf"),
    path("give/statement/<str:token>/gifts.csv", statements.proven_file, {"form": "csv"}, name="proven_csv"),
    path("give/statement/<str:token>/gifts.xlsx", statements.proven_file, {"form": "xlsx"}, name="proven_xlsx"),
    path("donors/<slug:slug>/", views.wall, name="wall"),
    path("me/gifts/", views.mine, name="mine"),
    path("me/gifts/join/", views.join, name="join"),
    path("me/gifts/statement/", statements.statement_page, name="statement_page"),
    path("me/gifts/statement.pdf", statements.statement, {"form": "pdf"}, name="statement_pdf"),
    path("me/gifts/statement.csv", statements.statement, {"form": "csv"}, name="statement_csv"),
    path("me/gifts/statement.xlsx", statements.statement, {"form": "xlsx"}, name="statement_xlsx"),
    path("give/monthly/", views.monthly_link, name="monthly_link"),
    path("give/monthly/<str:token>/", views.monthly, name="monthly"),
    path("give/monthly/<str:token>/amount/", views.monthly_amount, name="monthly_amount"),
    path("give/monthly/<str:token>/pause/", views.monthly_pause, name="monthly_pause"),
    path("give/monthly/<str:token>/resume/", views.monthly_resume, name="monthly_resume"),
    path("give/monthly/<str:token>/designation/", views.monthly_designation, name="monthly_designation"),
    path("give/monthly/<str:token>/cancel/", views.monthly_cancel, name="monthly_cancel"),
    path("give/monthly/<str:token>/portal/", views.monthly_portal, name="monthly_portal"),
    path("treasury/", duties.treasury, name="treasury"),
    path("treasury/<slug:slug>/register/", duties.register, name="register"),
    path("treasury/<slug:slug>/register.csv", duties.register_file, {"form": "csv"}, name="register_csv"),
    path("treasury/<slug:slug>/register.xlsx", duties.register_file, {"form": "xlsx"}, name="register_xlsx"),
    path("treasury/<slug:slug>/screening/", duties.screening, name="screening"),
    path("treasury/notice/<uuid:notice_id>/", duties.notice, name="notice"),
    path("treasury/checked/<uuid:screening_id>/", duties.screening_decision, name="screening_decision"),
    path("treasury/<slug:slug>/refunds/", refunds.refunds, name="refunds"),
    path("treasury/gift/<uuid:gift_id>/refund/", refunds.refund, name="refund"),
    path("treasury/refund/<uuid:refund_id>/", refunds.refund_answer, name="refund_answer"),
    path("give/<slug:slug>/", views.give, name="give"),
    path("matching/pledge/<uuid:pledge_id>/", views.pledge_page, name="pledge"),
    path("matching/<slug:slug>/", views.pledges, name="pledges"),
    path("matching/<slug:slug>/yours/", views.own_pledges, name="own_pledges"),
    path("matching/<slug:slug>/new/", views.pledge_new, name="pledge_new"),
    path("treasury/<slug:slug>/lines/", bank_lines.lines, name="lines"),
    path("treasury/<slug:slug>/lines/accept/", bank_lines.lines_accept, name="lines_accept"),
    path("treasury/<slug:slug>/expected/", expected.expected, name="expected"),
    path("treasury/<slug:slug>/cash/", cash.cash, name="cash"),
    path("treasury/<slug:slug>/cash/new/", cash.cash_new, name="cash_new"),
    path("treasury/line/<uuid:line_id>/", bank_lines.match, name="match"),
    path("treasury/count/<uuid:count_id>/", cash.cash_page, name="cash_count"),
    path("treasury/count/<uuid:count_id>/slip/", cash.cash_slip, name="cash_slip"),
]
