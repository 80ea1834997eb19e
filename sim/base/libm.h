// Which math library this process computes with: part of every fingerprint.
#pragma once

#include <stdbool.h>

// "musl 1.2.3 1a2b3c4d" (version, hash of the objects) where drydock's own is in force;
// "glibc 2.36" where the system's is, as in a shared library loaded by someone else's program.
// Constant.
const char* dd_libm_name(void);
// Whether results agree with other machines bit for bit: the pinned libm is in force.
bool dd_libm_pinned(void);
