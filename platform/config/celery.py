"""The Celery application and the whole schedule on one screen.

Nothing that must not be lost lives only in the broker: every schedule below is a sweep over rows, safe to run twice.
"""

import os

from celery import Celery
from celery.schedules import crontab
from kombu import Exchange, Queue

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.dev")

app = Celery("asar")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

# Whoever waits for a payment or a page never waits behind a count. A worker takes from all queues unless it is told
# which (-Q counting): docs/operations.md.
QUEUES = ("celery", "counting", "files")
app.conf.task_queues = [Queue(name, Exchange(name), routing_key=name) for name in QUEUES]
app.conf.task_routes = {
    # One message counts one wave of one town: more workers, more towns at once.
    "councils.indicators.tasks.count_wave": {"queue": "counting"},
    "councils.indicators.tasks.recount_wave": {"queue": "counting"},
    # Minutes of making files.
    "councils.indicators.tasks.make_export": {"queue": "files"},
    "councils.surveys.tasks.print_sheets": {"queue": "files"},
}

app.conf.beat_schedule = {
    # Events whose task was lost with a worker or the broker.
    "sweep the Stripe inbox": {"task": "funds.payments.tasks.inbox.sweep_inbox", "schedule": 5.0},
    # Events that no webhook brought, and every movement of the card account; then what of it waits is booked.
    "read Stripe's events": {"task": "funds.payments.tasks.card.sweep_events", "schedule": 600.0},
    "read the card account": {"task": "funds.payments.tasks.card.sweep_movements", "schedule": 300.0},
    # Payments whose movements nothing here explains yet.
    "ask about unexplained payments": {"task": "funds.donations.tasks.following.look_again", "schedule": 120.0},
    # Gifts without a public name are booked together.
    "publish unnamed gifts": {"task": "funds.donations.tasks.following.publish_waiting", "schedule": 600.0},
    # Refunds that were confirmed while the card service was away.
    "give back what was confirmed": {"task": "funds.donations.tasks.refunding.sweep_refunds", "schedule": 60.0},
    # Letters of thanks, and those that say where to send a transfer, whose message was lost.
    "mail what was not mailed": {"task": "funds.donations.tasks.thanking.mail_receipts", "schedule": 60.0},
    # Gifts whose webhook never came.
    "ask Stripe about waiting gifts": {"task": "funds.donations.tasks.gifts.sweep_waiting_gifts", "schedule": 60.0},
    # Monthly gifts whose events never came.
    "ask Stripe about monthly gifts": {"task": "funds.donations.tasks.monthly.sweep_monthlies", "schedule": 60.0},
    # Monthly gifts whose project has ended; givers whose fund spends nothing.
    "lead monthly gifts on": {"task": "funds.donations.tasks.monthly.follow_purposes", "schedule": 3600.0},
    "forget monthly gifts never begun": {
        "task": "funds.donations.tasks.monthly.forget_unbegun_monthlies",
        "schedule": 3600.0,
    },
    "tell of idle funds": {"task": "funds.donations.tasks.monthly.tell_of_idle_funds", "schedule": 86400.0},
    # What the law asks of gifts: the register of gifts from abroad with its reminders, and the comparison with lists.
    "note gifts from abroad": {"task": "funds.donations.tasks.duties.note_foreign_gifts", "schedule": 600.0},
    "remind of the register": {"task": "funds.donations.tasks.duties.remind_of_notices", "schedule": 3600.0},
    "screen gifts": {"task": "funds.donations.tasks.duties.screen_new_gifts", "schedule": 60.0},
    # Marks of networks and addresses that opened payment pages.
    "forget openings": {"task": "funds.donations.tasks.duties.forget_checkout_tries", "schedule": 3600.0},
    # Names and addresses on gifts that nobody paid.
    "forget unpaid gifts": {"task": "funds.donations.tasks.gifts.forget_unpaid_gifts", "schedule": 3600.0},
    # Transfers from the card account to the bank.
    "sweep payouts": {"task": "funds.payments.tasks.payouts.sweep_payouts", "schedule": 600.0},
    # Ledgers against banks and the card processor.
    "reconcile": {"task": "funds.reports.tasks.reconcile_daily", "schedule": 3600.0},
    # Announced transfers that never came; bank lines that nobody explained for a month.
    "expire announced transfers": {"task": "funds.donations.tasks.bank.expire_expected_transfers", "schedule": 3600.0},
    "book unexplained bank lines": {"task": "funds.donations.tasks.bank.book_unexplained_lines", "schedule": 3600.0},
    # What enterprises add to gifts.
    "match gifts": {"task": "funds.donations.tasks.matching.match_new_gifts", "schedule": 30.0},
    # Money reserved for a payment that nobody made in time becomes free again.
    "release expired reservations": {"task": "funds.ledger.tasks.expire_holds", "schedule": 3600.0},
    # Approved payments that gifts cover by now; one query where none waits.
    "reserve what gifts cover by now": {"task": "funds.spending.tasks.reserve_waiting", "schedule": 30.0},
    # Who has not been heard yet, in groups; nothing about answers.
    "count who has been heard": {"task": "councils.surveys.tasks.count_coverage", "schedule": 300.0},
    "remind those who have not answered": {"task": "councils.surveys.tasks.send_reminders", "schedule": 60.0},
    "count all waves anew": {
        "task": "councils.indicators.tasks.recount_waves",
        "schedule": crontab(hour="20", minute="30"),
    },
    # Waves past their last day end; ended ones are opened whole, and their keys destroyed.
    "end due waves": {"task": "councils.surveys.tasks.end_due_waves", "schedule": 60.0},
    "open what ended": {"task": "councils.surveys.tasks.sweep_ended_waves", "schedule": 15.0},
    # Closed waves whose counting was lost.
    "count closed waves": {"task": "councils.indicators.tasks.sweep_closed_waves", "schedule": 15.0},
    # Archives that a killed worker left unfinished; old ones are deleted.
    "make archives": {"task": "councils.indicators.tasks.sweep_exports", "schedule": 60.0, "options": {"expires": 60}},
    # What was booked is signed within two seconds; one query where nothing waits, and messages never pile up.
    "sign what was booked": {
        "task": "transparency.tasks.integrate_logs",
        "schedule": 1.0,
        "options": {"expires": 1},
    },
    # Also where nothing waits: a database from an old backup is noticed here.
    "compare logs with their last signature": {
        "task": "transparency.tasks.compare_logs",
        "schedule": 60.0,
        "options": {"expires": 60},
    },
    # At two in the morning in Kazakhstan: a changed byte under a signature stops the log.
    "read signed entries again": {"task": "transparency.tasks.reread_logs", "schedule": crontab(hour="21", minute="0")},
    "ask witnesses": {"task": "transparency.tasks.ask_witnesses", "schedule": 5.0, "options": {"expires": 5}},
    # Once a day and log; asked every hour, so that a night without a worker costs no day.
    "logs' sign of life": {"task": "transparency.tasks.heartbeat", "schedule": 3600.0},
    "forget addresses never proven": {"task": "users.tasks.delete_unentered_accounts", "schedule": 3600.0},
    "delete expired sessions": {"task": "users.tasks.delete_expired_sessions", "schedule": 86400.0},
    "delete abandoned drafts": {"task": "councils.surveys.tasks.delete_old_drafts", "schedule": 3600.0},
}
