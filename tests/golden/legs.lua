-- Golden: a quadruped with its default description trots on a floor with a ramp and a loose box.
return scenario {
  name = "golden_legs", duration_s = 6, agent_hz = 50, restore_every_s = 2,
  params = { friction = uniform(0.7, 1.0), push = uniform(5, 15) },
  build = function(w, p)
    w:ground { friction = p.friction }
    local dog = w:robot { "../scenes/quadruped.xml", name = "dog", pos = { 0, 0, 0.02 }, lift_to_floor = true }
    w:box { name = "crate", size = { 0.3, 0.3, 0.2 }, pos = { 0.6, 0.05, 0.1 }, free = true, mass = 2 }
    w:ramp { name = "ramp", length = 1, width = 2, height = 0.1, pos = { -1.2, 0, 0 } }
    w:sensor { "imu", name = "imu", robot = dog, frame = "imu", rate_hz = 200, noise = { 0.01 } }
    w:measure { tilt = tilt(dog), touch = peak_force(dog), way = path_length(dog), room = clearance(dog, "crate") }
  end,
  agent = { robot = "dog", observe = { "joints", "imu" }, act = "joints" },
  story = function(sim, p)
    sim:wait(2.5)
    sim.dog:force(0, p.push, 0, 0, 0, 0, 0.2)
  end,
}
