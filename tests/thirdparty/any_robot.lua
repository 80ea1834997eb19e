-- Moves every joint target a few percent of its range around the start: an agent for any robot.
local start, range = {}, {}
local share, hz = 0.03, 0.5

return agent {
  reset = function(observation, info)
    local part = info.action[1]
    for i = 1, part.n do
      start[i] = math.max(part.low[i], math.min(part.high[i], part.default[i]))
      -- a wheel turns without end: it gets the range of one turn
      range[i] = math.min(part.high[i] - part.low[i], 2 * math.pi)
    end
  end,
  act = function(observation)
    local targets = {}
    local s = math.sin(2 * math.pi * hz * observation.time)
    for i = 1, #start do
      targets[i] = start[i] + share * range[i] * s
    end
    return { joints = targets }
  end,
}
