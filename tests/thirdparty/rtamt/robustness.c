// Prints the robustness that the monitor gives: the C side of the comparison with rtamt.
//
// Standard input: blocks of
//   formula over a, b, c (no units)
//   period in seconds, number of rows
//   one row of three numbers per line
// Standard output: for every block one line, "verdict robustness".
#include <stdio.h>
#include <string.h>

#include "sim/base/text.h"
#include "sim/score/stl.h"

static bool resolve(void* user, const char* name, int* column, const char** unit)
{
    (void)user;
    *unit = "";
    *column = name[0] - 'a';
    return strlen(name) == 1 && *column >= 0 && *column < 3;
}

int main(void)
{
    static char text[16384];
    while (fgets(text, sizeof text, stdin)) {
        text[strcspn(text, "\n")] = 0;
        double period;
        int rows;
        DdError err;
        dd_error_clear(&err);
        if (scanf("%lf %d ", &period, &rows) != 2) {
            fprintf(stderr, "after '%s': a period and a number of rows are expected\n", text);
            return 2;
        }
        DdStl* f = dd_stl_parse(text, "formula", resolve, NULL, &err);
        DdMonitor* m = f ? dd_monitor_create_for(f, period, rows + 1, &err) : NULL;
        if (!m) {
            fprintf(stderr, "%s: %s\n", text, err.text);
            return 1;
        }
        for (int i = 0; i < rows; i++) {
            double row[3];
            if (scanf("%lf %lf %lf ", &row[0], &row[1], &row[2]) != 3) {
                fprintf(stderr, "row %d of '%s' is no row\n", i, text);
                return 2;
            }
            dd_monitor_push(m, row);
        }
        DdJudgement j = dd_monitor_finish(m);
        char number[DD_NUMBER_TEXT_MAX];
        dd_number_print(j.robustness, number);
        printf("%s %s\n", dd_verdict_name(j.verdict), number);
        dd_monitor_destroy(m);
        dd_stl_destroy(f);
    }
    return 0;
}
