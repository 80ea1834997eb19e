// Chains: where a site is for given joint values, its Jacobian, and the joint values for a pose.
#pragma once

#include "robots/servo.h"

enum { DD_CHAIN_BODIES_MAX = 64, DD_CHAIN_JOINTS_MAX = 32 };

typedef struct DdChain {
    int site;
    int nbody;
    int body[DD_CHAIN_BODIES_MAX]; // from the world's child to the site's body
    int n;                         // driven joints, in the bank's order
    int joint[DD_CHAIN_JOINTS_MAX];
    bool on_path[DD_CHAIN_JOINTS_MAX]; // the site moves with it
    double low[DD_CHAIN_JOINTS_MAX], high[DD_CHAIN_JOINTS_MAX];
} DdChain;

// The joints of `bank` that move the site. False when there are too many, or none moves it.
bool dd_chain_init(DdChain* c, DdWorld* w, int site, const DdBank* bank, const char* robot,
                   DdError* err);
// Pose of the site with the driven joints at `q` and every other joint as it is in the world's
// qpos; `jac` (6 x n: linear rows, then angular; may be NULL) about the site, in the world frame.
// Reads neither xpos nor anything else that needs a forward pass.
DdPose dd_chain_pose(const DdChain* c, const mjModel* m, const mjData* d, const double* q,
                     double* jac);
// Pose of any site, from qpos alone: for what is made before the first forward pass.
DdPose dd_chain_site_pose(DdWorld* w, int site);
// The same Jacobian at the present state, from step1's results.
void dd_chain_jacobian(const DdChain* c, const mjModel* m, const mjData* d, double* jac);
// Position and rotation vector, in the world, from `from` to `to`.
void dd_pose_error(const DdPose* from, const DdPose* to, double e[6]);

typedef struct DdReach {
    const double* rest;  // (n) posture that spare freedom is drawn to; NULL = none
    double rest_rate;    // 1/s
    const double* v_max; // (n) may be infinite
    double dt;
    int iterations;
} DdReach;
// Move `q` towards joint values that put the site at `target`, by damped least squares with the
// damping of Sugihara (2011), which fades with the error; a joint that meets a limit is held there
// and the rest solved again. Returns the remaining position error (m).
double dd_chain_reach(const DdChain* c, const mjModel* m, const mjData* d, const DdPose* target,
                      const DdReach* reach, double* q);
