-- NAME_HERE: a Lua agent. It sees the channels that the scenario grants to its slot, nothing else.
--
--   drydock run SCENARIO --agent NAME_HERE.lua
--
-- obs.CHANNEL holds the newest sample: obs.odom.pose.x, obs.joints.position[1], obs.dock_err (a measure
-- is a plain number); a channel that has no sample yet is nil. obs.time is the simulated time in s,
-- obs.age.CHANNEL the age of a sample in s, obs.fresh.CHANNEL whether it is new.
local steps = 0

return agent {
  -- once, before the first act; info has instruction {en, ko}, robot, agent_hz, duration_s, action
  reset = function(_, info)
    steps = 0
    print("task: " .. info.instruction.en, "at " .. info.agent_hz .. " Hz")
  end,

  -- at every tick: the action as a list of numbers in the order of the action space
  act = function(obs)
    steps = steps + 1
    local forward, turn = 0.3, 0.2 * math.sin(obs.time)
    return { forward, turn }
  end,
}
