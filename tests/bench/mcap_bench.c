// Our MCAP writer on messages of 400 bytes and on images of 0.9 MB: what the figures mcap_small and
// mcap_image compare with the Rust crate (mcap_rust/). The driver is mcap.py.
// Usage: mcap_bench OUT small|image none|lz4|zstd LEVEL THREAD BYTES DATA
//        mcap_bench data small|image PATH      makes the messages that both sides write
// Prints one line: seconds and the size of the file.
#include "recorder/mcap.h"
#include "sim/base/files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { k_small = 400, k_width = 640, k_height = 480, k_image = k_width * k_height * 3 };
enum { k_small_messages = 20000, k_images = 16 };

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static uint32_t next_random(uint32_t* state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

// States of a robot: slowly changing doubles with the noise of a sensor in their low bits.
static void make_small(uint8_t* data)
{
    uint32_t random = 1;
    double x[k_small / 8] = {0};
    for (int m = 0; m < k_small_messages; m++) {
        for (int i = 0; i < k_small / 8; i++) {
            // a third of the fields never moves, as covariances and limits do
            if (i % 3 != 0) {
                x[i] += ((double)(next_random(&random) % 2001) - 1000.0) * 1e-6;
            }
        }
        memcpy(data + (size_t)m * k_small, x, k_small);
    }
}

// Pictures of a yard: flat areas, edges, a gradient, and the noise of a camera.
static void make_images(uint8_t* data)
{
    uint32_t random = 1;
    for (int m = 0; m < k_images; m++) {
        for (int y = 0; y < k_height; y++) {
            for (int x = 0; x < k_width; x++) {
                int block = ((x + 3 * m) / 80 * 7 + y / 60 * 13) % 160;
                uint32_t r = next_random(&random);
                int noise = y < k_height / 2 ? 0 : (int)(r % 5) - 2; // sky is clean
                uint8_t* p = data + (((size_t)m * k_height + (size_t)y) * k_width + (size_t)x) * 3;
                p[0] = (uint8_t)(block + y / 8 + noise);
                p[1] = (uint8_t)(block + 20 + noise);
                p[2] = (uint8_t)(200 - block + noise);
            }
        }
    }
}

static int make_data(const char* what, const char* path)
{
    bool small = strcmp(what, "small") == 0;
    size_t size = small ? (size_t)k_small * k_small_messages : (size_t)k_image * k_images;
    uint8_t* data = malloc(size);
    DD_ASSERT(data);
    if (small) {
        make_small(data);
    } else {
        make_images(data);
    }
    FILE* f = fopen(path, "wb");
    bool ok = f && fwrite(data, 1, size, f) == size;
    ok = f && fclose(f) == 0 && ok;
    free(data);
    return ok ? 0 : 1;
}

int main(int argc, char** argv)
{
    if (argc == 4 && strcmp(argv[1], "data") == 0) {
        return make_data(argv[2], argv[3]);
    }
    if (argc != 8) {
        fprintf(stderr,
                "usage: mcap_bench OUT small|image none|lz4|zstd LEVEL THREAD BYTES DATA\n");
        return 2;
    }
    DdError err;
    size_t n, size = strcmp(argv[2], "small") == 0 ? k_small : k_image;
    size_t total = (size_t)atoll(argv[6]);
    uint8_t* data = dd_file_read(argv[7], (size_t)1 << 30, &n, &err);
    if (!data) {
        fprintf(stderr, "%s\n", err.text);
        return 1;
    }
    DdMcapDef def = dd_mcap_def();
    def.library = "bench";
    def.compression = strcmp(argv[3], "lz4") == 0    ? DD_COMPRESS_LZ4
                      : strcmp(argv[3], "zstd") == 0 ? DD_COMPRESS_ZSTD
                                                     : DD_COMPRESS_NONE;
    def.level = atoi(argv[4]);
    def.thread = atoi(argv[5]) != 0;
    unlink(argv[1]);

    double begin = now();
    DdMcapWriter* w = dd_mcap_create(argv[1], &def, NULL, NULL, 0, &err);
    if (!w) {
        fprintf(stderr, "%s\n", err.text);
        return 1;
    }
    uint16_t schema = dd_mcap_schema(w, "bench/msg/Bytes", "ros2msg", "uint8[] data\n", 13);
    uint16_t channel = dd_mcap_channel(w, schema, "/bench", "cdr", NULL, 0);
    size_t at = 0;
    for (uint64_t i = 0; i < total / size; i++) {
        uint64_t t = 1000000000 + i * 1000000;
        dd_mcap_message(w, channel, (uint32_t)i, t, t, data + at, size);
        at += size;
        if (at + size > n) {
            at = 0;
        }
    }
    bool ok = dd_mcap_close(w, &err);
    double seconds = now() - begin;
    struct stat st;
    if (!ok || stat(argv[1], &st) != 0) {
        fprintf(stderr, "%s\n", err.text);
        return 1;
    }
    printf("%.6f %lld\n", seconds, (long long)st.st_size);
    free(data);
    return 0;
}
