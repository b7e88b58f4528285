"""The decoder's process: what it says, what it may do, and what its parent makes of its end."""
