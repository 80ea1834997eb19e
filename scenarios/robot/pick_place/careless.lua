-- The same task in a hurry: reaches for where the camera last saw the part, closes when its time is up
-- whether or not anything lies between the fingers, and lets go high above the tote.
local belt_z, reach_from, carry_z = 0.05, -0.40, 0.22
local plan = { down = 2.0, close = 0.5, up = 0.5, carry = 2.0, drop = 0.5 } -- s
local after = { down = "close", close = "up", up = "carry", carry = "drop" }

local step, due, at, part, goal, last

local function begin(name, now)
  step, due = name, now + (plan[name] or 0)
end

local function towards(from, to, most)
  return from + math.max(-most, math.min(most, to - from))
end

return agent {
  reset = function(obs)
    part, at = 1, { x = 0.4, y = -0.1, yaw = math.pi / 2 }
    goal = { r = 0.45, bearing = 0, z = obs.tool.z, yaw = at.yaw }
    last = 0
    begin("wait", 0)
  end,

  act = function(obs)
    local now, seen, age = obs.time, obs["seen_" .. part], obs.age["seen_" .. part]
    if step == "wait" and age < 1 and seen.y > reach_from then
      at = { x = seen.x, y = seen.y, yaw = math.atan(2 * seen.qw * seen.qz, 1 - 2 * seen.qz ^ 2) }
      begin("down", now)
    elseif step == "drop" and now >= due then
      part = math.min(3, part + 1)
      begin("wait", now)
    elseif after[step] and now >= due then
      begin(after[step], now)
    end

    local x, y, z = at.x, at.y, carry_z
    if step == "down" or step == "close" then
      z = belt_z + 0.03
    elseif step == "carry" or step == "drop" then
      x, y = obs.tote_seen.x, obs.tote_seen.y
    end
    local most = 0.35 * (now - last) -- m in this tick; around the arm's own axis
    goal.r = towards(goal.r, math.sqrt(x ^ 2 + y ^ 2), most)
    goal.bearing = towards(goal.bearing, math.atan(y, x), 2.5 * most)
    goal.z, goal.yaw = towards(goal.z, z, most), towards(goal.yaw, at.yaw, 3 * most)
    last = now

    local grip = (step == "close" or step == "up" or step == "carry") and 0 or 0.085
    return {
      goal.r * math.cos(goal.bearing), goal.r * math.sin(goal.bearing), goal.z,
      math.pi * math.cos(goal.yaw / 2), math.pi * math.sin(goal.yaw / 2), 0, grip,
    }
  end,
}
