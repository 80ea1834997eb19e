// The manual and the editor completion, made from the tables.
#pragma once

#include "sim/script/script.h"

// The options a kind of measure reads, apart from a and b.
bool dd_api_reads(const char* reads, const char* name);
