// Boxes: visible and amodal boxes of a picture's objects, what hides them, and oriented boxes.
//
// The occlusion of an object is 1 - visible pixels / pixels of its own silhouette: those that show
// it when it is alone in the world with the floors (planes). A pixel that shows nothing, a floor,
// or something farther than any point of the object cannot belong to the silhouette unless it shows
// the object. That leaves the pixels of its amodal box that show other things: their rays are cast
// at the object alone, or, for a lens without rays, the objects are drawn again, many in a picture
// as long as their boxes do not meet.
#include <string.h>

#include "sim/sense/label_parts.h"

enum { k_margin_px = 2 }; // between objects that share a silhouette's picture

// one pass over the picture, by runs of one geom
static void count_pixels(DdLabels* l, const DdProjector* eye, const int* geom)
{
    const uint16_t* table = l->instance_of_geom + 1;

    memset(l->seen, 0, ((size_t)l->ninstance + 1) * sizeof *l->seen);
    for (int y = 0; y < eye->height; y++) {
        const int* row = geom + (size_t)y * (size_t)eye->width;
        for (int x = 0; x < eye->width;) {
            int g = row[x], begin = x;
            while (x < eye->width && row[x] == g) {
                x++;
            }
            DdSeen* seen = &l->seen[table[g]];
            if (seen->pixels == 0) {
                *seen = (DdSeen){.x0 = begin, .x1 = x, .y0 = y, .y1 = y};
            }
            seen->pixels += x - begin;
            seen->x0 = begin < seen->x0 ? begin : seen->x0;
            seen->x1 = x > seen->x1 ? x : seen->x1;
            seen->y1 = y + 1;
        }
    }
}

static void* grown(void* buffer, size_t* room, size_t n, size_t size)
{
    if (*room < n) {
        free(buffer);
        buffer = malloc(n * size);
        DD_ASSERT(buffer);
        *room = n;
    }
    return buffer;
}

// the k-th smallest, by Hoare's selection
static float nth(float* v, size_t n, size_t k)
{
    ptrdiff_t lo = 0, hi = (ptrdiff_t)n - 1;

    while (lo < hi) {
        float pivot = v[lo + (hi - lo) / 2];
        ptrdiff_t i = lo - 1, j = hi + 1;
        for (;;) {
            do {
                i++;
            } while (v[i] < pivot);
            do {
                j--;
            } while (v[j] > pivot);
            if (i >= j) {
                break;
            }
            float t = v[i];
            v[i] = v[j];
            v[j] = t;
        }
        // up to j nothing is above the pivot, beyond nothing below
        if ((ptrdiff_t)k <= j) {
            hi = j;
        } else {
            lo = j + 1;
        }
    }
    return v[lo];
}

// median depths of all instances, by one pass that sorts the picture's depths by instance
static void find_depths(DdLabels* l, const DdProjector* eye, const int* geom, const float* depth)
{
    const uint16_t* table = l->instance_of_geom + 1;
    size_t n = (size_t)eye->width * (size_t)eye->height;

    l->sorted = grown(l->sorted, &l->depth_room, n, sizeof *l->sorted);
    size_t at = 0;
    for (int i = 1; i <= l->ninstance; i++) {
        l->offset[i] = at;
        at += l->object[i] ? (size_t)l->seen[i].pixels : 0;
    }
    for (size_t p = 0; p < n; p++) {
        int i = table[geom[p]];
        if (l->object[i]) {
            l->sorted[l->offset[i]++] = depth[p];
        }
    }
    for (int i = 1; i <= l->ninstance; i++) {
        size_t count = (size_t)l->seen[i].pixels;
        if (l->object[i] && count > 0) {
            l->seen[i].depth = nth(l->sorted + l->offset[i] - count, count, count / 2);
        }
    }
}

static bool meets_picture(const DdProjector* eye, const DdOutline* o)
{
    return o->x1 > 0 && o->y1 > 0 && o->x0 < eye->width && o->y0 < eye->height;
}

// whole pixels that the outline may touch, inside the picture
static void find_pixels(const DdProjector* eye, DdOutline* o)
{
    o->pixels[0] = (int)dd_clamp(floor(o->x0) - k_margin_px, 0, eye->width);
    o->pixels[1] = (int)dd_clamp(floor(o->y0) - k_margin_px, 0, eye->height);
    o->pixels[2] = (int)dd_clamp(ceil(o->x1) + k_margin_px, 0, eye->width);
    o->pixels[3] = (int)dd_clamp(ceil(o->y1) + k_margin_px, 0, eye->height);
}

// does any pixel of its box show something that may stand before it?
static bool may_be_hidden(const DdLabels* l, const DdProjector* eye, const DdOutline* o,
                          const int* geom, const float* depth)
{
    for (int y = o->pixels[1]; y < o->pixels[3]; y++) {
        size_t row = (size_t)y * (size_t)eye->width;
        for (int x = o->pixels[0]; x < o->pixels[2]; x++) {
            if (dd_may_hide(l, o, geom[row + (size_t)x], depth ? depth[row + (size_t)x] : 0)) {
                return true;
            }
        }
    }
    return false;
}

static bool boxes_meet(const DdOutline* a, const DdOutline* b)
{
    const int *p = a->pixels, *q = b->pixels;

    return p[0] < q[2] && q[0] < p[2] && p[1] < q[3] && q[1] < p[3];
}

// does one before this candidate share its pass and meet its box?
static bool pass_is_taken(const DdLabels* l, int i)
{
    for (int k = 0; k < i; k++) {
        if (l->boxes[k].pass == l->boxes[i].pass && boxes_meet(&l->boxes[i], &l->boxes[k])) {
            return true;
        }
    }
    return false;
}

static bool show_alone(void* user, int geom)
{
    const DdLabels* l = user;

    return l->shown[l->instance_of_geom[geom + 1]] || l->m->geom_type[geom] == mjGEOM_PLANE;
}

static void count_in_pass(const DdLabels* l, const DdProjector* eye, DdOutline* o)
{
    int count = 0;

    for (int y = o->pixels[1]; y < o->pixels[3]; y++) {
        const int* row = l->alone + (size_t)y * (size_t)eye->width;
        for (int x = o->pixels[0]; x < o->pixels[2]; x++) {
            count += l->instance_of_geom[row[x] + 1] == o->instance;
        }
    }
    // what is seen belongs to the silhouette
    o->alone = count > o->alone ? count : o->alone;
}

// Silhouettes in pictures of their own: the first pass that fits takes a candidate.
static bool draw_alone(DdLabels* l, const DdProjector* eye, const int* geom, const float* depth,
                       int n)
{
    int passes = 0;

    for (int i = 0; i < n; i++) {
        DdOutline* o = &l->boxes[i];
        o->pass = -1;
        if (may_be_hidden(l, eye, o, geom, depth)) {
            o->pass = 0;
            while (pass_is_taken(l, i)) {
                o->pass++;
            }
            passes = o->pass + 1 > passes ? o->pass + 1 : passes;
        }
    }
    if (passes > 0) {
        l->alone =
            grown(l->alone, &l->room, (size_t)eye->width * (size_t)eye->height, sizeof *l->alone);
    }
    for (int pass = 0; pass < passes; pass++) {
        for (int i = 0; i < n; i++) {
            l->shown[l->boxes[i].instance] = l->boxes[i].pass == pass;
        }
        bool drawn = eye->silhouette(eye->user, show_alone, l, l->alone);
        for (int i = 0; i < n; i++) {
            l->shown[l->boxes[i].instance] = false;
            if (drawn && l->boxes[i].pass == pass) {
                count_in_pass(l, eye, &l->boxes[i]);
            }
        }
        if (!drawn) {
            return false;
        }
    }
    return true;
}

// The pixels of each candidate's silhouette.
static bool count_alone(DdLabels* l, const DdProjector* eye, const int* geom, const float* depth,
                        int n)
{
    for (int i = 0; i < n; i++) {
        DdOutline* o = &l->boxes[i];
        find_pixels(eye, o);
        o->alone = l->seen[o->instance].pixels;
        if (eye->ray) {
            o->alone += dd_silhouette_hidden(l, eye, o, geom, depth);
        }
    }
    return eye->ray || draw_alone(l, eye, geom, depth, n);
}

// largest first: by what is seen, then by the amodal box, then by number
static int order(const DdLabels* l, const DdOutline* a, const DdOutline* b)
{
    int na = l->seen[a->instance].pixels, nb = l->seen[b->instance].pixels;

    if (na != nb) {
        return na > nb ? -1 : 1;
    }
    double sa = (a->x1 - a->x0) * (a->y1 - a->y0), sb = (b->x1 - b->x0) * (b->y1 - b->y0);
    if (sa != sb) {
        return sa > sb ? -1 : 1;
    }
    return a->instance - b->instance;
}

static void sort_outlines(DdLabels* l, int n)
{
    // Shell's sort: in place, the order is total
    for (int gap = n / 2; gap > 0; gap /= 2) {
        for (int i = gap; i < n; i++) {
            DdOutline o = l->boxes[i];
            int k = i;
            for (; k >= gap && order(l, &o, &l->boxes[k - gap]) < 0; k -= gap) {
                l->boxes[k] = l->boxes[k - gap];
            }
            l->boxes[k] = o;
        }
    }
}

static double share_outside(const DdProjector* eye, const DdOutline* o)
{
    double whole = (o->x1 - o->x0) * (o->y1 - o->y0);
    double w = dd_clamp(o->x1, 0, eye->width) - dd_clamp(o->x0, 0, eye->width);
    double h = dd_clamp(o->y1, 0, eye->height) - dd_clamp(o->y0, 0, eye->height);

    return whole > 0 ? dd_clamp(1 - w * h / whole, 0, 1) : 0;
}

bool dd_labels_boxes_2d(DdSense* s, DdLabels* l, const DdProjector* eye, const int* geom,
                        const float* depth, int min_pixels, int max_boxes, double* values)
{
    const double extinction = dd_weather_extinction(dd_sense_weather(s), 555);
    int n = 0;

    memset(values, 0, (1 + (size_t)max_boxes * DD_BOX2_VALUES) * sizeof *values);
    count_pixels(l, eye, geom);
    for (int i = 1; i <= l->ninstance; i++) {
        DdOutline* o = &l->boxes[n];
        if (!l->object[i] || l->seen[i].pixels < min_pixels) {
            continue;
        }
        bool shown = dd_outline_of(l, eye, i, o);
        if (!shown) {
            // nothing of its edges: the eye is inside of it
            const DdSeen* seen = &l->seen[i];
            o->x0 = seen->x0;
            o->y0 = seen->y0;
            o->x1 = seen->x1;
            o->y1 = seen->y1;
        }
        n += l->seen[i].pixels > 0 || (shown && meets_picture(eye, o));
    }
    sort_outlines(l, n);
    if (n > max_boxes) {
        s->dropped += n - max_boxes;
        n = max_boxes;
    }
    if (!count_alone(l, eye, geom, depth, n)) {
        return false;
    }
    if (extinction > 0 && depth) {
        find_depths(l, eye, geom, depth);
    }
    int count = 0;
    for (int i = 0; i < n; i++) {
        const DdOutline* o = &l->boxes[i];
        const DdSeen* seen = &l->seen[o->instance];
        if (o->alone == 0) {
            continue; // between the pixels' centres
        }
        double* v = values + 1 + DD_BOX2_VALUES * count++;
        v[0] = l->class_of[o->instance];
        v[1] = o->instance;
        v[2] = seen->x0;
        v[3] = seen->y0;
        v[4] = seen->x1;
        v[5] = seen->y1;
        v[6] = o->x0;
        v[7] = o->y0;
        v[8] = o->x1;
        v[9] = o->y1;
        v[10] = seen->pixels;
        v[11] = o->alone;
        v[12] = 1 - (double)seen->pixels / o->alone;
        v[13] = share_outside(eye, o);
        v[14] = seen->pixels == 0         ? 0
                : extinction > 0 && depth ? exp(-extinction * seen->depth)
                                          : 1;
    }
    values[0] = count;
    return true;
}

void dd_labels_boxes_3d(DdSense* s, DdLabels* l, const DdProjector* eye, const int* geom,
                        int max_boxes, double* values)
{
    DdPose to_eye = dd_pose_inv(eye->pose);
    int n = 0;

    memset(values, 0, (1 + (size_t)max_boxes * DD_BOX3_VALUES) * sizeof *values);
    count_pixels(l, eye, geom);
    for (int i = 1; i <= l->ninstance; i++) {
        DdOutline* o = &l->boxes[n];
        double centre[3], half[3];
        if (!l->object[i]) {
            continue;
        }
        DdPose root;
        int body = dd_world_instance_body(l->world, i);
        memcpy(root.pos, l->d->xpos + 3 * body, sizeof root.pos);
        memcpy(root.quat, l->d->xquat + 4 * body, sizeof root.quat);
        dd_outline_box(l, i, centre, half);
        bool shown = dd_outline_of_box(eye, &root, centre, half, o);
        o->instance = i;
        n += l->seen[i].pixels > 0 || (shown && meets_picture(eye, o));
    }
    sort_outlines(l, n);
    if (n > max_boxes) {
        s->dropped += n - max_boxes;
        n = max_boxes;
    }
    values[0] = n;
    for (int i = 0; i < n; i++) {
        int instance = l->boxes[i].instance, body = dd_world_instance_body(l->world, instance);
        double* v = values + 1 + DD_BOX3_VALUES * i;
        DdPose at = dd_pose_identity(), root;
        double half[3];
        memcpy(root.pos, l->d->xpos + 3 * body, sizeof root.pos);
        memcpy(root.quat, l->d->xquat + 4 * body, sizeof root.quat);
        dd_outline_box(l, instance, at.pos, half);
        DdPose pose = dd_pose_mul(to_eye, dd_pose_mul(root, at));
        v[0] = l->class_of[instance];
        v[1] = instance;
        memcpy(v + 2, pose.pos, sizeof pose.pos);
        memcpy(v + 5, pose.quat, sizeof pose.quat);
        for (int k = 0; k < 3; k++) {
            v[9 + k] = 2 * half[k];
        }
        v[12] = l->seen[instance].pixels > 0;
        v[13] = dd_norm3(pose.pos);
    }
}
