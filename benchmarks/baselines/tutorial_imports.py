"""What public programs of this kind import at their top, in union: a second baseline, which no library of ours decides.

Three read certificates with a camera on a Raspberry Pi and switch a light, a relay or a turnstile: ``qrcode.py`` of
Les-Ateliers/bornepasse, ``cameraClient.py`` of lucadentella/raspberry-dgc, ``green-pass-access.py`` of
zorbaproject/greenpass-turnstile.  MQTT and gpiozero stand for how newer ones report and switch: RPi.GPIO, picamera,
zbarlight and card readers cannot be loaded without the board and are left out.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterable
from importlib.util import find_spec

LIBRARIES = (
    "json",
    "time",
    "threading",
    "platform",
    "subprocess",
    "signal",
    "datetime",
    "zlib",
    "base64",
    "requests",
    "dateutil.parser",
    "cose.messages",
    "cose.keys",
    "cose.keys.keyparam",
    "cose.keys.keytype",
    "cose.keys.curves",
    "cose.headers",
    "cose.algorithms",
    "cose.exceptions",
    "cryptography.hazmat.primitives.serialization",
    "cryptography.hazmat.primitives.asymmetric.ec",
    "cryptography.hazmat.primitives.asymmetric.rsa",
    "cbor2",
    "base45",
    "cv2",
    "numpy",
    "PIL.Image",
    "pyzbar.pyzbar",
    "gpiozero",
    "paho.mqtt.client",
)
ONLY_HERE = "opencv-python-headless requests cose base45 python-dateutil"
"""What to install to measure it: nothing else here needs them."""


def missing(libraries: Iterable[str] = LIBRARIES) -> list[str]:
    """Those that are not installed."""
    return sorted({name for name in (library.partition(".")[0] for library in libraries) if find_spec(name) is None})


if __name__ == "__main__":
    for library in LIBRARIES:
        importlib.import_module(library)
