"""One outside thing each; no adapter imports another."""
