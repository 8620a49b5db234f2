"""The ways in which the log's arithmetic refuses. Plain English sentences: they are read by auditors and developers.

These are errors of formats and proofs, never of people at a form; pages translate them by their class. They must
never carry a key, a seed or a personal value.
"""


class RefusedError(ValueError):
    """What was read is not what it claims to be. Catch this to catch all of them."""


class FormatError(RefusedError):
    """The bytes do not follow the format: wrong length, a leading zero, something left over."""


class ProofError(RefusedError):
    """The hashes do not lead where the proof says they lead."""


class SignatureError(RefusedError):
    """No known key signed this, or a known key's signature is false."""
