-- Room: walls around a rectangle, with gaps, and aisles of shelves.
--
--   local room = require "lib.room"
--   local hall = room.walls(w, { size = { 8, 6 }, gaps = { south = { 0, 1.2 } } })
local room = {}

local sides = {
  { name = "north", from = { -1, 1 }, to = { 1, 1 } },
  { name = "south", from = { -1, -1 }, to = { 1, -1 } },
  { name = "east", from = { 1, -1 }, to = { 1, 1 } },
  { name = "west", from = { -1, -1 }, to = { -1, 1 } },
}

-- Four walls around {0, 0} of o.size {x, y}, o.height and o.thickness. o.gaps.SIDE = { middle, width } leaves
-- a gap in the wall of that side, `middle` metres from the wall's own middle. Returns the region inside and
-- the walls by name.
function room.walls(w, o)
  local hx, hy = o.size[1] / 2, o.size[2] / 2
  local made = { wall = {} }
  local name = o.name or "room"
  made.region = w:region { name = name, size = { o.size[1], o.size[2] } }
  local function wall(part, from, to)
    made.wall[part] = w:wall {
      name = name .. "_" .. part, from = from, to = to,
      height = o.height or 1, thickness = o.thickness or 0.1,
    }
  end
  for _, side in ipairs(sides) do
    local a = { side.from[1] * hx, side.from[2] * hy }
    local b = { side.to[1] * hx, side.to[2] * hy }
    local gap = o.gaps and o.gaps[side.name]
    if gap then
      local along = side.from[1] ~= side.to[1] and 1 or 2
      local cut1 = { a[1], a[2] }
      local cut2 = { a[1], a[2] }
      cut1[along] = gap[1] - gap[2] / 2
      cut2[along] = gap[1] + gap[2] / 2
      wall(side.name .. "1", a, cut1)
      wall(side.name .. "2", cut2, b)
    else
      wall(side.name, a, b)
    end
  end
  return made
end

return room
