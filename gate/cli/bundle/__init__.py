"""What ``gate support-bundle`` holds: one file for each part.

Rules: every part is made of what is known to be harmless, and of nothing else; what nobody has thought of is left out.
So no part copies a text that came from outside: not from a code, a log line, an event, a path or an error.
"""
