-- A differential-drive carrier of the 250 kg class. Numbers and their sources: README.md.
return robot {
  name = "amr_250",
  doc = "Differential-drive mobile robot, 0.80 x 0.58 x 0.30 m, payload 250 kg",
  model = "model.xml",
  base = "base",
  half = { 0.40, 0.29, 0.15 },
  centre = { 0, 0, 0.15 },
  spaces = {
    drive = {
      "diff_drive",
      left = { "left_wheel" }, right = { "right_wheel" },
      wheel_radius = 0.100, track = 0.403,
      v_max = 2.0, w_max = 1.5, a_max = 1.0, brake_max = 2.0, alpha_max = 2.5,
    },
  },
  sensors = {
    odom = {
      "odom", rate_hz = 50, joints = { "left_wheel", "right_wheel" },
      wheel_radius = 0.100, track = 0.403, ticks_per_rev = 8192, slip_sigma = 0.005,
    },
    imu = { "imu_bmi088", rate_hz = 100, frame = "imu" },
    joints = { "joints", rate_hz = 50, joints = { "left_wheel", "right_wheel" } },
    -- what sees, made when an agent observes it or a rig asks for it: the front scanner, the rear one
    scan = { "scan_safety_275_fast", frame = "scan_front", optional = true },
    scan_rear = { "scan_safety_275_fast", frame = "scan_rear", optional = true },
    front = {
      "camera_d435_colour", rate_hz = 15, frame = "camera", baseline = 0.05,
      outputs = { "colour", "depth", "semantic", "instance", "boxes_2d" }, range_max = 10, optional = true,
    },
    encoders = {
      "encoder_amr", joints = { "left_wheel", "right_wheel" }, optional = true,
    },
  },
  may_be_constant = {
    "odom.pose.z", "odom.pose.qx", "odom.pose.qy", "odom.twist.linear.y", "odom.twist.linear.z",
    "odom.twist.angular.x", "odom.twist.angular.y",
  },
}
