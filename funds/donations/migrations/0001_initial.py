from pathlib import Path

import common.ids
import django.db.models.deletion
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("ledger", "0001_initial"),
        ("needs", "0001_initial"),
        ("projects", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Dispute",
            fields=[
                ("id", models.UUIDField(default=common.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("dispute_id", models.CharField(max_length=255, unique=True)),
                ("amount_minor", models.BigIntegerField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("warning", "the bank asks"),
                            ("open", "disputed"),
                            ("won", "decided for the fund"),
                            ("lost", "lost"),
                            ("averted", "ended before it took anything"),
                        ],
                        max_length=7,
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=60)),
                ("opened_at", models.DateTimeField()),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name="CheckoutTry",
            fields=[
                (
                    "id",
                    models.UUIDField(default=common.ids.random_id, editable=False, primary_key=True, serialize=False),
                ),
                ("submission_key", models.UUIDField(unique=True)),
                ("page", models.UUIDField()),
                ("network_mark", models.CharField(max_length=32)),
                ("email_mark", models.CharField(blank=True, max_length=32)),
                ("opened_at", models.DateTimeField()),
                ("declines", models.PositiveSmallIntegerField(default=0)),
                ("declined_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["network_mark", "opened_at"], name="checkout_try_network"),
                    models.Index(fields=["email_mark", "opened_at"], name="checkout_try_email"),
                    models.Index(fields=["opened_at"], name="checkout_try_opened"),
                    models.Index(fields=["page"], name="checkout_try_page"),
                ],
            },
        ),
        migrations.CreateModel(
            name="ForeignNotice",
            fields=[
                ("id", models.UUIDField(default=common.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("received_date", models.DateField()),
                ("due_date", models.DateField()),
                ("notified_date", models.DateField(blank=True, null=True)),
                ("notice_number", models.CharField(blank=True, max_length=80)),
                ("reminded_at", models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name="Gift",
            fields=[
                ("id", models.UUIDField(default=common.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("receipt_code", models.CharField(max_length=43, unique=True)),
                ("submission_key", models.UUIDField(editable=False, unique=True)),
                (
                    "method",
                    models.CharField(
                        choices=[("card", "Card"), ("bank", "Bank transfer"), ("kaspi", "Kaspi"), ("cash", "Cash")],
                        default="card",
                        max_length=5,
                    ),
                ),
                ("amount_minor", models.BigIntegerField()),
                (
                    "currency",
                    models.CharField(
                        choices=[
                            ("KZT", "KZT"),
                            ("EUR", "EUR"),
                            ("USD", "USD"),
                            ("RUB", "RUB"),
                            ("GBP", "GBP"),
                            ("CHF", "CHF"),
                            ("PLN", "PLN"),
                            ("CZK", "CZK"),
                            ("HUF", "HUF"),
                            ("TRY", "TRY"),
                            ("ILS", "ILS"),
                            ("CAD", "CAD"),
                            ("AED", "AED"),
                            ("UZS", "UZS"),
                            ("KGS", "KGS"),
                            ("KRW", "KRW"),
                            ("JPY", "JPY"),
                            ("ISK", "ISK"),
                            ("UGX", "UGX"),
                            ("KWD", "KWD"),
                        ],
                        max_length=3,
                    ),
                ),
                ("expected_minor", models.BigIntegerField(blank=True, null=True)),
                ("reference_code", models.CharField(blank=True, max_length=16, null=True, unique=True)),
                (
                    "donor_kind",
                    models.CharField(
                        choices=[("person", "Private person"), ("company", "Company")], default="person", max_length=7
                    ),
                ),
                ("company_bin", models.CharField(blank=True, max_length=12)),
                (
                    "origin",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("", "not said"),
                            ("kz", "Citizen or company of Kazakhstan"),
                            ("foreign", "Citizen or company of another country"),
                            ("stateless", "Without citizenship"),
                        ],
                        max_length=9,
                    ),
                ),
                ("country", models.CharField(blank=True, max_length=2)),
                ("donor_name", models.CharField(blank=True, max_length=80)),
                ("donor_email", models.EmailField(blank=True, max_length=254)),
                ("name_public", models.BooleanField(default=False)),
                ("name_for_council", models.BooleanField(default=False)),
                ("covers_fee", models.BooleanField(default=False)),
                ("fee_estimate_minor", models.BigIntegerField(blank=True, null=True)),
                ("invoice", models.CharField(blank=True, max_length=255, null=True, unique=True)),
                ("message", models.CharField(blank=True, max_length=300)),
                (
                    "tie_to_town",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("born", "I was born there"),
                            ("lived", "I lived there"),
                            ("family", "My family is from there"),
                            ("other", "Another tie"),
                        ],
                        max_length=10,
                    ),
                ),
                ("language", models.CharField(max_length=2)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("pending", "waiting for the payment"),
                            ("succeeded", "received"),
                            ("failed", "payment failed"),
                            ("expired", "not paid in time"),
                        ],
                        default="pending",
                        max_length=10,
                    ),
                ),
                ("created_at", models.DateTimeField()),
                ("next_check_at", models.DateTimeField(blank=True, null=True)),
                ("succeeded_at", models.DateTimeField(blank=True, null=True)),
                ("checkout_session", models.CharField(blank=True, max_length=255, null=True, unique=True)),
                ("payment_intent", models.CharField(blank=True, max_length=255, null=True, unique=True)),
                ("settled_currency", models.CharField(blank=True, max_length=3)),
                ("settled_minor", models.BigIntegerField(blank=True, null=True)),
                ("exchange_rate", models.DecimalField(blank=True, decimal_places=12, max_digits=24, null=True)),
                ("fee_minor", models.BigIntegerField(blank=True, null=True)),
                ("refunded_minor", models.BigIntegerField(default=0)),
                ("disputed_minor", models.BigIntegerField(default=0)),
                ("warned_at", models.DateTimeField(blank=True, null=True)),
                ("receipt_sent_at", models.DateTimeField(blank=True, null=True)),
                ("announced_sent_at", models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name="Match",
            fields=[
                ("id", models.UUIDField(default=common.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("amount_minor", models.BigIntegerField()),
                ("matched_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="MonthlyGift",
            fields=[
                ("id", models.UUIDField(default=common.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("submission_key", models.UUIDField(editable=False, unique=True)),
                ("link_version", models.PositiveSmallIntegerField(default=1)),
                ("amount_minor", models.BigIntegerField()),
                (
                    "currency",
                    models.CharField(
                        choices=[
                            ("KZT", "KZT"),
                            ("EUR", "EUR"),
                            ("USD", "USD"),
                            ("RUB", "RUB"),
                            ("GBP", "GBP"),
                            ("CHF", "CHF"),
                            ("PLN", "PLN"),
                            ("CZK", "CZK"),
                            ("HUF", "HUF"),
                            ("TRY", "TRY"),
                            ("ILS", "ILS"),
                            ("CAD", "CAD"),
                            ("AED", "AED"),
                            ("UZS", "UZS"),
                            ("KGS", "KGS"),
                            ("KRW", "KRW"),
                            ("JPY", "JPY"),
                            ("ISK", "ISK"),
                            ("UGX", "UGX"),
                            ("KWD", "KWD"),
                        ],
                        max_length=3,
                    ),
                ),
                (
                    "donor_kind",
                    models.CharField(
                        choices=[("person", "Private person"), ("company", "Company")], default="person", max_length=7
                    ),
                ),
                ("company_bin", models.CharField(blank=True, max_length=12)),
                (
                    "origin",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("", "not said"),
                            ("kz", "Citizen or company of Kazakhstan"),
                            ("foreign", "Citizen or company of another country"),
                            ("stateless", "Without citizenship"),
                        ],
                        max_length=9,
                    ),
                ),
                ("country", models.CharField(blank=True, max_length=2)),
                ("donor_name", models.CharField(blank=True, max_length=80)),
                ("donor_email", models.EmailField(max_length=254)),
                ("name_public", models.BooleanField(default=False)),
                ("name_for_council", models.BooleanField(default=False)),
                ("covers_fee", models.BooleanField(default=False)),
                ("message", models.CharField(blank=True, max_length=300)),
                (
                    "tie_to_town",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("born", "I was born there"),
                            ("lived", "I lived there"),
                            ("family", "My family is from there"),
                            ("other", "Another tie"),
                        ],
                        max_length=10,
                    ),
                ),
                ("language", models.CharField(max_length=2)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("pending", "waiting for the first payment"),
                            ("active", "running"),
                            ("past_due", "the last payment failed"),
                            ("paused", "paused"),
                            ("cancelled", "ended"),
                        ],
                        default="pending",
                        max_length=9,
                    ),
                ),
                ("created_at", models.DateTimeField()),
                ("next_check_at", models.DateTimeField(blank=True, null=True)),
                ("checkout_session", models.CharField(blank=True, max_length=255, null=True, unique=True)),
                ("subscription", models.CharField(blank=True, max_length=255, null=True, unique=True)),
                ("customer", models.CharField(blank=True, max_length=255)),
                ("next_payment_at", models.DateTimeField(blank=True, null=True)),
                ("failed_payments", models.PositiveSmallIntegerField(default=0)),
                ("failures_mailed", models.JSONField(blank=True, default=list)),
                ("paused_until", models.DateField(blank=True, null=True)),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                ("idle_notice_at", models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name="Pledge",
            fields=[
                ("id", models.UUIDField(default=common.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("enterprise", models.CharField(max_length=200)),
                ("enterprise_bin", models.CharField(max_length=12)),
                ("percent", models.PositiveSmallIntegerField(default=100)),
                ("cap_minor", models.BigIntegerField()),
                (
                    "currency",
                    models.CharField(
                        choices=[
                            ("KZT", "KZT"),
                            ("EUR", "EUR"),
                            ("USD", "USD"),
                            ("RUB", "RUB"),
                            ("GBP", "GBP"),
                            ("CHF", "CHF"),
                            ("PLN", "PLN"),
                            ("CZK", "CZK"),
                            ("HUF", "HUF"),
                            ("TRY", "TRY"),
                            ("ILS", "ILS"),
                            ("CAD", "CAD"),
                            ("AED", "AED"),
                            ("UZS", "UZS"),
                            ("KGS", "KGS"),
                            ("KRW", "KRW"),
                            ("JPY", "JPY"),
                            ("ISK", "ISK"),
                            ("UGX", "UGX"),
                            ("KWD", "KWD"),
                        ],
                        default="KZT",
                        max_length=3,
                    ),
                ),
                ("starts_date", models.DateField()),
                ("ends_date", models.DateField()),
                ("matched_minor", models.BigIntegerField(default=0)),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "running"), ("ended", "ended"), ("withdrawn", "withdrawn")],
                        default="open",
                        max_length=9,
                    ),
                ),
                ("pledged_at", models.DateTimeField()),
                ("reference_code", models.CharField(max_length=16, unique=True)),
            ],
        ),
        migrations.CreateModel(
            name="Refund",
            fields=[
                ("id", models.UUIDField(default=common.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("refund_id", models.CharField(blank=True, max_length=255, null=True, unique=True)),
                ("amount_minor", models.BigIntegerField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("pending", "on its way back"),
                            ("succeeded", "given back"),
                            ("failed", "came back to the fund"),
                            ("canceled", "cancelled"),
                        ],
                        default="pending",
                        max_length=9,
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=300)),
                (
                    "reason_code",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("other_line", "The bank line was another's."),
                            ("bounced", "A debit that did not arrive"),
                            ("duplicate", "Charged twice"),
                            ("fraudulent", "Not made by the cardholder"),
                            ("requested_by_customer", "The giver asked for it"),
                        ],
                        max_length=30,
                    ),
                ),
                ("answered_at", models.DateTimeField(blank=True, null=True)),
                ("answer", models.CharField(blank=True, max_length=300)),
                ("created_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="Screening",
            fields=[
                ("id", models.UUIDField(default=common.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                (
                    "verdict",
                    models.CharField(
                        choices=[
                            ("clear", "nothing found"),
                            ("hit", "to be looked at by a person"),
                            ("cleared", "looked at: may be accepted"),
                            ("refused", "looked at: to be given back"),
                        ],
                        max_length=7,
                    ),
                ),
                ("list_name", models.CharField(blank=True, max_length=120)),
                ("list_sha256", models.CharField(blank=True, max_length=64)),
                ("found", models.CharField(blank=True, max_length=200)),
                ("screened_at", models.DateTimeField()),
                ("decided_at", models.DateTimeField(blank=True, null=True)),
                ("reason", models.CharField(blank=True, max_length=500)),
            ],
        ),
        migrations.CreateModel(
            name="Batch",
            fields=[
                ("id", models.UUIDField(default=common.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                (
                    "currency",
                    models.CharField(
                        choices=[
                            ("KZT", "KZT"),
                            ("EUR", "EUR"),
                            ("USD", "USD"),
                            ("RUB", "RUB"),
                            ("GBP", "GBP"),
                            ("CHF", "CHF"),
                            ("PLN", "PLN"),
                            ("CZK", "CZK"),
                            ("HUF", "HUF"),
                            ("TRY", "TRY"),
                            ("ILS", "ILS"),
                            ("CAD", "CAD"),
                            ("AED", "AED"),
                            ("UZS", "UZS"),
                            ("KGS", "KGS"),
                            ("KRW", "KRW"),
                            ("JPY", "JPY"),
                            ("ISK", "ISK"),
                            ("UGX", "UGX"),
                            ("KWD", "KWD"),
                        ],
                        max_length=3,
                    ),
                ),
                ("gifts_count", models.PositiveIntegerField()),
                ("published_at", models.DateTimeField()),
                (
                    "earmark",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="ledger.earmark",
                    ),
                ),
                (
                    "fund",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="gift_batches", to="ledger.fund"
                    ),
                ),
                (
                    "transaction",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="gift_batch", to="ledger.transaction"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="CashCount",
            fields=[
                ("id", models.UUIDField(default=common.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("place", models.CharField(max_length=120)),
                ("counted_date", models.DateField()),
                ("amount_minor", models.BigIntegerField()),
                (
                    "currency",
                    models.CharField(
                        choices=[
                            ("KZT", "KZT"),
                            ("EUR", "EUR"),
                            ("USD", "USD"),
                            ("RUB", "RUB"),
                            ("GBP", "GBP"),
                            ("CHF", "CHF"),
                            ("PLN", "PLN"),
                            ("CZK", "CZK"),
                            ("HUF", "HUF"),
                            ("TRY", "TRY"),
                            ("ILS", "ILS"),
                            ("CAD", "CAD"),
                            ("AED", "AED"),
                            ("UZS", "UZS"),
                            ("KGS", "KGS"),
                            ("KRW", "KRW"),
                            ("JPY", "JPY"),
                            ("ISK", "ISK"),
                            ("UGX", "UGX"),
                            ("KWD", "KWD"),
                        ],
                        default="KZT",
                        max_length=3,
                    ),
                ),
                ("slip", models.FileField(upload_to="cash/")),
                ("slip_type", models.CharField(max_length=60)),
                ("slip_sha256", models.CharField(max_length=64)),
                ("recorded_at", models.DateTimeField()),
                ("confirmed_at", models.DateTimeField(blank=True, null=True)),
                ("differed_at", models.DateTimeField(blank=True, null=True)),
                ("refused_reason", models.CharField(blank=True, max_length=300)),
                (
                    "confirmed_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "counted_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "fund",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="cash_counts", to="ledger.fund"
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="cashcount",
            name="project",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="projects.project",
            ),
        ),
        migrations.AddField(
            model_name="dispute",
            name="returned_transaction",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="ledger.transaction",
            ),
        ),
        migrations.AddField(
            model_name="dispute",
            name="taken_transaction",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="ledger.transaction",
            ),
        ),
        migrations.AddField(
            model_name="foreignnotice",
            name="notified_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="gift",
            name="batch",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="gifts",
                to="donations.batch",
            ),
        ),
        migrations.AddField(
            model_name="gift",
            name="donor",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="gifts",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="gift",
            name="fee_transaction",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="ledger.transaction",
            ),
        ),
        migrations.AddField(
            model_name="gift",
            name="fund",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="gifts", to="ledger.fund"
            ),
        ),
        migrations.AddField(
            model_name="gift",
            name="need",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="gifts",
                to="needs.need",
            ),
        ),
        migrations.AddField(
            model_name="gift",
            name="project",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="gifts",
                to="projects.project",
            ),
        ),
        migrations.AddField(
            model_name="gift",
            name="settlement_transaction",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="ledger.transaction",
            ),
        ),
        migrations.AddField(
            model_name="gift",
            name="transaction",
            field=models.OneToOneField(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="gift",
                to="ledger.transaction",
            ),
        ),
        migrations.AddField(
            model_name="foreignnotice",
            name="gift",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT, related_name="foreign_notice", to="donations.gift"
            ),
        ),
        migrations.AddField(
            model_name="dispute",
            name="gift",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="disputes", to="donations.gift"
            ),
        ),
        migrations.AddField(
            model_name="cashcount",
            name="gift",
            field=models.OneToOneField(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="cash_count",
                to="donations.gift",
            ),
        ),
        migrations.AddField(
            model_name="match",
            name="gift",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="matches", to="donations.gift"
            ),
        ),
        migrations.AddField(
            model_name="monthlygift",
            name="donor",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="monthly_gifts",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="monthlygift",
            name="fund",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="monthly_gifts", to="ledger.fund"
            ),
        ),
        migrations.AddField(
            model_name="monthlygift",
            name="need",
            field=models.ForeignKey(
                blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="needs.need"
            ),
        ),
        migrations.AddField(
            model_name="monthlygift",
            name="project",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="projects.project",
            ),
        ),
        migrations.AddField(
            model_name="gift",
            name="monthly",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="gifts",
                to="donations.monthlygift",
            ),
        ),
        migrations.AddField(
            model_name="pledge",
            name="fund",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="pledges", to="ledger.fund"
            ),
        ),
        migrations.AddField(
            model_name="pledge",
            name="pledged_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="pledge",
            name="project",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="pledges",
                to="projects.project",
            ),
        ),
        migrations.AddField(
            model_name="match",
            name="pledge",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="matches", to="donations.pledge"
            ),
        ),
        migrations.AddField(
            model_name="refund",
            name="answered_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="refund",
            name="asked_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="refund",
            name="failed_transaction",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="ledger.transaction",
            ),
        ),
        migrations.AddField(
            model_name="refund",
            name="gift",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="refunds", to="donations.gift"
            ),
        ),
        migrations.AddField(
            model_name="refund",
            name="transaction",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="ledger.transaction",
            ),
        ),
        migrations.AddField(
            model_name="screening",
            name="decided_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="screening",
            name="gift",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT, related_name="screening", to="donations.gift"
            ),
        ),
        migrations.AddIndex(
            model_name="foreignnotice",
            index=models.Index(
                condition=models.Q(("notified_date__isnull", True)), fields=["due_date"], name="notice_due"
            ),
        ),
        migrations.AddConstraint(
            model_name="foreignnotice",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("notice_number", ""), ("notified_by__isnull", True), ("notified_date__isnull", True)),
                    models.Q(
                        ("notified_by__isnull", False),
                        ("notified_date__isnull", False),
                        models.Q(("notice_number", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="notice_sent_whole",
            ),
        ),
        migrations.AddIndex(
            model_name="dispute",
            index=models.Index(fields=["gift", "opened_at"], name="dispute_of_gift"),
        ),
        migrations.AddIndex(
            model_name="cashcount",
            index=models.Index(fields=["fund", "-counted_date", "-id"], name="cash_latest"),
        ),
        migrations.AddConstraint(
            model_name="cashcount",
            constraint=models.CheckConstraint(condition=models.Q(("amount_minor__gt", 0)), name="cash_positive"),
        ),
        migrations.AddConstraint(
            model_name="cashcount",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("confirmed_by__isnull", True),
                    models.Q(("confirmed_by", models.F("counted_by")), _negated=True),
                    _connector="OR",
                ),
                name="cash_two_people",
            ),
        ),
        migrations.AddConstraint(
            model_name="cashcount",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("gift__isnull", True),
                    models.Q(("confirmed_by__isnull", False), ("refused_reason", "")),
                    _connector="OR",
                ),
                name="cash_is_money_when_counted_twice",
            ),
        ),
        migrations.AddIndex(
            model_name="monthlygift",
            index=models.Index(
                condition=models.Q(("next_check_at__isnull", False)), fields=["next_check_at"], name="monthly_waiting"
            ),
        ),
        migrations.AddIndex(
            model_name="monthlygift",
            index=models.Index(fields=["fund", "state"], name="monthly_of_fund"),
        ),
        migrations.AddConstraint(
            model_name="monthlygift",
            constraint=models.CheckConstraint(condition=models.Q(("amount_minor__gt", 0)), name="monthly_positive"),
        ),
        migrations.AddConstraint(
            model_name="monthlygift",
            constraint=models.CheckConstraint(
                condition=models.Q(("need__isnull", True), ("project__isnull", True), _connector="OR"),
                name="monthly_one_purpose",
            ),
        ),
        migrations.AddIndex(
            model_name="gift",
            index=models.Index(fields=["project", "-succeeded_at", "-id"], name="gift_of_project"),
        ),
        migrations.AddIndex(
            model_name="gift",
            index=models.Index(fields=["fund", "-succeeded_at", "-id"], name="gift_of_fund"),
        ),
        migrations.AddIndex(
            model_name="gift",
            index=models.Index(
                condition=models.Q(("next_check_at__isnull", False)), fields=["next_check_at"], name="gift_waiting"
            ),
        ),
        migrations.AddIndex(
            model_name="gift",
            index=models.Index(
                condition=models.Q(
                    ("receipt_sent_at__isnull", True),
                    ("state", "succeeded"),
                    models.Q(("donor_email", ""), _negated=True),
                ),
                fields=["succeeded_at"],
                name="gift_receipt_unsent",
            ),
        ),
        migrations.AddIndex(
            model_name="gift",
            index=models.Index(
                condition=models.Q(
                    ("announced_sent_at__isnull", True),
                    ("reference_code__isnull", False),
                    ("state", "pending"),
                    models.Q(("donor_email", ""), _negated=True),
                ),
                fields=["created_at"],
                name="gift_announced_unsent",
            ),
        ),
        migrations.AddIndex(
            model_name="gift",
            index=models.Index(
                condition=models.Q(("batch__isnull", True), ("state", "succeeded"), ("transaction__isnull", True)),
                fields=["fund", "succeeded_at"],
                name="gift_unpublished",
            ),
        ),
        migrations.AddIndex(
            model_name="gift",
            index=models.Index(
                condition=models.Q(("donor__isnull", False)), fields=["donor", "-created_at"], name="gift_of_donor"
            ),
        ),
        migrations.AddIndex(
            model_name="gift",
            index=models.Index(
                django.db.models.functions.text.Upper("donor_email"),
                condition=models.Q(("donor_email", ""), _negated=True),
                name="gift_of_email",
            ),
        ),
        migrations.AddConstraint(
            model_name="gift",
            constraint=models.CheckConstraint(condition=models.Q(("amount_minor__gt", 0)), name="gift_positive"),
        ),
        migrations.AddConstraint(
            model_name="gift",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "succeeded"), ("succeeded_at__isnull", False)),
                    models.Q(
                        models.Q(("state", "succeeded"), _negated=True),
                        ("batch__isnull", True),
                        ("refunded_minor", 0),
                        ("succeeded_at__isnull", True),
                        ("transaction__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="gift_received",
            ),
        ),
        migrations.AddConstraint(
            model_name="gift",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "succeeded"), _negated=True),
                    models.Q(("transaction__isnull", False), ("batch__isnull", False), _connector="XOR"),
                    models.Q(("batch__isnull", True), ("name_public", False), ("transaction__isnull", True)),
                    _connector="OR",
                ),
                name="gift_received_is_booked",
            ),
        ),
        migrations.AddConstraint(
            model_name="gift",
            constraint=models.CheckConstraint(
                condition=models.Q(("fee_minor__isnull", True), ("state", "succeeded"), _connector="OR"),
                name="gift_fee_of_received",
            ),
        ),
        migrations.AddConstraint(
            model_name="gift",
            constraint=models.CheckConstraint(
                condition=models.Q(("refunded_minor__gte", 0), ("refunded_minor__lte", models.F("amount_minor"))),
                name="gift_refunded_within",
            ),
        ),
        migrations.AddConstraint(
            model_name="gift",
            constraint=models.CheckConstraint(
                condition=models.Q(("need__isnull", True), ("project__isnull", True), _connector="OR"),
                name="gift_one_purpose",
            ),
        ),
        migrations.AddConstraint(
            model_name="gift",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("name_public", False), models.Q(("donor_name", ""), _negated=True), _connector="OR"
                ),
                name="gift_public_name_is_named",
            ),
        ),
        migrations.AddConstraint(
            model_name="gift",
            constraint=models.CheckConstraint(
                condition=models.Q(("receipt_sent_at__isnull", True), ("state", "succeeded"), _connector="OR"),
                name="gift_thanked_when_received",
            ),
        ),
        migrations.AddIndex(
            model_name="pledge",
            index=models.Index(fields=["fund", "state", "ends_date"], name="pledge_of_fund"),
        ),
        migrations.AddConstraint(
            model_name="pledge",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("cap_minor__gt", 0), ("matched_minor__gte", 0), ("matched_minor__lte", models.F("cap_minor"))
                ),
                name="pledge_within_cap",
            ),
        ),
        migrations.AddConstraint(
            model_name="pledge",
            constraint=models.CheckConstraint(
                condition=models.Q(("percent__gte", 1), ("percent__lte", 300)), name="pledge_percent"
            ),
        ),
        migrations.AddConstraint(
            model_name="pledge",
            constraint=models.CheckConstraint(
                condition=models.Q(("ends_date__gte", models.F("starts_date"))), name="pledge_dates"
            ),
        ),
        migrations.AddConstraint(
            model_name="match",
            constraint=models.UniqueConstraint(fields=("pledge", "gift"), name="match_once"),
        ),
        migrations.AddConstraint(
            model_name="match",
            constraint=models.CheckConstraint(condition=models.Q(("amount_minor__gte", 0)), name="match_not_negative"),
        ),
        migrations.AddIndex(
            model_name="refund",
            index=models.Index(fields=["gift", "created_at"], name="refund_of_gift"),
        ),
        migrations.AddConstraint(
            model_name="refund",
            constraint=models.CheckConstraint(condition=models.Q(("amount_minor__gt", 0)), name="refund_positive"),
        ),
        migrations.AddConstraint(
            model_name="refund",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("answered_by__isnull", True),
                    models.Q(("answered_by", models.F("asked_by")), _negated=True),
                    _connector="OR",
                ),
                name="refund_by_another_person",
            ),
        ),
        migrations.AddIndex(
            model_name="screening",
            index=models.Index(condition=models.Q(("verdict", "hit")), fields=["screened_at"], name="screening_open"),
        ),
        migrations.AddConstraint(
            model_name="screening",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("decided_by__isnull", True), ("verdict__in", ["clear", "hit"])),
                    models.Q(
                        ("decided_by__isnull", False),
                        ("verdict__in", ["cleared", "refused"]),
                        models.Q(("reason", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="screening_decided_with_reason",
            ),
        ),
        migrations.AddField(
            model_name="gift",
            name="pledge",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="payments",
                to="donations.pledge",
            ),
        ),
        # hand-written: what the database itself enforces
        migrations.RunSQL((Path(__file__).parents[1] / "sql" / "donations.sql").read_text(encoding="utf-8")),
    ]
