"""From a camera frame to what is worth trying on it: pure picture arithmetic and bookkeeping; no library, no thread."""
