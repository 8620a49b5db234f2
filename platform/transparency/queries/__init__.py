"""Every read of the public log. What is published never reaches beyond the last signed checkpoint."""

from transparency.queries.generations import Ended, ended_logs, generation_of, log_url, statement_of
from transparency.queries.keys import origin_of, witness_name, witness_url
from transparency.queries.logs import (
    LOST,
    NOT_THERE,
    Signed,
    bundle,
    checkpoint_note,
    entries_about,
    entry_at,
    index_of,
    is_open,
    latest_checkpoint,
    open_logs,
    tile,
    waiting_logs,
)
from transparency.queries.proofs import covering, first_covering, openings_of, proof_file, published_proof
from transparency.queries.states import LogState, WitnessState, log_state, refusing_logs, unconfirmed_logs
from transparency.queries.witnesses import policy_file, policy_of, witnessed_note

__all__ = [
    "LOST",
    "NOT_THERE",
    "Ended",
    "LogState",
    "Signed",
    "WitnessState",
    "bundle",
    "checkpoint_note",
    "covering",
    "ended_logs",
    "entries_about",
    "entry_at",
    "first_covering",
    "generation_of",
    "index_of",
    "is_open",
    "latest_checkpoint",
    "log_state",
    "log_url",
    "open_logs",
    "openings_of",
    "origin_of",
    "policy_file",
    "policy_of",
    "proof_file",
    "published_proof",
    "refusing_logs",
    "statement_of",
    "tile",
    "unconfirmed_logs",
    "waiting_logs",
    "witness_name",
    "witness_url",
    "witnessed_note",
]
