// Sink: the file behind a writer. Whole records or nothing, a running CRC of everything, and room
// kept back so that a full disk still lets the file be closed.
#pragma once

#include <sys/uio.h>

#include "recorder/bytes.h"

typedef struct DdSink {
    int fd;
    int reserve_fd;  // nameless file that holds the reserved blocks; -1 = none
    uint64_t offset; // bytes written
    uint32_t crc;    // of everything written, while `crcs`
    bool crcs;
    uint64_t fail_after; // tests: writes past this offset report a full disk; 0 = never
    uint64_t reserve;
    bool failed;
    DdError err; // the first failure, while `failed`
    char path[DD_PATH_MAX];
} DdSink;

DD_MUST_USE bool dd_sink_open(DdSink* s, const char* path, size_t reserve, uint64_t fail_after,
                              bool crcs, DdError* err);
// All of it, or (after an error, which sticks in `failed`) none of it: the file is cut back.
// `known_crc` is the CRC of piece `known`; known = -1: none is known.
bool dd_sink_write(DdSink* s, const struct iovec* piece, int n, int known, uint32_t known_crc);
void dd_sink_release(DdSink* s); // gives the reserved room back to the file system
void dd_sink_close(DdSink* s);
