-- Drives down the lane at 4 m/s and never looks at the crossing road: it meets the truck there.
return agent {
  name = "agv_container_transfer careless",

  act = function(observation)
    local site = observation.site
    if not site or observation.time < 2 then
      return { steer_drive = { 0, 0, 0 }, deck_lift = 0, deck_lock = 1 }
    end
    local yaw = 2 * math.atan(site.qz, site.qw)
    local turn = 0.1 * (-14.5 - site.y) - yaw
    return { steer_drive = { 4, 0.5 * turn, -0.5 * turn }, deck_lift = 0, deck_lock = 1 }
  end,
}
