// A batch of beams: rays along their middles, and around them where neighbours see different
// things.
#include "sim/sense/lidar.h"

#include <string.h>

enum { k_around = DD_BEAM_SUB - 1 };
// a beam is brightest in the middle: 1/e^2 at its edge, rays at half of its radius
static const double k_middle = 0.29189, k_side = 0.17703;

static void* room_for(size_t n, size_t size)
{
    void* p = calloc(n + 1, size);
    DD_ASSERT(p);
    return p;
}

void dd_caster_init(DdCaster* c, bool spreads)
{
    size_t n = DD_CASTER_ROOM, sub = spreads ? k_around * n : 0;
    *c = (DdCaster){.room = DD_CASTER_ROOM};
    c->from = room_for(3 * n, sizeof *c->from);
    c->dir = room_for(3 * n, sizeof *c->dir);
    c->distance = room_for(n, sizeof *c->distance);
    c->geom = room_for(n, sizeof *c->geom);
    c->face = room_for(n, sizeof *c->face);
    c->sub_of = room_for(n, sizeof *c->sub_of);
    c->sub_from = room_for(3 * sub, sizeof *c->sub_from);
    c->sub_dir = room_for(3 * sub, sizeof *c->sub_dir);
    c->sub_distance = room_for(sub, sizeof *c->sub_distance);
    c->sub_geom = room_for(sub, sizeof *c->sub_geom);
    c->sub_face = room_for(sub, sizeof *c->sub_face);
}

void dd_caster_free(DdCaster* c)
{
    free(c->from);
    free(c->dir);
    free(c->distance);
    free(c->geom);
    free(c->face);
    free(c->sub_of);
    free(c->sub_from);
    free(c->sub_dir);
    free(c->sub_distance);
    free(c->sub_geom);
    free(c->sub_face);
    *c = (DdCaster){0};
}

// Two neighbouring rays do not see one smooth surface.
static bool apart(const DdCaster* c, int i, int k)
{
    double a = c->distance[i], b = c->distance[k];
    if (a < 0 || b < 0) {
        return (a < 0) != (b < 0);
    }
    return c->geom[i] != c->geom[k] || fabs(a - b) > 0.1 + 0.02 * a;
}

static void spread(DdCaster* c, int i, int at, double radius)
{
    const double* v = c->dir + 3 * i;
    // two directions across: the axis that the ray is least along makes the first
    int least = fabs(v[1]) < fabs(v[0]) ? 1 : 0;
    least = fabs(v[2]) < fabs(v[least]) ? 2 : least;
    double axis[3] = {0}, across[2][3];
    axis[least] = 1;
    dd_cross3(across[0], v, axis);
    double length = dd_norm3(across[0]);
    for (int k = 0; k < 3; k++) {
        across[0][k] /= length;
    }
    dd_cross3(across[1], v, across[0]);
    double along = sqrt(1 - radius * radius);
    for (int s = 0; s < k_around; s++) {
        double* to = c->sub_dir + 3 * (at + s);
        double sign = s % 2 ? -radius : radius;
        for (int k = 0; k < 3; k++) {
            to[k] = along * v[k] + sign * across[s / 2][k];
        }
        memcpy(c->sub_from + 3 * (at + s), c->from + 3 * i, 3 * sizeof *to);
    }
}

void dd_caster_cast(DdCaster* c, const DdRays* rays, const DdBeamLaw* law, int n, int beside,
                    const bool* pass)
{
    dd_rays_cast_many(rays, n, c->from, c->dir, law->range_max, pass, c->distance, c->geom,
                      c->face);
    int sub = 0;
    for (int i = 0; i < n; i++) {
        c->sub_of[i] = -1;
        if (law->spread > 0 && ((i >= beside && apart(c, i, i - beside)) ||
                                (i + beside < n && apart(c, i, i + beside)))) {
            c->sub_of[i] = sub;
            spread(c, i, sub, sin(0.5 * law->spread));
            sub += k_around;
        }
    }
    dd_rays_cast_many(rays, sub, c->sub_from, c->sub_dir, law->range_max, pass, c->sub_distance,
                      c->sub_geom, c->sub_face);
}

static void hit_of(const DdRays* rays, const DdMaterial* material, const double* from,
                   const double* dir, double distance, int geom, int face, double weight,
                   DdBeamHit* hit)
{
    *hit = (DdBeamHit){.range = distance, .weight = weight};
    if (geom >= 0) {
        double normal[3];
        dd_rays_normal(rays, geom, face, from, dir, normal);
        hit->cosine = fabs(dd_dot3(normal, dir));
        hit->material = material[geom];
    }
}

int dd_caster_hits(const DdCaster* c, const DdRays* rays, const DdMaterial* material, int i,
                   DdBeamHit hit[DD_BEAM_SUB])
{
    int sub = c->sub_of[i];
    hit_of(rays, material, c->from + 3 * i, c->dir + 3 * i, c->distance[i], c->geom[i], c->face[i],
           sub < 0 ? 1 : k_middle, &hit[0]);
    for (int s = 0; s < k_around && sub >= 0; s++) {
        int at = sub + s;
        hit_of(rays, material, c->sub_from + 3 * at, c->sub_dir + 3 * at, c->sub_distance[at],
               c->sub_geom[at], c->sub_face[at], k_side, &hit[1 + s]);
    }
    return sub < 0 ? 1 : DD_BEAM_SUB;
}
