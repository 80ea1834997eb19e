-- A 6-axis arm of the UR5e class with a parallel gripper. Numbers and their sources: README.md.
local arm = { "shoulder_pan", "shoulder_lift", "elbow", "wrist_1", "wrist_2", "wrist_3" }

return robot {
  name = "arm_6_gripper",
  doc = "6-axis arm, reach 0.85 m, payload 5 kg, with a parallel gripper of 85 mm stroke",
  model = "model.xml",
  base = "base",
  fixed = true,
  half = { 0.31, 0.14, 0.34 },
  centre = { 0.24, 0.07, 0.34 },
  start = {
    shoulder_pan = 0, shoulder_lift = -1.5708, elbow = 1.5708, wrist_1 = -1.5708, wrist_2 = -1.5708,
    wrist_3 = 0, left_finger = 0.0425, right_finger = 0.0425,
  },
  spaces = {
    joints = { "joint_position", joints = arm, v_max = { 3.1416 }, a_max = { 8 }, bandwidth_hz = 8, integral = 1 },
    joint_velocity = { "joint_velocity", joints = arm, v_max = { 3.1416 }, a_max = { 8 }, bandwidth_hz = 8 },
    ee_pose = {
      "ee_pose", joints = arm, site = "tcp", frame = "base", rotation = "rotvec",
      low = { -0.85, -0.85, -0.3 }, high = { 0.85, 0.85, 1.0 },
      v_max = 1.0, w_max = 2.0, a_max = 4.0, alpha_max = 10.0,
      joint_v_max = { 3.1416 }, bandwidth_hz = 8, integral = 1,
    },
    ee_delta = {
      "ee_delta", joints = arm, site = "tcp", frame = "base", rotation = "rotvec",
      delta_max = { 0.05, 0.2 }, v_max = 1.0, w_max = 2.0, a_max = 4.0, alpha_max = 10.0,
      joint_v_max = { 3.1416 }, bandwidth_hz = 8, integral = 1,
    },
    osc = {
      "osc", joints = arm, site = "tcp", frame = "base", kp = { 150 }, damping_ratio = 1,
      delta_max = { 0.05, 0.5 }, normalised = true,
    },
    gripper = {
      "gripper", actuators = { "gripper" }, closed = { 0 }, open = { 0.085 }, width_max = 0.085,
      unit = "width", speed = 0.15, force_max = 80, start = 1,
    },
  },
  sensors = {
    joints = { "joints", rate_hz = 125 },
    ft = { "wrench", rate_hz = 125, frame = "ft" },
    tcp = { "pose", rate_hz = 125, frame = "tcp" },
    -- beside the gripper, looking along the tool; made when an agent observes it or a rig asks for it
    wrist = {
      "camera_d435_colour", rate_hz = 30, frame = "camera", baseline = 0.05,
      outputs = { "colour", "depth", "semantic", "instance", "boxes_2d" }, range_min = 0.05, range_max = 2,
      optional = true,
    },
  },
}
