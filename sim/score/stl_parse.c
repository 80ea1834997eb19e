// Parser of requirements and expressions: one pass, typed by what each part is, errors that point
// into the text.
#include <math.h>
#include <string.h>

#include "sim/score/stl_lex.h"

static int parse_formula(Parser* p);
static int parse_sum(Parser* p);

static bool at_symbol(const Parser* p, Symbol s)
{
    return !p->failed && p->token.kind == TOKEN_SYMBOL && p->token.symbol == s;
}

static bool accept(Parser* p, Symbol s)
{
    if (!at_symbol(p, s)) {
        return false;
    }
    dd_stl_next(p);
    return true;
}

// What stands at the current token, for errors.
static void found(const Parser* p, char out[64])
{
    const Token* t = &p->token;
    if (t->kind == TOKEN_END) {
        snprintf(out, 64, "the end of the text");
    } else {
        int n = t->end - t->begin;
        snprintf(out, 64, "'%.*s'", n > 40 ? 40 : n, p->text + t->begin);
    }
}

static int add(Parser* p, DdStlOp op, int a, int b, int begin)
{
    if (p->failed) {
        return -1;
    }
    if (p->f->n == DD_STL_NODES_MAX) {
        return dd_stl_fail(p, begin, "more than %d parts", DD_STL_NODES_MAX);
    }
    p->f->node[p->f->n] =
        (DdStlNode){.op = op, .a = a, .b = b, .to = INFINITY, .begin = begin, .end = p->last};
    return p->f->n++;
}

static const char* unit_text(const DdStlNode* n, char out[DD_DIM_TEXT_MAX + 8])
{
    char dim[DD_DIM_TEXT_MAX];
    dd_dim_print(n->dim, dim);
    const char* name = n->unit && dd_dim_equal(n->unit->dim, n->dim) ? n->unit->name : dim;
    snprintf(out, DD_DIM_TEXT_MAX + 8, *name ? "is in %s" : "has no unit", name);
    return out;
}

// Both sides of a sum or comparison must have one dimension; a literal 0 has any.
static bool agree(Parser* p, int a, int b, int at)
{
    if (p->failed) {
        return false;
    }
    DdStlNode* x = &p->f->node[a];
    DdStlNode* y = &p->f->node[b];
    if (x->zero && !y->zero) {
        x->dim = y->dim;
    } else if (y->zero && !x->zero) {
        y->dim = x->dim;
    }
    if (dd_dim_equal(x->dim, y->dim)) {
        return true;
    }
    char left[80], right[80], xu[DD_DIM_TEXT_MAX + 8], yu[DD_DIM_TEXT_MAX + 8];
    dd_stl_node_text(p->f, a, left, sizeof left);
    dd_stl_node_text(p->f, b, right, sizeof right);
    dd_stl_fail(p, at, "%s %s, %s %s", left, unit_text(x, xu), right, unit_text(y, yu));
    return false;
}

static bool number(Parser* p, int i, const char* where)
{
    if (p->failed) {
        return false;
    }
    if (!dd_stl_op_is_number(p->f->node[i].op)) {
        dd_stl_fail(p, p->f->node[i].begin, "%s needs a number, this is a condition", where);
        return false;
    }
    return true;
}

// A condition, or a flag: a signal without unit, which holds above one half.
static int truth(Parser* p, int i, const char* where)
{
    if (p->failed) {
        return -1;
    }
    DdStlNode n = p->f->node[i];
    if (!dd_stl_op_is_number(n.op)) {
        return i;
    }
    if (n.op != DD_OP_SIGNAL || !dd_dim_none(n.dim)) {
        char text[80];
        dd_stl_node_text(p->f, i, text, sizeof text);
        return dd_stl_fail(p, n.begin,
                           "%s needs a condition; %s is a number: compare it with <= or >=", where,
                           text);
    }
    int half = add(p, DD_OP_NUMBER, -1, -1, n.begin);
    int flag = add(p, DD_OP_GREATER, i, half, n.begin);
    if (flag >= 0) {
        p->f->node[half].value = 0.5;
        p->f->node[half].end = n.begin;
        p->f->node[flag].end = n.end;
    }
    return flag;
}

static bool enter(Parser* p)
{
    if (p->failed) {
        return false;
    }
    if (++p->depth > DD_STL_DEPTH_MAX) {
        dd_stl_fail(p, p->token.begin, "nested more than %d deep", DD_STL_DEPTH_MAX);
        return false;
    }
    return true;
}

static bool expect(Parser* p, Symbol s, const char* what)
{
    if (p->failed) {
        return false;
    }
    if (!accept(p, s)) {
        char text[64];
        found(p, text);
        dd_stl_fail(p, p->token.begin, "expected %s, found %s", what, text);
        return false;
    }
    return !p->failed;
}

// --- numbers ---

static int parse_signal(Parser* p)
{
    Token t = p->token;
    int quote = t.kind == TOKEN_QUOTED;
    char name[DD_NAME_MAX * 2];
    int n = t.end - t.begin - 2 * quote;
    if (n >= (int)sizeof name) {
        return dd_stl_fail(p, t.begin, "a name of %d characters is too long", n);
    }
    memcpy(name, p->text + t.begin + quote, (size_t)n);
    name[n] = 0;

    int column = 0;
    const char* unit = "";
    if (!p->signals || !p->signals->resolve(p->signals->user, name, &column, &unit)) {
        const char* near =
            p->signals && p->signals->suggest ? p->signals->suggest(p->signals->user, name) : NULL;
        return dd_stl_fail(p, t.begin,
                           near ? "unknown signal '%s', did you mean '%s'?" : "unknown signal '%s'",
                           name, near);
    }
    const DdUnit* known = dd_unit_find(unit ? unit : "");
    if (!known) {
        return dd_stl_fail(
            p, t.begin, "signal '%s' is in '%s', a unit that requirements do not know", name, unit);
    }
    dd_stl_next(p);
    int i = add(p, DD_OP_SIGNAL, -1, -1, t.begin);
    if (i >= 0) {
        p->f->node[i].column = column;
        p->f->node[i].value = known->si;
        p->f->node[i].dim = known->dim;
        p->f->node[i].unit = *known->name ? known : NULL;
    }
    return i;
}

// abs(x), min(x, y), max(x, y), rise(formula), fall(formula)
static int parse_call(Parser* p)
{
    Token t = p->token;
    bool is_min = dd_stl_word_is(p, &t, "min"), is_max = dd_stl_word_is(p, &t, "max");
    bool edge = dd_stl_word_is(p, &t, "rise") || dd_stl_word_is(p, &t, "fall");
    char name[8];
    snprintf(name, sizeof name, "%.*s", t.end - t.begin, p->text + t.begin);
    dd_stl_next(p);
    if (!enter(p) || !expect(p, SYM_OPEN, "'(' after the function's name")) {
        return -1;
    }
    int a = parse_formula(p);
    int b = -1;
    if (edge) {
        a = truth(p, a, name);
    } else if (!number(p, a, name)) {
        return -1;
    }
    while (is_min || is_max) {
        if (b < 0 ? !expect(p, SYM_COMMA, "',' and a second number") : !accept(p, SYM_COMMA)) {
            break;
        }
        b = parse_sum(p);
        if (!number(p, b, name) || !agree(p, a, b, t.begin)) {
            return -1;
        }
        DdStlNode left = p->f->node[a], right = p->f->node[b];
        a = add(p, is_min ? DD_OP_MIN : DD_OP_MAX, a, b, t.begin);
        if (a < 0) {
            return -1;
        }
        p->f->node[a].dim = left.dim;
        p->f->node[a].unit = left.unit ? left.unit : right.unit;
    }
    if (!expect(p, SYM_CLOSE, "')'")) {
        return -1;
    }
    p->depth--;
    if (is_min || is_max) {
        p->f->node[a].end = p->last;
        return a;
    }
    int i = add(p, edge ? name[0] == 'r' ? DD_OP_RISE : DD_OP_FALL : DD_OP_ABS, a, -1, t.begin);
    if (i >= 0 && !edge) {
        p->f->node[i].dim = p->f->node[a].dim;
        p->f->node[i].unit = p->f->node[a].unit;
    }
    return i;
}

static int parse_primary(Parser* p)
{
    if (p->failed) {
        return -1;
    }
    Token t = p->token;
    if (t.kind == TOKEN_NUMBER) {
        dd_stl_next(p);
        int i = add(p, DD_OP_NUMBER, -1, -1, t.begin);
        if (i >= 0) {
            p->f->node[i].value = t.value;
            p->f->node[i].unit = t.unit;
            p->f->node[i].dim = t.unit ? t.unit->dim : (DdDim){{0}};
            p->f->node[i].zero = t.value == 0 && !t.unit;
        }
        return i;
    }
    if (t.kind == TOKEN_QUOTED) {
        return parse_signal(p);
    }
    if (dd_stl_word_is(p, &t, "true") || dd_stl_word_is(p, &t, "false")) {
        dd_stl_next(p);
        return add(p, dd_stl_word_is(p, &t, "true") ? DD_OP_TRUE : DD_OP_FALSE, -1, -1, t.begin);
    }
    if (dd_stl_word_is(p, &t, "abs") || dd_stl_word_is(p, &t, "min") ||
        dd_stl_word_is(p, &t, "max") || dd_stl_word_is(p, &t, "rise") ||
        dd_stl_word_is(p, &t, "fall")) {
        return parse_call(p);
    }
    if (t.kind == TOKEN_WORD && !dd_stl_is_keyword(p->text + t.begin, (size_t)(t.end - t.begin))) {
        return parse_signal(p);
    }
    if (at_symbol(p, SYM_OPEN)) {
        dd_stl_next(p);
        if (!enter(p)) {
            return -1;
        }
        int i = parse_formula(p);
        if (!expect(p, SYM_CLOSE, "')'")) {
            return -1;
        }
        p->depth--;
        p->f->node[i].begin = t.begin;
        p->f->node[i].end = p->last;
        return i;
    }
    if (at_symbol(p, SYM_BAR)) {
        dd_stl_next(p);
        if (!enter(p)) {
            return -1;
        }
        int a = parse_sum(p);
        if (!number(p, a, "|x|") || !expect(p, SYM_BAR, "'|'")) {
            return -1;
        }
        p->depth--;
        int i = add(p, DD_OP_ABS, a, -1, t.begin);
        if (i >= 0) {
            p->f->node[i].dim = p->f->node[a].dim;
            p->f->node[i].unit = p->f->node[a].unit;
        }
        return i;
    }
    char text[64];
    found(p, text);
    return dd_stl_fail(p, t.begin, "expected a signal, a number or a condition, found %s", text);
}

static int parse_factor(Parser* p)
{
    int begin = p->token.begin;
    if (!at_symbol(p, SYM_MINUS)) {
        return parse_primary(p);
    }
    dd_stl_next(p);
    if (!enter(p)) {
        return -1;
    }
    int a = parse_factor(p);
    p->depth--;
    if (!number(p, a, "a minus sign")) {
        return -1;
    }
    int i = add(p, DD_OP_NEG, a, -1, begin);
    if (i >= 0) {
        p->f->node[i].dim = p->f->node[a].dim;
        p->f->node[i].unit = p->f->node[a].unit;
        p->f->node[i].zero = p->f->node[a].zero;
    }
    return i;
}

static int parse_product(Parser* p)
{
    int a = parse_factor(p);
    while (at_symbol(p, SYM_TIMES) || at_symbol(p, SYM_OVER)) {
        bool times = p->token.symbol == SYM_TIMES;
        int at = p->token.begin;
        dd_stl_next(p);
        int b = parse_factor(p);
        if (!number(p, a, times ? "'*'" : "'/'") || !number(p, b, times ? "'*'" : "'/'")) {
            return -1;
        }
        DdStlNode x = p->f->node[a], y = p->f->node[b];
        DdDim dim;
        if (!dd_dim_mul(x.dim, y.dim, times ? 1 : -1, &dim)) {
            return dd_stl_fail(p, at, "the unit of this product has a power above 9");
        }
        a = add(p, times ? DD_OP_MUL : DD_OP_DIV, a, b, x.begin);
        if (a < 0) {
            return -1;
        }
        p->f->node[a].dim = dim;
        p->f->node[a].unit = dd_dim_none(y.dim)            ? x.unit
                             : times && dd_dim_none(x.dim) ? y.unit
                                                           : NULL;
    }
    return a;
}

static int parse_sum(Parser* p)
{
    int a = parse_product(p);
    while (at_symbol(p, SYM_PLUS) || at_symbol(p, SYM_MINUS)) {
        bool plus = p->token.symbol == SYM_PLUS;
        int at = p->token.begin;
        dd_stl_next(p);
        int b = parse_product(p);
        if (!number(p, a, plus ? "'+'" : "'-'") || !number(p, b, plus ? "'+'" : "'-'") ||
            !agree(p, a, b, at)) {
            return -1;
        }
        DdStlNode x = p->f->node[a], y = p->f->node[b];
        a = add(p, plus ? DD_OP_ADD : DD_OP_SUB, a, b, x.begin);
        if (a < 0) {
            return -1;
        }
        p->f->node[a].dim = x.dim;
        p->f->node[a].unit = x.unit ? x.unit : y.unit;
        p->f->node[a].zero = x.zero && y.zero;
    }
    return a;
}

static bool at_comparison(const Parser* p)
{
    return at_symbol(p, SYM_LE) || at_symbol(p, SYM_LT) || at_symbol(p, SYM_GE) ||
           at_symbol(p, SYM_GT);
}

static int parse_comparison(Parser* p)
{
    int a = parse_sum(p);
    if (!at_comparison(p)) {
        return a;
    }
    bool less = p->token.symbol == SYM_LE || p->token.symbol == SYM_LT;
    int at = p->token.begin;
    dd_stl_next(p);
    int b = parse_sum(p);
    if (!number(p, a, "a comparison") || !number(p, b, "a comparison") || !agree(p, a, b, at)) {
        return -1;
    }
    if (at_comparison(p)) {
        return dd_stl_fail(p, p->token.begin, "comparisons do not chain: write a <= b and b <= c");
    }
    DdStlNode x = p->f->node[a], y = p->f->node[b];
    int i = add(p, less ? DD_OP_LESS : DD_OP_GREATER, a, b, x.begin);
    if (i >= 0) {
        // print it again in the unit of the literal, as the user thinks of it
        p->f->node[i].unit = y.op == DD_OP_NUMBER && y.unit   ? y.unit
                             : x.op == DD_OP_NUMBER && x.unit ? x.unit
                             : y.unit                         ? y.unit
                                                              : x.unit;
        p->f->node[i].dim = x.dim;
    }
    return i;
}

// --- conditions ---

static bool parse_bound(Parser* p, double* s, bool* bare)
{
    Token t = p->token;
    *bare = false;
    if (at_symbol(p, SYM_MINUS)) {
        dd_stl_fail(p, t.begin, "a bound must not be negative");
        return false;
    }
    if (dd_stl_word_is(p, &t, "inf") || dd_stl_word_is(p, &t, "end")) {
        *s = INFINITY;
        dd_stl_next(p);
        return !p->failed;
    }
    if (t.kind != TOKEN_NUMBER) {
        char text[64];
        found(p, text);
        dd_stl_fail(p, t.begin, "expected a bound in seconds, found %s", text);
        return false;
    }
    if (t.unit && !dd_dim_equal(t.unit->dim, (DdDim){{0, 0, 1, 0, 0, 0}})) {
        dd_stl_fail(p, t.begin, "a bound is a time, this is in %s", t.unit->name);
        return false;
    }
    *s = t.value;
    *bare = !t.unit && t.value != 0;
    dd_stl_next(p);
    return !p->failed;
}

// [a,b]; without it 0 and infinity
static bool parse_bounds(Parser* p, double* from, double* to)
{
    *from = 0;
    *to = INFINITY;
    if (!at_symbol(p, SYM_BRACKET)) {
        return !p->failed;
    }
    int at = p->token.begin;
    dd_stl_next(p);
    bool bare_from, bare_to;
    Token first = p->token;
    if (!parse_bound(p, from, &bare_from) || !expect(p, SYM_COMMA, "',' between the bounds")) {
        return false;
    }
    Token second = p->token;
    if (!parse_bound(p, to, &bare_to) || !expect(p, SYM_UNBRACKET, "']'")) {
        return false;
    }
    if (bare_from && second.unit && second.unit->si != 1) {
        dd_stl_fail(p, first.begin, "which unit has the first bound? Write [%.*s %s, %.*s]",
                    first.end - first.begin, p->text + first.begin, second.unit->name,
                    second.end - second.begin, p->text + second.begin);
        return false;
    }
    if (!isfinite(*from)) {
        dd_stl_fail(p, first.begin, "the first bound must be a time");
        return false;
    }
    if (*to < *from) {
        dd_stl_fail(p, at, "the second bound, %g s, is before the first, %g s", *to, *from);
        return false;
    }
    return true;
}

static int parse_unary(Parser* p)
{
    if (p->failed) {
        return -1;
    }
    static const struct {
        const char* word;
        DdStlOp op;
    } k_ops[] = {
        {"G", DD_OP_ALWAYS},
        {"F", DD_OP_EVENTUALLY},
        {"H", DD_OP_HISTORICALLY},
        {"O", DD_OP_ONCE},
    };
    Token t = p->token;
    if (dd_stl_word_is(p, &t, "not") || at_symbol(p, SYM_NOT)) {
        dd_stl_next(p);
        if (!enter(p)) {
            return -1;
        }
        int a = truth(p, parse_unary(p), "not");
        p->depth--;
        return add(p, DD_OP_NOT, a, -1, t.begin);
    }
    for (size_t k = 0; k < sizeof k_ops / sizeof *k_ops; k++) {
        if (dd_stl_word_is(p, &t, k_ops[k].word)) {
            double from, to;
            dd_stl_next(p);
            if (!enter(p) || !parse_bounds(p, &from, &to)) {
                return -1;
            }
            int a = truth(p, parse_unary(p), k_ops[k].word);
            p->depth--;
            int i = add(p, k_ops[k].op, a, -1, t.begin);
            if (i >= 0) {
                p->f->node[i].from = from;
                p->f->node[i].to = to;
            }
            return i;
        }
    }
    return parse_comparison(p);
}

static bool at_word_or(const Parser* p, const char* word, Symbol s)
{
    return at_symbol(p, s) || (!p->failed && dd_stl_word_is(p, &p->token, word));
}

static int parse_and(Parser* p)
{
    int begin = p->token.begin;
    int a = parse_unary(p);
    while (at_word_or(p, "and", SYM_AND)) {
        dd_stl_next(p);
        a = truth(p, a, "and");
        int b = truth(p, parse_unary(p), "and");
        a = add(p, DD_OP_AND, a, b, begin);
    }
    return a;
}

static int parse_or(Parser* p)
{
    int begin = p->token.begin;
    int a = parse_and(p);
    while (at_word_or(p, "or", SYM_OR)) {
        dd_stl_next(p);
        a = truth(p, a, "or");
        int b = truth(p, parse_and(p), "or");
        a = add(p, DD_OP_OR, a, b, begin);
    }
    return a;
}

static int parse_formula(Parser* p)
{
    if (!enter(p)) {
        return -1;
    }
    int begin = p->token.begin;
    int a = parse_or(p);
    bool until = !p->failed && dd_stl_word_is(p, &p->token, "U");
    bool since = !p->failed && dd_stl_word_is(p, &p->token, "S");
    if (until || since) {
        double from, to;
        dd_stl_next(p);
        if (!parse_bounds(p, &from, &to)) {
            return -1;
        }
        a = truth(p, a, until ? "U" : "S");
        int b = truth(p, parse_or(p), until ? "U" : "S");
        a = add(p, until ? DD_OP_UNTIL : DD_OP_SINCE, a, b, begin);
        if (a >= 0) {
            p->f->node[a].from = from;
            p->f->node[a].to = to;
        }
        if (!p->failed &&
            (dd_stl_word_is(p, &p->token, "U") || dd_stl_word_is(p, &p->token, "S"))) {
            return dd_stl_fail(p, p->token.begin, "U and S do not chain: set parentheses");
        }
    }
    if (at_symbol(p, SYM_ARROW)) {
        dd_stl_next(p);
        a = truth(p, a, "->");
        int b = truth(p, parse_formula(p), "->");
        a = add(p, DD_OP_IMPLIES, a, b, begin);
    }
    p->depth--;
    return a;
}

DdStl* dd_stl_tree_parse(const char* text, const char* what, const DdSignals* signals, DdError* err)
{
    size_t size = strlen(text);
    if (size > DD_STL_TEXT_MAX) {
        dd_fail(err, DD_ERROR_SCRIPT, "%s: a text of %zu bytes, at most %d are read", what, size,
                DD_STL_TEXT_MAX);
        return NULL;
    }
    DdStl* f = dd_arena_alloc(sizeof *f);
    if (f) {
        f->text = dd_arena_alloc(size + 1);
        f->node = dd_arena_alloc(DD_STL_NODES_MAX * sizeof *f->node);
    }
    if (!f || !f->text || !f->node) {
        dd_stl_destroy(f);
        dd_fail(err, DD_ERROR_MEMORY, "%s: no memory for its tree", what);
        return NULL;
    }
    memcpy(f->text, text, size + 1);
    snprintf(f->what, sizeof f->what, "%s", what);

    Parser p = {.text = f->text, .signals = signals, .f = f, .err = err};
    dd_stl_next(&p);
    if (!p.failed && p.token.kind == TOKEN_END) {
        dd_stl_fail(&p, 0, "the text is empty");
    }
    f->root = parse_formula(&p);
    if (!p.failed && p.token.kind != TOKEN_END) {
        char text_found[64];
        found(&p, text_found);
        dd_stl_fail(&p, p.token.begin, "%s is not expected here", text_found);
    }
    if (p.failed) {
        dd_stl_destroy(f);
        return NULL;
    }
    DdStlNode* tight = dd_arena_resize(f->node, (size_t)f->n * sizeof *f->node);
    f->node = tight ? tight : f->node;
    return f;
}

DdStl* dd_stl_parse_signals(const char* text, const char* what, const DdSignals* signals,
                            DdError* err)
{
    DdStl* f = dd_stl_tree_parse(text, what, signals, err);
    if (!f) {
        return NULL;
    }
    Parser p = {.text = f->text, .last = (int)strlen(f->text), .f = f, .err = err};
    // truth() may add the two nodes of a flag
    DdStlNode* room = dd_arena_resize(f->node, (size_t)(f->n + 2) * sizeof *f->node);
    if (room) {
        f->node = room;
        f->root = truth(&p, f->root, "a requirement");
    } else {
        dd_fail(err, DD_ERROR_MEMORY, "%s: no memory for its tree", what);
    }
    if (!room || p.failed) {
        dd_stl_destroy(f);
        return NULL;
    }
    return f;
}

DdStl* dd_stl_parse(const char* text, const char* what, DdSignalResolve resolve, void* user,
                    DdError* err)
{
    DdSignals signals = {.resolve = resolve, .user = user};
    return dd_stl_parse_signals(text, what, &signals, err);
}

void dd_stl_destroy(DdStl* f)
{
    if (f) {
        // last first: an arena takes back its end only
        dd_arena_free(f->node);
        dd_arena_free(f->text);
        dd_arena_free(f);
    }
}
