"""One append-only log per town: entries, the tree over them, signed checkpoints, and what witnesses confirmed.

PostgreSQL holds the rules (sql/log.sql). Entries are written by functions alone and never changed; of all tables here
only the openings of personal fields can lose a row. Logs know their town by its slug: this room stands below the towns.
"""

from django.db import models
from django.db.models import Q

from transparency.states import Answer, Kind, Refusal


class Log(models.Model):
    """A town's log. Opened by its first entry, never closed."""

    id = models.AutoField(primary_key=True)
    slug = models.CharField(max_length=60, unique=True)
    opened_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(slug__regex="^[a-z0-9][a-z0-9-]*$"), name="log_slug_plain")]


class Head(models.Model):
    """How many entries a log has. Whoever appends holds this row to its commit: that makes indexes gap-free."""

    log_id = models.IntegerField(primary_key=True)
    size = models.BigIntegerField()


class Entry(models.Model):
    """The exact bytes whose hash is leaf `index` of the log: canonical JSON (RFC 8785), at most 65,535 bytes."""

    pk = models.CompositePrimaryKey("log_id", "index")
    log_id = models.IntegerField()
    index = models.BigIntegerField()
    kind = models.CharField(max_length=24, choices=Kind.choices)
    booked_at = models.DateTimeField()
    body = models.BinaryField()

    # Kind and index are the functions' care. A check or another index here, even one that money never stands in, would
    # be made ready anew for every posting: what is looked for by other marks has its row in `Topic`.


class Topic(models.Model):
    """What an entry that is no money is about: a decision, an approval ...; of a sign of life its day in Kazakhstan."""

    pk = models.CompositePrimaryKey("log_id", "index")
    log_id = models.IntegerField()
    index = models.BigIntegerField()
    kind = models.CharField(max_length=24, choices=Kind.choices)
    ref = models.UUIDField(null=True)
    day = models.DateField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["log_id", "day"], condition=Q(day__isnull=False), name="log_heartbeat_daily"
            )
        ]
        indexes = [models.Index(fields=["ref"], condition=Q(ref__isnull=False), name="log_topic_ref")]


class Opening(models.Model):
    """The random key and the value behind one commitment of an entry. Erasing it leaves every proof valid."""

    pk = models.CompositePrimaryKey("log_id", "index", "field")
    log_id = models.IntegerField()
    index = models.BigIntegerField()
    field = models.CharField(max_length=60)
    key = models.BinaryField()
    value = models.TextField()


class Tile(models.Model):
    """Up to 256 hashes of one level of the tree. The right edge grows; nothing in it ever changes."""

    pk = models.CompositePrimaryKey("log_id", "level", "index")
    log_id = models.IntegerField()
    level = models.SmallIntegerField()
    index = models.BigIntegerField()
    hashes = models.BinaryField()


class Checkpoint(models.Model):
    """A signed statement: at this size the log had this root. `note` is the signed note as published."""

    pk = models.CompositePrimaryKey("log_id", "size")
    log_id = models.IntegerField()
    size = models.BigIntegerField()
    root = models.BinaryField()
    note = models.TextField()
    signed_at = models.DateTimeField()
    waited_ms = models.IntegerField()  # how long the oldest entry that it is the first to cover had waited

    class Meta:
        indexes = [models.Index(fields=["log_id", "-signed_at"], name="log_checkpoint_recent")]


class SigningKey(models.Model):
    """Every key that a log has ever signed with. `statement` is the old key's signed note that names the new one."""

    id = models.AutoField(primary_key=True)
    log_id = models.IntegerField()
    vkey = models.CharField(max_length=300)
    since_size = models.BigIntegerField()
    recorded_at = models.DateTimeField()
    statement = models.TextField(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["log_id", "vkey"], name="log_key_once")]


class Generation(models.Model):
    """A town's log begun anew under its own origin: the one before had signed more than this database holds.

    `number` counts from 2: the first log has no row. `since` is the index of the entry that says so; None where another
    copy of this database wrote it. `ended_*` is what the log before had signed last and `ended_note` its checkpoint,
    frozen; `kept` is how many of its entries are here. `statement` is the note that both logs' keys signed.
    """

    id = models.AutoField(primary_key=True)
    log_id = models.IntegerField()
    number = models.SmallIntegerField()
    since = models.BigIntegerField(null=True)
    ended_size = models.BigIntegerField()
    ended_root = models.BinaryField()
    ended_note = models.TextField(blank=True)
    kept = models.BigIntegerField()
    statement = models.TextField()
    begun_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["log_id", "number"], name="log_generation_once")]


class Standing(models.Model):
    """Whether a log's sequencer signs or refuses, and since when. A notice, not a record: it may be overwritten."""

    log_id = models.IntegerField(primary_key=True)
    refusal = models.CharField(max_length=24, choices=Refusal.choices, blank=True)
    refused_at = models.DateTimeField(null=True)


class Cosignature(models.Model):
    """A witness's confirmation of one checkpoint, as the line that stands under the note."""

    pk = models.CompositePrimaryKey("log_id", "size", "witness")
    log_id = models.IntegerField()
    size = models.BigIntegerField()
    witness = models.CharField(max_length=200)
    line = models.TextField()
    at = models.DateTimeField()


class Asked(models.Model):
    """How the last request to one witness of a log ended, and the size that it confirmed last."""

    pk = models.CompositePrimaryKey("log_id", "witness")
    log_id = models.IntegerField()
    witness = models.CharField(max_length=200)
    size = models.BigIntegerField()
    answer = models.CharField(max_length=8, choices=Answer.choices)
    at = models.DateTimeField()


class Witnessed(models.Model):
    """What a town, as a witness, confirmed last of a log. It never confirms a smaller tree, nor two of one size."""

    pk = models.CompositePrimaryKey("witness", "origin")
    witness = models.CharField(max_length=60)
    origin = models.CharField(max_length=200)
    origin_sha256 = models.CharField(max_length=64)  # how the monitoring address names the log
    size = models.BigIntegerField()
    root = models.BinaryField()
    note = models.TextField()
    at = models.DateTimeField()
