#!/bin/bash
# Three scenarios with their experts: run, verify, score, and where to look.
set -uo pipefail
cd "$(dirname "$0")/.."

scenarios=(mobility/amr_dock robot/pick_place logistics/agv_container_transfer)
# what shows each of them best
declare -A camera=([amr_dock]=overview [pick_place]=overview [agv_container_transfer]=follow:agv)
episodes=2
pictures=runs/demo/pictures
seen=5 # simulated seconds that are seen again
failures=0
mkdir -p "$pictures"

# step TEXT COMMAND...: one step of a scenario; what goes wrong is counted, and the rest goes on
step() {
    local text=$1
    shift
    echo "  $text"
    "$@"
    local rc=$?
    if [ $rc != 0 ]; then
        echo "  failed (exit code $rc): $*" >&2
        failures=$((failures + 1))
    fi
    return $rc
}

for scenario in "${scenarios[@]}"; do
    name=${scenario#*/}
    out=runs/demo/$name
    echo
    echo "== $scenario"
    step "running $episodes episodes with the expert" ./drydock run "scenarios/$scenario" \
        --agent "scenarios/$scenario/expert.lua" --seed 7 --episodes $episodes --jobs 2 \
        --out "$out" --force
    [ -f "$out/run.json" ] || continue
    step "simulating again and comparing every step" ./drydock verify "$out"
    step "scoring from the recordings alone" ./drydock score "$out"
    step "explaining the first episode" ./drydock explain "$out/episode_00000" > "$out/explain.txt"
    picture=$pictures/$name
    step "seeing it again with every sensor its robots carry" ./drydock render "$out/episode_00000" \
        --sensors all --to "$seen" -o "$out-seen" --force
    step "a contact sheet" ./drydock sheet "$out" --camera "${camera[$name]}" -o "$picture-sheet.png"
    step "a video, four times as fast" ./drydock video "$out" \
        --camera "${camera[$name]}" --speed 4 -o "$picture.mp4"
    step "its pictures with their labels" ./drydock export overlays "$out-seen" -o "$picture-overlays"
done

echo
echo "== what to look at"
for scenario in "${scenarios[@]}"; do
    out=runs/demo/${scenario#*/}
    [ -d "$out" ] || continue
    printf '  %-11s %s\n' scorecard "$out/scorecard.json" explanation "$out/explain.txt"
    find "$out" -name '*.mcap' | sort | while read -r file; do
        printf '  %-11s %s\n' recording "$file"
    done
    find "$out" \( -name '*.svg' -o -name '*.png' \) | sort | while read -r file; do
        printf '  %-11s %s\n' plot "$file"
    done
    printf '  %-11s %s\n' dataset "$out-seen"
    printf '  %-11s %s\n' sheet "$pictures/${scenario#*/}-sheet.png"
    printf '  %-11s %s\n' video "$pictures/${scenario#*/}.mp4"
    printf '  %-11s %s\n' pictures "$pictures/${scenario#*/}-overlays"
done
echo "  recordings open in Foxglove (layout: assets/foxglove/drydock.json), PlotJuggler, Rerun and rosbag2"
if [ $failures != 0 ]; then
    echo "demo: $failures steps failed"
    exit 1
fi
echo "demo: all went well"
