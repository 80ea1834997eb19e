#!/bin/bash
# Brings in what drydock is built from: Debian packages and the official MuJoCo wheel. Does nothing,
# quickly, when all is there. Never changes the system where it may not: then it says what to run.
set -euo pipefail
cd "$(dirname "$0")/.."

packages=(build-essential cmake ninja-build pkg-config liblua5.4-dev musl-dev libjansson-dev
    libxxhash-dev libsodium-dev libcmocka-dev libzstd-dev liblz4-dev zlib1g-dev libexpat1-dev
    libpng-dev libjpeg62-turbo-dev libegl-dev libgl-dev libegl1 libgl1-mesa-dri libglfw3-dev ffmpeg xvfb
    python3 python3-pip python3-venv ca-certificates)
mujoco_version=3.17.0
wheel_sha256=d66928d86a2d1b601bbaa4dc11db50214d17d5301bb8afd84721313b67ff0874
mujoco=.deps/mujoco

fail() {
    printf 'drydock: %s\n' "$*" >&2
    exit 1
}

# what is built for and tested on; others may work, but nobody has tried
check_system() {
    [ "$(uname -m)" = x86_64 ] || fail "drydock needs an x86-64 processor, this is $(uname -m)"
    grep -qw avx /proc/cpuinfo || fail "drydock needs a processor with AVX, as MuJoCo does"
    command -v dpkg-query apt-get > /dev/null \
        || fail "drydock is built on Debian 12 or 13; elsewhere install the equivalents of: ${packages[*]}"
    local id='' version=''
    id=$(sed -n 's/^ID=//p' /etc/os-release)
    version=$(sed -n 's/^VERSION_ID="\?\([0-9]*\).*/\1/p' /etc/os-release)
    case "$id $version" in
    "debian 12" | "debian 13") ;;
    *) echo "drydock: tested on Debian 12 and 13 only, this is $id $version" >&2 ;;
    esac
}

install_packages() {
    local present missing=()
    present=$(dpkg-query -W -f '${Package} ${db:Status-Status}\n' "${packages[@]}" 2> /dev/null || true)
    for package in "${packages[@]}"; do
        grep -q "^$package installed$" <<< "$present" || missing+=("$package")
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    check_system
    local as_root=()
    if [ "$(id -u)" != 0 ]; then
        if command -v sudo > /dev/null && sudo -n true 2> /dev/null; then
            as_root=(sudo -n)
        else
            echo "drydock: packages are missing and this user may not install them. Run as root:" >&2
            echo "    apt-get update && apt-get install -y --no-install-recommends ${missing[*]}" >&2
            exit 1
        fi
    fi
    echo "drydock: installing ${missing[*]}"
    local log
    log=$(mktemp)
    if ! { "${as_root[@]}" apt-get update -qq \
        && "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
            apt-get install -y -qq --no-install-recommends "${missing[@]}"; } > "$log" 2>&1; then
        tail -n 20 "$log" >&2
        rm -f "$log"
        fail "the packages above could not be installed"
    fi
    rm -f "$log"
}

# the package of the wheel without its Python modules, with its licence
unpack() {
    python3 - "$1" "$2" << 'END'
import os, sys, zipfile
wheel, out = sys.argv[1:]
with zipfile.ZipFile(wheel) as z:
    for info in z.infolist():
        name = info.filename
        if info.is_dir():
            continue
        top, _, rest = name.partition("/")
        wanted = top == "mujoco" and (
            rest.startswith(("include/", "plugin/", "libmujoco.so")))
        licence = top.endswith(".dist-info") and os.path.basename(name).upper().startswith("LICEN")
        if not wanted and not licence:
            continue
        target = os.path.join(out, rest if wanted else os.path.basename(name))
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with open(target, "wb") as f:
            f.write(z.read(info))
END
}

fetch_mujoco() {
    local stamp="$mujoco_version $wheel_sha256"
    if [ -f "$mujoco/stamp" ] && [ "$(< "$mujoco/stamp")" = "$stamp" ] \
        && [ -f "$mujoco/libmujoco.so.$mujoco_version" ]; then
        return 0
    fi
    check_system
    mkdir -p .deps
    local work
    work=$(mktemp -d .deps/fetch.XXXXXX)
    # shellcheck disable=SC2064
    trap "rm -rf '$work'" EXIT
    echo "drydock: fetching MuJoCo $mujoco_version (26 MB)"
    # one wheel for every Python, so that one hash holds everywhere
    local pip=(python3 -m pip)
    "${pip[@]}" --version > /dev/null 2>&1 || pip=(/usr/bin/python3 -m pip)
    "${pip[@]}" download "mujoco==$mujoco_version" --no-deps --python-version 3.11 \
        --platform manylinux_2_28_x86_64 --only-binary=:all: --dest "$work/wheel" \
        --disable-pip-version-check --quiet \
        || fail "MuJoCo could not be fetched from the Python package index; MUJOCO_DIR=DIR uses a copy"
    local wheels=("$work"/wheel/*.whl)
    [ ${#wheels[@]} = 1 ] || fail "expected one wheel, got ${#wheels[@]}"
    local got
    got=$(sha256sum "${wheels[0]}" | cut -d ' ' -f 1)
    [ "$got" = "$wheel_sha256" ] \
        || fail "the MuJoCo wheel has SHA-256 $got, expected $wheel_sha256: it is not used"
    unpack "${wheels[0]}" "$work/mujoco"
    [ -f "$work/mujoco/libmujoco.so.$mujoco_version" ] \
        && [ -f "$work/mujoco/include/mujoco/mujoco.h" ] || fail "the MuJoCo wheel is not as expected"
    echo "$stamp" > "$work/mujoco/stamp"
    # a link is removed, never followed
    if [ -L "$mujoco" ]; then
        rm "$mujoco"
    elif [ -e "$mujoco" ]; then
        mv -T "$mujoco" "$work/old"
    fi
    mv -T "$work/mujoco" "$mujoco"
}

install_packages
if [ -n "${MUJOCO_DIR:-}" ]; then
    [ -f "$MUJOCO_DIR/libmujoco.so.$mujoco_version" ] \
        || [ -f "$MUJOCO_DIR/lib/libmujoco.so.$mujoco_version" ] \
        || fail "MUJOCO_DIR='$MUJOCO_DIR' has no libmujoco.so.$mujoco_version"
else
    fetch_mujoco
fi
