-- A survey rig: what a mapping vehicle would carry, on runs that were recorded without it.
--
--   drydock render runs/x --sensors scenarios/logistics/agv_container_transfer/rig_survey.lua -o out
return rig {
  sensors = {
    -- a lidar of 64 beams on the mast, at half the usual rate
    { "lidar_os1_64", name = "survey", robot = "agv", frame = "mast", pos = { 0, 0, 0.12 }, rate_hz = 5 },
    -- a wide camera at the front, looking down on the lane, with every label
    {
      "camera", name = "lane", robot = "agv", frame = "camera_front", rpy = { 0, 15 * deg, 0 },
      width = 1280, height = 720, hfov = 100 * deg, rate_hz = 5,
      outputs = { "colour", "depth", "semantic", "instance", "boxes_2d", "boxes_3d" },
    },
  },
  -- the same drive in fog; friction and wind stay those of the run
  weather = { fog = 150 },
}
