#!/bin/sh
# Runs a program in the Debian of the folder $1, with the folder $2 as its /node and the variables of the file $2/$3.env.
# Whatever it starts ends with it, however it ends, and its mounts are seen by nobody else. Needs root.
set -eu
exec unshare --mount --pid --fork --kill-child --propagation private sh -eu -c '
    debian=$1/debian node=$2 variables=$3
    shift 3
    mkdir -p "$debian/node"
    mount --bind "$node" "$debian/node"
    mount -t proc proc "$debian/proc"
    mount --rbind /dev "$debian/dev"
    set -a
    . "$node/$variables.env"
    exec chroot "$debian" "$@"
' sh "$@"
