#!/bin/sh
# Makes a Debian 13 with libcamera and picamera2 in the folder $1, once: about two minutes and 1.3 GB. Needs root.
# A run that was cut begins again; nothing outside of the folder changes.
set -eu
root=$1
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$root"
exec 9>"$root/lock" # two checkouts may want it at the same time
flock 9
[ ! -e "$root/ready" ] || exit 0
rm -rf "$root/debian"
debootstrap --variant=minbase trixie "$root/debian"
cp -L /etc/resolv.conf "$root/debian/etc/resolv.conf"
export DEBIAN_FRONTEND=noninteractive
chroot "$root/debian" apt-get -q -y --no-install-recommends install \
    python3-libcamera libcamera-ipa python3-numpy python3-venv python3-dev gcc libc6-dev libcap-dev ca-certificates
if [ -n "${SSL_CERT_FILE:-}" ]; then  # pip asks for the same file inside
    mkdir -p "$root/debian$(dirname "$SSL_CERT_FILE")"
    cp "$SSL_CERT_FILE" "$root/debian$SSL_CERT_FILE"
fi
chroot "$root/debian" python3 -m venv --system-site-packages /opt/venv
chroot "$root/debian" env -u PIP_FIND_LINKS -u PIP_CONSTRAINT \
    /opt/venv/bin/pip install -q "picamera2==0.3.38" cbor2 cryptography zxing-cpp
cp "$here/memfd_dma.c" "$root/debian/opt/"
chroot "$root/debian" gcc -O2 -shared -fPIC -o /opt/memfd_dma.so /opt/memfd_dma.c
touch "$root/ready"
