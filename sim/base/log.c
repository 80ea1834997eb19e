// Log: one sink for the process. Lines of several threads never mix.
#include "sim/base/log.h"

#include <pthread.h>
#include <stdatomic.h>

#include "sim/base/text.h"

static void write_stderr(void* user, DdLogLevel level, const char* text);

static pthread_mutex_t s_lock = PTHREAD_MUTEX_INITIALIZER;
static DdLogSink s_sink = write_stderr;
static void* s_user;
static _Atomic int s_level = DD_LOG_INFO;

void dd_log_set_sink(DdLogSink sink, void* user)
{
    pthread_mutex_lock(&s_lock);
    s_sink = sink == NULL ? write_stderr : sink;
    s_user = sink == NULL ? NULL : user;
    pthread_mutex_unlock(&s_lock);
}

void dd_log_set_level(DdLogLevel level)
{
    atomic_store(&s_level, (int)level);
}

void dd_log(DdLogLevel level, const char* fmt, ...)
{
    if ((int)level < atomic_load(&s_level)) {
        return;
    }
    char text[DD_ERROR_TEXT_MAX];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    dd_text_clean(text); // guests print, too
    pthread_mutex_lock(&s_lock);
    s_sink(s_user, level, text);
    pthread_mutex_unlock(&s_lock);
}

static void write_stderr(void* user, DdLogLevel level, const char* text)
{
    (void)user;
    const char* mark = level == DD_LOG_ERROR ? "error: " : level == DD_LOG_WARN ? "warning: " : "";
    fprintf(stderr, "drydock: %s%s\n", mark, text);
}
