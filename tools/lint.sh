#!/bin/bash
# Everything that reads the code without running it. All checks run; any finding fails.
# usage: tools/lint.sh BUILD [FILE...]  clang-tidy reads only these files when given
set -uo pipefail
cd "$(dirname "$0")/.."
build=$1
shift
failed=0

have() {
    command -v "$1" > /dev/null && return 0
    echo "lint: $1 is missing: apt-get install $2" >&2
    failed=1
    return 1
}

echo "== formatting"
tools/format.sh --check || failed=1

echo "== who includes whom"
cmake -DROOT="$PWD" -P cmake/check_includes.cmake || failed=1

echo "== length of files"
while read -r lines file; do
    if [ "$file" != total ] && [ "$lines" -gt 900 ]; then
        echo "$file: $lines lines, at most 900"
        failed=1
    fi
done < <(git ls-files 'sim/*.c' 'robots/*.c' 'recorder/*.c' | xargs -r wc -l)

echo "== clang-tidy"
if have clang-tidy clang-tidy; then
    files=("$@")
    if [ ${#files[@]} = 0 ]; then
        mapfile -t files < <(git ls-files 'sim/*.c' 'robots/*.c' 'recorder/*.c')
    fi
    # flags that only gcc knows are not an error of the code
    printf '%s\n' "${files[@]}" | xargs -r -P "$(nproc)" -n 4 clang-tidy -p "$build" --quiet \
        --warnings-as-errors='*' --extra-arg=-Wno-unknown-warning-option \
        --extra-arg=-Wno-ignored-optimization-argument 2> >(grep -vE 'warnings? generated|^Suppressed' >&2) \
        || failed=1
fi

echo "== luacheck"
if have luacheck lua-check; then
    mapfile -t files < <(git ls-files '*.lua')
    if [ ${#files[@]} -gt 0 ]; then
        luacheck --quiet --no-color "${files[@]}" || failed=1
    fi
fi

if [ $failed != 0 ]; then
    echo "lint: findings"
    exit 1
fi
echo "lint: clean"
