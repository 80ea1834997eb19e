// Shapes: boxes, bars and letters as triangles with normals and texture coordinates.
#include "sim/world/shapes.h"

#include <string.h>

void dd_shape_free(DdShape* s)
{
    free(s->vertex);
    free(s->normal);
    free(s->texcoord);
    free(s->face);
    free(s);
}

static void* grown(void* array, int n, size_t size)
{
    array = realloc(array, (size_t)n * size);
    DD_ASSERT(array);
    return array;
}

static int add_vertex(DdShape* s, const double p[3], const double normal[3], double u, double v)
{
    if (s->nvertex == s->vertex_capacity) {
        s->vertex_capacity = s->vertex_capacity ? 2 * s->vertex_capacity : 256;
        s->vertex = grown(s->vertex, s->vertex_capacity, 3 * sizeof(float));
        s->normal = grown(s->normal, s->vertex_capacity, 3 * sizeof(float));
        s->texcoord = grown(s->texcoord, s->vertex_capacity, 2 * sizeof(float));
    }
    for (int i = 0; i < 3; i++) {
        s->vertex[3 * s->nvertex + i] = (float)p[i];
        s->normal[3 * s->nvertex + i] = (float)normal[i];
    }
    s->texcoord[2 * s->nvertex] = (float)u;
    s->texcoord[2 * s->nvertex + 1] = (float)v;
    return s->nvertex++;
}

static void add_face(DdShape* s, int a, int b, int c)
{
    if (s->nface == s->face_capacity) {
        s->face_capacity = s->face_capacity ? 2 * s->face_capacity : 256;
        s->face = grown(s->face, s->face_capacity, 3 * sizeof(int));
    }
    s->face[3 * s->nface] = a;
    s->face[3 * s->nface + 1] = b;
    s->face[3 * s->nface + 2] = c;
    s->nface++;
}

static void cross(double out[3], const double a[3], const double b[3])
{
    out[0] = a[1] * b[2] - a[2] * b[1];
    out[1] = a[2] * b[0] - a[0] * b[2];
    out[2] = a[0] * b[1] - a[1] * b[0];
}

// A rectangle seen from outside: its middle, half of its width and half of its height as vectors.
// The texture's v runs downwards.
static void add_quad(DdShape* s, const double middle[3], const double right[3], const double up[3])
{
    double normal[3], width = 2 * dd_norm3(right), height = 2 * dd_norm3(up);
    double u = s->tile[0] > 0 ? width / s->tile[0] : 1;
    double v = s->tile[1] > 0 ? height / s->tile[1] : 1;
    int corner[4];

    cross(normal, right, up);
    double length = dd_norm3(normal);
    for (int i = 0; i < 3; i++) {
        normal[i] /= length;
    }
    for (int k = 0; k < 4; k++) {
        bool east = k == 1 || k == 2, north = k >= 2;
        double p[3];
        for (int i = 0; i < 3; i++) {
            p[i] = middle[i] + (east ? right[i] : -right[i]) + (north ? up[i] : -up[i]);
        }
        corner[k] = add_vertex(s, p, normal, east ? u : 0, north ? 0 : v);
    }
    add_face(s, corner[0], corner[1], corner[2]);
    add_face(s, corner[0], corner[2], corner[3]);
}

void dd_shape_tile(DdShape* s, double u, double v)
{
    s->tile[0] = u;
    s->tile[1] = v;
}

void dd_shape_box(DdShape* s, double x, double y, double z, double hx, double hy, double hz)
{
    dd_shape_box_turned(s, x, y, z, hx, hy, hz, 0, 0, 0);
}

void dd_shape_box_turned(DdShape* s, double x, double y, double z, double hx, double hy, double hz,
                         double roll, double pitch, double yaw)
{
    // per face: the axis it looks along, its right and its up, with signs
    static const struct {
        int axis, right, up;
        double out, sign;
    } k_faces[] = {
        {0, 1, 2, 1, 1},  {0, 1, 2, -1, -1}, {1, 0, 2, 1, -1},
        {1, 0, 2, -1, 1}, {2, 0, 1, 1, 1},   {2, 0, 1, -1, -1},
    };
    const double half[3] = {hx, hy, hz};
    double q[4];

    dd_quat_from_rpy(q, roll, pitch, yaw);
    for (size_t i = 0; i < sizeof k_faces / sizeof *k_faces; i++) {
        double out[3] = {0, 0, 0}, right[3] = {0, 0, 0}, up[3] = {0, 0, 0};
        out[k_faces[i].axis] = k_faces[i].out * half[k_faces[i].axis];
        right[k_faces[i].right] = k_faces[i].sign * half[k_faces[i].right];
        up[k_faces[i].up] = half[k_faces[i].up];
        dd_quat_rotate(out, q, out);
        dd_quat_rotate(right, q, right);
        dd_quat_rotate(up, q, up);
        const double middle[3] = {x + out[0], y + out[1], z + out[2]};
        add_quad(s, middle, right, up);
    }
}

void dd_shape_sheet(DdShape* s, double x, double z, double hx, double hz)
{
    const double middle[3] = {x, 0, z}, up[3] = {0, 0, hz};
    const double right[3] = {hx, 0, 0}, left[3] = {-hx, 0, 0};

    add_quad(s, middle, right, up);
    add_quad(s, middle, left, up);
}

void dd_shape_bar(DdShape* s, const double a[3], const double b[3], double radius, int sides)
{
    double axis[3] = {b[0] - a[0], b[1] - a[1], b[2] - a[2]};
    double length = dd_norm3(axis), side[3], other[3];

    if (length <= 0) {
        return;
    }
    for (int i = 0; i < 3; i++) {
        axis[i] /= length;
    }
    const double helper[3] = {fabs(axis[2]) < 0.9 ? 0 : 1, 0, fabs(axis[2]) < 0.9 ? 1 : 0};
    cross(side, helper, axis);
    double norm = dd_norm3(side);
    for (int i = 0; i < 3; i++) {
        side[i] /= norm;
    }
    cross(other, axis, side);
    const double inward[3] = {-axis[0], -axis[1], -axis[2]};
    int start = add_vertex(s, a, inward, 0.5, 0.5), end = add_vertex(s, b, axis, 0.5, 0.5);
    int before[4] = {0};
    for (int k = 0; k <= sides; k++) {
        double angle = 2 * DD_PI * k / sides, u = (double)k / sides;
        double out[3], p[3], q[3];
        int now[4];
        for (int i = 0; i < 3; i++) {
            out[i] = cos(angle) * side[i] + sin(angle) * other[i];
            p[i] = a[i] + radius * out[i];
            q[i] = b[i] + radius * out[i];
        }
        now[0] = add_vertex(s, p, out, u, 1);
        now[1] = add_vertex(s, q, out, u, 0);
        now[2] = add_vertex(s, p, inward, 0.5 + 0.5 * cos(angle), 0.5 + 0.5 * sin(angle));
        now[3] = add_vertex(s, q, axis, 0.5 + 0.5 * cos(angle), 0.5 + 0.5 * sin(angle));
        if (k > 0) {
            add_face(s, before[0], now[0], now[1]);
            add_face(s, before[0], now[1], before[1]);
            add_face(s, start, now[2], before[2]);
            add_face(s, end, before[3], now[3]);
        }
        memcpy(before, now, sizeof before);
    }
}

void dd_shape_ball(DdShape* s, const double middle[3], const double half[3])
{
    enum { k_across = 12, k_up = 7 };
    int first = s->nvertex;

    for (int i = 0; i <= k_up; i++) {
        double height = DD_PI * (i / (double)k_up - 0.5);
        for (int k = 0; k <= k_across; k++) {
            double around = 2 * DD_PI * k / k_across;
            double n[3] = {cos(height) * cos(around), cos(height) * sin(around), sin(height)};
            double p[3], normal[3];
            for (int a = 0; a < 3; a++) {
                p[a] = middle[a] + half[a] * n[a];
                normal[a] = n[a] / half[a];
            }
            double length = dd_norm3(normal);
            for (int a = 0; a < 3; a++) {
                normal[a] /= length;
            }
            add_vertex(s, p, normal, (double)k / k_across, 1 - (double)i / k_up);
        }
    }
    for (int i = 0; i < k_up; i++) {
        for (int k = 0; k < k_across; k++) {
            int a = first + i * (k_across + 1) + k, b = a + k_across + 1;
            if (i > 0) {
                add_face(s, a, a + 1, b + 1);
            }
            if (i + 1 < k_up) {
                add_face(s, a, b + 1, b);
            }
        }
    }
}

void dd_shape_capsule(DdShape* s, const double a[3], const double b[3], double radius)
{
    const double half[3] = {radius, radius, radius};

    dd_shape_bar(s, a, b, radius, 10);
    dd_shape_ball(s, a, half);
    dd_shape_ball(s, b, half);
}

// letters of 5 x 7 dots, a row each, the left dot in bit 4
static const unsigned char k_letters[][7] = {
    {14, 17, 19, 21, 25, 17, 14}, {4, 12, 4, 4, 4, 4, 14},      {14, 17, 1, 2, 4, 8, 31},
    {31, 2, 4, 2, 1, 17, 14},     {2, 6, 10, 18, 31, 2, 2},     {31, 16, 30, 1, 1, 17, 14},
    {6, 8, 16, 30, 17, 17, 14},   {31, 1, 2, 4, 8, 8, 8},       {14, 17, 17, 14, 17, 17, 14},
    {14, 17, 17, 15, 1, 2, 12},   {14, 17, 17, 31, 17, 17, 17}, {30, 17, 17, 30, 17, 17, 30},
    {14, 17, 16, 16, 16, 17, 14}, {28, 18, 17, 17, 17, 18, 28}, {31, 16, 16, 30, 16, 16, 31},
    {31, 16, 16, 30, 16, 16, 16}, {14, 17, 16, 23, 17, 17, 15}, {17, 17, 17, 31, 17, 17, 17},
    {14, 4, 4, 4, 4, 4, 14},      {7, 2, 2, 2, 2, 18, 12},      {17, 18, 20, 24, 20, 18, 17},
    {16, 16, 16, 16, 16, 16, 31}, {17, 27, 21, 21, 17, 17, 17}, {17, 17, 25, 21, 19, 17, 17},
    {14, 17, 17, 17, 17, 17, 14}, {30, 17, 17, 30, 16, 16, 16}, {14, 17, 17, 17, 21, 18, 13},
    {30, 17, 17, 30, 20, 18, 17}, {15, 16, 16, 14, 1, 1, 30},   {31, 4, 4, 4, 4, 4, 4},
    {17, 17, 17, 17, 17, 17, 14}, {17, 17, 17, 17, 17, 10, 4},  {17, 17, 17, 21, 21, 21, 10},
    {17, 17, 10, 4, 10, 17, 17},  {17, 17, 17, 10, 4, 4, 4},    {31, 1, 2, 4, 8, 16, 31},
    {0, 0, 0, 31, 0, 0, 0},
};

static const unsigned char* letter(char c)
{
    if (c >= '0' && c <= '9') {
        return k_letters[c - '0'];
    }
    if (c >= 'A' && c <= 'Z') {
        return k_letters[10 + c - 'A'];
    }
    return c == '-' ? k_letters[36] : NULL;
}

typedef struct DdText5 { // where a letter's dots lie
    DdShape* shape;
    double corner[3]; // upper left of the text
    const double *along, *up;
    double dot; // m
} DdText5;

// a rectangle of dots, from (x, y) to before (x + w, y + h), y downwards
static void add_dots(const DdText5* t, int x, int y, int w, int h)
{
    double middle[3], right[3], high[3];

    for (int i = 0; i < 3; i++) {
        middle[i] =
            t->corner[i] + t->dot * ((x + 0.5 * w) * t->along[i] - (y + 0.5 * h) * t->up[i]);
        right[i] = 0.5 * t->dot * w * t->along[i];
        high[i] = 0.5 * t->dot * h * t->up[i];
    }
    add_quad(t->shape, middle, right, high);
}

// Covers a letter by few rectangles: from each dot left over, down first or along first. Returns
// how many; draws them when `t` is not NULL.
static int cover(const unsigned char rows[7], bool down_first, const DdText5* t, int left)
{
    unsigned char open[7];
    int n = 0;

    memcpy(open, rows, sizeof open);
    for (int y = 0; y < 7; y++) {
        for (int x = 0; x < 5; x++) {
            if (!(open[y] >> (4 - x) & 1)) {
                continue;
            }
            int w = 1, h = 1;
            while (down_first && y + h < 7 && (open[y + h] >> (4 - x) & 1)) {
                h++;
            }
            while (!down_first && x + w < 5 && (open[y] >> (4 - x - w) & 1)) {
                w++;
            }
            for (int i = y; i < y + h; i++) {
                for (int k = x; k < x + w; k++) {
                    open[i] = (unsigned char)(open[i] & ~(1 << (4 - k)));
                }
            }
            if (t) {
                add_dots(t, left + x, y, w, h);
            }
            n++;
        }
    }
    return n;
}

void dd_shape_text(DdShape* s, const char* text, const double at[3], const double along[3],
                   const double up[3], double height)
{
    DdText5 t = {.shape = s, .along = along, .up = up, .dot = height / 7};
    int n = (int)strlen(text);

    for (int i = 0; i < 3; i++) {
        t.corner[i] = at[i] - 0.5 * t.dot * (6 * n - 1) * along[i] + 0.5 * height * up[i];
    }
    for (int k = 0; k < n; k++) {
        const unsigned char* rows = letter(text[k]);
        if (rows) {
            bool down = cover(rows, true, NULL, 0) < cover(rows, false, NULL, 0);
            cover(rows, down, &t, 6 * k);
        }
    }
}
