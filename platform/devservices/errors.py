"""The one error a person at the terminal sees. Never a traceback's wording: what is wrong, and what to do."""

import errno


class StackError(Exception):
    """One sentence that says what is wrong and what to do; the command prints it and exits with 1."""


def explain_os_error(error: OSError, *, where: str) -> StackError:
    """Turn the operating system's refusal into a sentence about `where` (a path or what was being done)."""
    if error.errno == errno.ENOSPC:
        return StackError(
            f"The disk is full ({where}). Make room on it, or choose another place with ASAR_RUN_DIR=/a/folder."
        )
    if error.errno == errno.EROFS:
        return StackError(f"The disk is read-only ({where}). Choose another place with ASAR_RUN_DIR=/a/folder.")
    if error.errno in {errno.EACCES, errno.EPERM}:
        name = error.filename or where
        return StackError(
            f"No permission for {name} ({where}). Run as the user who owns it, or choose another place "
            "with ASAR_RUN_DIR=/a/folder."
        )
    return StackError(
        f"{where}: {error.strerror or error}. Look into the logs there, or choose another place with "
        "ASAR_RUN_DIR=/a/folder."
    )
