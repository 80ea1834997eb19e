// Log: one sink for the process, to standard error unless replaced. Results never depend on it.
#pragma once

#include "sim/base/error.h"

typedef enum DdLogLevel { DD_LOG_DEBUG, DD_LOG_INFO, DD_LOG_WARN, DD_LOG_ERROR } DdLogLevel;

typedef void (*DdLogSink)(void* user, DdLogLevel level, const char* text);

// The default sink writes "drydock: TEXT" to standard error. `sink` NULL restores it.
void dd_log_set_sink(DdLogSink sink, void* user);
void dd_log_set_level(DdLogLevel level);
void dd_log(DdLogLevel level, const char* fmt, ...) DD_PRINTF(2, 3);
