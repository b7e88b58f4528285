#!/usr/bin/env bash
# Sets gate up in this checkout and runs it: see `./install.sh help`.
#
# Rules of the file: nothing outside the checkout changes except Debian packages, and those only after saying so;
# every step may be cut at any point and is done again by the next run; every failure is one message with advice.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
venv=$root/.venv
checks=(format lint types imports)

usage() {
    cat <<'TEXT'
Usage: ./install.sh COMMAND [ARGUMENT...]

  demo [ARG...]     set up what is missing, then run `gate demo ARG...`
  test [ARG...]     set up what is missing, run every check, then `pytest ARG...`; with --cov it tells what is not covered
  system [ARG...]   set up what is missing, run the tests that need a Debian of their own or kill whole programs, as root
                    (a few minutes; the Debian is kept in ~/.cache/gate)
  check [NAME...]   the checks alone: format, lint, types, imports (default: all four)
  help              this text

Debian packages are installed with apt, only when missing, and only for that is root needed.
Everything else goes to .venv in this folder; delete it to start afresh.

  GATE_PYTHON=/path/to/python3    the Python to use (3.11 or newer; default: Debian's own)
TEXT
}

say() { printf '%s\n' "install.sh: $*" >&2; }
fail() { say "$*"; exit 1; }

# --- Python ----------------------------------------------------------------------------------------------------------

recent() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

# Prints the interpreter for the venv; nothing when the machine has none at all, which apt can mend.
find_python() {
    local candidate found=
    if [ -n "${GATE_PYTHON:-}" ]; then
        recent "$GATE_PYTHON" || fail "GATE_PYTHON=$GATE_PYTHON is not a Python 3.11 or newer. Correct it, or unset it."
        command -v "$GATE_PYTHON"
        return
    fi
    for candidate in /usr/bin/python3 "$(command -v python3 || true)"; do
        [ -x "$candidate" ] || continue
        if recent "$candidate"; then echo "$candidate"; return; fi
        found="$candidate ($("$candidate" -V 2>&1))"
    done
    [ -z "$found" ] || fail "Python 3.11 or newer is needed, but this is $found." \
        "Use Debian 12 or later, or name another one: GATE_PYTHON=/path/to/python3 ./install.sh …"
}

# --- Debian packages -------------------------------------------------------------------------------------------------

has_venv() { [ -n "$1" ] && "$1" -c 'import ensurepip, venv' 2>/dev/null; }
has_zbar() { PATH=$PATH:/usr/sbin:/sbin ldconfig -p 2>/dev/null | grep 'libzbar\.so\.0' >/dev/null; }
has_mosquitto() { PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin command -v mosquitto >/dev/null; }

has_postgresql() { command -v postgres >/dev/null || compgen -G "/usr/lib/postgresql/*/bin/postgres" >/dev/null; }

has_debootstrap() { PATH=$PATH:/usr/sbin:/sbin command -v debootstrap >/dev/null; }

# One missing package a line, with the reason a person is told; the second argument is what will be run.
missing_packages() {
    local python=$1 tier=${2:-}
    [ -n "$python" ] || echo "python3: gate is written in it"
    has_venv "$python" || [ -n "${GATE_PYTHON:-}" ] || echo "python3-venv: keeps the Python packages inside this folder"
    has_zbar || echo "libzbar0: reads QR codes"
    has_mosquitto || echo "mosquitto: the private MQTT broker of the demo and the tests"
    [ -z "$tier" ] || has_postgresql || echo "postgresql: the private database server of the tests"
    [ "$tier" != system ] || has_debootstrap || echo "debootstrap: makes the Debian of the system tests"
}

# Runs as root, on its own (its text is handed to sudo), so it uses nothing of this script.
apt_install() {
    export DEBIAN_FRONTEND=noninteractive
    local policy=/usr/sbin/policy-rc.d fresh=''
    leftovers=() # not local: it is used when this shell ends
    trap 'rm -f "${leftovers[@]}"' EXIT
    trap 'exit 130' INT TERM HUP
    case " $* " in *" mosquitto "*) fresh=yes ;; esac
    # Debian makes and starts a database cluster with the server's package; gate makes its own in a temporary folder.
    local clusters=/etc/postgresql-common/createcluster.d
    case " $* " in
        *" postgresql "*)
            mkdir -p $clusters
            echo 'create_main_cluster = false' >$clusters/gate-install.conf
            leftovers+=($clusters/gate-install.conf)
            ;;
    esac
    # Debian starts a broker as soon as it is installed; gate starts its own. This keeps the system's one down.
    # It rules only while this process lives, so a copy that was left behind by a power cut does nothing.
    if [ -n "$fresh" ] && [ ! -e $policy ]; then
        printf '#!/bin/sh\n# Left by install.sh of gate; may be deleted.\n%s\n' \
            "case \$1 in mosquitto*) kill -0 $$ 2>/dev/null && exit 101 ;; esac; exit 0" >$policy
        chmod 755 $policy
        leftovers+=($policy)
    fi
    apt-get update -qq || echo "install.sh: apt-get update had errors; trying with the package lists at hand" >&2
    local result=0
    apt-get install -y -qq --no-install-recommends "$@" </dev/null >/dev/null || result=$?
    if [ $result = 0 ] && [ -n "$fresh" ]; then # it was not here before, so nobody relies on it at boot
        if command -v systemctl >/dev/null; then systemctl --quiet disable mosquitto.service
        elif command -v update-rc.d >/dev/null; then update-rc.d mosquitto disable; fi >/dev/null 2>&1 || true
    fi
    return $result
}

ensure_packages() {
    local python=$1 tier=${2:-} lines names
    lines=$(missing_packages "$python" "$tier")
    [ -n "$lines" ] || return 0
    names=$(cut -d: -f1 <<<"$lines" | tr '\n' ' ')
    names=${names% }
    local by_hand="apt-get install --no-install-recommends $names"
    say "these Debian packages are missing:"
    printf '    %s\n' "${lines//$'\n'/$'\n'    }" >&2
    command -v apt-get >/dev/null || fail "there is no apt-get here. Install what these packages hold by other means, then run this again."
    local as_root=()
    if [ "$(id -u)" != 0 ]; then
        command -v sudo >/dev/null || fail "installing them needs root, and there is no sudo. Ask an administrator to run: $by_hand"
        as_root=(sudo)
        [ -t 0 ] || as_root+=(-n)
        say "installing them is the only step that needs root; sudo may ask for your password."
        "${as_root[@]}" -v || fail "sudo did not allow it. Ask an administrator to run: $by_hand"
    fi
    say "running: $by_hand"
    case "$names" in *postgresql*) say "no database cluster of the system is made or started." ;; esac
    case "$names" in *mosquitto*) say "the system's own mosquitto service stays stopped and disabled." ;; esac
    # shellcheck disable=SC2086  # the names are words
    "${as_root[@]}" bash -c "$(declare -f apt_install); apt_install \"\$@\"" apt_install $names ||
        fail "apt-get could not install them (its own words are above). Check the network and the package sources, or run: $by_hand"
    lines=$(missing_packages "$(find_python)" "$tier")
    [ -z "$lines" ] || fail "still missing after apt-get: ${lines//$'\n'/; }. Please report this with the output above."
}

# --- The venv --------------------------------------------------------------------------------------------------------

# What the venv was made from: Python, place and lock. A change of any makes a new one.
venv_digest() { { "$1" -VV; echo "$venv"; cat "$root/requirements/$2.txt"; } | sha256sum | cut -d' ' -f1; }
project_digest() { sha256sum <"$root/pyproject.toml" | cut -d' ' -f1; }
stamped() { [ "$(cat "$venv/gate-$1.stamp" 2>/dev/null)" = "$2" ]; }
stamp() { echo "$2" >"$venv/gate-$1.stamp.new" && mv "$venv/gate-$1.stamp.new" "$venv/gate-$1.stamp"; }

pip_install() {
    "$venv/bin/python" -m pip --disable-pip-version-check install --quiet "$@" </dev/null ||
        fail "pip could not install (its own words are above). Check the network and the free space (1 GB), then run this" \
            "again; what was fetched is not fetched twice. A mirror or a proxy is set up as always: pip config set global.index-url …"
}

# The lock names every package there is to install, so pip resolves nothing: its resolver would look at releases newer than
# the lock for a package that another one wants with an extra, and refuse them for want of a hash.
install_lock() { pip_install --no-deps --require-hashes -r "$root/requirements/$1.txt"; }

make_venv() {
    local python=$1 level=$2
    say "making .venv with $("$python" -V 2>&1); this takes a minute or two the first time"
    rm -rf "$venv" || fail "cannot delete $venv. Was it made by root? Delete it by hand: sudo rm -rf $venv"
    "$python" -m venv "$venv" </dev/null >&2 ||
        fail "$python could not make a venv (its own words are above). On Debian: apt-get install python3-venv."
    install_lock "$level"
}

# Brings .venv to the lock `level`: "dev" holds all that "demo" holds, and more.
ensure_venv() {
    local python=$1 level=$2 demo dev
    demo=$(venv_digest "$python" demo) dev=$(venv_digest "$python" dev)
    if stamped dev "$dev" || { [ "$level" = demo ] && stamped demo "$demo"; }; then :
    elif stamped demo "$demo"; then
        say "adding the test tools to .venv"
        install_lock dev
        stamp dev "$dev"
    else
        make_venv "$python" "$level"
        stamp demo "$demo"
        [ "$level" = demo ] || stamp dev "$dev"
    fi
    local project
    project=$(project_digest)
    stamped project "$project" && return
    pip_install --no-deps --no-build-isolation --editable "$root"
    stamp project "$project"
}

setup_locked() {
    trap 'say "stopped; the next run sets up what is left"; exit 130' INT TERM HUP
    flock -n 9 || { say "another install.sh is setting up here; waiting for it"; flock 9; }
    local python
    python=$(find_python)
    ensure_packages "$python" "${2:-}"
    [ -n "$python" ] || python=$(find_python)
    ensure_venv "$python" "$1"
}

# In a subshell, so that the lock is not inherited by what runs afterwards.
setup() {
    [ -w "$root" ] || fail "cannot write to $root. Run this in a checkout of your own."
    [ -z "${SUDO_USER:-}" ] || say "better without sudo: it asks for root by itself, and .venv will belong to root now"
    ( setup_locked "$@" ) 9>"$root/.venv.lock"
    export PATH=$venv/bin:$PATH:/usr/local/sbin:/usr/sbin:/sbin # Debian keeps mosquitto in sbin
    cd "$root"
}

# --- Checks and tests ------------------------------------------------------------------------------------------------

# The one list of check commands: CI, pre-commit and `test` all come here.
run_check() {
    case $1 in
        format) ruff format --check . ;;
        lint) ruff check . ;;
        types) mypy ;;
        imports) lint-imports --no-logo ;;
        *) say "unknown check: $1 (there are: ${checks[*]})"; return 2 ;;
    esac
}

failed=()
run_checks() {
    local name
    for name in "$@"; do
        say "check: $name"
        run_check "$name" || failed+=("$name")
    done
}

# The tests share nothing but the machine; `./install.sh test -n 0` runs them in one process. More processes than cores,
# because many tests wait: for a program, a broker, a deadline. No coverage, which takes 1.8 times the CPU; CI has it.
# Pytest's own summary is the last line, unless a check failed: then a count that includes the checks.
run_tests() {
    local report counts passed pytest=(python -m pytest --numprocesses=$(($(nproc) + 2)) --dist=worksteal)
    if [ ${#failed[@]} = 0 ]; then "${pytest[@]}" "$@"; return; fi
    report=$(mktemp)
    "${pytest[@]}" --junitxml="$report" "$@" || true
    counts=$(grep -o '<testsuite [^>]*>' "$report" || true)
    rm -f "$report"
    number() { sed -n "s/.* $1=\"\([0-9]*\)\".*/\1/p" <<<"$counts" | grep . || echo 0; }
    passed=$(($(number tests) - $(number failures) - $(number errors) - $(number skipped)))
    say "failed checks: ${failed[*]} (./install.sh check ${failed[*]} shows them again)"
    echo "$passed passed, $(($(number failures) + $(number errors) + ${#failed[@]})) failed"
    return 1
}

main() {
    local command=${1:-}
    [ $# = 0 ] || shift
    unset PYTHONDONTWRITEBYTECODE # else every program that is started compiles all of gate
    case $command in
        demo)
            setup demo
            exec gate demo "$@"
            ;;
        test)
            setup dev test
            run_checks "${checks[@]}"
            run_tests "$@"
            ;;
        system)
            setup dev system
            exec python -m pytest -m system --numprocesses=0 tests/system "$@"
            ;;
        check)
            setup dev
            if [ $# = 0 ]; then set -- "${checks[@]}"; fi
            run_checks "$@"
            [ ${#failed[@]} = 0 ] || fail "failed: ${failed[*]}"
            ;;
        help | -h | --help) usage ;;
        *)
            [ -z "$command" ] || say "unknown command: $command"
            usage >&2
            exit 2
            ;;
    esac
}

if [ "${BASH_SOURCE[0]}" = "$0" ]; then main "$@"; fi
