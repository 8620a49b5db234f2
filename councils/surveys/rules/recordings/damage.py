"""The one refusal of this package. It never says what was found: that may be what somebody wanted to keep quiet."""


class UnreadableRecordingError(ValueError):
    """The bytes are no whole recording of their kind, or hold something that cannot be taken out of them."""
