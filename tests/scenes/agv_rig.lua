-- The AGV's rig for the benchmark: four cameras with labels, a 16-beam lidar, GNSS, IMU. As in
-- robots/agv_container/robot.lua, without the camera that looks on.
local function camera(name)
  return {
    "camera_ind_vga", name = name, robot = "agv", frame = "camera_" .. name, rate_hz = 10, focal = { 320, 320 },
    outputs = { "colour", "semantic", "instance", "boxes_2d" },
  }
end

return rig { sensors = {
  camera "front", camera "rear", camera "left", camera "right",
  { "lidar_vlp16", name = "lidar", robot = "agv", frame = "mast" },
  { "gnss_rtk", name = "gnss", robot = "agv", frame = "gnss" },
  { "imu_mti", name = "imu", robot = "agv", frame = "imu", rate_hz = 100 },
} }
