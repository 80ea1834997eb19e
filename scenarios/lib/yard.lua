-- Yard: a container block with its lanes, slots and a crossing road.
--
--   local yard = require "lib.yard"
--   local y = yard.block(w, { lanes = 4, slots = 6, friction = 0.8 })
--
-- Lanes run along +x from the quay (x = 0), `lane_pitch` apart along +y; lane 1 lies on y = 0. Beside
-- each lane, on its left, lie its slots: A1, A2, ... beside lane 1, B1, B2, ... beside lane 2. The
-- crossing road cuts all lanes between the quay and the first slot.
--
-- y.lane[i].start, y.lane[i].finish   frames on the lane, heading along it
-- y.slot.B2                           frame in the middle of a slot's floor, heading along the lane
-- y.crossing                          points of the crossing road, for an actor's path
-- y.ground, y.ramp                    the floor, and the ramp at the crossing's end ("ramp")
-- y.length                            where the last slot ends, along x
local yard = {}

-- metres; a 40-ft container is 12.19 x 2.44, an AGV 15 x 3
local defaults = {
  lanes = 4, slots = 6, friction = 0.8,
  lane_pitch = 10, lane_width = 4, slot_pitch = 16, slot_offset = 4.5, slot_height = 0,
  crossing_x = 24, first_slot_x = 48, name = "yard", ground = true,
}

local function options_of(given)
  local o = {}
  for key, value in pairs(defaults) do o[key] = value end
  for key, value in pairs(given or {}) do
    if defaults[key] == nil then error("yard.block: no option named '" .. tostring(key) .. "'", 3) end
    o[key] = value
  end
  if o.lanes < 1 or o.lanes > 20 then error("yard.block: lanes must be from 1 to 20", 3) end
  if o.slots < 1 or o.slots > 60 then error("yard.block: slots must be from 1 to 60", 3) end
  return o
end

-- The block; see above. Options, all of them optional: lanes, slots, friction, lane_pitch, lane_width,
-- slot_pitch, slot_offset (from the lane's middle), slot_height (of the slots' frames), crossing_x,
-- first_slot_x, name (prefix of what it makes), ground (false: the scenario has a floor already).
function yard.block(w, given)
  local o = options_of(given)
  local y = { lane = {}, slot = {}, crossing = {} }
  y.length = o.first_slot_x + o.slots * o.slot_pitch
  if o.ground then y.ground = w:ground { friction = o.friction } end

  for i = 1, o.lanes do
    local lane_y = (i - 1) * o.lane_pitch
    local prefix = o.name .. "_lane" .. i
    w:region {
      name = prefix, pos = { y.length / 2, lane_y, 0 }, size = { y.length, o.lane_width },
    }
    y.lane[i] = {
      start = w:frame { name = prefix .. "_start", pos = { 10, lane_y, 0 } },
      finish = w:frame { name = prefix .. "_finish", pos = { y.length - 10, lane_y, 0 } },
    }
    for k = 1, o.slots do
      local name = string.char(64 + i) .. k
      local x = o.first_slot_x + (k - 0.5) * o.slot_pitch
      local at = { x, lane_y + o.slot_offset, 0 }
      w:region { name = o.name .. "_slot_" .. name, pos = at, size = { 12.6, 2.9 } }
      y.slot[name] = w:frame {
        name = o.name .. "_" .. name, pos = { at[1], at[2], o.slot_height },
      }
    end
  end

  local far = o.lanes * o.lane_pitch + 30
  y.crossing = { { o.crossing_x, -40, 0 }, { o.crossing_x, far, 0 } }
  y.ramp = w:ramp {
    name = "ramp", pos = { o.crossing_x, far + 6, 0 }, yaw = 90 * deg, length = 8, width = 6,
    height = 0.4, friction = o.friction,
  }
  return y
end

return yard
