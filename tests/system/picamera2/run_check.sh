#!/bin/sh
# Runs check.py in the Debian of the folder $1, with the checkout $2 (read-only) and the pictures of the folder $3; it may
# make no system call but those of the file $4, where that is given.
# Its mounts are seen by nobody else and end with it. Needs root.
set -eu
exec unshare --mount --propagation private sh -eu -c '
    debian=$1/debian
    mkdir -p "$debian/gate" "$debian/pictures" "$debian/usr/share/libcamera/pipeline/virtual"
    mount --bind "$2" "$debian/gate"
    mount -o remount,bind,ro "$debian/gate"
    mount --bind "$3" "$debian/pictures"
    mount -t proc proc "$debian/proc"
    mount --rbind /dev "$debian/dev"
    cp "$2/tests/system/picamera2/virtual.yaml" "$debian/usr/share/libcamera/pipeline/virtual/"
    [ -z "${4:-}" ] || cp "$4" "$debian/opt/calls"
    exec chroot "$debian" env LD_PRELOAD=/opt/memfd_dma.so PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=/gate \
        LIBCAMERA_LOG_LEVELS="*:ERROR" timeout 100 \
        ${4:+/opt/venv/bin/python /gate/tests/system/filtered.py /opt/calls} /opt/venv/bin/python /gate/tests/system/picamera2/check.py
' sh "$@"
