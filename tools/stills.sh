#!/bin/sh
# Stills of the shipped scenarios for the README: docs/images/{bay,cell,yard}.jpg, each from the moment of an
# expert's run in which its `scene` camera sees most. Needs ImageMagick; takes a minute without a GPU.
set -eu
cd "$(dirname "$0")/.."
drydock=${DRYDOCK:-./drydock}
runs=$(mktemp -d)
trap 'rm -rf "$runs"' EXIT

# still NAME SCENARIO SEED MOMENT: the frame around the picture that `sheet` draws is cut off
still() {
    "$drydock" run "$2" --agent "$2/expert.lua" --seed "$3" --out "$runs/$1" > /dev/null
    "$drydock" sheet "$runs/$1" --camera scene --rows 1 --columns 1 --size 960x540 --from "$4" --to "$4" \
        -o "$runs/$1.png" > /dev/null
    convert "$runs/$1.png" -crop 960x540+12+62 +repage -quality 88 "docs/images/$1.jpg"
}

still bay scenarios/mobility/amr_dock 1 3
still cell scenarios/robot/pick_place 3 9
still yard scenarios/logistics/agv_container_transfer 3 66
