"""Many light gates in few processes: the gate's own outbox on a journal in memory, and a link of a few packets.

Everything that a broker and a centre see of a gate is the real thing: its records, its chain with signed heads, its
window, its batches, what it does when nobody confirms. What a door needs is not there.
"""
