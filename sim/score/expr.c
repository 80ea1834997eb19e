// Numeric expressions on a row, and questions about a formula's tree.
#include <ctype.h>
#include <math.h>
#include <string.h>

#include "sim/score/stl_tree.h"

bool dd_stl_op_is_number(DdStlOp op)
{
    return op <= DD_OP_MAX;
}

double dd_stl_number(const DdStl* f, int i, const double* row)
{
    const DdStlNode* n = &f->node[i];
    double a = n->a >= 0 ? dd_stl_number(f, n->a, row) : 0;
    double b = n->b >= 0 ? dd_stl_number(f, n->b, row) : 0;
    switch (n->op) {
    case DD_OP_NUMBER:
        return n->value;
    case DD_OP_SIGNAL:
        return n->value == 1 ? row[n->column] : row[n->column] * n->value;
    case DD_OP_ADD:
        return a + b;
    case DD_OP_SUB:
        return a - b;
    case DD_OP_MUL:
        return a * b;
    case DD_OP_DIV:
        return a / b;
    case DD_OP_NEG:
        return -a;
    case DD_OP_ABS:
        return fabs(a);
    // a NaN stays one: what is not known must not be hidden by the other side
    case DD_OP_MIN:
        return isnan(a) || isnan(b) ? NAN : a < b ? a : b;
    case DD_OP_MAX:
        return isnan(a) || isnan(b) ? NAN : a > b ? a : b;
    default:
        DD_ASSERT(!"a number was expected");
        return NAN;
    }
}

void dd_stl_node_text(const DdStl* f, int i, char* out, size_t size)
{
    int begin = f->node[i].begin, end = f->node[i].end;
    while (begin < end && isspace((unsigned char)f->text[begin])) {
        begin++;
    }
    while (end > begin && isspace((unsigned char)f->text[end - 1])) {
        end--;
    }
    int n = end - begin;
    if (n < (int)size) {
        snprintf(out, size, "%.*s", n, f->text + begin);
        return;
    }
    // cut between characters
    n = (int)size - 4;
    while (n > 0 && ((unsigned char)f->text[begin + n] & 0xC0) == 0x80) {
        n--;
    }
    snprintf(out, size, "%.*s...", n, f->text + begin);
}

static double horizon(const DdStl* f, int i)
{
    const DdStlNode* n = &f->node[i];
    double a = n->a >= 0 ? horizon(f, n->a) : 0;
    double b = n->b >= 0 ? horizon(f, n->b) : 0;
    double future =
        n->op == DD_OP_ALWAYS || n->op == DD_OP_EVENTUALLY || n->op == DD_OP_UNTIL ? n->to : 0;
    return (a > b ? a : b) + future;
}

double dd_stl_horizon(const DdStl* f)
{
    return horizon(f, f->root);
}

bool dd_stl_is_state(const DdStl* f)
{
    for (int i = 0; i < f->n; i++) {
        DdStlOp op = f->node[i].op;
        if (op == DD_OP_ALWAYS || op == DD_OP_EVENTUALLY || op == DD_OP_UNTIL) {
            return false;
        }
    }
    return true;
}

DdExpr* dd_expr_parse_signals(const char* text, const char* what, const DdSignals* signals,
                              const char** unit, DdError* err)
{
    DdStl* tree = dd_stl_tree_parse(text, what, signals, err);
    if (!tree) {
        return NULL;
    }
    if (!dd_stl_op_is_number(tree->node[tree->root].op)) {
        dd_fail(err, DD_ERROR_SCRIPT, "%s: a number is needed, '%s' is a condition", what, text);
        dd_stl_destroy(tree);
        return NULL;
    }
    DdExpr* e = calloc(1, sizeof *e);
    if (!e) {
        dd_fail(err, DD_ERROR_MEMORY, "%s: no memory for its tree", what);
        dd_stl_destroy(tree);
        return NULL;
    }
    e->tree = tree;
    dd_dim_print(tree->node[tree->root].dim, e->unit);
    if (unit) {
        *unit = e->unit;
    }
    return e;
}

DdExpr* dd_expr_parse(const char* text, const char* what, DdSignalResolve resolve, void* user,
                      const char** unit, DdError* err)
{
    DdSignals signals = {.resolve = resolve, .user = user};
    return dd_expr_parse_signals(text, what, &signals, unit, err);
}

void dd_expr_destroy(DdExpr* e)
{
    if (e) {
        dd_stl_destroy(e->tree);
        free(e);
    }
}

double dd_expr_value(const DdExpr* e, const double* row)
{
    return dd_stl_number(e->tree, e->tree->root, row);
}
