-- Docks by dead reckoning between sightings of the marker: odometry says how the robot moved since a
-- sighting was made, so that a late and noisy sighting still tells where it is now.
local STAND_OFF = 1.1    -- m in front of the berth: from here on straight in
local GAIN = 0.12        -- weight of a sighting against the running estimate
local NEAR = 1.0         -- m; slower than the limit from here

local x, y, yaw          -- estimate: the port in the berth's frame
local history, straight  -- odometry of the last ticks, oldest first; are we on the way in?

local function heading(pose)
  return 2 * math.atan(pose.qz, pose.qw)
end

local function wrap(a)
  return (a + math.pi) % (2 * math.pi) - math.pi
end

-- How the port moved between two odometry readings, in its own frame at the first.
local PORT = 0.4 -- m ahead of the axle
local function moved(from, to)
  local dx, dy, turn = to.x - from.x, to.y - from.y, wrap(to.yaw - from.yaw)
  local c, s = math.cos(from.yaw), math.sin(from.yaw)
  return c * dx + s * dy + PORT * (math.cos(turn) - 1), -s * dx + c * dy + PORT * math.sin(turn), turn
end

local function compose(px, py, pyaw, dx, dy, turn)
  local c, s = math.cos(pyaw), math.sin(pyaw)
  return px + c * dx - s * dy, py + s * dx + c * dy, wrap(pyaw + turn)
end

local function clamp(v, limit)
  return math.max(-limit, math.min(limit, v))
end

return agent {
  name = "amr_dock expert",

  reset = function()
    x, y, yaw, history, straight = nil, 0, 0, {}, false
  end,

  act = function(observation)
    local pose = observation.odom.pose
    local now = { time = observation.time, x = pose.x, y = pose.y, yaw = heading(pose) }
    local before = history[#history]
    history[#history + 1] = now
    if #history > 50 then
      table.remove(history, 1)
    end
    if x and before then
      x, y, yaw = compose(x, y, yaw, moved(before, now))
    end

    -- a sighting is as old as it says: carry it to the present, then lean towards it
    if observation.fresh.marker then
      local then_ = history[1]
      for i = #history, 1, -1 do
        if history[i].time <= observation.time - observation.age.marker + 1e-9 then
          then_ = history[i]
          break
        end
      end
      local m = observation.marker
      local mx, my, myaw = compose(m.x, m.y, heading(m), moved(then_, now))
      if not x then
        x, y, yaw = mx, my, myaw
      end
      x, y, yaw = x + GAIN * (mx - x), y + GAIN * (my - y), wrap(yaw + GAIN * wrap(myaw - yaw))
    end
    if not x then
      return { drive = { 0, 0 } } -- nothing was seen yet
    end

    local left = -x -- way to the berth along its axis
    if not straight then
      -- first to the stand-off, aiming at a point ahead on the axis
      local ahead = math.max(0.25, 0.6 * math.abs(y))
      local bearing = wrap(math.atan(-y, math.min(left - STAND_OFF, ahead) + 0.35) - yaw)
      straight = left < STAND_OFF
      local v = clamp(0.7 * (left - STAND_OFF) + 0.2, 0.7) * math.max(0, math.cos(bearing)) ^ 3
      return { drive = { v, clamp(2.0 * bearing, 1.0) } }
    end
    -- then in, straightening out: heading steers the offset away, more gently the nearer
    local v = clamp(0.5 * left, left < NEAR and 0.22 or 0.28)
    if math.abs(left) < 0.0015 then
      v = 0
    end
    local want = clamp(-1.8 * y, 0.35) * (left > 0.02 and 1 or 0)
    return { drive = { v, clamp(1.8 * wrap(want - yaw), 0.6) } }
  end,
}
