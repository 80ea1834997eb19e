// Chains: forward kinematics of one branch on our own joint values, and damped least squares on it.
#include "robots/chain.h"

#include <math.h>
#include <string.h>

// The bodies from the world's child to the site's; false when they are too many.
static bool find_bodies(DdChain* c, const mjModel* m, int site)
{
    c->site = site;
    int depth = 0;
    for (int b = m->site_bodyid[site]; b > 0; b = m->body_parentid[b]) {
        depth++;
    }
    if (depth > DD_CHAIN_BODIES_MAX) {
        return false;
    }
    c->nbody = depth;
    for (int b = m->site_bodyid[site]; b > 0; b = m->body_parentid[b]) {
        c->body[--depth] = b;
    }
    return true;
}

DdPose dd_chain_site_pose(DdWorld* w, int site)
{
    DdChain c = {0};
    if (!find_bodies(&c, dd_world_model(w), site)) {
        return dd_pose_identity();
    }
    return dd_chain_pose(&c, dd_world_model(w), dd_world_data(w), NULL, NULL);
}

bool dd_chain_init(DdChain* c, DdWorld* w, int site, const DdBank* bank, const char* robot,
                   DdError* err)
{
    const mjModel* m = dd_world_model(w);
    memset(c, 0, sizeof *c);
    const char* site_name = dd_robot_own_name(robot, mj_id2name(m, mjOBJ_SITE, site));
    if (bank->n > DD_CHAIN_JOINTS_MAX) {
        return dd_fail(err, DD_ERROR_MODEL, "robot '%s': %d joints for site '%s', at most %d",
                       robot, bank->n, site_name, DD_CHAIN_JOINTS_MAX);
    }

    if (!find_bodies(c, m, site)) {
        return dd_fail(err, DD_ERROR_MODEL, "robot '%s': site '%s' is more than %d bodies deep",
                       robot, site_name, DD_CHAIN_BODIES_MAX);
    }

    bool any = false;
    c->n = bank->n;
    for (int i = 0; i < bank->n; i++) {
        const DdServo* s = &bank->servo[i];
        c->joint[i] = s->joint;
        c->low[i] = s->low;
        c->high[i] = s->high;
        for (int k = 0; k < c->nbody; k++) {
            c->on_path[i] = c->on_path[i] || c->body[k] == m->jnt_bodyid[s->joint];
        }
        any = any || c->on_path[i];
    }
    if (!any) {
        return dd_fail(err, DD_ERROR_MODEL, "robot '%s': none of the joints moves site '%s'", robot,
                       site_name);
    }
    return true;
}

static int driven_index(const DdChain* c, int joint)
{
    for (int i = 0; i < c->n; i++) {
        if (c->joint[i] == joint) {
            return i;
        }
    }
    return -1;
}

DdPose dd_chain_pose(const DdChain* c, const mjModel* m, const mjData* d, const double* q,
                     double* jac)
{
    double axis_W[DD_CHAIN_JOINTS_MAX][3], anchor_W[DD_CHAIN_JOINTS_MAX][3];
    DdPose pose = dd_pose_identity();
    for (int k = 0; k < c->nbody; k++) {
        int b = c->body[k];
        int first = m->body_jntadr[b], njnt = m->body_jntnum[b];
        if (njnt == 1 && m->jnt_type[first] == mjJNT_FREE) {
            const double* qpos = d->qpos + m->jnt_qposadr[first];
            memcpy(pose.pos, qpos, sizeof pose.pos);
            memcpy(pose.quat, qpos + 3, sizeof pose.quat);
            dd_quat_normalize(pose.quat);
            continue;
        }
        DdPose offset;
        if (m->body_mocapid[b] >= 0) {
            memcpy(offset.pos, d->mocap_pos + 3 * m->body_mocapid[b], sizeof offset.pos);
            memcpy(offset.quat, d->mocap_quat + 4 * m->body_mocapid[b], sizeof offset.quat);
        } else {
            memcpy(offset.pos, m->body_pos + 3 * b, sizeof offset.pos);
            memcpy(offset.quat, m->body_quat + 4 * b, sizeof offset.quat);
        }
        pose = dd_pose_mul(pose, offset);

        for (int j = first; j < first + njnt; j++) {
            int i = driven_index(c, j);
            int adr = m->jnt_qposadr[j];
            const double* axis = m->jnt_axis + 3 * j;
            double value = (i >= 0 ? q[i] : d->qpos[adr]) - m->qpos0[adr];
            double ax[3], anchor[3];
            dd_quat_rotate(ax, pose.quat, axis);
            dd_pose_apply(&pose, m->jnt_pos + 3 * j, anchor);
            if (i >= 0) {
                memcpy(axis_W[i], ax, sizeof ax);
                memcpy(anchor_W[i], anchor, sizeof anchor);
            }
            if (m->jnt_type[j] == mjJNT_SLIDE) {
                for (int x = 0; x < 3; x++) {
                    pose.pos[x] += ax[x] * value;
                }
                continue;
            }
            // turn about the anchor, which stays where it is
            double turn[4];
            if (m->jnt_type[j] == mjJNT_BALL) {
                memcpy(turn, d->qpos + adr, sizeof turn);
                dd_quat_normalize(turn);
            } else {
                double s = sin(0.5 * value);
                turn[0] = cos(0.5 * value);
                turn[1] = s * axis[0];
                turn[2] = s * axis[1];
                turn[3] = s * axis[2];
            }
            dd_quat_mul(pose.quat, pose.quat, turn);
            double arm[3];
            dd_quat_rotate(arm, pose.quat, m->jnt_pos + 3 * j);
            for (int x = 0; x < 3; x++) {
                pose.pos[x] = anchor[x] - arm[x];
            }
        }
    }

    DdPose offset;
    memcpy(offset.pos, m->site_pos + 3 * c->site, sizeof offset.pos);
    memcpy(offset.quat, m->site_quat + 4 * c->site, sizeof offset.quat);
    pose = dd_pose_mul(pose, offset);
    if (!jac) {
        return pose;
    }

    int n = c->n;
    memset(jac, 0, sizeof *jac * (size_t)(6 * n));
    for (int i = 0; i < n; i++) {
        if (!c->on_path[i]) {
            continue;
        }
        double* ax = axis_W[i];
        if (m->jnt_type[c->joint[i]] == mjJNT_SLIDE) {
            for (int x = 0; x < 3; x++) {
                jac[x * n + i] = ax[x];
            }
            continue;
        }
        double arm[3] = {pose.pos[0] - anchor_W[i][0], pose.pos[1] - anchor_W[i][1],
                         pose.pos[2] - anchor_W[i][2]};
        double lin[3];
        dd_cross3(lin, ax, arm);
        for (int x = 0; x < 3; x++) {
            jac[x * n + i] = lin[x];
            jac[(x + 3) * n + i] = ax[x];
        }
    }
    return pose;
}

void dd_chain_jacobian(const DdChain* c, const mjModel* m, const mjData* d, double* jac)
{
    int n = c->n;
    const double* p = d->site_xpos + 3 * c->site;
    memset(jac, 0, sizeof *jac * (size_t)(6 * n));
    for (int i = 0; i < n; i++) {
        if (!c->on_path[i]) {
            continue;
        }
        const double* ax = d->xaxis + 3 * c->joint[i];
        const double* anchor = d->xanchor + 3 * c->joint[i];
        if (m->jnt_type[c->joint[i]] == mjJNT_SLIDE) {
            for (int x = 0; x < 3; x++) {
                jac[x * n + i] = ax[x];
            }
            continue;
        }
        double arm[3] = {p[0] - anchor[0], p[1] - anchor[1], p[2] - anchor[2]};
        double lin[3];
        dd_cross3(lin, ax, arm);
        for (int x = 0; x < 3; x++) {
            jac[x * n + i] = lin[x];
            jac[(x + 3) * n + i] = ax[x];
        }
    }
}

void dd_pose_error(const DdPose* from, const DdPose* to, double e[6])
{
    double back[4], turn[4];
    for (int x = 0; x < 3; x++) {
        e[x] = to->pos[x] - from->pos[x];
    }
    dd_quat_conj(back, from->quat);
    dd_quat_mul(turn, to->quat, back);
    dd_quat_to_rotvec(turn, e + 3);
}

// dq = J' (J J' + damping I)^-1 e over the joints that are not held, and the same projection
// applied to `bias` (n, may be NULL), whose part that does not move the site is added.
static void damped_step(const double* jac, const bool* held, int n, double damping,
                        const double e[6], const double* bias, double* dq)
{
    double a[36] = {0}, y[6], moved[6] = {0};
    for (int r = 0; r < 6; r++) {
        for (int s = 0; s <= r; s++) {
            double sum = 0;
            for (int i = 0; i < n; i++) {
                sum += held[i] ? 0 : jac[r * n + i] * jac[s * n + i];
            }
            a[6 * r + s] = a[6 * s + r] = sum + (r == s ? damping : 0);
        }
        for (int i = 0; bias && i < n; i++) {
            moved[r] += held[i] ? 0 : jac[r * n + i] * bias[i];
        }
    }
    double rhs[6];
    for (int r = 0; r < 6; r++) {
        rhs[r] = e[r] - moved[r];
    }
    mju_cholFactor(a, 6, 1e-14);
    mju_cholSolve(y, a, rhs, 6);
    for (int i = 0; i < n; i++) {
        double sum = bias ? bias[i] : 0;
        for (int r = 0; r < 6; r++) {
            sum += jac[r * n + i] * y[r];
        }
        dq[i] = held[i] ? 0 : sum;
    }
}

double dd_chain_reach(const DdChain* c, const mjModel* m, const mjData* d, const DdPose* target,
                      const DdReach* reach, double* q)
{
    double jac[6 * DD_CHAIN_JOINTS_MAX], dq[DD_CHAIN_JOINTS_MAX], bias[DD_CHAIN_JOINTS_MAX];
    double e[6], left = 0;
    int n = c->n;
    double share = reach->dt / reach->iterations;
    for (int k = 0; k < reach->iterations; k++) {
        DdPose pose = dd_chain_pose(c, m, d, q, jac);
        dd_pose_error(&pose, target, e);
        left = dd_norm3(e);
        double damping = 1e-8;
        for (int r = 0; r < 6; r++) {
            damping += 0.5 * e[r] * e[r];
        }
        const double* spare = NULL;
        if (reach->rest && n > 6) {
            for (int i = 0; i < n; i++) {
                bias[i] = reach->rest_rate * share * (reach->rest[i] - q[i]);
            }
            spare = bias;
        }

        // solve; hold the joints that would pass a limit; solve again without them
        bool held[DD_CHAIN_JOINTS_MAX] = {false};
        for (int pass = 0; pass < 4; pass++) {
            damped_step(jac, held, n, damping, e, spare, dq);
            bool again = false;
            for (int i = 0; i < n; i++) {
                bool out = (q[i] + dq[i] < c->low[i] && dq[i] < 0) ||
                           (q[i] + dq[i] > c->high[i] && dq[i] > 0);
                again = again || (out && !held[i]);
                held[i] = held[i] || out;
            }
            if (!again) {
                break;
            }
        }

        // one factor for all joints keeps the direction
        double scale = 1;
        for (int i = 0; i < n; i++) {
            double most = reach->v_max[i] * share;
            if (fabs(dq[i]) > most) {
                scale = fmin(scale, most / fabs(dq[i]));
            }
        }
        for (int i = 0; i < n; i++) {
            q[i] = dd_clamp(q[i] + scale * dq[i], c->low[i], c->high[i]);
        }
    }
    return left;
}
