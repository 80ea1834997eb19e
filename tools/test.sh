#!/bin/bash
# Runs the tests of a build folder and closes with one line: N passed, N failed.
# usage: tools/test.sh BUILD JOBS [long]
set -uo pipefail
cd "$(dirname "$0")/.."
build=$1
jobs=$2

selection=(-LE long)
if [ "${3:-}" = long ]; then
    selection=(-L long)
fi
log=$(mktemp)
trap 'rm -f "$log"' EXIT
ctest --test-dir "$build" --output-on-failure --no-tests=error -j "$jobs" "${selection[@]}" 2>&1 \
    | tee "$log"
status=${PIPESTATUS[0]}

# ctest: "98% tests passed, 2 tests failed out of 120"
total=$(sed -nE 's/^[0-9]+% tests passed, [0-9]+ tests? failed out of ([0-9]+)$/\1/p' "$log")
failed=$(sed -nE 's/^[0-9]+% tests passed, ([0-9]+) tests? failed out of [0-9]+$/\1/p' "$log")
skipped=$(grep -cE '\*\*\*Skipped' "$log")
if [ -z "$total" ]; then
    echo "0 passed, 0 failed: the tests did not run"
    exit 1
fi
line="$((total - failed - skipped)) passed, $failed failed"
if [ "$skipped" -gt 0 ]; then
    line="$line, $skipped skipped"
fi
echo "$line"
exit "$status"
