"""What can be wrong with a key, a certificate or a request for one."""

from __future__ import annotations


class PkiError(Exception):
    """It cannot be used; the text says what is wrong and what to do, and quotes nothing secret."""
