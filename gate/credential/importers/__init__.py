"""What publishers give out about issuers' keys, as issuers' entries for a bundle: one file a form, listed in ``forms``.

Reading proves nothing: whoever signs the bundle vouches for what is in it. What cannot be read or is not supported is
skipped and named, and costs nothing else.
"""
