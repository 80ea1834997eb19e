---@meta
-- drydock's Lua API for editors with the Lua language server. Made from the program's tables.
-- luacheck: ignore

---@class Vec3
---@field x number
---@field y number
---@field z number
---@operator add(Vec3): Vec3
---@operator sub(Vec3): Vec3
---@operator mul(number): Vec3
---@operator div(number): Vec3
---@operator unm: Vec3
local Vec3 = {}
---@return number
function Vec3:norm() end
---@param u Vec3
---@return number
function Vec3:dot(u) end
---@param yaw number
---@return Vec3
function Vec3:turned(yaw) end

---@class Pose
---@class Measure
---@class Check
---@class Scenario
---@class Agent
---@class Robot
---@class Score

---@class Distribution
---@operator add(number): Distribution
---@operator sub(number): Distribution
---@operator mul(number): Distribution
---@operator div(number): Distribution
---@operator unm: Distribution
local Distribution = {}
---The same, with values below low set to low and values above high set to high.
---@return Distribution
function Distribution:clip(low, high) end

---radian
---@type number
rad = 1
---degree
---@type number
deg = 0.017453292519943295
---micrometre
---@type number
um = 1e-06
---millimetre
---@type number
mm = 0.001
---centimetre
---@type number
cm = 0.01
---metre
---@type number
m = 1
---kilometre
---@type number
km = 1000
---inch
---@type number
inch = 0.0254
---foot
---@type number
ft = 0.3048
---millisecond
---@type number
ms = 0.001
---second
---@type number
s = 1
---minute
---@type number
min = 60
---gram
---@type number
g = 0.001
---kilogram
---@type number
kg = 1
---tonne
---@type number
t = 1000
---newton
---@type number
N = 1
---kilonewton
---@type number
kN = 1000
---newton metre
---@type number
Nm = 1
---kilometre per hour
---@type number
kph = 0.2777777777777778
---kilometre per hour
---@type number
kmh = 0.2777777777777778
---metre per second
---@type number
mps = 1
---revolution per minute, in rad/s
---@type number
rpm = 0.10471975511965977
---hertz
---@type number
Hz = 1
---hundredth
---@type number
percent = 0.01

---@class SlotDef
---@field robot? Thing|Frame|string The robot it drives.
---@field observe string|(string|Thing|Frame)[] Channels of the robot and measures it is shown.
---@field act string|(string|Thing|Frame)[] Action spaces of the robot, in order.
---@field may_be_constant? string|(string|Thing|Frame)[] Observed fields that are honestly constant.
---@field reject? boolean Out-of-range actions are AGENT_ERROR instead of clipped.

---@class ScenarioDef
---@field name string Name of the scenario; it also names its random streams.
---@field duration_s number Longest simulated time of an episode. [s]
---@field physics_hz? integer Physics steps per simulated second, 50 to 10,000; 500 by default. [Hz]
---@field agent_hz? number How often agents act, up to physics_hz; 50 by default. [Hz]
---@field measure_hz? number Clock of measures and requirements; 50 by default. [Hz]
---@field restore_every_s? number Simulated time between restore points; 10 by default. [s]
---@field start_time? string UTC time of step 0; 2026-01-01T00:00:00Z by default.
---@field sleep? boolean Let resting free bodies sleep: for worlds with much cargo.
---@field licence? string of the recordings, an SPDX name such as CC-BY-4.0; goes into run.json
---@field reward? string Numeric expression over measures, evaluated at every agent tick.
---@field end_when_decided? boolean End as soon as every requirement is decided.
---@field doc? string One sentence for `drydock list`.
---@field instruction? string|{en: string, ko: string} The task in words, given to agents, in English and Korean.
---@field params? table<string, Distribution|number|boolean|string> What varies between episodes. Drawn before build, in the order of their names, each from the stream "param/NAME"; recorded, listed, and set from outside by --set NAME=VALUE.
---@field build fun(w: World, p: table) Makes the world. A pure function of the drawn params p.
---@field agent? SlotDef The only agent slot.
---@field agents? table<string, SlotDef> Several agent slots, by name.
---@field story? fun(sim: Sim, p: table) What happens while the episode runs: a coroutine on simulated time.
---@field expect? table<string, string|table> The requirements that decide the verdict; { "requirement", must_occur = true } fails when it was never exercised.
---@field report? string[] Metrics of the scorecard: names, or min(x), max(x), mean(x), last(x), rms(x), p95(x) of a signal.
---@field labels? string[] Classes of labelled pictures in order of their ids, from 1; 0 is "background". What a thing is by its kind and is not in the list is "other" if that is in it, else background. Without the field drydock's own table counts.

---@class PlaceDef
---@field region Thing|Frame|string A region, or a thing to stand on: inside a region it stands on its floor, else on its top.
---@field clear_of? string|(string|Thing|Frame)[] Regions (lanes, slots) to stay out of; things are kept clear of anyway.
---@field clear? number Distance kept; 0.05 by default. [m]
---@field facing? Thing|Frame|string Thing or frame that its x axis points to.
---@field facing_tol? number How far it may point aside. [rad]
---@field visible_from? Thing|Frame|string Thing or frame with a free straight line to it.
---@field yaw? number|number[] Heading relative to the region: a number or {low, high}. [rad]
---@field margin? number Kept free along the region's edge; 0 by default. [m]
---@field height? number Of its underside above the region's floor; 0 by default. [m]
---@field tries? integer Samples before it gives up; 400 by default.

---@class RobotDef
---@field name? string Unique; made from the kind when absent.
---@field pos? Vec3|number[] Where the robot's own origin stands. [m]
---@field yaw? number Turn about z. [rad]
---@field rpy? Vec3|number[] Roll, pitch, yaw (Rz Ry Rx). [rad]
---@field quat? number[] Orientation, w x y z.
---@field on? Thing|Frame|string Thing or frame it stands on; pos, yaw are then relative to it.
---@field shift? Vec3|number[] Added to pos, in the robot's own frame. [m]
---@field root? string Folder that the files of a foreign model may come from.
---@field base? string Body to attach, instead of the description's.
---@field fixed? boolean Fix the base to the world.
---@field free? boolean Let the base move freely though the model fixes it.
---@field lift_to_floor? boolean Raise it so that its lowest point stands on pos.z.
---@field label? string Class in labels of pictures; by the robot's name when absent.
---@field at? Thing|Frame|Vec3|number[]|Pose
---@field place? PlaceDef
---@field joints? table<string, number>

---@class Thing
---@field name string Its name.
---@field kind string What it is: "box", "robot", ...
---@field pos Vec3 Where its origin stands as declared, a Vec3.
---@field yaw number Its heading as declared, in rad.
---@field frame table<string, Frame> One of its frames; thing.NAME is the same for short.
---@field [string] Frame

---@class Frame
---@field name string The name without the thing's.
---@field thing Thing The thing it belongs to.
---@field pos Vec3 Where it is as declared, a Vec3 in the world.
---@field yaw number The heading of its x axis as declared, in rad.

---@class GroundDef
---@field name? string unique; made from the kind when absent
---@field pos? Vec3|number[] of its middle [m]
---@field yaw? number|Distribution turn about z [rad]
---@field rpy? Vec3|number[] roll, pitch, yaw (Rz Ry Rx); before `yaw` [rad]
---@field quat? number[] orientation w x y z; before `rpy` and `yaw`
---@field on? Thing|Frame|string thing (its upper side) or frame it stands on; pos and orientation are then relative to it, and pos is where the middle of its underside comes
---@field shift? Vec3|number[] added to pos, in its own frame [m]
---@field label? string class it has in labels of pictures; made from the kind when absent
---@field size? number[] drawn length and width; it reaches on for ever [m]
---@field friction? number|Distribution sliding friction; of two touching things the larger counts, but floors, ramps and belts decide alone
---@field rolling? number|Distribution rolling friction; 0: none [m]
---@field rgba? number[] colour
---@field look? "plain"|"asphalt"|"concrete"|"epoxy" what it is made of; all but plain have a texture
---@field grid? boolean a plain one is drawn as a chequerboard
---@field grid_m? number|Distribution side of a square [m]
---@field at? Thing|Frame|Vec3|number[]|Pose
---@field place? PlaceDef

---@class BoxDef
---@field name? string unique; made from the kind when absent
---@field pos? Vec3|number[] of its centre [m]
---@field yaw? number|Distribution turn about z [rad]
---@field rpy? Vec3|number[] roll, pitch, yaw (Rz Ry Rx); before `yaw` [rad]
---@field quat? number[] orientation w x y z; before `rpy` and `yaw`
---@field on? Thing|Frame|string thing (its upper side) or frame it stands on; pos and orientation are then relative to it, and pos is where the middle of its underside comes
---@field shift? Vec3|number[] added to pos, in its own frame [m]
---@field label? string class it has in labels of pictures; made from the kind when absent
---@field size? Vec3|number[] along x, y, z [m]
---@field free? boolean moves freely; false: fixed to the world
---@field mass? number|Distribution of a free one [kg]
---@field friction? number|Distribution sliding friction; of two touching things the larger counts, but floors, ramps and belts decide alone
---@field rgba? number[] colour
---@field look? "plain"|"carton"|"wood"|"steel"|"concrete"|"panel"|"hazard" what it is made of; its colour tints it
---@field at? Thing|Frame|Vec3|number[]|Pose
---@field place? PlaceDef

---@class SphereDef
---@field name? string unique; made from the kind when absent
---@field pos? Vec3|number[] of its centre [m]
---@field yaw? number|Distribution turn about z [rad]
---@field rpy? Vec3|number[] roll, pitch, yaw (Rz Ry Rx); before `yaw` [rad]
---@field quat? number[] orientation w x y z; before `rpy` and `yaw`
---@field on? Thing|Frame|string thing (its upper side) or frame it stands on; pos and orientation are then relative to it, and pos is where the middle of its underside comes
---@field shift? Vec3|number[] added to pos, in its own frame [m]
---@field label? string class it has in labels of pictures; made from the kind when absent
---@field radius? number|Distribution  [m]
---@field free? boolean moves freely; false: fixed to the world
---@field mass? number|Distribution of a free one [kg]
---@field friction? number|Distribution sliding friction; of two touching things the larger counts, but floors, ramps and belts decide alone
---@field rolling? number|Distribution rolling friction; 0: none [m]
---@field rgba? number[] colour
---@field at? Thing|Frame|Vec3|number[]|Pose
---@field place? PlaceDef

---@class CylinderDef
---@field name? string unique; made from the kind when absent
---@field pos? Vec3|number[] of its centre [m]
---@field yaw? number|Distribution turn about z [rad]
---@field rpy? Vec3|number[] roll, pitch, yaw (Rz Ry Rx); before `yaw` [rad]
---@field quat? number[] orientation w x y z; before `rpy` and `yaw`
---@field on? Thing|Frame|string thing (its upper side) or frame it stands on; pos and orientation are then relative to it, and pos is where the middle of its underside comes
---@field shift? Vec3|number[] added to pos, in its own frame [m]
---@field label? string class it has in labels of pictures; made from the kind when absent
---@field radius? number|Distribution  [m]
---@field height? number|Distribution along z [m]
---@field free? boolean moves freely; false: fixed to the world
---@field mass? number|Distribution of a free one [kg]
---@field friction? number|Distribution sliding friction; of two touching things the larger counts, but floors, ramps and belts decide alone
---@field rolling? number|Distribution rolling friction; 0: none [m]
---@field rgba? number[] colour
---@field at? Thing|Frame|Vec3|number[]|Pose
---@field place? PlaceDef

---@class WallDef
---@field name? string unique; made from the kind when absent
---@field from number[] one end of its middle line [m]
---@field to number[] the other end [m]
---@field z? number|Distribution of its foot [m]
---@field height? number|Distribution  [m]
---@field thickness? number|Distribution  [m]
---@field friction? number|Distribution sliding friction; of two touching things the larger counts, but floors, ramps and belts decide alone
---@field rgba? number[] colour
---@field label? string class it has in labels of pictures; made from the kind when absent
---@field look? "plain"|"carton"|"wood"|"steel"|"concrete"|"panel"|"hazard" what it is made of; all but plain have a base board

---@class RampDef
---@field name? string unique; made from the kind when absent
---@field pos? Vec3|number[] of the middle of its underside; it rises along x [m]
---@field yaw? number|Distribution turn about z [rad]
---@field rpy? Vec3|number[] roll, pitch, yaw (Rz Ry Rx); before `yaw` [rad]
---@field quat? number[] orientation w x y z; before `rpy` and `yaw`
---@field on? Thing|Frame|string thing (its upper side) or frame it stands on; pos and orientation are then relative to it, and pos is where the middle of its underside comes
---@field shift? Vec3|number[] added to pos, in its own frame [m]
---@field label? string class it has in labels of pictures; made from the kind when absent
---@field length? number|Distribution along the floor [m]
---@field width? number|Distribution  [m]
---@field height? number|Distribution it rises by [m]
---@field friction? number|Distribution sliding friction; of two touching things the larger counts, but floors, ramps and belts decide alone
---@field rgba? number[] colour
---@field at? Thing|Frame|Vec3|number[]|Pose
---@field place? PlaceDef

---@class BodyDef
---@field name? string unique; made from the kind when absent
---@field pos? Vec3|number[] of its centre [m]
---@field yaw? number|Distribution turn about z [rad]
---@field rpy? Vec3|number[] roll, pitch, yaw (Rz Ry Rx); before `yaw` [rad]
---@field quat? number[] orientation w x y z; before `rpy` and `yaw`
---@field on? Thing|Frame|string thing (its upper side) or frame it stands on; pos and orientation are then relative to it, and pos is where the middle of its underside comes
---@field shift? Vec3|number[] added to pos, in its own frame [m]
---@field label? string class it has in labels of pictures; made from the kind when absent
---@field shape? "box"|"sphere"|"cylinder"|"capsule" of the body; the axis of round ones is z
---@field size? Vec3|number[] along x, y, z; round ones read the diameter from x and the height from z [m]
---@field free? boolean moves freely; false: fixed to the world
---@field mass? number|Distribution of a free one [kg]
---@field com? Vec3|number[] centre of mass, from its centre [m]
---@field friction? number|Distribution sliding friction; of two touching things the larger counts, but floors, ramps and belts decide alone
---@field torsional? number|Distribution friction against spinning on a spot [m]
---@field rolling? number|Distribution rolling friction; 0: none [m]
---@field rgba? number[] colour
---@field latch? Thing|Frame|string robot's frame it can be locked to while the run goes ("agv/deck"); open at the start
---@field at? Thing|Frame|Vec3|number[]|Pose
---@field place? PlaceDef

---@class FrameDef
---@field name? string unique; made from the kind when absent
---@field pos? Vec3|number[] of the frame [m]
---@field yaw? number|Distribution turn about z [rad]
---@field rpy? Vec3|number[] roll, pitch, yaw (Rz Ry Rx); before `yaw` [rad]
---@field quat? number[] orientation w x y z; before `rpy` and `yaw`
---@field on? Thing|Frame|string thing (its upper side) or frame it stands on; pos and orientation are then relative to it, and pos is where the middle of its underside comes
---@field shift? Vec3|number[] added to pos, in its own frame [m]
---@field label? string class it has in labels of pictures; made from the kind when absent
---@field at? Thing|Frame|Vec3|number[]|Pose
---@field place? PlaceDef

---@class RegionDef
---@field name? string unique; made from the kind when absent
---@field pos? Vec3|number[] of its centre, on the floor [m]
---@field yaw? number|Distribution turn about z [rad]
---@field rpy? Vec3|number[] roll, pitch, yaw (Rz Ry Rx); before `yaw` [rad]
---@field quat? number[] orientation w x y z; before `rpy` and `yaw`
---@field on? Thing|Frame|string thing (its upper side) or frame it stands on; pos and orientation are then relative to it, and pos is where the middle of its underside comes
---@field shift? Vec3|number[] added to pos, in its own frame [m]
---@field label? string class it has in labels of pictures; made from the kind when absent
---@field size? number[] along x and y [m]
---@field line? number|Distribution width of its painted edge [m]
---@field filled? boolean painted all over
---@field rgba? number[] colour
---@field at? Thing|Frame|Vec3|number[]|Pose
---@field place? PlaceDef

---@class ShelfDef
---@field name? string unique; made from the kind when absent
---@field pos? Vec3|number[] of the middle of its underside [m]
---@field yaw? number|Distribution turn about z [rad]
---@field rpy? Vec3|number[] roll, pitch, yaw (Rz Ry Rx); before `yaw` [rad]
---@field quat? number[] orientation w x y z; before `rpy` and `yaw`
---@field on? Thing|Frame|string thing (its upper side) or frame it stands on; pos and orientation are then relative to it, and pos is where the middle of its underside comes
---@field shift? Vec3|number[] added to pos, in its own frame [m]
---@field label? string class it has in labels of pictures; made from the kind when absent
---@field size? Vec3|number[] width, depth, height [m]
---@field levels? integer|Distribution boards, at most 20
---@field lowest? number|Distribution top of the lowest board above the floor; the highest is at the top [m]
---@field board? number|Distribution thickness of a board [m]
---@field friction? number|Distribution sliding friction; of two touching things the larger counts, but floors, ramps and belts decide alone
---@field rgba? number[] colour
---@field at? Thing|Frame|Vec3|number[]|Pose
---@field place? PlaceDef

---@class ConveyorDef
---@field name? string unique; made from the kind when absent
---@field pos? Vec3|number[] of the middle of its underside; it runs along x [m]
---@field yaw? number|Distribution turn about z [rad]
---@field rpy? Vec3|number[] roll, pitch, yaw (Rz Ry Rx); before `yaw` [rad]
---@field quat? number[] orientation w x y z; before `rpy` and `yaw`
---@field on? Thing|Frame|string thing (its upper side) or frame it stands on; pos and orientation are then relative to it, and pos is where the middle of its underside comes
---@field shift? Vec3|number[] added to pos, in its own frame [m]
---@field label? string class it has in labels of pictures; made from the kind when absent
---@field size? Vec3|number[] length, width, height of the belt's top [m]
---@field speed? number|Distribution of the belt, towards its end [m/s]
---@field friction? number|Distribution sliding friction; of two touching things the larger counts, but floors, ramps and belts decide alone
---@field rgba? number[] colour
---@field at? Thing|Frame|Vec3|number[]|Pose
---@field place? PlaceDef

---@class DoorDef
---@field name? string unique; made from the kind when absent
---@field pos? Vec3|number[] of the middle of the threshold; the leaf closes along x [m]
---@field yaw? number|Distribution turn about z [rad]
---@field rpy? Vec3|number[] roll, pitch, yaw (Rz Ry Rx); before `yaw` [rad]
---@field quat? number[] orientation w x y z; before `rpy` and `yaw`
---@field on? Thing|Frame|string thing (its upper side) or frame it stands on; pos and orientation are then relative to it, and pos is where the middle of its underside comes
---@field shift? Vec3|number[] added to pos, in its own frame [m]
---@field label? string class it has in labels of pictures; made from the kind when absent
---@field size? Vec3|number[] width of the opening, thickness, height [m]
---@field motion? "hinged"|"sliding" how it opens
---@field angle? number|Distribution of an open hinged leaf [rad]
---@field speed? number|Distribution rad/s for a hinged one [m/s]
---@field open? boolean open at the start
---@field rgba? number[] colour
---@field at? Thing|Frame|Vec3|number[]|Pose
---@field place? PlaceDef

---@class PalletDef
---@field name? string unique; made from the kind when absent
---@field pos? Vec3|number[] of the middle of its underside; 1.2 m along x, 0.8 m along y [m]
---@field yaw? number|Distribution turn about z [rad]
---@field rpy? Vec3|number[] roll, pitch, yaw (Rz Ry Rx); before `yaw` [rad]
---@field quat? number[] orientation w x y z; before `rpy` and `yaw`
---@field on? Thing|Frame|string thing (its upper side) or frame it stands on; pos and orientation are then relative to it, and pos is where the middle of its underside comes
---@field shift? Vec3|number[] added to pos, in its own frame [m]
---@field label? string class it has in labels of pictures; made from the kind when absent
---@field free? boolean moves freely; false: fixed to the world
---@field mass? number|Distribution of a free one [kg]
---@field friction? number|Distribution sliding friction; of two touching things the larger counts, but floors, ramps and belts decide alone
---@field rgba? number[] colour
---@field latch? Thing|Frame|string robot's frame it can be locked to while the run goes ("agv/deck"); open at the start
---@field at? Thing|Frame|Vec3|number[]|Pose
---@field place? PlaceDef

---@class ToteDef
---@field name? string unique; made from the kind when absent
---@field pos? Vec3|number[] of the middle of its underside [m]
---@field yaw? number|Distribution turn about z [rad]
---@field rpy? Vec3|number[] roll, pitch, yaw (Rz Ry Rx); before `yaw` [rad]
---@field quat? number[] orientation w x y z; before `rpy` and `yaw`
---@field on? Thing|Frame|string thing (its upper side) or frame it stands on; pos and orientation are then relative to it, and pos is where the middle of its underside comes
---@field shift? Vec3|number[] added to pos, in its own frame [m]
---@field label? string class it has in labels of pictures; made from the kind when absent
---@field size? Vec3|number[] outside, along x, y, z [m]
---@field wall? number|Distribution thickness of walls and bottom [m]
---@field free? boolean moves freely; false: fixed to the world
---@field mass? number|Distribution of a free one [kg]
---@field friction? number|Distribution sliding friction; of two touching things the larger counts, but floors, ramps and belts decide alone
---@field rgba? number[] colour
---@field latch? Thing|Frame|string robot's frame it can be locked to while the run goes ("agv/deck"); open at the start
---@field at? Thing|Frame|Vec3|number[]|Pose
---@field place? PlaceDef

---@class ContainerDef
---@field name? string unique; made from the kind when absent
---@field pos? Vec3|number[] of the middle of its underside; its length runs along x [m]
---@field yaw? number|Distribution turn about z [rad]
---@field rpy? Vec3|number[] roll, pitch, yaw (Rz Ry Rx); before `yaw` [rad]
---@field quat? number[] orientation w x y z; before `rpy` and `yaw`
---@field on? Thing|Frame|string thing (its upper side) or frame it stands on; pos and orientation are then relative to it, and pos is where the middle of its underside comes
---@field shift? Vec3|number[] added to pos, in its own frame [m]
---@field label? string class it has in labels of pictures; made from the kind when absent
---@field length_ft? number|Distribution 20, 40 or 45 [ft]
---@field high_cube? boolean 2.896 m high instead of 2.591 m
---@field free? boolean moves freely; false: fixed to the world
---@field mass? number|Distribution with its cargo; 0: empty, that is 2,300 to 4,820 kg by size [kg]
---@field cargo? Vec3|number[] the cargo's centre of mass, from the middle of its usual place [m]
---@field friction? number|Distribution sliding friction; of two touching things the larger counts, but floors, ramps and belts decide alone
---@field rgba? number[] colour; transparent: a shipper's, by its name
---@field latch? Thing|Frame|string robot's frame it can be locked to while the run goes ("agv/deck"); open at the start
---@field at? Thing|Frame|Vec3|number[]|Pose
---@field place? PlaceDef

---@class StackDef
---@field name? string unique; made from the kind when absent
---@field pos? Vec3|number[] of the middle of its underside; the containers lie along x [m]
---@field yaw? number|Distribution turn about z [rad]
---@field rpy? Vec3|number[] roll, pitch, yaw (Rz Ry Rx); before `yaw` [rad]
---@field quat? number[] orientation w x y z; before `rpy` and `yaw`
---@field on? Thing|Frame|string thing (its upper side) or frame it stands on; pos and orientation are then relative to it, and pos is where the middle of its underside comes
---@field shift? Vec3|number[] added to pos, in its own frame [m]
---@field label? string class it has in labels of pictures; made from the kind when absent
---@field length_ft? number|Distribution 20, 40 or 45 [ft]
---@field high_cube? boolean 2.896 m high instead of 2.591 m
---@field bays? integer|Distribution containers along x
---@field rows? integer|Distribution containers along y
---@field tiers? integer|Distribution containers upwards
---@field bay_gap? number|Distribution between them along x [m]
---@field row_gap? number|Distribution between them along y [m]
---@field friction? number|Distribution sliding friction; of two touching things the larger counts, but floors, ramps and belts decide alone
---@field at? Thing|Frame|Vec3|number[]|Pose
---@field place? PlaceDef

---@class ActorDef
---@field name? string unique; made from the kind when absent
---@field model? "truck"|"person"|"crane"|"box" what it looks like
---@field path (Vec3|number[]|Thing|Frame)[] points it passes on straight lines, facing along them; it stands on them [m]
---@field speed? number|Distribution at which it travels [m/s]
---@field accel? number|Distribution speeding up and braking [m/s^2]
---@field loop? boolean back to the first point and round again
---@field go? boolean moves at once; false: waits for sim.NAME:go()
---@field size? Vec3|number[] length, width, height; 0 0 0: the usual size of its model [m]
---@field rgba? number[] colour
---@field label? string class it has in labels of pictures; made from the kind when absent

---@class WeatherDef
---@field name? string unique; made from the kind when absent
---@field latitude? number|Distribution of the world's origin (default 37.45) [deg]
---@field longitude? number|Distribution of the world's origin (default 126.60) [deg]
---@field altitude? number|Distribution above the ellipsoid (default 20) [m]
---@field hour? number|Distribution local solar time at the start (default 11) [h]
---@field day? number|Distribution day of the year (default 172, midsummer)
---@field sun_elevation? number|Distribution above the horizon; inf = from place, day and hour [rad]
---@field sun_azimuth? number|Distribution counter-clockwise from east; inf = from place, day and hour [rad]
---@field cloud? number|Distribution cloud cover
---@field floodlights? number|Distribution 0 off .. 1 full; inf = on when the sun is down
---@field fog? number|Distribution meteorological optical range; inf = clear [m]
---@field rain? number|Distribution rate [mm/h]
---@field snow? number|Distribution rate, of water [mm/h]
---@field dust? number|Distribution in the air [g/m^3]
---@field temperature? number|Distribution of the air (default 20) [degC]
---@field wind? Vec3|number[] the way it blows [m/s]
---@field wetness? number|Distribution of floors, 0 dry .. 1 wet; inf = wet when it rains
---@field dirt? number|Distribution on lenses and windows

---@class FloodlightDef
---@field name? string unique; made from the kind when absent
---@field pos? Vec3|number[] of the foot of its mast [m]
---@field yaw? number|Distribution turn about z [rad]
---@field rpy? Vec3|number[] roll, pitch, yaw (Rz Ry Rx); before `yaw` [rad]
---@field quat? number[] orientation w x y z; before `rpy` and `yaw`
---@field on? Thing|Frame|string thing (its upper side) or frame it stands on; pos and orientation are then relative to it, and pos is where the middle of its underside comes
---@field shift? Vec3|number[] added to pos, in its own frame [m]
---@field label? string class it has in labels of pictures; made from the kind when absent
---@field height? number|Distribution of the lamp [m]
---@field target? Vec3|number[] the point of the world that it shines on [m]
---@field lumens? number|Distribution light of the lamp at full power [lm]
---@field cutoff? number|Distribution half the angle of its cone, at most 90 degrees [rad]
---@field rgba? number[] colour
---@field at? Thing|Frame|Vec3|number[]|Pose
---@field place? PlaceDef

---@class PropDef
---@field name? string unique; made from the kind when absent
---@field pos? Vec3|number[] of the middle of its underside [m]
---@field yaw? number|Distribution turn about z [rad]
---@field rpy? Vec3|number[] roll, pitch, yaw (Rz Ry Rx); before `yaw` [rad]
---@field quat? number[] orientation w x y z; before `rpy` and `yaw`
---@field on? Thing|Frame|string thing (its upper side) or frame it stands on; pos and orientation are then relative to it, and pos is where the middle of its underside comes
---@field shift? Vec3|number[] added to pos, in its own frame [m]
---@field label? string class it has in labels of pictures; made from the kind when absent
---@field model? "rack"|"fence"|"dock_door"|"hall"|"building"|"quay_crane"|"vessel"|"stacks"|"cabinet"|"bollard"|"cone"|"bench"|"lamp"|"truck"|"person"|"gantry" what it is
---@field size? Vec3|number[] along x, y, z; 0 0 0: the usual size of its model [m]
---@field rgba? number[] colour of its main part; transparent: the usual one of its model
---@field at? Thing|Frame|Vec3|number[]|Pose
---@field place? PlaceDef

---@class World
local World = {}
---Puts a robot into the world. X is a robot's name, or the path of an .xml or .urdf or of a folder with a robot.lua, absolute or relative to the scenario's folder.
---@return Thing
function World:robot(t) end

---Puts `count` containers (a number or a distribution) on a table of slots {NAME = frame}, drawn from the stream "draw/NAME/slot", never on the slots named in clear_of and at most `tiers` high. Further fields are given to every container; `kind` stacks another thing. With one table only it is the thing below.
---@return Thing[]
function World:stack(slots, options) end

---Declares measures: named truth signals for requirements, reports and waits.
function World:measure(t) end

---An episode whose start does not pass the check counts as INVALID and does not begin. The check is clear, near, inside or upright.
function World:require(check, text) end

---Adds a sensor that the robot's description does not have; a preset may stand for KIND.
function World:sensor(t) end

---Draws a value from this episode's random stream "draw/NAME"; draws of one name go on.
---@return number | boolean | string
function World:draw(name, dist) end

---The thing or robot of that name.
---@return Thing
function World:thing(name) end

---Where a thing or frame stands as declared, in the world.
---@return Vec3, number
function World:pose(thing_or_frame) end

---A level floor without end; its friction decides for whatever stands on it.
---@param t GroundDef
---@return Thing
function World:ground(t) end

---A box: an obstacle, a crate, a bay; free or fixed.
---@param t BoxDef
---@return Thing
function World:box(t) end

---A ball, free or fixed.
---@param t SphereDef
---@return Thing
function World:sphere(t) end

---A cylinder about its z axis: a drum, a bollard, a column; free or fixed.
---@param t CylinderDef
---@return Thing
function World:cylinder(t) end

---A straight wall between two points of the floor; its x axis runs from `from` to `to`.
---@param t WallDef
---@return Thing
function World:wall(t) end

---A slope that rises along its x axis; its friction decides for whatever stands on it.
---@param t RampDef
---@return Thing
function World:ramp(t) end

---A solid of one shape, free unless told otherwise: a part, a piece of cargo.
---@param t BodyDef
---@return Thing
function World:body(t) end

---A named place without substance: a goal, a waypoint.
---@param t FrameDef
---@return Thing
function World:frame(t) end

---A rectangle painted on the floor: a lane, a slot, a zone. Nothing touches it.
---@param t RegionDef
---@return Thing
function World:region(t) end

---A rack of boards between four posts; frames level1 (lowest), level2, ... on the boards.
---@param t ShelfDef
---@return Thing
function World:shelf(t) end

---A belt on legs that carries what lies on it; frames start, end, belt_top on the belt, their x axis along it.
---@param t ConveyorDef
---@return Thing
function World:conveyor(t) end

---A hinged or sliding door that the story opens and closes (sim:open, sim:close); what is in its way is pushed.
---@param t DoorDef
---@return Thing
function World:door(t) end

---A EUR pallet of boards and blocks, with pockets that forks enter; frames bottom and top (x along its length), pocket1 and pocket2 on the short face, looking in.
---@param t PalletDef
---@return Thing
function World:pallet(t) end

---An open box of four walls and a bottom; frames bottom, inside (middle of the room inside), rim.
---@param t ToteDef
---@return Thing
function World:tote(t) end

---An ISO container of 20, 40 or 45 feet with its cargo; frames bottom, center, top and the lower corner castings (casting_ne: +x +y), all with the container's own axes.
---@param t ContainerDef
---@return Thing
function World:container(t) end

---A truck, person, crane or box on a path, moved by the story (sim.NAME:go, stop, set_speed); nothing stops it, what it meets is pushed.
---@param t ActorDef
---@return Thing
function World:actor(t) end

---The weather and light at the start: sun, night, fog, rain, wind, wet floors; at most one in a world. sim:set_weather changes it later.
---@param t WeatherDef
---@return Thing
function World:weather(t) end

---A mast with a lamp that shines on a point; on at night, or as the weather's `floodlights` says.
---@param t FloodlightDef
---@return Thing
function World:floodlight(t) end

---Something to look at, which nothing touches and placement does not keep clear of: a rack with its goods, a fence, a dock door, a hall's wall, a building, a quay crane, a vessel, a cabinet, a lamp, a parked truck. Cameras and lidars see it.
---@param t PropDef
---@return Thing
function World:prop(t) end

---@class distanceOptions

---between the origins of a and b [m]
---@param a Thing|Frame|string
---@param b? Thing|Frame|string
---@param options? distanceOptions
---@return Measure
function distance(a, b, options) end

---@class pose_errorOptions

---length of a's position relative to frame b; see also yaw_error, angle_error [m]
---@param a Thing|Frame|string
---@param b? Thing|Frame|string
---@param options? pose_errorOptions
---@return Measure
function pose_error(a, b, options) end

---@class yaw_errorOptions
---@field offset? number yaw_error: heading of a relative to b that counts as no error [rad]

---difference of the headings of a and b less `offset`, 0 to pi [rad]
---@param a Thing|Frame|string
---@param b? Thing|Frame|string
---@param options? yaw_errorOptions
---@return Measure
function yaw_error(a, b, options) end

---@class angle_errorOptions

---angle of the rotation between a and b, 0 to pi [rad]
---@param a Thing|Frame|string
---@param b? Thing|Frame|string
---@param options? angle_errorOptions
---@return Measure
function angle_error(a, b, options) end

---@class clearanceOptions
---@field within? number clearance: beyond it the value is this (default 10) [m]
---@field exclude? string|(string|Thing|Frame)[] things that do not count when b is left out

---smallest distance between the collision geoms of a and b (b left out: anything but floors and what a holds), negative when they overlap, at most `within` [m]
---@param a Thing|Frame|string
---@param b? Thing|Frame|string
---@param options? clearanceOptions
---@return Measure
function clearance(a, b, options) end

---@class speedOptions

---speed of a's origin [m/s]
---@param a Thing|Frame|string
---@param options? speedOptions
---@return Measure
function speed(a, options) end

---@class yaw_rateOptions

---rate of turn about the vertical, left positive [rad/s]
---@param a Thing|Frame|string
---@param options? yaw_rateOptions
---@return Measure
function yaw_rate(a, options) end

---@class tiltOptions

---angle between a's z axis and the vertical [rad]
---@param a Thing|Frame|string
---@param options? tiltOptions
---@return Measure
function tilt(a, options) end

---@class insideOptions
---@field half? Vec3|number[] inside: half extents of the box around frame b, 0 = no limit; all 0 = the box of thing b [m]

---how deep a's origin lies in the box around b; negative outside [m]
---@param a Thing|Frame|string
---@param b? Thing|Frame|string
---@param options? insideOptions
---@return Measure
function inside(a, b, options) end

---@class heightOptions

---height of a's origin above b's, or above the world's [m]
---@param a Thing|Frame|string
---@param b? Thing|Frame|string
---@param options? heightOptions
---@return Measure
function height(a, b, options) end

---@class peak_forceOptions
---@field exclude? string|(string|Thing|Frame)[] things that do not count when b is left out

---largest sum of normal contact forces between a and b (b left out: anything but floors and what a holds) in any physics step since the last sample [N]
---@param a Thing|Frame|string
---@param b? Thing|Frame|string
---@param options? peak_forceOptions
---@return Measure
function peak_force(a, b, options) end

---@class contact_forceOptions
---@field exclude? string|(string|Thing|Frame)[] things that do not count when b is left out

---sum of normal contact forces between a and b (b left out: anything but floors and what a holds) in the step that ended [N]
---@param a Thing|Frame|string
---@param b? Thing|Frame|string
---@param options? contact_forceOptions
---@return Measure
function contact_force(a, b, options) end

---@class collisionsOptions
---@field threshold? number collisions: force from which a touch counts (default 1) [N]
---@field exclude? string|(string|Thing|Frame)[] things that do not count when b is left out

---how often a has hit something since the start (b left out: anything but floors and what it holds)
---@param a Thing|Frame|string
---@param b? Thing|Frame|string
---@param options? collisionsOptions
---@return Measure
function collisions(a, b, options) end

---@class energyOptions

---mechanical work that the actuators of a have done since the start, braking not counted back [J]
---@param a Thing|Frame|string
---@param options? energyOptions
---@return Measure
function energy(a, options) end

---@class path_lengthOptions

---way of a's origin over the ground since the start [m]
---@param a Thing|Frame|string
---@param options? path_lengthOptions
---@return Measure
function path_length(a, options) end

---@class displacementOptions

---straight line over the ground from where a's origin was at the start [m]
---@param a Thing|Frame|string
---@param options? displacementOptions
---@return Measure
function displacement(a, options) end

---@class joint_speedOptions

---speed of the fastest hinge joint of a [rad/s]
---@param a Thing|Frame|string
---@param options? joint_speedOptions
---@return Measure
function joint_speed(a, options) end

---@class StoryThing
---@field name string Its name.
---@field kind string What it is.
---@field pos Vec3 Where it is now, a Vec3.
---@field yaw number Its heading now, in rad.
local StoryThing = {}
---@class Sim
---@field time number Simulated seconds since the start.
---@field [string] StoryThing
local Sim = {}
---Lets simulated time pass; at least one physics step.
function Sim:wait(seconds) end

---Waits until the expression holds (for hold_s without a break). False when timeout_s passed before.
---@return boolean
function Sim:wait_until(expr, options) end

---Ends the episode after this step. Whether it succeeded, `expect` decides.
function Sim:done(reason) end

---The newest value of a measure or channel field; nil while there is none.
---@return number | nil
function Sim:value(signal) end

---The same as sim:value.
---@return number | nil
function Sim:get(signal) end

---Writes an event into the recording.
function Sim:event(kind, subject, text) end

---The thing of that name; sim.NAME is the same for names that are words.
---@return StoryThing
function Sim:thing(name) end

---Friction of all its surfaces from now on; floors, ramps and belts decide for what stands on them. Of a floor: when dry.
function Sim:set_friction(target, sliding, torsional, rolling) end

---Friction of all its surfaces from now on; floors, ramps and belts decide for what stands on them. Of a floor: when dry.
function StoryThing:set_friction(sliding, torsional, rolling) end

---Mass in kg; the inertia follows.
function Sim:set_mass(target, mass) end

---Mass in kg; the inertia follows.
function StoryThing:set_mass(mass) end

---Gravity in m/s^2; all that sleeps wakes.
function Sim:set_gravity(x, y, z) end

---A force in N and a torque in N m at its centre of mass, in the world's axes, for some time; several add up.
function Sim:force(target, fx, fy, fz, tx, ty, tz, duration_s) end

---A force in N and a torque in N m at its centre of mass, in the world's axes, for some time; several add up.
function StoryThing:force(fx, fy, fz, tx, ty, tz, duration_s) end

---Puts a free thing or robot there, at rest: x y z yaw; or x y z qw qx qy qz when the last three are not all 0.
function Sim:set_pose(target, x, y, z, yaw, qx, qy, qz) end

---Puts a free thing or robot there, at rest: x y z yaw; or x y z qw qx qy qz when the last three are not all 0.
function StoryThing:set_pose(x, y, z, yaw, qx, qy, qz) end

---Velocity of a free thing or robot in m/s and rad/s, in the world's axes.
function Sim:set_velocity(target, vx, vy, vz, wx, wy, wz) end

---Velocity of a free thing or robot in m/s and rad/s, in the world's axes.
function StoryThing:set_velocity(vx, vy, vz, wx, wy, wz) end

---Speed of the belt in m/s.
function Sim:set_conveyor(target, speed) end

---Speed of the belt in m/s.
function StoryThing:set_conveyor(speed) end

---Sets off, or goes on; a speed in m/s may be given.
function Sim:go(target, speed) end

---Sets off, or goes on; a speed in m/s may be given.
function StoryThing:go(speed) end

---Brakes to a halt.
function Sim:stop(target) end

---Brakes to a halt.
function StoryThing:stop() end

---Speed in m/s, when it moves.
function Sim:set_speed(target, speed) end

---Speed in m/s, when it moves.
function StoryThing:set_speed(speed) end

---Opens at its own speed.
function Sim:open(target) end

---Opens at its own speed.
function StoryThing:open() end

---Closes at its own speed.
function Sim:close(target) end

---Closes at its own speed.
function StoryThing:close() end

---Locks a latch ("agv/deck/latch/C1") in the present relative pose.
function Sim:weld(target) end

---Locks a latch ("agv/deck/latch/C1") in the present relative pose.
function StoryThing:weld() end

---Opens a latch.
function Sim:unweld(target) end

---Opens a latch.
function StoryThing:unweld() end

---Wind in m/s: the same as set_weather("wind", ...).
function Sim:wind(vx, vy, vz) end

---A member of the weather from now on: set_weather("fog", 50), set_weather("wind", {5, 0, 0}), set_weather { rain = 10, hour = 22 }; the fields are those of w:weather but for name and place. Wind pushes free things, wet floors grip less.
function Sim:set_weather(target, value, y, z) end

---A member of the weather from now on: set_weather("fog", 50), set_weather("wind", {5, 0, 0}), set_weather { rain = 10, hour = 22 }; the fields are those of w:weather but for name and place. Wind pushes free things, wet floors grip less.
function StoryThing:set_weather(value, y, z) end

---@class AgentDef
---@field act fun(obs: Observation): number|number[]|table
---@field reset? fun(obs: Observation, info: Info)
---@field name? string
---@field doc? string

---@class Observation
---@field time number
---@field age table<string, number>
---@field fresh table<string, boolean>
---@field [string] any

---@class Bytes
---@operator len: integer
---@field byte fun(self: Bytes, i?: integer, j?: integer): integer ...
---@field sub fun(self: Bytes, i?: integer, j?: integer): string
---@field u16 fun(self: Bytes, i: integer): integer?
---@field u32 fun(self: Bytes, i: integer): integer?
---@field f32 fun(self: Bytes, i: integer): number?
---@field f64 fun(self: Bytes, i: integer): number?

---@class Info
---@field instruction { en: string, ko: string }
---@field robot string
---@field agent_hz number
---@field duration_s number
---@field action table

---Declares a scenario; a scenario file returns it.
---@param t ScenarioDef
---@return Scenario
function scenario(t) end

---Declares a Lua agent; an agent file returns it.
---@param t AgentDef
---@return Agent
function agent(t) end

---Declares a robot; robot.lua returns it.
---@return Robot
function robot(t) end

---Declares measures and requirements to add to a recorded run (`drydock score --add`); they name things and frames by text: distance("amr/dock", "bay/west").
---@return Score
function score(t) end

---Declares sensors from outside of the scenario, for `drydock render` and `--sensors`; a rig file returns it.
---@return Rig
function rig(t) end

---A number from low up to high.
---@return Distribution
function uniform(low, high) end

---A whole number from low to high, both included.
---@return Distribution
function uniform_int(low, high) end

---A number from the normal distribution; sigma is one standard deviation.
---@return Distribution
function normal(mean, sigma) end

---One of the values with equal probability: numbers, booleans or strings, all of one type.
---@return Distribution
function choice(t) end

---Always the value; a bare number, boolean or string means the same.
---@return Distribution
function constant(value) end

---A vector {x, y, z} with + - * / and unary minus, v:norm(), v:dot(u), v:turned(yaw), and its elements as v.x, v.y, v.z. Every field that takes {x, y, z} takes it.
---@return Vec3
function vec3(x, y, z) end

---A pose {pos = {x, y, z}, yaw = yaw} for the field `at`.
---@return Pose
function at(x, y, z, yaw) end

---In a story: runs the functions one after the other.
function serial(t) end

---For w:require: a and b start at least `distance` m apart, surface to surface.
---@return Check
function clear(a, b, distance) end

---For w:require: a and b start at most `distance` m apart.
---@return Check
function near(a, b, distance) end

---For w:require: a starts tilted by at most `angle` rad; 5 degrees when left out.
---@return Check
function upright(a, angle) end

---The same as sim:wait.
function wait(seconds) end

---The same as sim:wait_until.
---@return boolean
function wait_until(expr, options) end

---In a story: runs the functions side by side and goes on when all have returned.
function parallel(t) end

---In a story: runs the functions side by side, goes on when the first has returned, drops the others, and returns the winner's place in the list.
---@return integer
function race(t) end

---The same with a level: "debug", "info", "warn", "error".
function log(level, ...) end

