"""A disk below SQLite that the tests rule: it counts, fails, and forgets at a power cut what was not synced.

``disk`` is the disk itself, ``vfs`` puts it under the very SQLite that Python's own module uses.
"""
