// Chains and banks against MuJoCo's own kinematics, Jacobian and inertia.
#include "robots/chain.h"
#include "rig.h"

static const char k_model[] =
    "<mujoco><compiler autolimits='true'/><worldbody>"
    "<body name='base' pos='0.1 0 0.5'><freejoint/><geom size='0.1'/>"
    " <body name='a' pos='0 0 0.1' euler='10 20 30'><joint name='a' axis='0 0 1' pos='0.02 0 0' "
    "ref='10'/>"
    "  <geom type='capsule' size='0.03' fromto='0 0 0 0 0 0.3'/>"
    "  <body name='b' pos='0 0 0.3'><joint name='b1' type='slide' axis='1 0 1' range='-0.2 0.2'/>"
    "   <joint name='b2' axis='0 1 0' pos='0 0.03 0'/><geom size='0.05' pos='0.05 0 0'/>"
    "   <body name='p' pos='0.1 0 0'><joint name='passive' axis='1 0 0'/><geom size='0.04' pos='0 "
    "0.1 0'/>"
    "    <body name='ball' pos='0 0 0.1'><joint name='bj' type='ball' damping='1'/><geom "
    "size='0.03' pos='0 0.05 0'/>"
    "     <body name='c' pos='0 0 0.1'><joint name='c' axis='1 1 0'/><geom size='0.03' pos='0 0 "
    "0.1'/>"
    "      <site name='tip' pos='0.02 0.03 0.2' euler='5 6 7'/></body></body></body></body></body>"
    " <body name='side' pos='0 0.2 0'><joint name='side' axis='0 1 0'/><geom size='0.05' pos='0 0 "
    "-0.1'/></body>"
    "</body></worldbody>"
    "<actuator><motor name='m1' joint='a' gear='3'/><motor name='m2' joint='b1'/><motor name='m3' "
    "joint='b2'/>"
    "<motor name='m4' joint='c'/><motor name='m5' joint='side'/></actuator></mujoco>";

static void randomise(Rig* r)
{
    mjModel* m = dd_world_model(r->w);
    mjData* d = dd_world_data(r->w);
    for (int i = 0; i < m->nq; i++) {
        d->qpos[i] += 0.3 * sin(1 + 3.7 * i);
    }
    for (int i = 0; i < m->nv; i++) {
        d->qvel[i] = 0.2 * cos(2 + 1.3 * i);
    }
    mj_normalizeQuat(m, d->qpos);
    RIG_OK(r, dd_world_step1(r->w, &r->err));
}

static void kinematics_agree(void** state)
{
    (void)state;
    Rig r = rig_begin();
    rig_wrap(&r, k_model);
    randomise(&r);
    mjModel* m = dd_world_model(r.w);
    mjData* d = dd_world_data(r.w);
    DdBankDef def = dd_bank_def();
    DdBank bank;
    DdChain chain;
    int site = mj_name2id(m, mjOBJ_SITE, "tip");
    RIG_OK(&r, dd_bank_init(&bank, &def, r.w, "", &r.err));
    RIG_OK(&r, dd_chain_init(&chain, r.w, site, &bank, "", &r.err));
    assert_int_equal(bank.n, 5);

    double q[5], jac[30], now[30], jacp[3 * 32], jacr[3 * 32];
    for (int i = 0; i < 5; i++) {
        q[i] = d->qpos[bank.servo[i].qpos];
    }
    DdPose pose = dd_chain_pose(&chain, m, d, q, jac);
    dd_chain_jacobian(&chain, m, d, now);
    mj_jacSite(m, d, jacp, jacr, site);
    double quat[4];
    mju_mat2Quat(quat, d->site_xmat + 9 * site);
    for (int x = 0; x < 3; x++) {
        assert_true(fabs(pose.pos[x] - d->site_xpos[3 * site + x]) < 1e-12);
        for (int i = 0; i < 5; i++) {
            double p = jacp[x * m->nv + bank.servo[i].dof], o = jacr[x * m->nv + bank.servo[i].dof];
            assert_true(fabs(jac[x * 5 + i] - p) < 1e-12 && fabs(now[x * 5 + i] - p) < 1e-12);
            assert_true(fabs(jac[(x + 3) * 5 + i] - o) < 1e-12 &&
                        fabs(now[(x + 3) * 5 + i] - o) < 1e-12);
        }
    }
    assert_true(dd_quat_angle(quat, pose.quat) < 1e-9);
    dd_bank_free(&bank);
    rig_end(&r);
}

static void inertia_agrees(void** state)
{
    (void)state;
    Rig r = rig_begin();
    rig_wrap(&r, k_model);
    randomise(&r);
    mjModel* m = dd_world_model(r.w);
    mjData* d = dd_world_data(r.w);
    DdBankDef def = dd_bank_def();
    DdBank bank;
    RIG_OK(&r, dd_bank_init(&bank, &def, r.w, "", &r.err));
    double full[32 * 32], dense[25], acc[5] = {1, -2, 3, 0.5, -1}, force[5];
    assert_true(m->nv <= 32);
    mj_fullM(m, d, full);
    dd_bank_inertia(&bank, d, dense);
    dd_bank_mul_inertia(&bank, m, d, acc, force);
    for (int i = 0; i < 5; i++) {
        double sum = 0;
        for (int j = 0; j < 5; j++) {
            double want = full[bank.servo[i].dof * m->nv + bank.servo[j].dof];
            assert_true(fabs(dense[5 * i + j] - want) < 1e-12);
            sum += want * acc[j];
        }
        assert_true(fabs(sum - force[i]) < 1e-12);
    }
    dd_bank_free(&bank);

    // with support: forces that give these accelerations while the base is free. The joints that
    // the bank does not know are held, as it assumes
    def.support = true;
    RIG_OK(&r, dd_bank_init(&bank, &def, r.w, "", &r.err));
    dd_bank_mul_inertia(&bank, m, d, acc, force);
    double a[11 * 11], x[11], b[11];
    int dof[11];
    for (int i = 0; i < 6; i++) {
        dof[i] = i;
        b[i] = 0;
    }
    for (int i = 0; i < 5; i++) {
        dof[6 + i] = bank.servo[i].dof;
        b[6 + i] = force[i];
    }
    for (int i = 0; i < 11; i++) {
        for (int j = 0; j < 11; j++) {
            a[11 * i + j] = full[dof[i] * m->nv + dof[j]];
        }
    }
    mju_cholFactor(a, 11, 1e-14);
    mju_cholSolve(x, a, b, 11);
    for (int i = 0; i < 5; i++) {
        assert_true(fabs(x[6 + i] - acc[i]) < 1e-9);
    }
    dd_bank_free(&bank);
    rig_end(&r);
}

static void tracker_stops_on_its_target(void** state)
{
    (void)state;
    double q = 0, v = 0, top = 0;
    for (int i = 0; i < 5000; i++) {
        double before = v;
        dd_track(1, 0.5, 2, 0.002, &q, &v);
        assert_true(fabs(v - before) <= 2 * 0.002 + 1e-12);
        top = fmax(top, v);
        assert_true(q <= 1 + 1e-9);
    }
    assert_true(fabs(top - 0.5) < 1e-9);
    assert_true(fabs(q - 1) < 1e-9 && fabs(v) < 1e-9);
    // without limits it is a step
    dd_track(-3, INFINITY, INFINITY, 0.002, &q, &v);
    assert_true(q == -3 && v == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kinematics_agree),
        cmocka_unit_test(inertia_agrees),
        cmocka_unit_test(tracker_stops_on_its_target),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
