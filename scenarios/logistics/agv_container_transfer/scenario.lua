-- An AGV carries a 40-ft container from the quay lane past a crossing truck to the rack of slot B2 and sets
-- it down there. It sees what a port vehicle would: transponders in the floor, a detector for road users,
-- sensors for the container on its deck.
local scenery = require "lib.scenery"
local yard = require "lib.yard"

return scenario {
  name = "agv_container_transfer",
  doc = "A container AGV gives way to a truck and sets a 40-ft container down in slot B2 within 50 mm",
  licence = "CC-BY-4.0", -- of its recordings
  duration_s = 300, physics_hz = 250, agent_hz = 10, measure_hz = 25, sleep = true,
  instruction = {
    en = "Take container C1 to slot B2 and set it down on the rack; give way at the crossing.",
    ko = "컨테이너 C1을 B2 슬롯으로 옮겨 랙에 내려놓으시오. 교차로에서는 양보하시오.",
  },
  params = {
    load = uniform(4, 26) * t,
    offset = normal(0, 30 * mm):clip(-80 * mm, 80 * mm), -- of the container on the deck, sideways
    along = normal(0, 30 * mm):clip(-80 * mm, 80 * mm),  -- and lengthways
    start = uniform(-2, 2), aside = normal(0, 50 * mm), yaw = normal(0, 0.4) * deg,
    truck_at = uniform(0, 3), truck_v = uniform(4, 8),
    wet = choice { false, true }, stacked = uniform_int(4, 10),
  },

  build = function(w, p)
    local y = yard.block(w, {
      lanes = 3, slots = 4, crossing_x = 76, first_slot_x = 136, racks = { "B2" }, friction = 0.8,
      look = "asphalt",
    })
    local agv = w:robot {
      "agv_container", name = "agv", at = y.lane[1].start, pos = { p.start, p.aside, 0 }, yaw = p.yaw,
    }
    local c1 = w:container {
      name = "C1", length_ft = 40, mass = p.load, on = agv.deck, shift = { p.along, p.offset, 0 },
      latch = agv.deck,
    }
    -- it arrives at lane 1 some 8 s after it sets off, at whatever speed
    local truck = w:actor {
      "truck", name = "truck", path = yard.crossing_from(y, 1, 8 * p.truck_v), speed = p.truck_v, accel = 4,
    }
    w:stack(y.slot, { count = p.stacked, tiers = 3, clear_of = { "B1", "B2" }, length_ft = 40, free = false })
    w:require(clear(truck, agv, 5), "truck starts clear of the AGV")
    -- a camera that looks on; `--sensors all` makes it
    w:sensor {
      "camera", name = "scene", pos = { 184, -15, 13 }, rpy = { 0, 12 * deg, 150 * deg }, width = 960, height = 540, rate_hz = 10,
      hfov = 75 * deg, outputs = { "colour", "semantic", "instance", "boxes_2d" }, shadows = true, optional = true,
    }
    scenery.terminal(w, { length = y.length, width = 24 })

    -- transponders and lidar, in the map's frame at the slot; 15 mm at 20 Hz
    w:sensor {
      "pose", name = "site", robot = agv, target = y.slot.B2, rate_hz = 20, latency_s = 50 * ms,
      noise = { 15 * mm, 0.1 * deg },
    }
    -- the detector's truck, in the frame of the AGV's front scanner
    w:sensor {
      "pose", name = "seen", frame = "truck/center", target = agv.frame.front, rate_hz = 10,
      latency_s = 100 * ms, noise = { 0.1, 1 * deg },
    }
    -- edge sensors on the deck: where it stands under the container
    w:sensor {
      "pose", name = "cargo", robot = agv, frame = "deck", target = c1.frame.bottom, rate_hz = 10,
      noise = { 3 * mm, 0.1 * deg },
    }
    w:measure {
      slot_err = distance(c1.frame.bottom, y.slot.B2), deck_gap = clearance(c1, agv, { within = 1 }),
      gap = clearance(agv, truck, { within = 20 }), hit = peak_force(agv, truck),
      speed = speed(agv), tilt = tilt(c1), knock = peak_force(agv, nil, { exclude = { c1, truck } }),
      to_line = distance(agv, y.lane[1].yield),
    }
  end,

  agent = {
    robot = "agv", observe = { "odom", "joints", "site", "seen", "cargo" },
    act = { "steer_drive", "deck_lift", "deck_lock" },
  },

  story = function(sim, p)
    race {
      -- the truck sets off when the AGV comes near, so that they would meet
      function()
        if not sim:wait_until("to_line <= 36 m", { timeout_s = 60 }) then return sim:done "stayed" end
        sim:wait(p.truck_at)
        sim.truck:go()
        sim:wait_until "hit > 1 N"
        sim:wait(0.5)
        sim:done "collision"
      end,
      function()
        sim:wait(20)
        if p.wet then sim.ground:set_friction(0.45) end -- rain
        sim:wait_until "tilt > 10 deg"
        sim:done "overturned"
      end,
      function()
        sim:wait_until("slot_err <= 0.05 m and deck_gap >= 0.05 m", { hold_s = 4 })
        sim:done "placed"
      end,
    }
  end,

  expect = {
    placed = "F[0,300] G[0,2] (slot_err <= 0.05 m and deck_gap >= 0.05 m)",
    gave_way = "G (gap >= 1.0 m or speed <= 0.1 m/s)",
    upright = "G tilt <= 3 deg",
    no_hit = "G hit <= 1 N",
    rack_intact = "G knock <= 1 N",
  },
  report = {
    "time_to_success", "path_length", "energy", "min(gap)", "max(speed)", "max(tilt)", "last(slot_err)",
  },
}
