"""The installer and the lock."""
