"""The public log's arithmetic: trees, notes, proofs. Pure; never Django, never the clock, never a network."""
