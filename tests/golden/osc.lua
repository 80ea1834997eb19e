-- Golden: the arm again, under operational space control.
return scenario {
  name = "golden_osc", duration_s = 5, agent_hz = 50, restore_every_s = 2,
  params = { mass = uniform(0.2, 0.6), y = uniform(-0.1, 0.1) },
  build = function(w, p)
    w:ground {}
    local arm = w:robot { "arm_6_gripper", name = "arm" }
    w:box { name = "table", size = { 0.5, 1, 0.1 }, pos = { 0.6, 0, 0.05 } }
    w:body { name = "part", shape = "cylinder", size = { 0.05, 0.05, 0.12 }, mass = p.mass, pos = { 0.5, p.y, 0.16 } }
    w:sphere { name = "ball", radius = 0.04, mass = 0.2, free = true, pos = { 0.6, p.y, 0.15 }, rolling = 0.001 }
    w:measure { reach = distance(arm.frame.tcp, "part"), hit = peak_force(arm), work = energy(arm) }
  end,
  agent = { robot = "arm", observe = { "joints", "ft", "tcp" }, act = { "osc", "gripper" } },
}
