-- A container carrier with two steered axles and a lifting platform. Numbers and sources: README.md.
local function camera(frame)
  return {
    "camera_ind_vga", rate_hz = 10, frame = frame, focal = { 320, 320 },
    outputs = { "colour", "semantic", "instance", "boxes_2d" }, optional = true,
  }
end

return robot {
  name = "agv_container",
  doc = "Container AGV, 15 x 3 m, 28 t, two steered axles, lifting platform with locks",
  model = "model.xml",
  base = "base",
  half = { 7.50, 1.50, 0.90 },
  centre = { 0, 0, 0.90 },
  spaces = {
    steer_drive = {
      "double_steer", mode = "independent",
      steer_front = { "front_steer" }, steer_rear = { "rear_steer" },
      drive_front = { "front_left_wheel", "front_right_wheel" },
      drive_rear = { "rear_left_wheel", "rear_right_wheel" },
      wheelbase = 9.0, track = 2.30, wheel_radius = 0.775,
      v_max = 6.0, a_max = 0.4, brake_max = 0.6, lateral_max = 1.2,
      steer_max = 0.5236, steer_rate = 0.25, steer_accel = 1.0, steer_hz = 2, drive_hz = 1,
    },
    deck_lift = { "joint_position", joints = { "lift" }, v_max = { 0.025 }, a_max = { 0.05 } },
    deck_lock = { "latch", frame = "deck", thing_frame = "bottom", reach = 0.15, reach_z = 0.10, reach_yaw = 0.06 },
  },
  sensors = {
    odom = {
      "odom", rate_hz = 50,
      joints = { "front_left_wheel", "front_right_wheel", "rear_left_wheel", "rear_right_wheel" },
      steer_joints = { "front_steer", "rear_steer" },
      wheel_radius = 0.775, wheelbase = 9.0, track = 2.30, ticks_per_rev = 4096, slip_sigma = 0.003,
    },
    imu = { "imu_mti", rate_hz = 100, frame = "imu" },
    joints = { "joints", rate_hz = 50, joints = { "front_steer", "rear_steer", "lift" } },
    deck = { "pose", rate_hz = 50, frame = "deck" },
    -- what sees, made when an agent observes it or a rig asks for it
    lidar = { "lidar_vlp16", frame = "mast", optional = true },
    gnss = { "gnss_rtk", frame = "gnss", optional = true },
    front = camera "camera_front",
    rear = camera "camera_rear",
    left = camera "camera_left",
    right = camera "camera_right",
  },
  may_be_constant = {
    "odom.pose.z", "odom.pose.qx", "odom.pose.qy", "odom.twist.linear.z", "odom.twist.angular.x",
    "odom.twist.angular.y",
  },
}
