"""A decoder in a process of its own, which may do nothing but decode: ``parent`` asks, ``serving`` answers.

The two sides share ``messages`` and a memory with the frame; each loads only what it needs.
"""
