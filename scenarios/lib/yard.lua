-- Yard: a container block with its lanes, slots, racks and a crossing road.
--
--   local yard = require "lib.yard"
--   local y = yard.block(w, { lanes = 4, slots = 6, friction = 0.8, racks = { "B2" } })
--
-- Lanes run along +x from the quay (x = 0), `lane_pitch` apart along +y; lane 1 lies on y = 0. Beside
-- each lane, on its left, lie its slots: A1, A2, ... beside lane 1, B1, B2, ... beside lane 2. The
-- crossing road cuts all lanes between the quay and the first slot.
--
-- y.lane[i].start, y.lane[i].finish   frames on the lane, heading along it
-- y.lane[i].yield                     frame in the middle of its yield line, before the crossing
-- y.slot.B2                           frame in the middle of a slot's floor, heading along the lane; of a
--                                     slot with a rack, at the height on which a container rests there
-- y.rack.B2                           the parts of its rack: a list of eight boxes
-- y.crossing                          points of the crossing road, for an actor's path
-- y.ground, y.ramp                    the floor, and the ramp at the crossing's end ("ramp")
-- y.length                            where the last slot ends, along x
local yard = {}

-- metres; a 40-ft container is 12.19 x 2.44, an AGV 15 x 3
local defaults = {
  lanes = 4, slots = 6, friction = 0.8,
  lane_pitch = 10, lane_width = 4, slot_pitch = 16, slot_offset = 4.5, slot_height = 0,
  crossing_x = 24, crossing_width = 5, yield_gap = 3.5, first_slot_x = 48, name = "yard", ground = true,
  racks = {}, rack_height = 1.85, look = "plain", line = 0.15,
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

-- A rack over a slot: four brackets on posts that hold a 40-ft container by its bottom side rails, `height`
-- above the floor. A vehicle with a lifting deck at most 2 m wide drives in below, between the posts (3.5 m
-- clear), and lowers the container onto the brackets. `at` is the middle of the slot's floor. Returns its
-- eight boxes.
function yard.rack(w, name, at, height)
  local parts = {}
  local steel = { 0.93, 0.62, 0.10, 1 }
  local function part(kind, size, x, y, z)
    parts[#parts + 1] = w:box {
      name = name .. "_" .. kind .. #parts // 2 + 1, size = size, friction = 0.6, rgba = steel,
      pos = { at[1] + x, at[2] + y, z },
    }
  end
  for _, x in ipairs { -4, 4 } do
    for _, side in ipairs { -1, 1 } do
      part("bracket", { 0.5, 0.65, 0.12 }, x, side * 1.445, height - 0.06)
      part("post", { 0.4, 0.3, height }, x, side * 1.92, height / 2)
    end
  end
  return parts
end

-- The crossing road from a point `distance` metres before the middle of lane i: a path for an actor that
-- shall be there so long after it sets off.
function yard.crossing_from(y, i, distance)
  local x = y.crossing[1][1]
  return { { x, y.lane[i].start.pos.y - distance, 0 }, y.crossing[2] }
end

-- The block; see above. Options, all of them optional: lanes, slots, friction, lane_pitch, lane_width,
-- slot_pitch, slot_offset (from the lane's middle), slot_height (of the slots' frames), crossing_x (the
-- road's middle), crossing_width, yield_gap (from the road's edge to the yield lines), first_slot_x, racks
-- (names of the slots that get one), rack_height, name (prefix of what it makes), ground (false: the
-- scenario has a floor already), look (of the floor), line (width of painted lines).
function yard.block(w, given)
  local o = options_of(given)
  local y = { lane = {}, slot = {}, rack = {}, crossing = {} }
  local has_rack = {}
  for _, name in ipairs(o.racks) do has_rack[name] = true end
  y.length = o.first_slot_x + o.slots * o.slot_pitch
  if o.ground then y.ground = w:ground { friction = o.friction, look = o.look, size = { 1200, 1200 } } end

  for i = 1, o.lanes do
    local lane_y = (i - 1) * o.lane_pitch
    local prefix = o.name .. "_lane" .. i
    w:region {
      name = prefix, pos = { y.length / 2, lane_y, 0 }, size = { y.length, o.lane_width }, line = o.line,
    }
    local yield_x = o.crossing_x - o.crossing_width / 2 - o.yield_gap
    w:region {
      name = prefix .. "_line", pos = { yield_x, lane_y, 0 }, size = { 0.3, o.lane_width }, filled = true,
      rgba = { 0.95, 0.95, 0.95, 1 },
    }
    y.lane[i] = {
      start = w:frame { name = prefix .. "_start", pos = { 10, lane_y, 0 } },
      yield = w:frame { name = prefix .. "_yield", pos = { yield_x, lane_y, 0 } },
      finish = w:frame { name = prefix .. "_finish", pos = { y.length - 10, lane_y, 0 } },
    }
    for k = 1, o.slots do
      local name = string.char(64 + i) .. k
      local x = o.first_slot_x + (k - 0.5) * o.slot_pitch
      local at = { x, lane_y + o.slot_offset, 0 }
      w:region { name = o.name .. "_slot_" .. name, pos = at, size = { 12.6, 2.9 }, line = o.line * 2 / 3 }
      local height = o.slot_height
      if has_rack[name] then
        height = o.rack_height
        y.rack[name] = yard.rack(w, o.name .. "_rack_" .. name, at, height)
        has_rack[name] = nil
      end
      y.slot[name] = w:frame { name = o.name .. "_" .. name, pos = { at[1], at[2], height } }
    end
  end
  for name in pairs(has_rack) do error("yard.block: racks names '" .. name .. "', which is no slot", 2) end

  local far = o.lanes * o.lane_pitch + 30
  y.crossing = { { o.crossing_x, -70, 0 }, { o.crossing_x, far, 0 } }
  w:region {
    name = o.name .. "_crossing", pos = { o.crossing_x, (far - 70) / 2, 0 },
    size = { o.crossing_width, far + 70 }, line = o.line,
  }
  y.ramp = w:ramp {
    name = "ramp", pos = { o.crossing_x, far + 6, 0 }, yaw = 90 * deg, length = 8, width = 6,
    height = 0.4, friction = o.friction,
  }
  return y
end

return yard
