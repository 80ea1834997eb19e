// Image codecs: PNG of every form and size comes back exactly, JPEG nearly, damaged ones are
// refused; one encoder serves all sizes in any order. `test_image bench PICTURE.png` prints what
// encoding costs.
#include "tests/unit/recorder/help.h"

#include <math.h>
#include <time.h>

#include "recorder/image.h"
#include "recorder/jpeg.h"
#include "recorder/picture.h"
#include "recorder/png.h"

static void fill(uint8_t* px, size_t n, int kind, uint32_t seed)
{
    for (size_t i = 0; i < n; i++) {
        px[i] = kind == 0 ? 0 : kind == 1 ? (uint8_t)(i / 7) : (uint8_t)help_random(&seed);
    }
}

static void test_png_is_exact(void** state)
{
    (void)state;
    static const int k_sizes[][2] = {{1, 1},    {1, 40},    {40, 1},    {3, 5},
                                     {257, 33}, {640, 480}, {2000, 70}, {16384, 2}};
    DdEncoder* e = dd_encoder_create();
    DdBuf out = {0};
    DdError err;
    for (size_t s = 0; s < sizeof k_sizes / sizeof *k_sizes; s++) {
        for (int k = 0; k < 18; k++) {
            DdImageForm f = {.width = k_sizes[s][0],
                             .height = k_sizes[s][1],
                             .channels = k % 3 == 0 ? 3 : 1,
                             .bytes = k % 3 == 2 ? 2 : 1,
                             .ids = k / 3 % 2,
                             .codec = DD_CODEC_PNG};
            size_t n = dd_image_size(&f);
            uint8_t* px = malloc(n);
            fill(px, n, k / 6, (uint32_t)k);
            out.n = 0;
            assert_true(dd_encoder_run(e, &f, px, &out, &err));
            DdPng png;
            unsigned char* got = dd_png_decode(out.p, out.n, 1 << 24, &png, &err);
            if (!got) {
                fail_msg("%d x %d: %s", f.width, f.height, err.text);
            }
            assert_int_equal(png.width, f.width);
            assert_int_equal(png.height, f.height);
            assert_int_equal(png.channels, f.channels);
            assert_int_equal(png.bits, 8 * f.bytes);
            assert_memory_equal(got, px, n);
            free(got);
            free(px);
        }
    }
    dd_encoder_destroy(e);
    dd_buf_free(&out);
}

static void test_jpeg_is_near(void** state)
{
    (void)state;
    static const int k_sizes[][2] = {{1, 1}, {17, 9}, {640, 480}, {33, 500}, {640, 480}};
    DdEncoder* e = dd_encoder_create();
    DdBuf out = {0};
    DdError err;
    for (size_t s = 0; s < 2 * sizeof k_sizes / sizeof *k_sizes; s++) {
        DdImageForm f = {.width = k_sizes[s / 2][0],
                         .height = k_sizes[s / 2][1],
                         .channels = s % 2 ? 3 : 1,
                         .bytes = 1,
                         .codec = DD_CODEC_JPEG,
                         .quality = 95};
        size_t n = dd_image_size(&f);
        uint8_t* px = malloc(n);
        for (size_t i = 0; i < n; i++) {
            size_t x = i / (size_t)f.channels % (size_t)f.width;
            px[i] = (uint8_t)(60 + 40 * sin((double)x * 0.05) + 20 * (double)(i % 3));
        }
        out.n = 0;
        assert_true(dd_encoder_run(e, &f, px, &out, &err));
        int width, height, channels;
        uint8_t* got = dd_jpeg_decode(out.p, out.n, 1 << 24, &width, &height, &channels, &err);
        assert_non_null(got);
        assert_true(width == f.width && height == f.height && channels == f.channels);
        for (size_t i = 0; i < n; i++) {
            assert_true(abs(got[i] - px[i]) <= 12);
        }
        free(got);
        // cut and damaged
        assert_null(dd_jpeg_decode(out.p, out.n / 2, 1 << 24, &width, &height, &channels, &err));
        assert_null(dd_jpeg_decode("no picture at all", 17, 99, &width, &height, &channels, &err));
        assert_null(dd_jpeg_decode(out.p, out.n, n / 4, &width, &height, &channels, &err));
        free(px);
    }
    dd_encoder_destroy(e);
    dd_buf_free(&out);
}

static void test_damaged_messages_are_refused(void** state)
{
    (void)state;
    // every cut and many flips of a raw image's message: an error or a picture, never a crash
    static const uint8_t k_head[] = {0,   1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0,   0,   0,   0,
                                     0,   0, 2, 0, 0, 0, 3, 0, 0, 0, 6, 0, 0, 0, 'm', 'o', 'n', 'o',
                                     '8', 0, 0, 0, 3, 0, 0, 0, 6, 0, 0, 0, 1, 2, 3,   4,   5,   6};
    DdPicture p = {0};
    DdError err;
    assert_true(dd_picture_decode_message(k_head, sizeof k_head, false, &p, &err));
    assert_true(p.width == 3 && p.height == 2 && ((uint8_t*)p.data)[5] == 6);
    for (size_t n = 0; n < sizeof k_head; n++) {
        assert_false(dd_picture_decode_message(k_head, n, false, &p, &err));
        assert_false(dd_picture_decode_message(k_head, n, true, &p, &err));
    }
    uint32_t random = 5;
    for (int i = 0; i < 20000; i++) {
        uint8_t copy[sizeof k_head];
        memcpy(copy, k_head, sizeof copy);
        for (int k = 0; k < 3; k++) {
            copy[help_random(&random) % sizeof copy] = (uint8_t)help_random(&random);
        }
        (void)!dd_picture_decode_message(copy, sizeof copy, i % 2, &p, &err);
    }
    dd_picture_free(&p);
}

static double thread_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void cost(const char* name, const DdImageForm* form, const void* px)
{
    DdEncoder* e = dd_encoder_create();
    DdBuf out = {0};
    DdError err;
    double best = INFINITY;
    for (int i = 0; i < 50; i++) {
        out.n = 0;
        double t = thread_s();
        if (!dd_encoder_run(e, form, px, &out, &err)) {
            break;
        }
        t = thread_s() - t;
        best = t < best ? t : best;
    }
    printf("%-32s %8.2f ms %9zu of %zu bytes\n", name, 1e3 * best, out.n, dd_image_size(form));
    dd_encoder_destroy(e);
    dd_buf_free(&out);
}

// The picture as it is and with a camera's noise, and a made-up depth and labels of its size.
static int bench(const char* path)
{
    DdPng png;
    DdError err;
    uint8_t* clean = dd_png_read(path, 1 << 26, &png, &err);
    if (!clean || png.channels != 3 || png.bits != 8) {
        fprintf(stderr, "%s: %s\n", path, clean ? "is not RGB of 8 bits" : err.text);
        return 2;
    }
    const int w = png.width, h = png.height;
    size_t n = (size_t)w * (size_t)h;
    uint8_t* noisy = malloc(3 * n);
    uint16_t* depth[2] = {malloc(2 * n), malloc(2 * n)};
    uint8_t* classes = malloc(n);
    uint16_t* instances = malloc(2 * n);
    uint32_t random = 1;
    for (size_t i = 0; i < 3 * n; i++) {
        int v = clean[i] + (int)(help_random(&random) & 7) + (int)(help_random(&random) & 7) - 7;
        noisy[i] = (uint8_t)(v < 0 ? 0 : v > 255 ? 255 : v);
    }
    for (int y = 0; y < h; y++) {
        for (int x = 0; x < w; x++) {
            // a floor to the horizon, and boxes that stand on it
            size_t i = (size_t)y * (size_t)w + (size_t)x;
            double z = y < h * 5 / 12 ? 0 : 4e5 / (y - h * 5 / 12 + 1);
            int id = 0;
            for (int k = 0; k < 20; k++) {
                int cx = k * 137 % w, cy = k * 71 % h, half = 20 + 5 * k;
                if (abs(x - cx) < half && abs(y - cy) < half / 2) {
                    id = k + 1;
                    z = 1500 + k * 200 + (x - cx) * 0.7;
                }
            }
            z = z > 20000 ? 0 : z;
            double error = z * z * 1e-6 * ((int)(help_random(&random) % 16) - 8);
            depth[0][i] = (uint16_t)z;
            depth[1][i] = (uint16_t)(z + error);
            classes[i] = (uint8_t)(id ? 1 + id % 5 : 0);
            instances[i] = (uint16_t)id;
        }
    }
    DdImageForm rgb = {w, h, 3, 1, false, DD_CODEC_JPEG, 90};
    cost("colour, JPEG 90", &rgb, clean);
    cost("colour with noise, JPEG 90", &rgb, noisy);
    rgb.quality = 95;
    cost("colour with noise, JPEG 95", &rgb, noisy);
    rgb.codec = DD_CODEC_PNG;
    cost("colour, PNG", &rgb, clean);
    cost("colour with noise, PNG", &rgb, noisy);
    rgb.codec = DD_CODEC_RAW;
    cost("colour, raw", &rgb, clean);
    DdImageForm mm = {w, h, 1, 2, false, DD_CODEC_PNG, 0};
    cost("depth, 16-bit PNG", &mm, depth[0]);
    cost("depth with noise, 16-bit PNG", &mm, depth[1]);
    mm.ids = true;
    cost("instances, 16-bit PNG", &mm, instances);
    mm.bytes = 1;
    cost("classes, 8-bit PNG", &mm, classes);
    free(clean);
    free(noisy);
    free(depth[0]);
    free(depth[1]);
    free(classes);
    free(instances);
    return 0;
}

int main(int argc, char** argv)
{
    if (argc == 3 && strcmp(argv[1], "bench") == 0) {
        return bench(argv[2]);
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_png_is_exact),
        cmocka_unit_test(test_jpeg_is_near),
        cmocka_unit_test(test_damaged_messages_are_refused),
    };
    return cmocka_run_group_tests(tests, help_make_dir, help_remove_dir);
}
