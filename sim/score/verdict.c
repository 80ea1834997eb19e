// Sentences about judgements: what was asked, what happened instead, when.
#include <float.h>
#include <math.h>
#include <string.h>

#include "sim/base/text.h"
#include "sim/score/stl_tree.h"

// "0.034 m", in the unit the requirement was written in.
static void print_value(const DdJudgement* j, double si, char out[64])
{
    double v = si / j->unit_si;
    char number[32];
    snprintf(number, sizeof number, "%.4g", v == 0 ? 0 : v);
    snprintf(out, 64, *j->unit && strcmp(j->unit, "%") ? "%s %s" : "%s%s", number, j->unit);
}

static void add_closest(DdText* t, const DdJudgement* j, const char* word, bool name_it)
{
    if (j->at_s < 0 || isnan(j->value)) {
        return;
    }
    char value[64];
    print_value(j, j->value, value);
    if (name_it) {
        dd_text_add(t, "; %s %s, value %s at %.2f s", word, j->signal, value, j->at_s);
    } else {
        dd_text_add(t, "; %s %s at %.2f s", word, value, j->at_s);
    }
}

static void text_of(const DdStl* f, int i, char* out, size_t size)
{
    dd_stl_node_text(f, i, out, size);
    // the node of a parenthesis keeps them; they add nothing in a sentence
    size_t n = strlen(out);
    if (n > 2 && out[0] == '(' && out[n - 1] == ')') {
        int depth = 0;
        for (size_t k = 0; k + 1 < n; k++) {
            depth += out[k] == '(' ? 1 : out[k] == ')' ? -1 : 0;
            if (depth == 0) {
                return;
            }
        }
        memmove(out, out + 1, n - 2);
        out[n - 2] = 0;
    }
}

// F phi and F G phi that were never reached.
static void print_missed(DdText* t, const DdStl* f, const DdJudgement* j)
{
    const DdStlNode* top = &f->node[f->root];
    const DdStlNode* in = &f->node[top->a];
    bool hold = in->op == DD_OP_ALWAYS;
    char inner[200];
    text_of(f, hold ? in->a : top->a, inner, sizeof inner);
    dd_text_add(t, "%s was never ", inner);
    if (hold && isfinite(in->to)) {
        dd_text_add(t, "held for %g s", in->to - in->from);
    } else {
        dd_text_str(t, hold ? "held until the end" : "reached");
    }
    if (isfinite(top->to) && top->from > 0) {
        dd_text_add(t, " between %g s and %g s", top->from, top->to);
    } else if (isfinite(top->to)) {
        dd_text_add(t, " within %g s", top->to);
    } else if (top->from > 0) {
        dd_text_add(t, " after %g s", top->from);
    }
    add_closest(t, j, "closest", strcmp(inner, j->signal) != 0);
}

static void print_violated(DdText* t, const DdStl* f, const DdJudgement* j)
{
    char whole[200];
    text_of(f, f->root, whole, sizeof whole);
    if (f->node[f->root].op == DD_OP_EVENTUALLY) {
        print_missed(t, f, j);
    } else if (j->at_s >= 0 && !isnan(j->value)) {
        char value[64];
        print_value(j, j->value, value);
        dd_text_add(t, "violated at %.2f s: %s, value %s", j->time_s, j->signal, value);
        if (fabs(j->at_s - j->time_s) > 0.005) {
            dd_text_add(t, " at %.2f s", j->at_s);
        }
    } else {
        dd_text_add(t, "violated at %.2f s: %s", j->time_s, whole);
    }
}

void dd_judgement_print(const DdStl* f, const DdJudgement* j, const char* name, bool must_occur,
                        double end_s, char* out, size_t size)
{
    DdText t = {0};
    char whole[200];
    text_of(f, f->root, whole, sizeof whole);
    dd_text_add(&t, "%s: ", name);
    size_t nothing = t.size;
    switch (j->verdict) {
    case DD_HOLDS:
        break;
    case DD_VIOLATED:
        print_violated(&t, f, j);
        break;
    case DD_UNDECIDED: {
        char value[64] = "";
        print_value(j, j->value, value);
        dd_text_add(&t, "holds only by equality, which leaves no margin: %s",
                    *j->signal ? j->signal : whole);
        if (j->at_s >= 0) {
            dd_text_add(&t, ", value %s at %.2f s", value, j->at_s);
        }
        break;
    }
    case DD_INCONCLUSIVE:
        if (isnan(j->value) && *j->signal) {
            dd_text_add(&t, "could not be judged: %s had no value at %.2f s", j->signal, j->at_s);
        } else {
            dd_text_add(&t, "the episode ended at %.2f s, before %s could be decided", end_s,
                        whole);
            add_closest(&t, j, "so far", true);
        }
        break;
    case DD_NOT_EVALUATED:
        if (must_occur) {
            dd_text_add(&t, "never exercised, though it must occur: %s", whole);
        }
        break;
    }
    snprintf(out, size, "%s", t.size > nothing && t.data ? t.data : "");
    dd_text_free(&t);
}
