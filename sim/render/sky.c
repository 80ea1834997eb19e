// Sky: the model's skybox, or colours by sun and clouds, drawn behind what the picture shows.
#include <string.h>

#include "sim/render/internal.h"

enum { k_side = 32 }; // texels of a face of the cube

static void mix(double out[3], const double a[3], const double b[3], double t)
{
    for (int i = 0; i < 3; i++) {
        out[i] = a[i] + t * (b[i] - a[i]);
    }
}

static double smooth(double from, double to, double x)
{
    double t = dd_clamp((x - from) / (to - from), 0, 1);

    return t * t * (3 - 2 * t);
}

// The colour of the sky in a direction (unit, z up).
static void sky_colour(const double dir[3], const DdWeather* weather, const DdLight* light,
                       double out[3])
{
    static const double k_zenith[3] = {0.25, 0.45, 0.80}, k_horizon[3] = {0.78, 0.86, 0.94};
    static const double k_grey_zenith[3] = {0.58, 0.61, 0.65}, k_grey[3] = {0.74, 0.76, 0.78};
    static const double k_night_zenith[3] = {0.10, 0.13, 0.25}, k_night[3] = {0.28, 0.32, 0.42};
    static const double k_ground[3] = {0.42, 0.41, 0.39}, k_dusk[3] = {1.00, 0.55, 0.28};
    static const double k_glow[3] = {1.00, 0.97, 0.90};
    double up = dir[2] > 0 ? dir[2] : 0;
    double height = 1 - pow(1 - up, 3);
    double clear[3], cover[3], night[3], c[3];
    double sun = dd_dot3(dir, light->sun.direction);
    double elevation = light->sun.elevation;

    mix(clear, k_horizon, k_zenith, height);
    mix(cover, k_grey, k_grey_zenith, height);
    mix(night, k_night, k_night_zenith, height);
    // the sun near the horizon colours that side of the sky
    double low = smooth(-0.2, 0, elevation) * (1 - smooth(0.05, 0.35, elevation));
    mix(clear, clear, k_dusk, low * (1 - height) * dd_clamp(0.5 + 0.5 * sun, 0, 1) * 0.8);
    if (elevation > 0) {
        mix(clear, clear, k_glow, 0.6 * pow(dd_clamp(sun, 0, 1), 24));
    }
    mix(c, clear, cover, smooth(0.2, 1, weather->cloud));
    mix(c, night, c, smooth(-0.25, 0.05, elevation));
    // below the horizon: far ground in the haze
    mix(c, c, k_ground, smooth(0, -0.12, dir[2]) * 0.8);
    for (int i = 0; i < 3; i++) {
        out[i] = c[i] * light->level;
    }
}

// Texture coordinates are (x, z, -y) of the world, as for a model's skybox.
static void make_face(int face, const DdWeather* weather, const DdLight* light,
                      unsigned char* texels)
{
    for (int row = 0; row < k_side; row++) {
        for (int column = 0; column < k_side; column++) {
            double s = 2 * (column + 0.5) / k_side - 1, t = 2 * (row + 0.5) / k_side - 1;
            const double k_faces[6][3] = {{1, -t, -s}, {-1, -t, s}, {s, 1, t},
                                          {s, -1, -t}, {s, -t, 1},  {-s, -t, -1}};
            const double* f = k_faces[face];
            double dir[3] = {f[0], -f[2], f[1]}, colour[3];
            double n = dd_norm3(dir);
            for (int i = 0; i < 3; i++) {
                dir[i] /= n;
            }
            sky_colour(dir, weather, light, colour);
            for (int i = 0; i < 3; i++) {
                *texels++ = (unsigned char)(255 * dd_clamp(colour[i], 0, 1) + 0.5);
            }
        }
    }
}

// The sun moves in steps of a quarter degree here, so that the texture is not made for every frame.
static void update(DdRender* r, const DdWeather* weather, const DdLight* light)
{
    const DdGl* gl = r->context->gl;
    DdLight coarse = *light;
    double k_step = DD_PI / 720;
    double elevation = k_step * round(light->sun.elevation / k_step);
    double azimuth =
        k_step * round(atan2(light->sun.direction[1], light->sun.direction[0]) / k_step);

    coarse.sun.elevation = elevation;
    coarse.sun.direction[0] = cos(elevation) * cos(azimuth);
    coarse.sun.direction[1] = cos(elevation) * sin(azimuth);
    coarse.sun.direction[2] = sin(elevation);
    coarse.level = round(light->level * 256) / 256;
    const float key[] = {(float)elevation, (float)azimuth, (float)coarse.level,
                         (float)weather->cloud};
    bool same = r->sky != 0;
    for (size_t i = 0; i < sizeof key / sizeof *key; i++) {
        same = same && key[i] == r->sky_key[i];
        r->sky_key[i] = key[i];
    }
    if (same) {
        gl->BindTexture(GL_TEXTURE_CUBE_MAP, r->sky);
        return;
    }
    if (!r->sky) {
        gl->GenTextures(1, &r->sky);
    }
    gl->BindTexture(GL_TEXTURE_CUBE_MAP, r->sky);
    gl->TexParameteri(GL_TEXTURE_CUBE_MAP, GL_TEXTURE_MIN_FILTER, GL_LINEAR);
    gl->TexParameteri(GL_TEXTURE_CUBE_MAP, GL_TEXTURE_MAG_FILTER, GL_LINEAR);
    gl->TexParameteri(GL_TEXTURE_CUBE_MAP, GL_TEXTURE_WRAP_S, GL_CLAMP_TO_EDGE);
    gl->TexParameteri(GL_TEXTURE_CUBE_MAP, GL_TEXTURE_WRAP_T, GL_CLAMP_TO_EDGE);
    gl->TexParameteri(GL_TEXTURE_CUBE_MAP, GL_TEXTURE_WRAP_R, GL_CLAMP_TO_EDGE);
    for (int face = 0; face < 6; face++) {
        unsigned char texels[k_side * k_side * 3];
        make_face(face, weather, &coarse, texels);
        gl->TexImage2D(GL_TEXTURE_CUBE_MAP_POSITIVE_X + (GLenum)face, 0, GL_RGB, k_side, k_side, 0,
                       GL_RGB, GL_UNSIGNED_BYTE, texels);
    }
}

// A quad at the very end of the depth range, where nothing was drawn, of the bound texture. What is
// transparent and has nothing behind it lets some of it through.
static void draw_quad(const DdGl* gl, const DdEye* eye, const double rot[9], double share)
{
    gl->Color4f((float)share, (float)share, (float)share, 0);
    gl->Begin(GL_QUADS);
    for (int c = 0; c < 4; c++) {
        static const int k_corner[4][2] = {{0, 0}, {1, 0}, {1, 1}, {0, 1}};
        int cx = k_corner[c][0], cy = k_corner[c][1]; // of clip space, y up
        double x = ((cx ? eye->width : 0) - 0.5 - eye->cx) / eye->fx;
        double y = ((cy ? 0 : eye->height) - 0.5 - eye->cy) / eye->fy;
        double dir[3];
        for (int i = 0; i < 3; i++) {
            dir[i] = rot[3 * i] * x + rot[3 * i + 1] * y + rot[3 * i + 2];
        }
        gl->TexCoord3f((float)dir[0], (float)dir[2], (float)-dir[1]);
        gl->Vertex3f((float)(2 * cx - 1), (float)(2 * cy - 1), 0);
    }
    gl->End();
}

void dd_render_draw_sky(DdRender* r, const DdWeather* weather, const DdLight* light,
                        const DdEye* eye, const double rot[9])
{
    const DdGl* gl = r->context->gl;
    double own = 1; // share of the sky that weather paints; the model's is one of a fine day
    int box = 0;

    while (box < r->mjr.ntexture && r->mjr.textureType[box] != mjTEXTURE_SKYBOX) {
        box++;
    }
    if (box < r->mjr.ntexture) {
        own = 1 - (1 - smooth(0.4, 1, weather->cloud)) * smooth(0, 0.25, light->sun.elevation);
    }
    gl->ActiveTexture(GL_TEXTURE0);
    gl->Enable(GL_TEXTURE_CUBE_MAP);
    gl->Disable(GL_TEXTURE_GEN_S);
    gl->Disable(GL_TEXTURE_GEN_T);
    gl->Disable(GL_TEXTURE_GEN_R);
    gl->Disable(GL_LIGHTING);
    gl->Disable(GL_CULL_FACE);
    gl->MatrixMode(GL_TEXTURE);
    gl->LoadIdentity();
    gl->MatrixMode(GL_PROJECTION);
    gl->LoadIdentity();
    gl->MatrixMode(GL_MODELVIEW);
    gl->LoadIdentity();
    gl->DepthMask(GL_FALSE);
    gl->Enable(GL_BLEND);
    gl->BlendFunc(GL_ONE_MINUS_DST_ALPHA, GL_ONE);
    if (own > 0) {
        update(r, weather, light);
        draw_quad(gl, eye, rot, own);
    }
    if (own < 1) {
        gl->BindTexture(GL_TEXTURE_CUBE_MAP, r->mjr.texture[box]);
        draw_quad(gl, eye, rot, (1 - own) * light->level);
    }
    gl->Disable(GL_BLEND);
    gl->DepthMask(GL_TRUE);
    gl->Disable(GL_TEXTURE_CUBE_MAP);
    gl->Enable(GL_LIGHTING);
}
