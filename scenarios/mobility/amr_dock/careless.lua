-- Steers at the plate but never slows down on the way in: it breaks the speed limit near the plate.
return agent {
  name = "amr_dock careless",

  act = function(observation)
    local m = observation.marker
    local yaw = 2 * math.atan(m.qz, m.qw)
    local bearing = math.atan(-m.y, -m.x) - yaw
    if observation.age.marker > 1 or m.x > -0.15 then
      return { drive = { 0, 0 } }
    end
    return { drive = { 0.9, 1.5 * bearing } }
  end,
}
