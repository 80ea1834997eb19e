"""Writes robosuite's Panda (arm, mount, gripper) and the sizes of its Lift task into a folder, for drydock.

usage: prepare.py FOLDER     with the Python that has robosuite 1.5.2

The arm is the one that robosuite composes, its meshes copied beside it; nothing in it is changed.
"""
import json
import shutil
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import peer

KEEP_ASSETS = ("mesh", "material", "texture")


def main(folder):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "meshes").mkdir(exist_ok=True)
    env = peer.make()
    env.reset()
    tree = ElementTree.fromstring(env.model.get_xml())

    # the arm alone: its body, what it looks like, its actuators
    world = tree.find("worldbody")
    for child in list(world):
        if child.get("name") != "robot0_base":
            world.remove(child)
    for tag in ("sensor", "tendon", "equality", "contact"):
        for part in tree.findall(tag):
            tree.remove(part)
    asset = tree.find("asset")
    meshes = {geom.get("mesh") for geom in world.iter("geom")}
    for child in list(asset):
        if child.tag == "texture":
            asset.remove(child)
        elif child.tag == "material":
            child.attrib.pop("texture", None)
        elif child.tag == "mesh" and child.get("name") not in meshes:
            asset.remove(child)
    for mesh in asset.findall("mesh"):
        source = Path(mesh.get("file"))
        target = f"{source.parent.name}_{source.name}"
        shutil.copyfile(source, folder / "meshes" / target)
        mesh.set("file", target)
    tree.find("compiler").set("meshdir", "meshes")
    tree.set("model", "panda")
    ElementTree.ElementTree(tree).write(folder / "panda.xml")

    model, data = env.sim.model._model, env.sim.data._data
    cube = model.geom("cube_g0")
    start = {model.joint(i).name: float(data.qpos[model.joint(i).qposadr[0]]) for i in range(model.njnt)
             if model.joint(i).type[0] in (2, 3)}
    arm = [name for name in start if name.startswith("robot0_")]
    fingers = [name for name in start if name.startswith("gripper0_")]
    # density 1000, as robosuite gives it
    size = [2 * float(x) for x in cube.size]
    facts = {"start": start, "arm": arm,
             "fingers": fingers, "cube_size": size, "cube_mass": float(model.body("cube_main").mass[0]),
             "cube_pos": [float(x) for x in data.body("cube_main").xpos],
             "table_size": [2 * float(x) for x in model.geom("table_collision").size],
             "table_pos": [float(x) for x in model.body("table").pos]}
    (folder / "facts.json").write_text(json.dumps(facts, indent=1))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
