-- Drives both axles along the route like a tram, stops at the yield line until the truck has passed, raises
-- the deck before the rack, stops where the container (not the vehicle) is in its place, and sets it down.
--
-- Everything is in the site map's frame: its origin is the slot, x along the lane, y to the left.
local YIELD = -97.5             -- m, where the AGV's middle stands with its front before the yield line
local CURVE = { -68, -20 }      -- m, from lane 1, 14.5 m to the right of the slot, to the slot's own axis
local LANE = -14.5
local RACK = -13                -- m, here its front is still before the posts
local AXLE = 4.5                -- m, from the middle to either axle
local GAIN = 0.12               -- weight of a position fix against odometry

local x, y, yaw                 -- estimate: where the AGV's middle is
local history                   -- odometry of the last ticks, oldest first
local aside, along              -- the container on the deck, smoothed
local crossed, down             -- has the truck passed? are we setting down?
local still                     -- ticks at rest in the slot

local function clamp(v, low, high)
  return math.max(low, math.min(high, v))
end

local function heading(pose)
  return 2 * math.atan(pose.qz, pose.qw)
end

local function wrap(a)
  return (a + math.pi) % (2 * math.pi) - math.pi
end

-- Pose b, given in the frame of pose a.
local function compose(ax, ay, ayaw, bx, by, byaw)
  local c, s = math.cos(ayaw), math.sin(ayaw)
  return ax + c * bx - s * by, ay + s * bx + c * by, wrap(ayaw + byaw)
end

-- How the AGV moved between two odometry readings, in its own frame at the first.
local function moved(from, to)
  local c, s = math.cos(from.yaw), math.sin(from.yaw)
  local dx, dy = to.x - from.x, to.y - from.y
  return c * dx + s * dy, -s * dx + c * dy, wrap(to.yaw - from.yaw)
end

-- Odometry carries the estimate on; each fix, brought forward by its age, draws it nearer.
local function locate(observation)
  local pose = observation.odom.pose
  local now = { time = observation.time, x = pose.x, y = pose.y, yaw = heading(pose) }
  local before = history[#history]
  history[#history + 1] = now
  if #history > 5 then table.remove(history, 1) end
  if x and before then x, y, yaw = compose(x, y, yaw, moved(before, now)) end
  local site = observation.site
  if not site or not observation.fresh.site then return end
  local taken, a, b = observation.time - observation.age.site, history[1], now
  for i = 2, #history do
    if history[i].time <= taken then a = history[i] end
    if history[i].time >= taken then b = history[i] break end
  end
  -- between the two readings about the fix
  local share = b.time > a.time and clamp((taken - a.time) / (b.time - a.time), 0, 1) or 0
  local dx, dy, turn = moved(a, now)
  local px, py, pturn = moved(a, b)
  local sx, sy, syaw = compose(site.x, site.y, heading(site),
    dx - share * px, dy - share * py, turn - share * pturn)
  if not x then x, y, yaw = sx, sy, syaw end
  x, y, yaw = x + GAIN * (sx - x), y + GAIN * (sy - y), wrap(yaw + GAIN * wrap(syaw - yaw))
end

-- The route: lane, a smooth curve, the slot's axis less the container's offset.
local function route(px)
  local s = clamp((px - CURVE[1]) / (CURVE[2] - CURVE[1]), 0, 1)
  return LANE + (-aside - LANE) * s * s * s * (10 + s * (6 * s - 15))
end

-- The angle at which an axle, `ahead` of the middle, aims at the route.
local function steer(ahead, speed)
  local ax, ay = compose(x, y, yaw, ahead, 0, 0)
  local look = clamp(1.2 * speed, 3, 5)
  return clamp(wrap(math.atan(route(ax + look) - ay, look) - yaw), -0.5, 0.5)
end

-- May we enter the crossing? Once the truck's tail is past our lane.
local function may_cross(observation)
  local seen = observation.seen
  crossed = crossed or x > YIELD + 1 or (seen and seen.y > 8)
  return crossed
end

return agent {
  name = "agv_container_transfer expert",

  reset = function()
    x, y, yaw, history = nil, 0, 0, {}
    aside, along, crossed, down, still = nil, nil, false, false, 0
  end,

  act = function(observation)
    locate(observation)
    local cargo = observation.cargo
    if cargo and observation.fresh.cargo and not down then
      -- the sensor tells where the deck is under the container
      aside, along = aside or -cargo.y, along or -cargo.x
      aside, along = aside + 0.05 * (-cargo.y - aside), along + 0.05 * (-cargo.x - along)
    end
    if not x or not aside or observation.time < 2 then
      return { steer_drive = { 0, 0, 0 }, deck_lift = 0, deck_lock = 1 }
    end

    local lift = observation.joints.position[3]
    local speed = observation.odom.twist.linear.x
    local left = -along - x -- way to the place
    local stop = left
    if not may_cross(observation) then
      stop = YIELD - x
    elseif lift < 0.29 and not down then
      stop = math.min(stop, RACK - x)
    end

    -- as fast as a gentle stop allows, slower in the curve and near the rack
    local v = clamp(0.8 * stop, -0.1, 0.2) + math.sqrt(0.5 * math.max(0, stop - 0.5))
    v = math.min(v, x < CURVE[1] - 8 and 4 or x < CURVE[2] and 2.5 or 1.2)
    if math.abs(stop) < 0.006 then v = 0 end

    if math.abs(left) < 0.012 and math.abs(speed) < 0.01 then still = still + 1 end
    down = down or still >= 10
    if down then
      return { steer_drive = { 0, 0, 0 }, deck_lift = still < 15 and 0.3 or 0, deck_lock = 0 }
    end
    return {
      steer_drive = { v, steer(AXLE, speed), steer(-AXLE, speed) },
      deck_lift = x > CURVE[2] - 10 and 0.3 or 0, deck_lock = 1,
    }
  end,
}
