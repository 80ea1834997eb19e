-- NAME_HERE: a mobile robot drives onto a goal and stops there.
--
--   drydock run NAME_HERE --agent NAME_HERE/expert.lua --episodes 5
--   drydock check NAME_HERE
--
-- Lengths are metres, angles radians, times seconds; `20 * deg`, `5 * mm` and the like convert. Every
-- field and call is in docs/lua_api.md.
return scenario {
  name = "NAME_HERE",
  doc = "A mobile robot drives onto a goal and stops there.",
  instruction = {
    en = "Drive onto the goal and stop.",
    ko = "목표 지점까지 이동하여 정지하시오.",
  },
  duration_s = 40,   -- of simulated time, at most
  agent_hz = 20,     -- how often the agent acts
  end_when_decided = true,

  -- what varies between episodes; `--set x=2` sets one from outside
  params = {
    x = uniform(4, 7),
    y = uniform(-2, 2),
    yaw = uniform(-60, 60) * deg,
  },

  -- the world of one episode; p holds the drawn params
  build = function(w, p)
    w:ground {}
    local goal = w:frame { name = "goal", pos = { p.x, p.y, 0 } }
    w:region { name = "spot", pos = goal.pos, size = { 1.2, 1 } }
    local amr = w:robot { "amr_250", name = "amr", yaw = p.yaw }

    -- boxes beside the way, apart from each other
    local side = w:region { name = "side", pos = { 4, 4.5, 0 }, size = { 6, 2 } }
    for i = 1, 3 do
      w:box { name = "crate" .. i, size = { 0.5, 0.5, 0.5 }, place = { region = side, clear = 0.2 } }
    end

    -- where the robot is, seen from the goal: a channel of the robot, as its localisation would give
    w:sensor { "pose", name = "goal", robot = amr, target = goal }

    -- truth signals with a unit, for the requirements below; agents do not see them
    w:measure {
      goal_err = distance(amr, goal),
      speed = speed(amr),
      hit = peak_force(amr),
    }
    w:require(clear(amr, "crate1", 0.5), "the robot starts clear of the first crate")
  end,

  -- what the agent sees and what it commands
  agent = {
    robot = "amr", observe = { "odom", "goal" }, act = "drive",
    may_be_constant = { "goal.z", "goal.qx", "goal.qy" },
  },

  -- the verdict: every one of these must hold
  expect = {
    arrived = "F[0,40] G[0,1] (goal_err <= 0.1 m and speed <= 0.05 m/s)",
    unhurt = "G hit <= 10 N",
  },
  report = { "time_to_success", "path_length", "energy", "min(goal_err)", "max(speed)" },
}
