"""The sealed side: answers while a wave is open. All content is encrypted; the keys lie outside the database.

An envelope can be opened with the wave's key alone (`actions/keys.py`), a draft with the respondent's code and the
wave's key together. All of it is padded, so that a length tells nothing, and deleted when the wave is closed; then the
key is destroyed, and copies in backups and write-ahead logs are noise. Never store a plain answer here.

Envelopes and marks are made by `surveys_take` alone (sql/taking.sql), which sees that their wave is there: a foreign
key would lock the wave's one row for each of them.
"""

from django.db import models

from councils.surveys.models.waves import Wave


class Envelope(models.Model):
    """One person's answers, locked. `id` is HMAC(wave key, person or code): a second answer replaces the first."""

    id = models.UUIDField(primary_key=True, editable=False)
    wave = models.ForeignKey(Wave, on_delete=models.PROTECT, related_name="envelopes", db_constraint=False)
    sealed = models.BinaryField()


class EnvelopeFile(models.Model):
    """A file of an answer (a photo, a sound), locked as its envelope is. `mark` hides its name."""

    id = models.UUIDField(primary_key=True, editable=False)
    wave = models.ForeignKey(Wave, on_delete=models.PROTECT, related_name="+", db_index=False)
    envelope = models.UUIDField(db_index=True)
    sealed = models.BinaryField()


class Draft(models.Model):
    """Answers on their way, locked with the code that only the respondent holds. Kept until the wave is closed.

    Inside the lock a number grows with every change, so that a phone that comes back from the mountains cannot undo a
    later one. Outside it would tell how many sections a person was led through.
    """

    code_mark = models.CharField(max_length=64, primary_key=True)
    wave = models.ForeignKey(Wave, on_delete=models.CASCADE, related_name="drafts", db_index=False)
    sealed = models.BinaryField()
    touched_date = models.DateField()


class Received(models.Model):
    """A submission that came already: sent again it changes nothing. `mark` is HMAC(wave key, instance id)."""

    mark = models.UUIDField(primary_key=True)
    wave = models.ForeignKey(Wave, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False)
