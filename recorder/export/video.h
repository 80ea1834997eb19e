// Video: pictures into a film by ffmpeg as a child process that reads raw frames from a pipe. The
// file appears under its name when it is whole.
#pragma once

#include "sim/base/error.h"

typedef struct DdVideoDef {
    const char* path; // .mp4, .mov or .mkv
    int width, height;
    double fps;
} DdVideoDef;

typedef struct DdVideo DdVideo;

// Starts ffmpeg, found by PATH: H.264 where it can, else MPEG-4 part 2; yuv420p. SIGPIPE must be
// ignored by the caller (dd_video_open does so).
DD_MUST_USE DdVideo* dd_video_open(const DdVideoDef* def, DdError* err);
// Rows top first, RGB of 8 bits. May be called by a child process forked after open. False when
// ffmpeg takes no more: dd_video_close then says why.
DD_MUST_USE bool dd_video_frame(DdVideo* v, const unsigned char* rgb, DdError* err);
// Waits for ffmpeg and gives the file its name. Without `keep` the film is thrown away; `err` then
// keeps what it says unless ffmpeg itself had failed. Frees `v` in any case.
DD_MUST_USE bool dd_video_close(DdVideo* v, bool keep, DdError* err);
const char* dd_video_codec(const DdVideo* v); // "libx264"
