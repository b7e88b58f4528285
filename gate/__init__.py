"""An access control unit for a door: it reads a QR code, decides, releases or holds, signals and reports.

The house, from the bottom up; each floor imports only what is below it:

credential     what was shown: symbol bytes -> verified or rejected                 (pure)
policy         what it means here: verified or rejected -> colour and outcome       (pure)
access         what the access point does: signals in, effects and events out       (pure)
wire           what the centre reads: topics, envelope, schemas
decoding       what a decoder is, apart from the rest, for a decoder's own process
ports          what the outside must offer, as protocols
adapters       one outside thing each: camera files, decoders, GPIO, SQLite, MQTT, systemd
configuration  how a TOML file is described, read and written
service        the threads of one access point, and the composition root ``service.app``
central        beside it, elsewhere: it keeps what all gates tell; its root is ``central.app``
simulation     visitors, pictures and a workbench: the demo runs the real service on them
cli            one small file per command; ``gate --help`` lists them

One visit runs upwards and down again: a frame (``ports.Frame``) is decoded and verified on the reader thread,
``Presented`` goes to the controller thread, which owns ``access.AccessPoint``; its effects move the strike and the
lamps, and its events go through the journal to MQTT.  ``docs/threads.md`` names every thread.
"""

from datetime import UTC, datetime

__version__ = "0.1.0"
RELEASED = datetime(2026, 11, 1, tzinfo=UTC)
"""The month of this version; no clock that is right shows an earlier time."""
