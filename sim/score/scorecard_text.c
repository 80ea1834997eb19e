// Scorecard as a table that people read, in English or Korean.
#include <math.h>
#include <string.h>

#include "sim/base/text.h"
#include "sim/score/score.h"

enum { k_cell_max = 160, k_columns_max = 10, k_failures_shown = 20 };

typedef struct Words {
    const char *scenario, *agent, *verdict, *success, *no_success, *simulated, *outcomes,
        *requirement, *holds, *violated, *undecided, *inconclusive, *not_evaluated, *worst, *metric,
        *unit, *n, *mean, *std, *min, *p50, *p95, *max, *counters, *budgets, *failures, *seed,
        *outcome, *reason, *more;
} Words;

static const Words k_english = {
    .scenario = "scenario",
    .agent = "agent",
    .verdict = "verdict",
    .success = "success     %d of %d, %.1f %% (95 %% interval %.1f to %.1f %%, Clopper-Pearson)\n",
    .no_success = "success     no episode counts\n",
    .simulated = "simulated",
    .outcomes = "outcomes",
    .requirement = "requirement",
    .holds = "holds",
    .violated = "violated",
    .undecided = "undecided",
    .inconclusive = "inconclusive",
    .not_evaluated = "not evaluated",
    .worst = "worst robustness",
    .metric = "metric",
    .unit = "unit",
    .n = "n",
    .mean = "mean",
    .std = "std",
    .min = "min",
    .p50 = "p50",
    .p95 = "p95",
    .max = "max",
    .counters = "counters",
    .budgets = "budgets",
    .failures = "failures",
    .seed = "seed",
    .outcome = "outcome",
    .reason = "reason",
    .more = "... and %d more\n",
};

static const Words k_korean = {
    .scenario = "시나리오",
    .agent = "에이전트",
    .verdict = "판정",
    .success = "성공률      %2$d회 중 %1$d회, %3$.1f %% (95 %% 신뢰구간 %4$.1f ~ %5$.1f %%, "
               "Clopper-Pearson)\n",
    .no_success = "성공률      집계할 에피소드 없음\n",
    .simulated = "시뮬레이션",
    .outcomes = "결과",
    .requirement = "요구사항",
    .holds = "만족",
    .violated = "위반",
    .undecided = "미결정",
    .inconclusive = "판단 불가",
    .not_evaluated = "해당 없음",
    .worst = "최소 강건도",
    .metric = "지표",
    .unit = "단위",
    .n = "n",
    .mean = "평균",
    .std = "표준편차",
    .min = "최소",
    .p50 = "p50",
    .p95 = "p95",
    .max = "최대",
    .counters = "카운터",
    .budgets = "사용한 예산",
    .failures = "실패한 에피소드",
    .seed = "시드",
    .outcome = "결과",
    .reason = "이유",
    .more = "... 외 %d건\n",
};

// Columns on a terminal: Hangul and other wide characters take two.
static int width_of(const char* s)
{
    int width = 0;
    for (const unsigned char* c = (const unsigned char*)s; *c; c++) {
        if ((*c & 0xC0) != 0x80) {
            width += *c >= 0xE3 && *c < 0xF0 ? 2 : 1;
        }
    }
    return width;
}

static void pad(DdText* t, int n)
{
    while (n-- > 0) {
        dd_text_str(t, " ");
    }
}

typedef struct Table {
    int ncolumn, nrow, cap;
    bool right[k_columns_max]; // aligned
    char (*cell)[k_columns_max][k_cell_max];
} Table;

static char (*add_row(Table* t))[k_cell_max]
{
    if (t->nrow == t->cap) {
        t->cap = t->cap ? 2 * t->cap : 16;
        t->cell = realloc(t->cell, (size_t)t->cap * sizeof *t->cell);
        DD_ASSERT(t->cell);
    }
    memset(t->cell[t->nrow], 0, sizeof *t->cell);
    return t->cell[t->nrow++];
}

static void print_table(DdText* out, Table* t)
{
    int width[k_columns_max] = {0};
    for (int r = 0; r < t->nrow; r++) {
        for (int c = 0; c < t->ncolumn; c++) {
            int w = width_of(t->cell[r][c]);
            width[c] = w > width[c] ? w : width[c];
        }
    }
    for (int r = 0; r < t->nrow; r++) {
        for (int c = 0; c < t->ncolumn; c++) {
            int gap = width[c] - width_of(t->cell[r][c]);
            bool last = c == t->ncolumn - 1;
            pad(out, t->right[c] ? gap : 0);
            dd_text_str(out, t->cell[r][c]);
            pad(out, t->right[c] || last ? 0 : gap);
            dd_text_str(out, last ? "\n" : "  ");
        }
    }
    free(t->cell);
}

static const char* string_of(const json_t* object, const char* key)
{
    const char* s = json_string_value(json_object_get(object, key));
    return s ? s : "";
}

static void print_number(char out[k_cell_max], const json_t* v)
{
    if (!json_is_number(v)) {
        snprintf(out, k_cell_max, "-");
    } else {
        double x = json_number_value(v);
        snprintf(out, k_cell_max, "%.4g", x == 0 ? 0 : x);
    }
}

// A seed is a number, or text when it is too large for one.
static void print_any(char out[k_cell_max], const json_t* v)
{
    if (json_is_integer(v)) {
        snprintf(out, k_cell_max, "%lld", (long long)json_integer_value(v));
    } else if (json_is_string(v)) {
        snprintf(out, k_cell_max, "%s", json_string_value(v));
    } else {
        print_number(out, v);
    }
}

static void label(DdText* t, const char* name)
{
    dd_text_str(t, name);
    pad(t, 12 - width_of(name));
}

// Texts of strangers must not move the cursor.
static void add_plain(DdText* t, const char* s)
{
    for (; *s; s++) {
        dd_text_bytes(t, (unsigned char)*s < 0x20 || *s == 0x7F ? " " : s, 1);
    }
}

static void print_head(DdText* t, const json_t* card, const Words* w)
{
    const json_t* scenario = json_object_get(card, "scenario");
    if (json_is_string(scenario)) {
        label(t, w->scenario);
        add_plain(t, json_string_value(scenario));
        dd_text_str(t, "\n");
    }
    const json_t* agent = json_object_get(card, "agent");
    const json_t* agents = json_object_get(card, "agents");
    if (json_is_string(agent)) {
        label(t, w->agent);
        add_plain(t, json_string_value(agent));
        dd_text_str(t, "\n");
    } else if (json_is_array(agents) && json_array_size(agents)) {
        label(t, w->agent);
        size_t i;
        const json_t* a;
        json_array_foreach((json_t*)agents, i, a)
        {
            dd_text_str(t, i ? ", " : "");
            add_plain(t, json_is_string(a) ? json_string_value(a) : string_of(a, "agent"));
        }
        dd_text_str(t, "\n");
    }
    label(t, w->verdict);
    dd_text_add(t, "%s\n", string_of(card, "verdict"));

    const json_t* ci = json_object_get(card, "success_ci");
    const json_t* outcomes = json_object_get(card, "outcomes");
    int n = (int)json_integer_value(json_object_get(card, "counted"));
    if (n) {
        dd_text_add(t, w->success, (int)json_integer_value(json_object_get(outcomes, "PASS")), n,
                    100 * json_number_value(json_object_get(card, "success_rate")),
                    100 * json_number_value(json_object_get(ci, "lo")),
                    100 * json_number_value(json_object_get(ci, "hi")));
    } else {
        dd_text_str(t, w->no_success);
    }
    label(t, w->outcomes);
    const char* name;
    json_t* count;
    const char* separator = "";
    json_object_foreach((json_t*)outcomes, name, count)
    {
        if (json_integer_value(count)) {
            dd_text_add(t, "%s%s %lld", separator, name, (long long)json_integer_value(count));
            separator = ", ";
        }
    }
    dd_text_str(t, "\n");
    label(t, w->simulated);
    dd_text_add(t, "%.1f s\n", json_number_value(json_object_get(card, "simulated_s")));
}

static void print_requirements(DdText* out, const json_t* card, const Words* w)
{
    const json_t* rows = json_object_get(card, "requirements");
    if (!json_array_size(rows)) {
        return;
    }
    static const char* const k_verdicts[] = {"HOLDS", "VIOLATED", "UNDECIDED", "INCONCLUSIVE",
                                             "NOT_EVALUATED"};
    const char* words[] = {w->holds, w->violated, w->undecided, w->inconclusive, w->not_evaluated};
    // columns of verdicts that nobody got are left out
    bool used[5] = {true, true};
    size_t i;
    const json_t* r;
    json_array_foreach((json_t*)rows, i, r)
    {
        for (int v = 0; v < 5; v++) {
            used[v] |= json_integer_value(json_object_get(r, k_verdicts[v])) > 0;
        }
    }
    Table t = {0};
    char(*cell)[k_cell_max] = add_row(&t);
    int c = 0;
    snprintf(cell[c++], k_cell_max, "%s", w->requirement);
    for (int v = 0; v < 5; v++) {
        if (used[v]) {
            t.right[c] = true;
            snprintf(cell[c++], k_cell_max, "%s", words[v]);
        }
    }
    t.right[c] = true;
    snprintf(cell[c++], k_cell_max, "%s", w->worst);
    c++; // the text itself, without a heading
    t.ncolumn = c;
    json_array_foreach((json_t*)rows, i, r)
    {
        cell = add_row(&t);
        c = 0;
        snprintf(cell[c++], k_cell_max, "%s", string_of(r, "name"));
        for (int v = 0; v < 5; v++) {
            if (used[v]) {
                print_any(cell[c++], json_object_get(r, k_verdicts[v]));
            }
        }
        print_number(cell[c++], json_object_get(r, "worst_robustness"));
        snprintf(cell[c], k_cell_max, "%.150s", string_of(r, "text"));
    }
    dd_text_str(out, "\n");
    print_table(out, &t);
}

static void print_metrics(DdText* out, const json_t* card, const Words* w)
{
    const json_t* rows = json_object_get(card, "metrics");
    if (!json_array_size(rows)) {
        return;
    }
    static const char* const k_keys[] = {"n", "mean", "std", "min", "p50", "p95", "max"};
    const char* words[] = {w->metric, w->unit, w->n,   w->mean, w->std,
                           w->min,    w->p50,  w->p95, w->max};
    Table t = {.ncolumn = 9};
    char(*cell)[k_cell_max] = add_row(&t);
    for (int c = 0; c < 9; c++) {
        snprintf(cell[c], k_cell_max, "%s", words[c]);
        t.right[c] = c >= 2;
    }
    size_t i;
    const json_t* r;
    json_array_foreach((json_t*)rows, i, r)
    {
        cell = add_row(&t);
        snprintf(cell[0], k_cell_max, "%s", string_of(r, "name"));
        snprintf(cell[1], k_cell_max, "%s", string_of(r, "unit"));
        for (int c = 0; c < 7; c++) {
            print_number(cell[c + 2], json_object_get(r, k_keys[c]));
        }
    }
    dd_text_str(out, "\n");
    print_table(out, &t);
}

// "agent.clipped 12, samples_dropped 0", wrapped
static void print_flat(DdText* out, const json_t* object, const char* prefix, int* column)
{
    const char* key;
    json_t* value;
    json_object_foreach((json_t*)object, key, value)
    {
        char name[k_cell_max], number[k_cell_max];
        snprintf(name, sizeof name, "%s%s%s", prefix, *prefix ? "." : "", key);
        if (json_is_object(value)) {
            print_flat(out, value, name, column);
            continue;
        }
        print_any(number, value);
        int w = width_of(name) + width_of(number) + 3;
        if (*column + w > 98) {
            dd_text_str(out, "\n");
            pad(out, 12);
            *column = 12;
        }
        dd_text_add(out, "%s %s   ", name, number);
        *column += w + 1;
    }
}

static void print_counts(DdText* out, const json_t* object, const char* name)
{
    if (!json_object_size(object)) {
        return;
    }
    label(out, name);
    int column = 12;
    print_flat(out, object, "", &column);
    while (out->size && out->data[out->size - 1] == ' ') {
        out->data[--out->size] = 0;
    }
    dd_text_str(out, "\n");
}

static void print_failures(DdText* out, const json_t* card, const Words* w)
{
    const json_t* rows = json_object_get(card, "failures");
    size_t n = json_array_size(rows), i;
    if (!n) {
        return;
    }
    dd_text_add(out, "\n%s\n", w->failures);
    // the reason is written in full, so it is no cell
    int seed_width = width_of(w->seed), outcome_width = width_of(w->outcome);
    const json_t* r;
    char text[k_cell_max];
    json_array_foreach((json_t*)rows, i, r)
    {
        print_any(text, json_object_get(r, "seed"));
        int a = width_of(text), b = width_of(string_of(r, "outcome"));
        seed_width = a > seed_width ? a : seed_width;
        outcome_width = b > outcome_width ? b : outcome_width;
    }
    pad(out, seed_width - width_of(w->seed));
    dd_text_add(out, "%s  %s", w->seed, w->outcome);
    pad(out, outcome_width - width_of(w->outcome));
    dd_text_add(out, "  %s\n", w->reason);
    json_array_foreach((json_t*)rows, i, r)
    {
        if (i == k_failures_shown) {
            dd_text_add(out, w->more, (int)(n - i));
            break;
        }
        print_any(text, json_object_get(r, "seed"));
        pad(out, seed_width - width_of(text));
        dd_text_add(out, "%s  %s", text, string_of(r, "outcome"));
        pad(out, outcome_width - width_of(string_of(r, "outcome")));
        dd_text_str(out, "  ");
        add_plain(out, string_of(r, "reason"));
        dd_text_str(out, "\n");
    }
}

char* dd_scorecard_text_lang(const json_t* card, const char* lang)
{
    const Words* w = lang && strcmp(lang, "ko") == 0 ? &k_korean : &k_english;
    DdText t = {0};
    print_head(&t, card, w);
    print_requirements(&t, card, w);
    print_metrics(&t, card, w);
    dd_text_str(&t, "\n");
    print_counts(&t, json_object_get(card, "counters"), w->counters);
    print_counts(&t, json_object_get(card, "budgets"), w->budgets);
    print_failures(&t, card, w);
    return dd_text_take(&t);
}

char* dd_scorecard_text(const json_t* card)
{
    return dd_scorecard_text_lang(card, "en");
}
