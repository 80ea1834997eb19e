-- Drives to the goal of NAME_HERE: turn towards it, go, stop on it.
--
-- `act` gets the channels that the scenario lets it observe, and returns the action: here the speed in
-- m/s and the turning rate in rad/s.
local function clamp(v, limit)
  return math.max(-limit, math.min(limit, v))
end

return agent {
  act = function(obs)
    local at = obs.goal -- where the robot is, in the goal's frame
    local distance = math.sqrt(at.x ^ 2 + at.y ^ 2)
    if distance < 0.05 then
      return { 0, 0 }
    end

    local heading = 2 * math.atan(at.qz, at.qw)
    local to_goal = math.atan(-at.y, -at.x)
    local turn = math.atan(math.sin(to_goal - heading), math.cos(to_goal - heading))
    local speed = math.abs(turn) < 0.5 and clamp(0.8 * distance, 1) or 0
    return { speed, clamp(2 * turn, 1) }
  end,
}
