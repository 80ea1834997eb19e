-- An arm takes parts from a moving belt and lays them into a tote.
--
--   drydock run pick_place --agent scenarios/robot/pick_place/expert.lua --episodes 20
--
-- The belt runs from the arm's right to its left and never stops. A camera tells where each part was
-- 80 ms ago, give or take some millimetres: whoever wants to grip a part has to know where it will be.
local scenery = require "lib.scenery"

local parts = 3
local belt_top, plinth_top, stand_top = 0.75, 0.70, 0.60
local belt_x = 0.50 -- of the belt's middle, ahead of the arm

local params = {
  belt_speed = uniform(0.05, 0.12),
  first_at = uniform(0.55, 0.85),        -- m that the first part has to travel to pass the arm
  tote_x = uniform(-20, 20) * mm,
  tote_y = uniform(-20, 20) * mm,
  tote_yaw = uniform(-8, 8) * deg,
}
for i = 1, parts do
  params["mass_" .. i] = uniform(0.15, 0.80)
  params["friction_" .. i] = uniform(0.3, 0.8)
  params["length_" .. i] = uniform(55, 90) * mm
  params["width_" .. i] = uniform(28, 55) * mm     -- the gripper opens 85 mm
  params["height_" .. i] = uniform(35, 60) * mm
  params["side_" .. i] = uniform(-60, 60) * mm     -- off the belt's middle
  params["yaw_" .. i] = uniform(-50, 50) * deg     -- off the belt's direction
  params["takt_" .. i] = uniform(6.0, 8.0)         -- s until the next part
end

return scenario {
  name = "pick_place",
  doc = "A 6-axis arm picks parts from a moving belt and packs them into a tote.",
  licence = "CC-BY-4.0", -- of its recordings
  instruction = {
    en = "Take every part from the moving belt and lay it into the tote.",
    ko = "움직이는 컨베이어에서 모든 부품을 집어 상자 안에 살며시 놓으시오.",
  },
  duration_s = 60,
  agent_hz = 50,
  params = params,

  build = function(w, p)
    w:ground { look = "epoxy" }
    w:box {
      "steel", name = "plinth", size = { 0.24, 0.24, plinth_top }, pos = { 0, 0, plinth_top / 2 },
      rgba = { 0.30, 0.33, 0.38, 1 },
    }
    local arm = w:robot { "arm_6_gripper", name = "arm", pos = { 0, 0, plinth_top } }
    local belt = w:conveyor {
      name = "belt", size = { 4.0, 0.30, belt_top }, pos = { belt_x, -1.25, 0 }, yaw = 90 * deg,
      speed = p.belt_speed,
    }
    w:box {
      "steel", name = "stand", rgba = { 0.55, 0.58, 0.62, 1 }, size = { 0.46, 0.66, stand_top }, pos = { 0.03, 0.54, stand_top / 2 },
    }
    local tote = w:tote {
      name = "tote", size = { 0.60, 0.40, 0.15 }, mass = 1.5, yaw = 90 * deg + p.tote_yaw,
      pos = { 0.03 + p.tote_x, 0.54 + p.tote_y, stand_top },
    }

    -- a camera over the belt and the tote, registered to the arm's base
    local function seen(name, frame, rate_hz)
      w:sensor {
        "pose", name = name, frame = frame, target = arm.frame.base, rate_hz = rate_hz,
        noise = { 1.5 * mm, 0.8 * deg }, latency_s = 80 * ms,
      }
    end
    seen("tote_seen", "tote/bottom", 5)
    -- what the arm's own controller knows of its tool
    w:sensor { "pose", name = "tool", robot = arm, frame = "tcp", target = arm.frame.base, rate_hz = 125 }

    -- a camera that looks on; `--sensors all` makes it
    w:sensor {
      "camera", name = "scene", pos = { 2.1, -1.8, 2.0 }, rpy = { 0, 24 * deg, 136 * deg }, width = 960, height = 540, rate_hz = 10,
      hfov = 60 * deg, outputs = { "colour", "semantic", "instance", "boxes_2d" }, shadows = true, optional = true,
    }

    -- around it: the cell
    scenery.hall(w, { size = { 16, 14 }, centre = { 0, 0 } })
    for side, at in pairs { west = { { -1.4, -0.8 }, 90 }, north = { { 0.35, 1.45 }, 0 } } do
      w:prop { "fence", name = "fence_" .. side, pos = { at[1][1], at[1][2], 0 }, yaw = at[2] * deg,
        size = { side == "west" and 4.5 or 3.5, 0.06, 2.0 } }
    end
    w:prop { "cabinet", name = "controller", pos = { -1.05, 1.0, 0 }, yaw = -30 * deg, size = { 0.5, 0.7, 1.2 } }
    w:prop { "bench", name = "bench", pos = { -4.5, 3.2, 0 }, yaw = 180 * deg }
    w:prop { "rack", name = "racks", pos = { 3.5, 5.6, 0 }, size = { 5.4, 1.2, 3.1 } }

    local y = -p.first_at
    for i = 1, parts do
      local n = "_" .. i
      local part = w:box {
        name = "part" .. n, free = true, size = { p["length" .. n], p["width" .. n], p["height" .. n] },
        pos = { belt_x + p["side" .. n], y, belt_top + p["height" .. n] / 2 },
        yaw = 90 * deg + p["yaw" .. n],
        mass = p["mass" .. n], friction = p["friction" .. n], rgba = { 0.85, 0.45, 0.15, 1 },
      }
      y = y - p.belt_speed * p["takt" .. n]
      seen("seen" .. n, "part" .. n .. "/center", 15)
      w:measure {
        ["packed" .. n] = inside(part, tote),
        ["speed" .. n] = speed(part),
        ["height" .. n] = height(part),
        ["hit" .. n] = peak_force(part, tote),
      }
    end
    w:measure {
      hit_belt = peak_force(arm, belt), hit_tote = peak_force(arm, tote),
      joint_speed = joint_speed(arm),
    }
  end,

  agent = {
    robot = "arm",
    observe = { "joints", "ft", "tool", "tote_seen", "seen_1", "seen_2", "seen_3" },
    act = { "ee_pose", "gripper" },
  },

  story = function(sim)
    race {
      function()
        sim:wait_until("packed_1 >= 5 mm and packed_2 >= 5 mm and packed_3 >= 5 mm"
          .. " and max(speed_1, speed_2, speed_3) <= 20 mm/s", { hold_s = 1.1 })
        sim:done "packed"
      end,
      function()
        sim:wait_until "min(height_1, height_2, height_3) <= 0.2 m"
        sim:wait(0.5)
        sim:done "a part fell"
      end,
    }
  end,

  expect = {
    packed = "F[0,58] G[0,1] (packed_1 >= 5 mm and packed_2 >= 5 mm and packed_3 >= 5 mm"
      .. " and max(speed_1, speed_2, speed_3) <= 20 mm/s)",
    kept = "G min(height_1, height_2, height_3) >= 0.5 m",
    laid_gently = "G max(hit_1, hit_2, hit_3) <= 50 N",
    belt_spared = "G hit_belt <= 20 N",
    tote_spared = "G hit_tote <= 20 N",
    joints_calm = "G joint_speed <= 150 deg/s",
  },
  report = {
    "time_to_success", "energy", "max(hit_1)", "max(hit_2)", "max(hit_3)", "max(hit_belt)",
    "max(hit_tote)", "max(joint_speed)",
  },
}
