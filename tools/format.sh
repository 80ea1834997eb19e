#!/bin/bash
# Formats our C files in place, or with --check says which are not formatted.
set -euo pipefail
cd "$(dirname "$0")/.."

# 14 is Debian 12's; versions differ in small things, hence it first
tool=$(command -v clang-format-14 || command -v clang-format || true)
if [ -z "$tool" ]; then
    echo "drydock: clang-format is missing: apt-get install clang-format-14 (or clang-format)" >&2
    exit 1
fi
mapfile -t files < <(git ls-files -co --exclude-standard 'sim/*.[ch]' 'robots/*.[ch]' 'recorder/*.[ch]' \
    'tests/*.[ch]')
if [ "${1:-}" = --check ]; then
    exec "$tool" --dry-run -Werror "${files[@]}"
fi
exec "$tool" -i "${files[@]}"
