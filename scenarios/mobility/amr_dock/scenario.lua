-- A mobile robot drives into a cluttered charging bay and stops in front of the plate, within 10 mm and
-- 1 degree. It sees a marker on the plate, as a dock's reflector or a printed tag would be seen.
local scenery = require "lib.scenery"

return scenario {
  name = "amr_dock",
  doc = "An AMR docks in a cluttered bay within 10 mm and 1 degree",
  licence = "CC-BY-4.0", -- of its recordings
  duration_s = 60, agent_hz = 50,
  instruction = {
    en = "Drive into the bay and stop in front of the charging plate; keep below 0.3 m/s near it.",
    ko = "충전 베이로 들어가 충전판 앞에 멈추시오. 충전판 가까이에서는 0.3 m/s 아래로 달리시오.",
  },
  params = {
    x = uniform(-2.6, -1.8), y = uniform(-0.9, 0.9), yaw = uniform(-25, 25) * deg,
    friction = uniform(0.45, 0.8), clutter = uniform_int(4, 9), marker_noise = uniform(1, 3) * mm,
  },

  build = function(w, p)
    w:ground { friction = p.friction, look = "epoxy" }
    w:wall { name = "back", from = { 3.3, -3 }, to = { 3.3, 3 }, height = 1.2, look = "panel" }
    w:wall { name = "left", from = { -0.5, 3 }, to = { 3.3, 3 }, height = 1.2, look = "panel" }
    w:wall { name = "right", from = { -0.5, -3 }, to = { 3.3, -3 }, height = 1.2, look = "panel" }

    local plate = w:box { "steel", name = "plate", size = { 0.2, 0.5, 0.4 }, pos = { 3.15, 0, 0.2 } }
    -- charging happens without touching: 30 mm in front of the plate, at the height of the robot's port
    local berth = w:frame { name = "berth", pos = { plate.west.pos.x - 30 * mm, 0, 0.2 } }
    local amr = w:robot { "amr_250", name = "amr", pos = { p.x, p.y, 0 }, yaw = p.yaw }

    -- the way in stays free, everything else may stand about
    local lane = w:region { name = "lane", pos = { 1.2, 0, 0 }, size = { 4.0, 1.3 } }
    local apron = w:region { name = "apron", pos = { -1.9, 0, 0 }, size = { 3.2, 3.4 }, line = 0.05 }
    local bay = w:region { name = "bay", pos = { 1.35, 0, 0 }, size = { 3.6, 5.6 } }
    for i = 1, p.clutter do
      local side = w:draw("side", uniform(0.3, 0.7))
      w:box {
        name = "crate" .. i, size = { side, side, w:draw("height", uniform(0.3, 1.2)) },
        place = { region = bay, clear_of = { lane, apron, amr, plate }, clear = 0.1 },
        look = i % 3 == 0 and "wood" or "carton",
      }
    end

    w:sensor {
      "pose", name = "marker", robot = amr, frame = "dock", target = berth,
      rate_hz = 20, latency_s = 60 * ms, dropout = 0.05, noise = { p.marker_noise, 0.2 * deg },
    }
    -- a camera that looks on; `--sensors all` makes it
    w:sensor {
      "camera", name = "scene", pos = { -4.5, -3.9, 2.5 }, rpy = { 0, 18 * deg, 37 * deg }, width = 960, height = 540, rate_hz = 10,
      hfov = 62 * deg, outputs = { "colour", "semantic", "instance", "boxes_2d" }, shadows = true, optional = true,
    }

    -- around it: the hall
    scenery.hall(w, { size = { 22, 18 }, centre = { 1, 0 }, doors = 2 })
    w:prop { "rack", name = "racks_east", pos = { 9, -1, 0 }, yaw = 90 * deg, size = { 10.8, 1.2, 4.6 } }
    w:prop { "rack", name = "racks_north", pos = { 2.5, 7.4, 0 }, size = { 10.8, 1.2, 4.6 } }
    w:prop { "cabinet", name = "charger", pos = { 3.17, 0, 0.4 }, yaw = 180 * deg, size = { 0.16, 0.46, 0.75 } }
    w:prop { "person", name = "worker", pos = { -4.5, 5.6, 0 }, yaw = -60 * deg }
    for i, y in ipairs { -3, 3 } do
      w:prop { "bollard", name = "bollard" .. i, pos = { -0.72, y, 0 } } -- at the walls' ends
    end

    w:require(clear(amr, plate, 1.0), "the robot starts away from the plate")
    w:measure {
      dock_err = distance(amr.frame.dock, berth), dock_yaw = yaw_error(amr.frame.dock, berth),
      speed = speed(amr), gap = clearance(amr, nil, { within = 1 }), hit = peak_force(amr),
    }
  end,

  agent = {
    robot = "amr", observe = { "odom", "marker" }, act = "drive",
    may_be_constant = { "marker.z", "marker.qx", "marker.qy" },
  },

  story = function(sim)
    sim:wait_until("dock_err <= 10 mm and dock_yaw <= 1 deg and speed <= 0.005 m/s", { hold_s = 2 })
    sim:done "docked"
  end,

  expect = {
    docked = "F[0,60] G[0,1] (dock_err <= 10 mm and dock_yaw <= 1 deg)",
    slow_near_plate = "G (dock_err <= 0.8 m -> speed <= 0.3 m/s)",
    no_hit = "G hit <= 1 N",
  },
  report = {
    "time_to_success", "path_length", "efficiency", "energy", "collisions", "peak_force", "min_clearance",
    "last(dock_err)", "last(dock_yaw)", "max(speed)",
  },
}
