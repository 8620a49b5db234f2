"""Every write of the public log: entries with what they are about, checkpoints by the sequencer, witnesses, keys."""

from transparency.actions.asking import ask_witnesses
from transparency.actions.entries import Kept, append, erase, heartbeat, keep_openings, moment_text, new_key
from transparency.actions.rereading import release, reread
from transparency.actions.seeds import generate, rotate
from transparency.actions.sequencer import adopt, integrate
from transparency.actions.succeeding import succeed
from transparency.actions.witnessing import add_checkpoint

__all__ = [
    "Kept",
    "add_checkpoint",
    "adopt",
    "append",
    "ask_witnesses",
    "erase",
    "generate",
    "heartbeat",
    "integrate",
    "keep_openings",
    "moment_text",
    "new_key",
    "release",
    "reread",
    "rotate",
    "succeed",
]
