-- NAME_HERE: a small two-wheeled robot. The folder holds the description (this file) and the model.
--
-- Use it as w:robot { "NAME_HERE", name = "..." } when the folder lies in robots/, or from a scenario
-- anywhere by the folder's path: w:robot { "../NAME_HERE", name = "..." }.
return robot {
  name = "NAME_HERE",
  doc = "A small two-wheeled robot.",
  model = "model.xml",
  base = "base",                -- the body that is placed
  half = { 0.20, 0.17, 0.10 },  -- m; half extents of its bounding box
  centre = { 0, 0, 0.10 },      -- m; the middle of that box

  -- ways to drive it; the kinds and their fields are in docs/lua_api.md
  spaces = {
    drive = {
      "diff_drive", left = { "left_wheel" }, right = { "right_wheel" },
      wheel_radius = 0.08, track = 0.30, v_max = 1, w_max = 2, a_max = 1, brake_max = 2, alpha_max = 4,
    },
  },

  -- its channels, ROBOT.NAME
  sensors = {
    odom = {
      "odom", rate_hz = 50, joints = { "left_wheel", "right_wheel" }, wheel_radius = 0.08, track = 0.30,
    },
    imu = { "imu", rate_hz = 100, gyro_bias = 0.002, accel_bias = 0.02 },
  },

  -- on flat ground these never change, and that is no fault
  may_be_constant = {
    "odom.pose.z", "odom.pose.qx", "odom.pose.qy", "odom.twist.linear.y", "odom.twist.linear.z",
    "odom.twist.angular.x", "odom.twist.angular.y",
  },
}
