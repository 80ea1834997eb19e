// The tree of a parsed requirement or expression: shared by the parser, the expressions and the
// monitor's compiler. Children come before their parents.
#pragma once

#include "sim/score/arena.h"
#include "sim/score/stl.h"
#include "sim/score/units.h"

typedef enum DdStlOp {
    // numbers
    DD_OP_NUMBER,
    DD_OP_SIGNAL,
    DD_OP_ADD,
    DD_OP_SUB,
    DD_OP_MUL,
    DD_OP_DIV,
    DD_OP_NEG,
    DD_OP_ABS,
    DD_OP_MIN,
    DD_OP_MAX,
    // truth values
    DD_OP_TRUE,
    DD_OP_FALSE,
    DD_OP_GREATER,
    DD_OP_LESS,
    DD_OP_NOT,
    DD_OP_AND,
    DD_OP_OR,
    DD_OP_IMPLIES,
    DD_OP_ALWAYS,
    DD_OP_EVENTUALLY,
    DD_OP_UNTIL,
    DD_OP_HISTORICALLY,
    DD_OP_ONCE,
    DD_OP_SINCE,
    DD_OP_RISE,
    DD_OP_FALL,
} DdStlOp;

typedef struct DdStlNode {
    DdStlOp op;
    int a, b;           // children, -1 = none
    double from, to;    // s, of a temporal operator; to = INFINITY without a bound
    double value;       // number in SI; signal: SI per unit of the column
    int column;         // signal
    DdDim dim;          // of a number
    const DdUnit* unit; // it was written in, or NULL: how to print the comparison again
    bool zero;          // the literal 0, which fits every dimension
    int begin, end;     // its text
} DdStlNode;

enum {
    DD_STL_TEXT_MAX = 8192, // bytes of a text
    DD_STL_NODES_MAX = 1024,
    DD_STL_DEPTH_MAX = 64, // parentheses and operators inside each other
};

struct DdStl {
    char* text;
    char what[DD_NAME_MAX + 32];
    int n;
    DdStlNode* node;
    int root;
};

struct DdExpr {
    DdStl* tree;
    char unit[DD_DIM_TEXT_MAX];
};

// Parses either kind; the root tells which it is.
DdStl* dd_stl_tree_parse(const char* text, const char* what, const DdSignals* signals,
                         DdError* err);
bool dd_stl_op_is_number(DdStlOp op);
// The number that node `i` has on a row.
double dd_stl_number(const DdStl* f, int i, const double* row);
// The node's text without outer blanks.
void dd_stl_node_text(const DdStl* f, int i, char* out, size_t size);
