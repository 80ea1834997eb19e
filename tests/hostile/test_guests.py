"""Guests that are wrong or hostile: scenarios, agents, models and recordings by strangers. Each ends with
the right exit code and one clear sentence, within seconds, and takes nothing else down with it."""

import json
import os
import random
import re
import shutil
import struct
import subprocess
import sys
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
import drydock as dd  # noqa: E402

LIMIT_S = float(os.environ.get("DRYDOCK_CHECK_LIMIT", "10"))  # promised are 5 s on an idle machine
FLIPS = int(os.environ.get("DRYDOCK_FLIPS", "30"))
SIGNS_OF_A_CRASH = ("SIGSEGV", "SIGABRT", "SIGKILL", "SIGBUS", "SIGFPE", "assert", "did not answer",
                    "AddressSanitizer", "runtime error", "stack smashing", "drydock is wrong")

# --- what the files are made of --------------------------------------------------------------------

CART = """<mujoco model="cart"><worldbody><body name="cart" pos="0 0 0.2">
<joint name="slide" type="slide" axis="1 0 0" range="-5 5" limited="true" damping="1"/>
<geom name="hull" type="box" size="0.2 0.1 0.1" mass="2"/></body></worldbody>
<actuator><motor name="push" joint="slide" ctrlrange="-20 20" ctrllimited="true"/></actuator></mujoco>"""

SLOT = 'agent = { robot = "cart", observe = { "joints" }, act = "joints" },'
ROBOT = 'local cart = w:robot { "cart.xml", name = "cart" }'


def lua(fields="", body="", slot=SLOT, robot=ROBOT, duration="0.5"):
    """A scenario around the cart; `body` is line 5 and `fields` begin at line 7."""
    return ('return scenario {\n  name = "guest", duration_s = ' + duration + ",\n"
            "  build = function(w, p)\n    " + robot + "\n    " + body + "\n  end,\n  " + fields + "\n  " +
            slot + "\n}\n")


def act(body, head=""):
    return head + "\nreturn agent { act = function(observation)\n" + body + "\nend }\n"


def mjcf(inside, before="", after=""):
    return (f'<mujoco model="guest">{before}<worldbody>{inside}<body name="cart"><joint name="slide" '
            f'type="slide" axis="1 0 0"/><geom name="hull" size="0.1" mass="1"/></body></worldbody>{after}'
            "</mujoco>")


def urdf(inside):
    return ('<robot name="guest"><link name="base"><inertial><mass value="1"/><inertia ixx="1" iyy="1" '
            f'izz="1" ixy="0" ixz="0" iyz="0"/></inertial>{inside}</link></robot>')


def entity_bomb(depth=9):
    lines = ['<!DOCTYPE mujoco [<!ENTITY l0 "lol">']
    for i in range(1, depth + 1):
        lines.append(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">')
    return "\n".join(lines) + f"]><mujoco><worldbody>&l{depth};</worldbody></mujoco>"


def png_header(width, height):
    """A PNG that promises a size and has nothing behind its head."""
    return (b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sIIBBBBB", 13, b"IHDR", width, height, 8, 2, 0, 0, 0) +
            b"\0\0\0\0")


def stl(triangles, real=1):
    """A binary STL whose head promises `triangles`."""
    return b"\0" * 80 + struct.pack("<I", triangles) + b"\0" * 50 * real


# --- wrong files: check says what, exit 2 ----------------------------------------------------------

# name, file that is checked, {file: text}, words that the sentence holds
WRONG = []


def wrong(name, text, *says, file="test.lua", **files):
    contents = {file: text}
    contents.update({k.replace("__", "."): v for k, v in files.items()})
    WRONG.append((name, file, contents, says))


wrong("lua syntax error", 'return scenario {\n  name = "x"\n  duration_s = 1 }\n', "test.lua:3:", "expected")
wrong("lua text that is no Lua", "\x7fELF\x02\x01\x01", "test.lua:1:")
wrong("lua bytecode", b"\x1bLuaT\x00\x19\x93\r\n\x1a\n", "test.lua")
wrong("empty file", "", "test.lua", "scenario")
wrong("unknown field", lua('duratoin_s = 3,'), "test.lua:7:", "duratoin_s", "duration_s")
wrong("unknown global", lua(body="local x = undefinde + 1"), "test.lua:5:", "unknown global 'undefinde'")
wrong("assignment to a global", lua(body="total = 1"), "test.lua:5:", "total")
wrong("unknown robot", lua(robot='w:robot { "amr_2500", name = "cart" }'), "test.lua:4:", "amr_2500",
      "amr_250")
wrong("unknown channel", lua(slot='agent = { robot = "cart", observe = { "odmo" }, act = "joints" },'),
      "test.lua:8:", "odmo", "joints")
wrong("unknown action space", lua(slot='agent = { robot = "cart", observe = { "joints" }, act = "fly" },'),
      "test.lua:8:", "fly", "joints")
wrong("unknown measure in expect", lua('expect = { near = "F gapp <= 1 m" },',
                                       'w:measure { gap = distance(cart, cart) }'),
      "test.lua:7:", "gapp", "gap")
wrong("unknown measure kind", lua(body="w:measure { gap = distanse(cart, cart) }"), "test.lua:5:", "distanse")
wrong("unknown frame", lua(body='local b = w:box { name = "b" } print(b.frame.wets)'), "test.lua:5:", "wets",
      "west")
wrong("unknown thing", lua(body='w:measure { gap = distance(cart, "bya") }'), "test.lua:5:", "bya")
wrong("unknown report", lua('report = { "time_to_sucess" },'), "test.lua:7:", "time_to_sucess",
      "time_to_success")
wrong("requirement mixes units", lua('expect = { near = "F gap <= 1 s" },',
                                     "w:measure { gap = distance(cart, cart) }"),
      "test.lua:7:", "near", "gap is in m", "1 s is in s")
wrong("requirement that cannot be read", lua('expect = { near = "F[0,3 gap <= 1 m" },',
                                             "w:measure { gap = distance(cart, cart) }"), "test.lua:7:",
      "near", "column")
wrong("requirement of 10,000 parentheses", lua('expect = { a = "G " .. string.rep("(", 4000) .. "true" .. '
                                               'string.rep(")", 4000) },'), "test.lua:7:")
wrong("requirement window without end", lua('expect = { near = "G F[0,1e300] gap <= 1 m" },',
                                            "w:measure { gap = distance(cart, cart) }"), "test.lua:7:", "near")
wrong("reward that mixes units", lua('reward = "-gap - 3 s",', "w:measure { gap = distance(cart, cart) }"), "test.lua:7:",
      "reward")
wrong("negative mass", lua(body='w:box { name = "b", free = true, mass = -1 }'), "test.lua:5:", "box 'b'",
      "mass", "positive", "-1 kg")
wrong("physics_hz 0", lua("physics_hz = 0,"), "test.lua:7:", "physics_hz", "positive", "0 Hz")
wrong("physics_hz negative", lua("physics_hz = -500,"), "test.lua:7:", "physics_hz", "positive", "-500 Hz")
wrong("physics_hz 1e300", lua("physics_hz = 1e300,"), "test.lua:7:", "physics_hz")
wrong("agent_hz above physics_hz", lua("agent_hz = 501,"), "test.lua:", "agent_hz", "501")
wrong("agent_hz near 0", lua("agent_hz = 1e-300,"), "test.lua:", "agent_hz")
wrong("measure_hz inf", lua("measure_hz = math.huge,"), "test.lua:7:", "measure_hz")
wrong("restore_every_s negative", lua("restore_every_s = -1,"), "test.lua:7:", "restore_every_s")
wrong("duration inf", lua(duration="math.huge"), "test.lua:2:", "duration_s")
wrong("duration of a million years", lua(duration="3e13"), "test.lua:", "duration_s")
wrong("NaN pose", lua(body='w:box { name = "b", pos = { 0, 0/0, 1 } }'), "test.lua:5:", "box 'b'", "pos[2]",
      "finite", "nan")
wrong("NaN yaw of a robot", lua(robot='local cart = w:robot { "cart.xml", name = "cart", yaw = 0/0 }'),
      "test.lua:4:", "yaw", "finite")
wrong("quaternion of zeros", lua(body='w:box { name = "b", quat = { 0, 0, 0, 0 } }'), "test.lua:5:", "quat")
wrong("box of size 0", lua(body='w:box { name = "b", size = { 0, 1, 1 } }'), "test.lua:5:", "size")
wrong("duplicate robot names", lua(body='w:robot { "cart.xml", name = "cart" }'), "test.lua:5:",
      "two things are named 'cart'")
wrong("a name with a slash", lua(body='w:box { name = "cart/cart" }'), "test.lua:5:", "cart/cart")
wrong("a name of 100,000 letters", lua(body='w:box { name = string.rep("n", 100000) }'), "test.lua:5:", "name")
wrong("a param name of 100,000 letters", lua('params = { [string.rep("n", 100000)] = 1 },'), "test.lua:7:")
wrong("a measure name of 5,000 letters", lua(body='w:measure { [string.rep("m", 5000)] = distance(cart, cart) }'),
      "test.lua:5:")
wrong("bytes that are no UTF-8 in a name", lua(body='w:box { name = "\\xff\\xfe" }'), "test.lua:5:", "name")
wrong("a NUL in a name", lua(body='w:box { name = "a\\0b" }'), "test.lua:5:", "name")
wrong("bytes that are no UTF-8 in a text", lua('instruction = "\\xff\\xfe",'), "test.lua:7:", "instruction")
wrong("bytes that are no UTF-8 in the name of a param", lua('params = { ["\\xff"] = 1 },'), "test.lua:7:", "params")
wrong("bytes that are no UTF-8 in a param", lua('params = { a = "\\xff" },'), "test.lua:7:", "param 'a'")
wrong("bytes that are no UTF-8 in the name of a measure", lua(body='w:measure { ["\\xff"] = distance(cart, cart) }'),
      "test.lua:5:", "measure")
wrong("bytes that are no UTF-8 in the name of a requirement", lua('expect = { ["\\xff"] = "G true" },'),
      "test.lua:7:")
wrong("bytes that are no UTF-8 in what is raised", lua(body='error("\\xff\\0\\xfe")'), "test.lua:5:", "?")
wrong("requirement that does not speak of time", lua('expect = { near = "gap <= 1 m" },',
                                                     "w:measure { gap = distance(cart, cart) }"), "test.lua:7:",
      "near", "says nothing about when")
wrong("report of an unknown signal", lua('report = { "max(gapp)" },', "w:measure { gap = distance(cart, cart) }"),
      "test.lua:7:", "gapp", "gap")
wrong("report of an unknown reduction", lua('report = { "median(gap)" },',
                                            "w:measure { gap = distance(cart, cart) }"), "test.lua", "median")
wrong("restore_every_s of 1e300", lua("restore_every_s = 1e300, agent_hz = 1e-9,"), "test.lua:", "agent_hz")
wrong("sensor of negative rate", lua(body='w:sensor { "imu", name = "i", robot = cart, rate_hz = -1 }'),
      "test.lua:5:", "rate")
wrong("sensor of 2,000,000,000 contacts",
      lua(body='w:sensor { "contacts", name = "i", robot = cart, max_contacts = 2000000000 }'), "test.lua",
      "max_contacts", "1024")
wrong("sensor with a latency of 1e300 s", lua(body='w:sensor { "joints", name = "i", robot = cart, latency_s = 1e300 }'),
      "test.lua", "latency_s", "at most 10")
wrong("10,000 measures", lua(body='for i = 1, 10000 do w:measure { ["m" .. i] = distance(cart, cart) } end'),
      "test.lua:5:", "budget")
wrong("100,000 things", lua(body='for i = 1, 100000 do w:box { name = "b" .. i, pos = { i, 0, 0 } } end'),
      "test.lua:5:")
wrong("1,000 robots", lua(body='for i = 1, 1000 do w:robot { "cart.xml", name = "r" .. i } end'),
      "test.lua:5:", "robot")
wrong("10,000 sensors", lua(body='for i = 1, 10000 do w:sensor { "imu", name = "i" .. i, robot = cart } end'),
      "test.lua:5:")
wrong("agent without act", "return agent { }", "test.lua:1:", "act")
wrong("agent with an unknown field", "return agent { act = function() end, rest = 1 }", "test.lua:1:", "rest",
      "reset")
wrong("a mistake in a required file", 'local yard = require "yard"\n' + lua(), "yard.lua:2:",
      yard__lua="local M = {}\nM.x = = 3\nreturn M\n")
wrong("require above the folder", 'local x = require "..secret"\n' + lua(), "test.lua:1:", "..secret")
wrong("require of an absolute path", 'local x = require "/etc/passwd"\n' + lua(), "test.lua:1:", "/etc/passwd")
wrong("require in a circle", 'require "one"\n' + lua(), ".lua:1:", one__lua='require "two"',
      two__lua='require "one"')
wrong("robot.lua that raises", lua(robot='local cart = w:robot { "bad/robot.lua", name = "cart" }'), "robot.lua:1:",
      "boom", **{"bad/robot__lua": 'error("boom")'})

# --- scripts that never end, allocate without end, recurse -----------------------------------------

ENDLESS = {
    "never returns": ("while true do end", "budget"),
    "never returns behind pcall": ("while true do pcall(function() while true do end end) end", "budget"),
    "never returns in a coroutine": (
        "local c = coroutine.wrap(function() while true do end end) c()", "budget"),
    "never returns in a pattern": (
        'string.find(string.rep("a", 200000), string.rep("a?", 60) .. string.rep("a-", 60) .. "b")', "budget"),
    "never returns in gsub": ('local s = string.rep("x", 200000) for i = 1, 1e9 do s:gsub("x", "yy") end', ""),
    "never returns in sort": (
        "local t = {} for i = 1, 1e5 do t[i] = i end while true do table.sort(t, function(a, b) return a > b "
        "end) end", "budget"),
    "never returns in __index": (
        "local t t = setmetatable({}, { __index = function(_, k) return t[k + 1] end }) local x = t[1]", ""),
    "never returns in __close": (
        "do local c <close> = setmetatable({}, { __close = function() while true do end end }) end", "budget"),
    "never returns in __tostring": (
        "print(setmetatable({}, { __tostring = function() while true do end end }))", "budget"),
    "never returns while it raises": (
        "error(setmetatable({}, { __tostring = function() while true do end end }))", ""),
    "allocates tables without end": ("local t = {} while true do t = { t, t } end", ""),
    "allocates one array without end": ("local t = {} for i = 1, 1e12 do t[i] = i end", ""),
    "allocates text without end": ('local s = "x" while true do s = s .. s end', ""),
    "allocates by rep": ('local s = string.rep("x", 1 << 40)', ""),
    "allocates by format": ('local s = string.format("%99999d", 1)', ""),
    "allocates by concat": (
        'local t = {} for i = 1, 3000 do t[i] = string.rep("x", 200000) end local s = table.concat(t)', ""),
    "allocates by move": ("table.move({}, 1, 1 << 53, 2)", ""),
    "allocates by unpack": ("local t = { table.unpack({}, 1, 1e7) }", ""),
    "allocates coroutines without end": (
        "local t = {} while true do t[#t + 1] = coroutine.create(function() end) end", ""),
    "recurses": ("local function f() return 1 + f() end f()", ""),
    "recurses through a coroutine": ("local function f() coroutine.wrap(f)() end f()", ""),
    "recurses through a metamethod": (
        "local m = {} m.__add = function(a, b) return a + b end local t = setmetatable({}, m) local x = t + t",
        ""),
    "recurses through sort": ("local function f() table.sort({ 1, 2, 3 }, f) return true end f()", ""),
    "recurses through gsub": ('local function f() return (string.gsub("a", "a", f)) end f()', ""),
}
for what, (code, says) in ENDLESS.items():
    wrong(f"script that {what}, at load", code + "\n" + lua(), "test.lua:1", says)
    wrong(f"script that {what}, in build", lua(body=code), "test.lua:5", says)
wrong("3,000 nested tables", "local t = " + "{" * 3000 + "}" * 3000 + "\n" + lua(), "test.lua:1:")
wrong("3,000 nested functions", "local t = " + "function() return " * 3000 + "1" + " end" * 3000 + "\n" + lua(),
      "test.lua:1:")
wrong("10,000 nested parentheses", "local t = " + "(" * 10000 + "1" + ")" * 10000 + "\n" + lua(), "test.lua:1:")
wrong("a source of 1 MiB", lua() + "--" + "x" * (1 << 20), "test.lua")
wrong("300 locals", "".join(f"local a{i} = {i}\n" for i in range(300)) + lua(), "test.lua:", "local")

# --- models -----------------------------------------------------------------------------------------


def model(name, text, *says, file="test.xml", **files):
    wrong(name, text, file + ":" if file.endswith("xml") else file, *says, file=file, **files)


model("MJCF that is no XML", "<mujoco><worldbody></mujoco>", ":1:", "mismatched")
model("MJCF that is empty", "", "element")
model("MJCF with another root", "<html/>", ":1:", "<html>", "<mujoco>")
model("MJCF with an unknown element", mjcf("<geim/>"), "geim")
model("MJCF with an unknown attribute", mjcf('<geom sise="1"/>'), "sise")
model("MJCF with a negative mass", mjcf('<geom size="1" mass="-3"/>'), ":1:", "mass", "-3")
model("MJCF with a NaN position", mjcf('<geom size="1" pos="0 nan 0"/>'), ":1:", "pos", "finite", "nan")
model("MJCF with an infinite position", mjcf('<geom size="1" pos="0 1e999 0"/>'), ":1:", "pos", "finite")
model("MJCF with timestep 0", mjcf("", before='<option timestep="0"/>'), ":1:", "timestep", "positive")
model("MJCF with a negative timestep", mjcf("", before='<option timestep="-0.01"/>'), ":1:", "timestep",
      "positive")
model("MJCF with 10^6 geoms", mjcf('<geom size="0.1"/>\n' * 1000000), "<geom>", "more than 12000")
model("MJCF with 10^5 sites by replicate", mjcf('<replicate count="100000"><site/></replicate>'), ":1:", "more than 12000")
model("MJCF with 5,000 bodies by one replicate",
      mjcf('<replicate count="5000" offset="1 0 0"><body><freejoint/></body></replicate>'), ":1:",
      "<replicate>", "nest it")
model("MJCF with a million sensors", mjcf("", after="<sensor>" + '<jointpos joint="slide"/>' * 1000000 + "</sensor>"),
      ":1:", "more than 100000 elements")
model("MJCF with a cable of 4,000 parts",
      mjcf('<composite type="cable" prefix="c" curve="s 0 0" count="4000 1 1" size="1"><joint kind="main"/>'
           '<geom type="capsule" size="0.01"/></composite>'), ":1:", "<composite>", "4000", "300")
model("MJCF with a flex of 17,576 nodes",
      mjcf('<flexcomp name="f" type="grid" count="26 26 26" spacing="0.1 0.1 0.1" dim="3" mass="1"/>'), ":1:",
      "<flexcomp>", "17576", "3000")
model("MJCF with 10^6 geoms by nested replicate",
      mjcf('<replicate count="100"><replicate count="100"><replicate count="100"><geom size="0.1"/>'
           "</replicate></replicate></replicate>"), ":1:", "more than", "replication counted")
model("MJCF with 10^18 geoms by nested replicate",
      mjcf('<replicate count="1000000"><replicate count="1000000"><replicate count="1000000"><geom size="1"/>'
           "</replicate></replicate></replicate>"), ":1:", "replicate")
model("MJCF with a replicate of -1", mjcf('<replicate count="-1"><geom size="1"/></replicate>'), ":1:",
      "replicate", "-1")
model("MJCF with 10^6 geoms by composite",
      mjcf('<composite type="grid" count="1000 1000 1" spacing="0.1"><geom size="0.01"/></composite>'), ":1:",
      "composite")
model("MJCF with 10^6 points by flexcomp",
      mjcf('<flexcomp name="f" type="grid" count="100 100 100" spacing="0.1 0.1 0.1" dim="3" mass="1"/>'),
      ":1:", "flexcomp")
model("MJCF with a 100000 x 100000 height field",
      mjcf('<geom type="hfield" hfield="h"/>',
           before='<asset><hfield name="h" nrow="100000" ncol="100000" size="1 1 1 1"/></asset>'),
      ":1:", "hfield", "1e+10", "4000000")
model("MJCF with a height field file that promises too much",
      mjcf('<geom type="hfield" hfield="h"/>', before='<asset><hfield name="h" file="h.bin" size="1 1 1 1"/></asset>'),
      "h.bin", h__bin=struct.pack("<ii", 100000, 100000) + b"\0" * 64)
model("MJCF with a texture of 10^10 pixels",
      mjcf("", before='<asset><texture name="t" type="2d" builtin="flat" width="100000" height="100000"/></asset>'),
      ":1:", "texture", "pixels")
model("MJCF with a PNG that promises 10^10 pixels",
      mjcf("", before='<asset><texture name="t" type="2d" file="t.png"/></asset>'), "t.png",
      t__png=png_header(100000, 100000))
model("MJCF with a mesh that promises 2^32 triangles",
      mjcf('<geom type="mesh" mesh="m"/>', before='<asset><mesh name="m" file="m.stl"/></asset>'), "m.stl",
      m__stl=stl(0xFFFFFFFF))
model("MJCF with a mesh of noise",
      mjcf('<geom type="mesh" mesh="m"/>', before='<asset><mesh name="m" file="m.obj"/></asset>'), "finite",
      m__obj="f 999999999 1 2\nv nan nan nan\n" * 10)
model("MJCF that asks for 10^12 bytes", mjcf("", before='<size memory="1T"/>'), ":1:", "memory", "1T")
model("MJCF with 10^9 user numbers", mjcf("", before='<size nuserdata="1000000000"/>'), ":1:", "nuserdata")
model("MJCF that includes a file above its root", mjcf("", before='<include file="../secret.xml"/>'), ":1:",
      "include", "../secret.xml", "below the model's root")
model("MJCF that includes an absolute path", mjcf("", before='<include file="/etc/passwd"/>'), ":1:", "include",
      "/etc/passwd")
model("MJCF that includes itself", mjcf("", before='<include file="test.xml"/>'), ":1:", "include", "test.xml")
wrong("MJCFs that include each other", mjcf("", before='<include file="b.xml"/>'), "b.xml:1:",
      "<include>", "test.xml", file="test.xml", b__xml='<mujocoinclude><include file="test.xml"/></mujocoinclude>')
model("MJCF that includes what is missing", mjcf("", before='<include file="gone.xml"/>'), ":1:", "include",
      "gone.xml")
model("MJCF with a model above its root", mjcf("", before='<asset><model name="m" file="../secret.xml"/></asset>'),
      ":1:", "model", "../secret.xml")
model("MJCF with a mesh above its root", mjcf("", before='<asset><mesh name="m" file="../secret.stl"/></asset>'),
      ":1:", "mesh", "../secret.stl")
model("MJCF with a mesh folder above its root",
      mjcf("", before='<compiler meshdir="../.."/><asset><mesh name="m" file="secret.stl"/></asset>'), ":1:",
      "mesh", "secret.stl")
model("MJCF with an absolute mesh folder",
      mjcf("", before='<compiler meshdir="/etc"/><asset><mesh name="m" file="passwd"/></asset>'), ":1:", "/etc")
model("MJCF with a texture above its root",
      mjcf("", before='<asset><texture name="t" type="2d" file="../secret.png"/></asset>'), ":1:", "texture",
      "../secret.png")
model("MJCF with a plugin", mjcf("", before='<extension><plugin plugin="mujoco.pid"/></extension>'), "plugin")
model("MJCF with an entity bomb", entity_bomb(), ":1:", "DOCTYPE")
model("MJCF with an external entity",
      '<!DOCTYPE mujoco [<!ENTITY e SYSTEM "file:///etc/passwd">]><mujoco>&e;</mujoco>', ":1:", "DOCTYPE")
model("MJCF with 10,000 nested bodies", mjcf("<body>" * 10000 + "</body>" * 10000), ":1:", "nested", "200")
model("MJCF with a name of 10^6 letters", mjcf(f'<geom size="1" name="{"n" * 1000000}"/>'), ":1:", "name",
      "1000000")
model("MJCF with an attribute of 10^7 bytes", mjcf(f'<geom size="{"1 " * 5000000}"/>'), "size")
model("MJCF with 100,000 attributes", mjcf("<geom " + " ".join(f'a{i}="1"' for i in range(100000)) + "/>"),
      ":1:", "attributes", "256")
model("MJCF of one body without mass", '<mujoco><worldbody><body name="b"><freejoint/></body></worldbody></mujoco>',
      "mass")
wrong("MJCF without a body", "<mujoco><worldbody/></mujoco>", "test.xml'", "body", file="test.xml")
model("MJCF with RK4 asks for what there is not", mjcf("", after='<actuator><motor joint="nope"/></actuator>'),
      "nope")
model("MJCF with two joints of one name",
      mjcf('<body><joint name="slide"/><geom size="1"/></body>'), "slide")
model("MJCF with a keyframe of NaN", mjcf("", after='<keyframe><key name="home" qpos="nan"/></keyframe>'), ":1:",
      "qpos", "finite")
model("URDF with missing meshes", urdf('<visual><geometry><mesh filename="package://g/a.stl"/></geometry></visual>'
                                       '<collision><geometry><mesh filename="b.stl"/></geometry></collision>'),
      ":1:", "2 mesh files are missing", "package://g/a.stl", file="test.urdf")
model("URDF with a mesh above its root",
      urdf('<visual><geometry><mesh filename="../secret.stl"/></geometry></visual>'), ":1:", "../secret.stl",
      file="test.urdf")
model("URDF with an absolute mesh", urdf('<visual><geometry><mesh filename="file:///etc/passwd"/></geometry>'
                                         "</visual>"), ":1:", "/etc/passwd", file="test.urdf")
model("URDF with a negative mass", urdf("").replace('mass value="1"', 'mass value="-1"'), ":1:", "-1",
      file="test.urdf")
model("URDF with a joint to nowhere",
      urdf("").replace("</robot>", '<joint name="j" type="revolute"><parent link="base"/><child link="gone"/>'
                       "</joint></robot>"), "parent or child missing", file="test.urdf")
model("URDF with an entity bomb", entity_bomb().replace("mujoco", "robot"), ":1:", "DOCTYPE", file="test.urdf")


# --- guests that go wrong while the episode runs: an outcome, exit 1 ---------------------------------

# name, scenario, agent (None: zero), outcome, words of the reason
RUNS = []
PLAIN = lua("expect = { there = \"F gap <= 1 m\" },", "w:measure { gap = distance(cart, cart) }")


def agent_case(name, body, *says, head="", scenario=PLAIN, outcome="AGENT_ERROR"):
    RUNS.append((name, scenario, act(body, head), outcome, says))


def story_case(name, body, *says, outcome="INVALID", build="", fields="", duration="0.5"):
    text = lua("story = function(sim, p) " + body + " end," + fields, build, duration=duration)
    RUNS.append((name, text, None, outcome, says))


agent_case("agent that returns nothing", "", "agent.lua", "nothing")
agent_case("agent that returns nil", "return nil", "agent.lua", "nothing")
agent_case("agent that returns NaN", "return { 0/0 }", "agent.lua:2", "NaN")
agent_case("agent that returns infinity", "return { math.huge }", "slide", "finite", "inf")
agent_case("agent that returns too many numbers", "return { 1, 2 }", "agent.lua", "2")
agent_case("agent that returns too few numbers", "return { }", "agent.lua:2", "joints", "1 number")
agent_case("agent that returns a million numbers",
           "local t = {} for i = 1, 100000 do t[i] = i end return t", "agent.lua", "100000")
agent_case("agent that returns text", 'return { "one" }', "agent.lua:2", "number", "string")
agent_case("agent that returns a function", "return function() end", "agent.lua", "function")
agent_case("agent that returns an unknown part", "return { fly = { 1 } }", "agent.lua", "fly")
agent_case("agent that returns itself", "local t = {} t[1] = t return t", "agent.lua", "table")
agent_case("agent that returns a table that answers anything",
           "return setmetatable({}, { __index = function() return 0 end, __len = function() return 1 << 40 end })",
           "agent.lua")
agent_case("agent that raises", 'error("no way")', "agent.lua:3", "no way")
agent_case("agent that raises a table", "error({ code = 3 })", "agent.lua")
agent_case("agent that raises nil", "error(nil)", "agent.lua")
agent_case("agent that raises no UTF-8", 'error("\\xff\\0\\xfe")', "agent.lua:3")
agent_case("agent that indexes nil", "return { observation.nothing.at.all }", "agent.lua:3")
agent_case("agent that never returns from act", "while true do end", "agent.lua:3", "budget per call")
agent_case("agent that never returns behind pcall", "while true do pcall(error) end", "agent.lua:3", "budget per call")
agent_case("agent that never returns from reset", "return { 0 }", "agent.lua", "budget per call",
           head="", scenario=PLAIN)
RUNS[-1] = RUNS[-1][:2] + (
    "return agent { act = function() return { 0 } end, reset = function() while true do end end }",) + RUNS[-1][3:]
agent_case("agent that allocates without end", "local t = {} while true do t = { t, t } end", "agent.lua:3",
           "budget")
agent_case("agent that keeps everything", 'kept[#kept + 1] = string.rep(tostring(#kept), 5000) return { 0 }',
           "agent.lua:3", "budget", head="local kept = {}", scenario=lua(duration="100"))
agent_case("agent that recurses", "local function f() return 1 + f() end return f()", "agent.lua:3",
           "nest|units of work")
agent_case("agent that yields", "coroutine.yield({ 0 })", "agent.lua:3")
agent_case("agent that is refused what is out of range", "return { 1e9 }", "out of range",
           scenario=PLAIN.replace('act = "joints" }', 'act = "joints", reject = true }'))
story_case("story that never returns", "while true do end", "test.lua:7", "budget per call")
story_case("story that allocates without end", "local t = {} while true do t = { t, t } end", "test.lua:7", "budget")
story_case("story that recurses", "local function f() return 1 + f() end f()", "test.lua:7",
           "nest|units of work")
story_case("story that raises", 'error("no way")', "test.lua:7", "no way")
story_case("story that raises later", 'sim:wait(0.1) error("no way")', "test.lua:7", "no way")
story_case("story that waits backwards", "sim:wait(-1)", "test.lua:7", "got -1")
story_case("story that waits for NaN", "sim:wait(0/0)", "test.lua:7", "nan")
story_case("story that waits for nothing", "sim:wait_until('gapp <= 1 m')", "test.lua:7", "gapp")
story_case("story that waits for a unit", "sim:wait_until('gap <= 1 s')", "test.lua:7", "gap",
           build="w:measure { gap = distance(cart, cart) }")
story_case("story with a hold of 1e300 s", "sim:wait_until('gap <= 1 m', { hold_s = 1e300 })", outcome="PASS",
           build="w:measure { gap = distance(cart, cart) }")
story_case("story that waits for 1e300 s", "sim:wait(1e300)", outcome="PASS")
story_case("story of 10,000 branches",
           "local t = {} for i = 1, 10000 do t[i] = function() sim:wait(1) end end parallel(t)", "test.lua:7")
story_case("story within stories",
           "local function f(n) parallel { function() f(n + 1) end, function() f(n + 1) end } end f(1)", "test.lua:7")
story_case("story of 100,000 expressions",
           "for i = 1, 100000 do race { function() sim:wait_until('gap <= ' .. i .. ' mm', { timeout_s = 0 }) end, "
           "function() end } end", "test.lua:7", build="w:measure { gap = distance(cart, cart) }")
story_case("story that calls on an unknown thing", "sim.crate:force(1, 0, 0)", "test.lua:7", "crate")
story_case("story with an unknown operation", 'sim:explode("cart")', "test.lua:7", "explode")
story_case("story with a force of NaN", 'sim:force("cart", 0/0, 0, 0, 0, 0, 0, 1)', "test.lua:7", "force")
story_case("story with a negative mass", 'sim:set_mass("b", -1)', "test.lua:7", "mass",
           build='w:box { name = "b", free = true, pos = { 5, 0, 1 } }')
story_case("story with a negative friction", 'sim:set_friction("b", -1)', "test.lua:7", "friction",
           build='w:box { name = "b", free = true, pos = { 5, 0, 1 } }')
story_case("story with gravity of NaN", "sim:set_gravity(0, 0, 0/0)", "test.lua:7", "gravity")
story_case("story that moves a thing to infinity", 'sim:set_pose("b", math.huge, 0, 0)', "test.lua:7",
           build='w:box { name = "b", free = true, pos = { 5, 0, 1 } }')
story_case("story of texts without UTF-8", 'sim:event("\\xff", "\\xfe", "\\xfd") print("\\xff") sim:done("\\xff")',
           outcome="PASS")
story_case("story of long texts", 'sim:event("e", "s", string.rep("x", 200000)) print(string.rep("y", 200000)) '
           'sim:done(string.rep("z", 200000))', outcome="PASS")
story_case("world that diverges by a force", 'sim:force("b", 1e300, 0, 0, 0, 0, 0, 10)', "step", "'b", outcome="FAIL",
           build='w:box { name = "b", free = true, pos = { 5, 0, 1 } }')
story_case("world that diverges by a speed", 'sim:set_velocity("b", 1e11, 0, 0, 0, 0, 0)', "step", "'b",
           outcome="FAIL", build='w:box { name = "b", free = true, pos = { 5, 0, 1 } }')
story_case("world that diverges by its gravity", "sim:set_gravity(0, 0, -1e15)", "step", outcome="FAIL",
           build='w:box { name = "b", free = true, pos = { 5, 0, 1 } }')
story_case("contacts without room later", "sim:wait(0.01) for i = 1, 700 do sim:set_pose('b' .. i, 5 + i * 1e-3, 0, "
           "5, 0) end", "step", "room", outcome="FAIL",
           build='for i = 1, 700 do w:box { name = "b" .. i, free = true, size = { 1, 1, 1 }, '
           "pos = { 5 + i * 2, 0, 5 } } end")
story_case("contacts without room", "sim:wait(0.1)", "step 0", "room",
           build='for i = 1, 700 do w:box { name = "b" .. i, free = true, size = { 1, 1, 1 }, '
           "pos = { 5 + i * 1e-3, 0, 1 } } end")
RUNS.append(("robot that diverges", PLAIN.replace("cart.xml", "wild.xml"), None, "FAIL", ("step", "cart")))
RUNS.append(("start that is not admitted", lua(
    body='local b = w:box { name = "b", pos = { 0, 0, 0.2 } } w:require(clear(cart, b, 1), "free start")'), None,
    "INVALID", ("require", "free start", "'cart'", "'b'")))

# a motor on a joint so light and stiff that no step is small enough
WILD = """<mujoco><worldbody><body name="cart"><joint name="slide" type="slide" axis="1 0 0" stiffness="-1e9"/>
<geom name="hull" size="0.1" mass="0.001"/></body></worldbody><keyframe><key name="home" qpos="1"/></keyframe>
<actuator><motor name="push" joint="slide" ctrlrange="-1 1"/></actuator></mujoco>"""


def sentence(done):
    """The lines of standard error that are not the traceback of the user's code."""
    return [line for line in done.stderr.splitlines()
            if line.strip() and not line.startswith("  ") and not line.startswith("warning:")]


class Guests(unittest.TestCase):
    maxDiff = 2000
    slowest = (0.0, "")

    def setUp(self):
        self.folder = dd.Folder()
        self.dir = self.folder.path

    def tearDown(self):
        self.folder.__exit__()

    @classmethod
    def tearDownClass(cls):
        print(f"slowest check: {cls.slowest[0]:.2f} s ({cls.slowest[1]})", file=sys.stderr)

    def write(self, folder, files):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "cart.xml").write_text(CART)
        for name, text in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text if isinstance(text, bytes) else text.encode())

    def timed(self, what, *args, **kwargs):
        start = time.monotonic()
        done = dd.run(*args, **kwargs)
        wall = time.monotonic() - start
        Guests.slowest = max(Guests.slowest, (wall, what))
        self.assertLess(wall, LIMIT_S, what)
        for sign in SIGNS_OF_A_CRASH:
            self.assertNotIn(sign, done.stderr, what)
        self.assertGreaterEqual(done.returncode, 0, what)
        return done

    def test_wrong_files(self):
        self.assertGreaterEqual(len(WRONG), 60)
        (self.dir / "secret.xml").write_text("<mujocoinclude/>")
        (self.dir / "secret.stl").write_bytes(stl(1))
        (self.dir / "secret.png").write_bytes(png_header(2, 2))
        for number, (name, file, files, says) in enumerate(WRONG):
            with self.subTest(case=name):
                folder = self.dir / f"case{number}"
                self.write(folder, files)
                done = self.timed(name, "check", file, cwd=folder)
                self.assertEqual(done.returncode, 2, done.stderr[:2000])
                lines = sentence(done)
                self.assertEqual(len(lines), 1, done.stderr[:2000])
                for word in says:
                    self.assertIn(word, lines[0][:3000])
                self.assertLess(len(lines[0]), 700, lines[0])

    def test_links_out_of_the_root(self):
        (self.dir / "secret.xml").write_text("<mujocoinclude/>")
        (self.dir / "secret.stl").write_bytes(stl(1))
        (self.dir / "secret.lua").write_text("return {}")
        (self.dir / "dir").mkdir()
        (self.dir / "dir" / "deep.stl").write_bytes(stl(1))
        folder = self.dir / "guest"
        self.write(folder, {
            "include.xml": mjcf("", before='<include file="link.xml"/>'),
            "mesh.xml": mjcf("", before='<asset><mesh name="m" file="link.stl"/></asset>'),
            "model.xml": mjcf("", before='<asset><model name="m" file="link.xml"/></asset>'),
            "folder.xml": mjcf("", before='<asset><mesh name="m" file="sub/deep.stl"/></asset>'),
            "mesh.urdf": urdf('<visual><geometry><mesh filename="link.stl"/></geometry></visual>'),
            "require.lua": 'local x = require "link"\n' + lua()})
        for link, target in (("link.xml", "../secret.xml"), ("link.stl", "../secret.stl"), ("sub", "../dir"),
                             ("link.lua", "../secret.lua")):
            (folder / link).symlink_to(target)
        for name in ("include.xml", "mesh.xml", "model.xml", "folder.xml", "mesh.urdf", "require.lua"):
            with self.subTest(case=name):
                done = self.timed(name, "check", name, cwd=folder)
                self.assertEqual(done.returncode, 2, done.stderr)
                lines = sentence(done)
                self.assertEqual(len(lines), 1, done.stderr)
                self.assertIn(f"{name}:1:", lines[0])
                self.assertTrue("link" in lines[0] or "deep.stl" in lines[0], lines[0])
        # a wider root, given by the user, is no way out for scripts but lets models in
        for name in ("include.xml", "mesh.xml"):
            done = self.timed(name, "check", name, "--root", self.dir, cwd=folder)
            self.assertNotIn("outside", done.stderr)

    def test_files_that_are_no_files(self):
        (self.dir / "folder.lua").mkdir()
        (self.dir / "folder.xml").mkdir()
        os.mkfifo(self.dir / "pipe.lua")
        os.mkfifo(self.dir / "pipe.mcap")
        (self.dir / "zero.lua").symlink_to("/dev/zero")
        (self.dir / "loop.lua").symlink_to("loop.lua")
        (self.dir / "empty.mcap").write_bytes(b"")
        (self.dir / "short.mcap").write_bytes(b"\x89MCAP0\r\n")
        for name in ("folder.lua", "folder.xml", "pipe.lua", "pipe.mcap", "zero.lua", "loop.lua", "empty.mcap",
                     "short.mcap"):
            with self.subTest(case=name):
                done = self.timed(name, "check", name, cwd=self.dir)
                self.assertEqual(done.returncode, 3 if name.endswith("mcap") else 2, done.stderr)
                self.assertGreaterEqual(len(sentence(done)), 1)

    def test_a_name_that_is_no_text(self):
        path = os.fsencode(self.dir) + b"/\xff\xfe.lua"
        with open(path, "wb") as f:
            f.write(lua().encode())
        (self.dir / "cart.xml").write_text(CART)
        done = subprocess.run([os.fsencode(str(dd.BINARY)), b"run", path, b"--out", b"out"], cwd=self.dir,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60)
        self.assertIn(done.returncode, (0, 2), done.stderr)
        for sign in SIGNS_OF_A_CRASH:
            self.assertNotIn(sign.encode(), done.stderr)
        if done.returncode == 0:
            self.assertEqual(dd.run("verify", "out", cwd=self.dir).returncode, 0)

    def test_wrong_runs(self):
        for number, (name, scenario, agent, outcome, says) in enumerate(RUNS):
            with self.subTest(case=name):
                folder = self.dir / f"run{number}"
                self.write(folder, {"test.lua": scenario, "wild.xml": WILD})
                args = ["run", "test.lua", "--out", "out", "--json"]
                if agent is not None:
                    (folder / "agent.lua").write_text(agent)
                    args += ["--agent", "agent.lua"]
                done = self.timed(name, *args, cwd=folder)
                self.assertEqual(done.returncode, 0 if outcome == "PASS" else 1, done.stderr[:2000])
                episode = json.loads(done.stdout)["episodes"][0]
                self.assertEqual(episode["outcome"], outcome, episode["reason"])
                reason = episode["reason"]
                for word in says: # "a|b": one of them, as versions of Lua differ in what comes first
                    self.assertTrue(any(w in reason for w in word.split("|")), f"'{word}' not in '{reason}'")
                self.assertLess(len(reason), 700, reason)
                self.assertNotIn("\n", reason)
                if outcome != "INVALID" or episode.get("steps"):
                    done = dd.run("verify", "out", cwd=folder)
                    self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    # --- files with random damage: no crash, no hang, no finding of a sanitizer ------------------------

    def recorded(self):
        """A short run whose recording holds every kind of message."""
        scenario = lua(
            'expect = { there = "F gap <= 1 m" }, reward = "-gap / 1 m", restore_every_s = 0.2, '
            'story = function(sim) sim:wait(0.1) sim:set_friction("b", 0.3) print("hello") end,',
            'w:ground {} local b = w:box { name = "b", free = true, mass = 2, pos = { 0.6, 0, 0.5 } } '
            "w:measure { gap = distance(cart, b), hit = peak_force(cart) } "
            'w:sensor { "contacts", name = "touch", robot = cart } w:sensor { "pose", name = "pose", robot = cart }')
        self.write(self.dir / "whole", {"test.lua": scenario, "agent.lua": act("return { 0.3 }")})
        done = dd.run("run", "test.lua", "--agent", "agent.lua", "--out", "out", cwd=self.dir / "whole")
        self.assertEqual(done.returncode, 0, done.stderr)
        return self.dir / "whole" / "out"

    def survive(self, what, codes, *args, **kwargs):
        done = self.timed(what, *args, **kwargs)
        self.assertIn(done.returncode, codes, f"{what}: {done.stderr[-1500:]}")

    def read_all(self, what, path):
        """Every command that reads a recording, on one that is wrong somewhere."""
        for name in ("x.svg", "whole.mcap"):
            (self.dir / name).unlink(missing_ok=True)
        shutil.rmtree(self.dir / "csv", ignore_errors=True)
        for args in (("check", path), ("info", path), ("info", path, "--record"), ("verify", path),
                     ("verify", path, "--from-script"), ("explain", path, "-o", self.dir / "x.svg"),
                     ("export", "csv", path, "-o", self.dir / "csv"),
                     ("recover", path, "-o", self.dir / "whole.mcap")):
            self.survive(f"{what}: {' '.join(map(str, args[:1]))}", (0, 1, 2, 3), *args)

    def test_flipped_bytes(self):
        run = self.recorded()
        mcap = run / "episode_00000" / "episode_00000.mcap"
        pack = self.dir / "run.drydock"
        self.assertEqual(dd.run("pack", run, "-o", pack).returncode, 0)
        dice = random.Random(20260301)
        for path in (mcap, pack):
            data = path.read_bytes()
            for number in range(FLIPS // 10 + 1):
                changed = bytearray(data)
                for _ in range(dice.choice((1, 1, 3, 20))):
                    changed[dice.randrange(len(changed))] = dice.randrange(256)
                if dice.random() < 0.3:
                    del changed[dice.randrange(len(changed)):]
                wrong_one = self.dir / f"wrong{path.suffix}"
                wrong_one.write_bytes(changed)
                self.read_all(f"{path.name} with damage {number}", wrong_one)

    @unittest.skipUnless("DRYDOCK_MANGLE" in os.environ, "needs the program hostile_mangle")
    def test_mangled_recordings(self):
        mcap = self.recorded() / "episode_00000" / "episode_00000.mcap"
        first = int(os.environ.get("DRYDOCK_FLIP_SEED", "0"))
        for number in range(first, first + FLIPS // 3):
            wrong_one = self.dir / "mangled.mcap"
            wrong_one.unlink(missing_ok=True)
            subprocess.run([os.environ["DRYDOCK_MANGLE"], str(mcap), str(wrong_one), str(number)], check=True)
            self.read_all(f"mangled {number}", wrong_one)

    def test_mutated_sources(self):
        """Scenario, agent, robot.lua, MJCF and URDF with pieces cut, doubled, swapped and overwritten."""
        home = Path(os.environ.get("DRYDOCK_HOME", dd.ROOT))
        texts = {
            "test.lua": (home / "scenarios/mobility/amr_dock/scenario.lua").read_bytes(),
            "agent.lua": (home / "scenarios/mobility/amr_dock/expert.lua").read_bytes(),
            "robot.lua": (home / "robots/arm_6_gripper/robot.lua").read_bytes(),
            "model.xml": (home / "robots/arm_6_gripper/model.xml").read_bytes(),
            "test.urdf": urdf('<visual><geometry><box size="1 1 1"/></geometry></visual>').encode(),
        }
        dice = random.Random(20260302)
        first = int(os.environ.get("DRYDOCK_FLIP_SEED", "0"))
        for _ in range(first):
            dice = random.Random(dice.random())
        words = [b"0", b"-1", b"1e308", b"nan", b"nil", b"{}", b"''", b"-0.001", b"99999999", b"function() end"]
        for number in range(FLIPS):
            name = dice.choice(sorted(texts))
            data = bytearray(texts[name])
            for _ in range(dice.choice((1, 1, 2, 5))):
                at, n = dice.randrange(len(data)), dice.randrange(1, 40)
                kind = dice.randrange(5)
                if kind == 0:
                    del data[at:at + n]
                elif kind == 1:
                    data[at:at] = data[dice.randrange(len(data)):][:n]
                elif kind == 2:
                    data[at] = dice.randrange(256)
                elif kind == 3:  # a number, or what stands in its place
                    spans = [m.span() for m in re.finditer(rb"-?[0-9.]+", bytes(data))]
                    if spans:
                        begin, end = dice.choice(spans)
                        data[begin:end] = dice.choice(words)
                else:
                    spans = [m.span() for m in re.finditer(rb'"[^"\n]*"', bytes(data))]
                    if spans:
                        begin, end = dice.choice(spans)
                        data[begin:end] = dice.choice([b'""', b'"x"', b'"' + b"y" * 200 + b'"', b'"amr"', b"3"])
            folder = self.dir / "mutated"
            shutil.rmtree(folder, ignore_errors=True)
            self.write(folder, {**texts, name: bytes(data)})
            self.survive(f"{name} mutated {number}", (0, 2), "check", name, cwd=folder)
            if name != "test.urdf":
                scenario = "test.lua" if name in ("test.lua", "agent.lua") else "mine.lua"
                (folder / "mine.lua").write_text(lua(robot='w:robot { "./robot.lua", name = "cart" }'))
                self.survive(f"{name} mutated {number}: run", (0, 1, 2), "run", scenario, "--agent", "agent.lua"
                             if scenario == "test.lua" else "random", "--duration", 0.3, "--out", "out",
                             "--timeout", 60, cwd=folder)


if __name__ == "__main__":
    unittest.main()
