-- Scenery: what stands around a task and nothing touches: a hall, a robot cell, a terminal. It changes
-- pictures and clouds, not the physics.
--
--   local scenery = require "lib.scenery"
--   scenery.hall(w, { size = { 20, 16 } })
local scenery = {}

-- A hall of o.size {x, y} around o.centre {x, y}: its walls, o.doors dock doors in the west one,
-- o.lamps lamps along its middle. There is no roof, so that a camera may hang above it.
function scenery.hall(w, o)
  local cx, cy = (o.centre or { 0, 0 })[1], (o.centre or { 0, 0 })[2]
  local hx, hy, h = o.size[1] / 2, o.size[2] / 2, o.height or 6.5
  w:prop { "hall", name = "hall", pos = { cx, cy, 0 }, size = { o.size[1], o.size[2], h } }
  local doors = o.doors or 0
  for i = 1, doors do
    w:prop {
      "dock_door", name = "dock_door" .. i, pos = { cx - hx + 0.22, cy + 2 * hy * ((i - 0.5) / doors - 0.5), 0 },
      size = { 4.4, 3.6, 4.2 },
    }
  end
  for i = 1, o.lamps or 0 do
    w:prop { "lamp", name = "lamp" .. i, pos = { cx + 2 * hx * ((i - 0.5) / o.lamps - 0.5), cy, 0 }, size = { 1.6, 0.3, h - 1 } }
  end
end

-- A container terminal beside a yard block (lib.yard) of this length: blocks of containers, light masts
-- along the lanes, a quay with water, cranes and a vessel behind x = 0, a gate building at the far end.
function scenery.terminal(w, o)
  local length, far = o.length, o.width
  w:region {
    name = "water", pos = { -232, 0, 0.02 }, size = { 360, 900 }, filled = true, rgba = { 0.10, 0.22, 0.28, 1 },
    label = "water",
  }
  w:prop { "vessel", name = "vessel", pos = { -73, 20, -1 } }
  for i, y in ipairs { -22, 52 } do
    w:prop { "quay_crane", name = "quay_crane" .. i, pos = { -42, y, 0 } }
  end
  local block = 0
  for _, row in ipairs { { y = -34, n = 2 }, { y = -52, n = 2 }, { y = far + 26, n = 2 }, { y = far + 44, n = 1 } } do
    for k = 1, row.n do
      block = block + 1
      w:prop {
        "stacks", name = "block" .. block, pos = { length - 22 - (k - 1) * 46, row.y, 0 },
        size = { 37.8, 11, 10.4 + (block % 3) * 2.6 - 2.6 },
      }
    end
  end
  w:prop { "building", name = "gate", pos = { length + 62, far / 2, 0 }, yaw = 180 * deg, size = { 24, 60, 11 } }
  for i = 1, 4 do
    local x = 14 + (i - 1) * 58
    w:floodlight { name = "light_s" .. i, pos = { x, -9, 0 }, height = 22, target = { x + 6, 6, 0 }, lumens = 30000 }
    w:floodlight {
      name = "light_n" .. i, pos = { x, far + 12, 0 }, height = 22, target = { x + 6, far - 6, 0 }, lumens = 30000,
    }
  end
end

return scenery
