"""What a service at a door loads when it follows the usual tutorials: every library at the top, for all it may ever do.

Run as a program, it loads them and ends. OpenCV is loaded where it is installed, because most tutorials begin with it.
"""

from __future__ import annotations

import importlib
from contextlib import suppress

LIBRARIES = (
    "json",
    "logging",
    "sqlite3",
    "ssl",
    "threading",
    "av",
    "cattrs",
    "cbor2",
    "gpiozero",
    "jsonschema",
    "numpy",
    "paho.mqtt.client",
    "PIL.Image",
    "PIL.ImageOps",
    "cryptography.x509",
    "cryptography.hazmat.primitives.asymmetric.ec",
    "cryptography.hazmat.primitives.asymmetric.ed25519",
    "cryptography.hazmat.primitives.asymmetric.rsa",
    "pyzbar.pyzbar",
    "zxingcpp",
)

if __name__ == "__main__":
    for library in LIBRARIES:
        importlib.import_module(library)
    with suppress(ImportError):
        importlib.import_module("cv2")
