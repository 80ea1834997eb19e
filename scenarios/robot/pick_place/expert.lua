-- Picks from a moving belt: tracks every part with a line fitted to what the camera saw, flies along
-- with the next one, grips it in flight, and sets it down on the tote's floor before it lets go.
local belt_z = 0.05       -- m, the belt's top in the arm's base frame
local tote_floor = 0.01   -- m, thickness of the tote's bottom
local reach_from, reach_to = -0.40, 0.38 -- m along the belt, where the arm can pick
local slot_pitch = 0.16   -- m between the places in the tote
local lead = 0.035        -- s by which the arm trails its goal
local turn_rate = 1.6     -- rad/s
local open, closed = 0.085, 0

local hover = 0.10        -- m above the part before going down
local carry_z = 0.22      -- m, of the tool while it carries

local tracks, tote, goal, now, last, current, state, since, hold, finger

local function yaw_of(p)
  return math.atan(2 * (p.qw * p.qz + p.qx * p.qy), 1 - 2 * (p.qy ^ 2 + p.qz ^ 2))
end

-- The angle equal to `a` up to half turns that lies nearest to `b`: a gripper has two sides.
local function nearest(a, b)
  return a - math.pi * math.floor((a - b) / math.pi + 0.5)
end

-- The same for a tool at x, y, so that the wrist stays near the middle of its way when the arm swings.
local function grip_yaw(yaw, x, y)
  return nearest(yaw, math.atan(y, x) + math.pi / 2)
end

local function mean(m, value)
  m.n = m.n + 1
  m.value = m.value + (value - m.value) / m.n
end

-- One sighting of a part at time t. Its way along the belt is a line y = y0 + v t, by least squares;
-- the rest of its pose does not change.
local function sight(track, p, t)
  track.n = track.n + 1
  local dt, dy, n = t - track.t, p.y - track.y, track.n
  track.t, track.y = track.t + dt / n, track.y + dy / n
  track.tt = track.tt + dt * (t - track.t)
  track.ty = track.ty + dt * (p.y - track.y)
  mean(track.x, p.x)
  mean(track.z, p.z)
  mean(track.yaw, nearest(yaw_of(p), track.yaw.value))
end

-- Where a part will be at time t.
local function predict(track, t)
  local v = track.tt > 0.02 and track.ty / track.tt or 0
  return { x = track.x.value, y = track.y + v * (t - track.t), z = track.z.value, yaw = track.yaw.value }
end

local function enter(name)
  state, since, hold = name, now, 0
end

-- Moves the goal towards a place, at most `speed` m/s: around the arm's own axis, not past it.
local function go(x, y, z, yaw, speed)
  local r, bearing = math.sqrt(goal.x ^ 2 + goal.y ^ 2), math.atan(goal.y, goal.x)
  local dr, swing, dz = math.sqrt(x ^ 2 + y ^ 2) - r, math.atan(y, x) - bearing, z - goal.z
  local far = math.sqrt(dr ^ 2 + (r * swing) ^ 2 + dz ^ 2)
  local share = math.min(1, speed * (now - last) / math.max(far, 1e-9))
  r, bearing = r + share * dr, bearing + share * swing
  goal.x, goal.y, goal.z = r * math.cos(bearing), r * math.sin(bearing), goal.z + share * dz
  local turn = turn_rate * (now - last)
  goal.yaw = goal.yaw + math.max(-turn, math.min(turn, yaw - goal.yaw))
  return share == 1 and goal.yaw == yaw
end

local function settled(condition, seconds)
  hold = condition and hold + now - last or 0
  return hold >= seconds
end

local states = {}

-- Above the part, or where it will come into reach.
function states.follow(obs, part)
  local ahead = predict(part, now + lead)
  local waits = ahead.y < reach_from
  ahead.y = math.max(ahead.y, reach_from)
  -- which of the two ways round is decided once
  part.grip_yaw = nearest(ahead.yaw, part.grip_yaw or grip_yaw(ahead.yaw, ahead.x, ahead.y))
  local there = go(ahead.x, ahead.y, ahead.z + hover, part.grip_yaw, 0.6)
  local here = predict(part, now)
  local off = math.sqrt((obs.tool.x - here.x) ^ 2 + (obs.tool.y - here.y) ^ 2)
  if settled(there and not waits and off < 0.004 and here.y < reach_to, 0.1) then enter "descend" end
  return open
end

function states.descend(_, part)
  local ahead = predict(part, now + lead)
  part.grip_z = math.max(ahead.z, belt_z + 0.026) -- the pads reach 20 mm below the tool's centre
  goal.x, goal.y = ahead.x, ahead.y -- only down from here
  if go(ahead.x, ahead.y, part.grip_z, part.grip_yaw, 0.25)
    and settled(true, 0.1) then enter "close" end
  return open
end

-- Flies along until the fingers stand still on the part.
function states.close(obs, part)
  local ahead = predict(part, now + lead)
  go(ahead.x, ahead.y, part.grip_z, goal.yaw, 0.6)
  local width, speed = obs.joints.position[finger], obs.joints.velocity[finger]
  if width < 0.004 then
    enter "miss"
  elseif settled(math.abs(speed) < 0.002 and now - since > 0.1, 0.1) then
    enter "lift"
  end
  return closed
end

-- Nothing between the fingers: up, and once more.
function states.miss(_, part)
  local ahead = predict(part, now + lead)
  if go(ahead.x, ahead.y, ahead.z + hover, goal.yaw, 0.4) then enter "follow" end
  return open
end

function states.lift(_, part)
  local ahead = predict(part, now + lead)
  if go(goal.x, ahead.y, carry_z, goal.yaw, 0.3) then enter "carry" end
  return closed
end

local function slot(part)
  local a = tote.yaw.value
  local along = (part.place - 2) * slot_pitch
  return tote.x.value + along * math.cos(a), tote.y.value + along * math.sin(a), a + math.pi / 2
end

function states.carry(obs, part)
  local x, y, yaw = slot(part)
  local there = go(x, y, carry_z, grip_yaw(yaw, x, y), 0.8)
  local off = math.sqrt((obs.tool.x - x) ^ 2 + (obs.tool.y - y) ^ 2)
  if settled(there and off < 0.004, 0.1) then enter "lower" end
  return closed
end

-- Down until the part is a hair above the tote's floor.
function states.lower(_, part)
  local x, y = slot(part)
  local below = part.grip_z - belt_z -- from the tool down to the part's underside
  local z = tote.z.value + tote_floor + below + 0.003
  if go(x, y, z, goal.yaw, goal.z - z > 0.04 and 0.35 or 0.07) and settled(true, 0.2) then
    enter "release"
  end
  return closed
end

function states.release(obs)
  if settled(obs.joints.position[finger] > 0.04, 0.1) then enter "leave" end
  return open
end

function states.leave()
  if go(goal.x, goal.y, carry_z, goal.yaw, 0.4) then
    tracks[current].done = true
    current = current + 1
    enter "follow"
  end
  return open
end

local function new_mean(value)
  return { n = 0, value = value }
end

return agent {
  reset = function(obs)
    tracks = {}
    for i = 1, 3 do
      tracks[i] = {
        place = i, n = 0, t = 0, y = 0, tt = 0, ty = 0,
        x = new_mean(0), z = new_mean(0), yaw = new_mean(math.pi / 2),
      }
    end
    tote = { x = new_mean(0), y = new_mean(0), z = new_mean(0), yaw = new_mean(math.pi / 2) }
    for i, name in ipairs(obs.joints.names) do
      if name == "left_finger" then finger = i end
    end
    goal, current, last, now = nil, 1, 0, 0
    enter "follow"
  end,

  act = function(obs)
    now = obs.time
    if not goal then
      local t = obs.tool
      goal = { x = t.x, y = t.y, z = t.z, yaw = 2 * math.atan(t.qy, t.qx) }
    end
    for i, track in ipairs(tracks) do
      local name = "seen_" .. i
      local t = now - obs.age[name]
      -- a part that is being gripped no longer rides on the belt; at the start it still gathers speed
      if obs.fresh[name] and t > 0.5 and (i > current or i == current and state == "follow") then
        sight(track, obs[name], t)
      end
    end
    if obs.fresh.tote_seen and current == 1 then
      local p = obs.tote_seen
      mean(tote.x, p.x)
      mean(tote.y, p.y)
      mean(tote.z, p.z)
      mean(tote.yaw, yaw_of(p))
    end

    local grip = open
    local part = tracks[current]
    if part and part.n >= 10 then grip = states[state](obs, part) end
    last = now
    -- a half turn about a level axis at yaw / 2: the tool looks down, its x axis at `yaw`
    return {
      goal.x, goal.y, goal.z,
      math.pi * math.cos(goal.yaw / 2), math.pi * math.sin(goal.yaw / 2), 0, grip,
    }
  end,
}
