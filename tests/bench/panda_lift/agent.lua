-- Picks the cube up and drops it, again and again: the same rule as in peer.py.
local cycle = 120
local step = 0

local function clip(x)
  return math.max(-1, math.min(1, x))
end

return agent {
  act = function(observation)
    local phase = step % cycle
    step = step + 1
    local move = { 0, 0, 0, 0, 0, 0 }
    if phase < 75 then
      local hand, cube = observation.hand, observation.cube
      move[1] = clip((cube.x - hand.x) / 0.05)
      move[2] = clip((cube.y - hand.y) / 0.05)
      move[3] = clip((cube.z - hand.z + (phase < 30 and 0.1 or 0)) / 0.05)
    elseif phase < 100 then
      move[3] = 0.5
    end
    return { osc = move, gripper = { (phase >= 60 and phase < 100) and 0 or 1 } }
  end,
}
