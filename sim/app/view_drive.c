// Driving by hand: speeds follow the keys with a ramp; positions (joints, hands, grippers) move
// while a key is held and stay where they are.
#include "sim/app/view_drive.h"

#include <math.h>
#include <string.h>

enum { FORWARD, LEFT, UP, TURN, PITCH, ROLL, GRIP };

static const double k_ramp = 4;    // 1/s; of speeds
static const double k_share = 0.6; // of the highest speed
static const double k_joint = 0.6; // rad/s
static const double k_hand = 0.15; // m/s
static const double k_sweep = 0.7; // of a range, per second

void dd_hands_begin(DdHands* h, const DdActionSpace* space)
{
    memset(h, 0, sizeof *h);
    h->space = space;
    dd_action_default(space, h->want);
}

// Which axis drives an element of a part.
static int axis_of(const DdActionPart* p, int i)
{
    static const int k_joints[] = {LEFT, FORWARD, UP, PITCH, TURN, ROLL};
    static const int k_hands[] = {FORWARD, LEFT, UP, ROLL, PITCH, TURN};
    const char* label = p->label[i];
    switch (p->kind) {
    case DD_ACTION_TWIST:
        return strstr(label, "angular")                                     ? LEFT
               : strstr(label, "lateral") || strcmp(label, "linear.y") == 0 ? TURN
                                                                            : FORWARD;
    case DD_ACTION_STEER_SPEED:
        return strstr(label, "speed") ? FORWARD : LEFT;
    case DD_ACTION_EE_POSE:
    case DD_ACTION_EE_DELTA:
        return i < 6 ? k_hands[i] : -1;
    case DD_ACTION_GRIPPER:
    case DD_ACTION_DISCRETE:
        return GRIP;
    default:
        // one joint alone is a lift
        return p->n == 1 ? UP : i < 6 ? k_joints[i] : -1;
    }
}

static bool is_position(const DdActionPart* p)
{
    return p->kind == DD_ACTION_JOINT_POSITION || p->kind == DD_ACTION_EE_POSE ||
           p->kind == DD_ACTION_GRIPPER || p->kind == DD_ACTION_DISCRETE ||
           p->kind == DD_ACTION_RAW;
}

// Steering axles of one vehicle turn against each other, so that A turns left as a car does.
static double sign_of(const DdActionPart* p, int i)
{
    return p->kind == DD_ACTION_STEER_SPEED && strcmp(p->label[i], "rear") == 0 ? -1 : 1;
}

static double rate_of(const DdActionPart* p, int i)
{
    double span = p->high[i] - p->low[i];
    return p->kind == DD_ACTION_GRIPPER            ? (isfinite(span) ? k_sweep * span : 0)
           : p->kind == DD_ACTION_EE_POSE && i < 3 ? k_hand
           : p->kind == DD_ACTION_EE_POSE && p->rotation == DD_ROTVEC ? k_joint
           : p->kind == DD_ACTION_EE_POSE && p->rotation == DD_RPY    ? k_joint
           : p->kind == DD_ACTION_JOINT_POSITION                      ? k_joint
           : p->kind == DD_ACTION_RAW && isfinite(span)               ? 0.3 * span
                                                                      : 0;
}

void dd_hands_act(DdHands* h, const DdDriving* d, double dt, double* action)
{
    const double axes[7] = {d->forward, d->left, d->up,     d->turn_left,
                            d->pitch,   d->roll, d->gripper};
    for (int k = 0; k < 7; k++) {
        double most = k_ramp * dt;
        h->smooth[k] += dd_clamp(axes[k] - h->smooth[k], -most, most);
    }
    int at = 0;
    for (int i = 0; i < h->space->npart; i++) {
        const DdActionPart* p = &h->space->part[i];
        for (int k = 0; k < p->n; k++, at++) {
            int axis = axis_of(p, k);
            if (axis < 0) {
                action[at] = h->want[at];
            } else if (p->kind == DD_ACTION_DISCRETE) {
                // a latch closes as a gripper does
                h->want[at] = axes[axis] < 0   ? p->high[k]
                              : axes[axis] > 0 ? p->low[k]
                                               : h->want[at];
                action[at] = h->want[at];
            } else if (is_position(p)) {
                h->want[at] =
                    dd_clamp(h->want[at] + axes[axis] * rate_of(p, k) * dt, p->low[k], p->high[k]);
                action[at] = h->want[at];
            } else {
                double v = h->smooth[axis] * sign_of(p, k);
                double most = v > 0 ? p->high[k] : -p->low[k];
                action[at] = isfinite(most) ? k_share * v * most : v;
            }
        }
    }
    dd_action_ungiven(h->space, action);
}

void dd_hands_help(const DdActionSpace* space, char* out, size_t size)
{
    static const char* const k_keys[] = {"W S", "A D", "Q E", "J L", "I K", "U O", "R F"};
    out[0] = '\0';
    for (int i = 0; i < space->npart; i++) {
        const DdActionPart* p = &space->part[i];
        for (int k = 0; k < p->n; k++) {
            int axis = axis_of(p, k);
            size_t used = strlen(out);
            if (axis >= 0 &&
                (!is_position(p) || p->kind == DD_ACTION_DISCRETE || rate_of(p, k) > 0)) {
                snprintf(out + used, size - used, "%s%s %s", used ? ", " : "", k_keys[axis],
                         p->label[k]);
            }
        }
    }
}
