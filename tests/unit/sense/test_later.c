// Later: everything is done when the wait ends, more jobs than the queue holds, again and again.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
// cmocka needs the three above
#include <cmocka.h>

#include "sim/sense/later.h"

enum { k_rounds = 300, k_work = 200 };

typedef struct Job {
    int from;
    long sum;
} Job;

static void add_up(void* user)
{
    Job* job = user;
    for (int i = 0; i < 500; i++) {
        job->sum += job->from + i;
    }
}

static void all_is_done_when_the_wait_ends(void** state)
{
    (void)state;
    static Job job[k_work];
    DdLater* later = dd_later_create();
    for (int round = 0; round < k_rounds; round++) {
        int n = round % k_work;
        for (int i = 0; i < n; i++) {
            job[i] = (Job){.from = round + i};
            dd_later_do(later, add_up, &job[i]);
        }
        dd_later_wait(later);
        for (int i = 0; i < n; i++) {
            assert_int_equal(job[i].sum, 500L * (round + i) + 499 * 500 / 2);
        }
    }
    dd_later_wait(later); // with nothing to do
    dd_later_destroy(later);
    dd_later_destroy(NULL);
    later = dd_later_create(); // that never worked
    dd_later_destroy(later);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(all_is_done_when_the_wait_ends)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
