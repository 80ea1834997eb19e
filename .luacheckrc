-- Lua files run in a sandbox: the globals are those of the sandbox, not those of stock Lua.
std = "none"
max_line_length = 110
files["**/agent*.lua"].ignore = { "212/_.*" }

read_globals = {
  -- of Lua itself, as far as the sandbox has them
  "assert", "error", "getmetatable", "setmetatable", "ipairs", "pairs", "pcall", "xpcall", "print",
  "rawequal", "rawget", "rawlen", "rawset", "require", "select", "tonumber", "tostring", "type", "_VERSION",
  "math", "string", "table", "utf8", "coroutine",
  -- drydock's: what a file is
  "scenario", "agent", "robot", "score", "log",
  -- distributions of params
  "uniform", "uniform_int", "normal", "choice", "constant",
  -- checks before the start
  "clear", "near", "upright",
  -- stories
  "wait", "wait_until", "parallel", "race", "serial",
  -- geometry
  "vec3", "at",
  -- measures
  "distance", "pose_error", "yaw_error", "angle_error", "inside", "tilt", "height", "speed", "yaw_rate",
  "clearance", "peak_force", "contact_force", "collisions", "energy", "path_length", "joint_speed",
  -- units
  "rad", "deg", "um", "mm", "cm", "m", "km", "inch", "ft", "ms", "s", "min", "g", "kg", "t", "N", "kN",
  "Nm", "kph", "kmh", "mps", "rpm", "Hz", "percent",
}
