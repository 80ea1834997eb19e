// Errors of guest code: where they happened, by the names the user knows, and in one sentence.
#include "sim/base/text.h"
#include "sim/lua/internal.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

bool dd_lua_add_chunk(DdLua* host, const char* name, const char* shown)
{
    char source[DD_PATH_MAX + 1];
    snprintf(source, sizeof source, "@%s", name);
    if (dd_lua_chunk_of(host, source)) {
        return true;
    }
    if (host->nchunk == host->chunk_capacity) {
        int capacity = host->chunk_capacity ? host->chunk_capacity * 2 : 8;
        DdChunk* chunks = realloc(host->chunks, (size_t)capacity * sizeof *chunks);
        if (!chunks) {
            return false;
        }
        host->chunks = chunks;
        host->chunk_capacity = capacity;
    }
    DdChunk* chunk = &host->chunks[host->nchunk++];
    memset(chunk, 0, sizeof *chunk);
    snprintf(chunk->name, sizeof chunk->name, "%s", name);
    snprintf(chunk->shown, sizeof chunk->shown, "%s", shown);
    // Lua shortens a long name to its end
    size_t n = strlen(name);
    if (n < LUA_IDSIZE) {
        snprintf(chunk->short_src, sizeof chunk->short_src, "%s", name);
    } else {
        snprintf(chunk->short_src, sizeof chunk->short_src, "...%s", name + n - (LUA_IDSIZE - 4));
    }
    return true;
}

const DdChunk* dd_lua_chunk_of(const DdLua* host, const char* source)
{
    for (int i = 0; i < host->nchunk; i++) {
        if (source[0] == '@' && strcmp(host->chunks[i].name, source + 1) == 0) {
            return &host->chunks[i];
        }
    }
    return NULL;
}

void dd_lua_where_at(DdLua* host, lua_State* L, int level, char file[DD_PATH_MAX], int* line)
{
    file[0] = '\0';
    *line = 0;
    lua_Debug ar;
    for (int i = level; i < level + 64 && lua_getstack(L, i, &ar); i++) {
        lua_getinfo(L, "Sl", &ar);
        const DdChunk* chunk = ar.currentline > 0 ? dd_lua_chunk_of(host, ar.source) : NULL;
        if (chunk) {
            snprintf(file, DD_PATH_MAX, "%s", chunk->shown);
            *line = ar.currentline;
            return;
        }
    }
}

void dd_lua_where(lua_State* L, char file[DD_PATH_MAX], int* line)
{
    dd_lua_where_at(dd_lua_of(L), L, 0, file, line);
}

void dd_lua_traceback(DdLua* host, lua_State* L, char* out, size_t size)
{
    enum { k_frames = 16 };
    size_t n = 0;
    int shown = 0;
    out[0] = '\0';
    lua_Debug ar;
    for (int i = 0; i < 256 && lua_getstack(L, i, &ar); i++) {
        lua_getinfo(L, "Slnt", &ar);
        const DdChunk* chunk = ar.currentline > 0 ? dd_lua_chunk_of(host, ar.source) : NULL;
        if (!chunk) {
            continue;
        }
        if (shown++ == k_frames) {
            snprintf(out + n, size - n, "  ...\n");
            return;
        }
        int wrote;
        if (ar.what[0] == 'm') {
            wrote = snprintf(out + n, size - n, "  %s:%d: in the file itself\n", chunk->shown,
                             ar.currentline);
        } else if (ar.name) {
            wrote = snprintf(out + n, size - n, "  %s:%d: in '%s'\n", chunk->shown, ar.currentline,
                             ar.name);
        } else {
            wrote = snprintf(out + n, size - n, "  %s:%d: in the function of line %d\n",
                             chunk->shown, ar.currentline, ar.linedefined);
        }
        if (wrote < 0 || (size_t)wrote >= size - n) {
            return;
        }
        n += (size_t)wrote;
    }
}

// "short_src:12: text" -> its chunk, line and text
static const DdChunk* parse_position(const DdLua* host, const char* message, int* line,
                                     const char** text)
{
    for (int i = 0; i < host->nchunk; i++) {
        const DdChunk* chunk = &host->chunks[i];
        size_t n = strlen(chunk->short_src);
        if (strncmp(message, chunk->short_src, n) != 0 || message[n] != ':') {
            continue;
        }
        char* end;
        long at = strtol(message + n + 1, &end, 10);
        if (end == message + n + 1 || *end != ':') {
            continue;
        }
        *line = (int)at;
        *text = end + 1 + strspn(end + 1, " ");
        return chunk;
    }
    return NULL;
}

// the message of an error object of any type
static const char* message_of(lua_State* L, int index, char* room, size_t size)
{
    int type = lua_type(L, index);
    if (type == LUA_TSTRING) {
        return lua_tostring(L, index);
    }
    if (type == LUA_TNUMBER) {
        // no conversion in place: it would allocate
        if (lua_isinteger(L, index)) {
            snprintf(room, size, "%lld", (long long)lua_tointeger(L, index));
        } else {
            snprintf(room, size, "%.14g", lua_tonumber(L, index));
        }
        return room;
    }
    if (type == LUA_TTABLE && lua_checkstack(L, 3)) {
        index = lua_absindex(L, index);
        // the host keeps this key alive, so that pushing it allocates nothing
        lua_pushliteral(L, "message");
        if (lua_rawget(L, index) == LUA_TSTRING) {
            snprintf(room, size, "%s", lua_tostring(L, -1));
            lua_pop(L, 1);
            return room;
        }
        lua_pop(L, 1);
    }
    snprintf(room, size, "an error object that is a %s value", lua_typename(L, type));
    return room;
}

// fills host->error from the error value at the top of `from`
static void describe_value(DdLua* host, lua_State* from)
{
    DdError* err = &host->error;
    char room[DD_ERROR_TEXT_MAX];
    int top = lua_gettop(from);
    const char* message = message_of(from, -1, room, sizeof room);
    dd_error_clear(err);

    // raised by a binding: the code and the file it knows
    bool raised = host->raised_set && strcmp(message, host->raised_text) == 0;
    DdErrorCode code = raised ? host->raised.code : DD_ERROR_SCRIPT;
    if (raised && host->raised.file[0]) {
        err->code = code;
        err->line = host->raised.line;
        memcpy(err->file, host->raised.file, sizeof err->file);
        memcpy(err->text, host->raised.text, sizeof err->text);
        lua_settop(from, top);
        return;
    }
    int line = 0;
    const char* text = message;
    const DdChunk* chunk = parse_position(host, message, &line, &text);
    char file[DD_PATH_MAX];
    if (chunk) {
        snprintf(file, sizeof file, "%s", chunk->shown);
    } else {
        dd_lua_where_at(host, from, 0, file, &line);
    }
    err->code = code;
    err->line = line;
    memcpy(err->file, file, sizeof err->file);
    if (file[0]) {
        snprintf(err->text, sizeof err->text, "%s:%d: %s", file, line, text);
    } else {
        snprintf(err->text, sizeof err->text, "%s", text);
    }
    lua_settop(from, top);
}

int dd_lua_on_error(lua_State* L)
{
    DdLua* host = dd_lua_of(L);
    if (!host->spent) {
        describe_value(host, L);
        host->error_set = true;
    }
    dd_lua_traceback(host, L, host->error.traceback, sizeof host->error.traceback);
    return 1;
}

// 20000000 -> "20,000,000"
static const char* grouped(int64_t v, char out[32])
{
    char digits[24];
    int n = snprintf(digits, sizeof digits, "%" PRId64, v);
    int k = 0;
    for (int i = 0; i < n; i++) {
        if (i > 0 && (n - i) % 3 == 0) {
            out[k++] = ',';
        }
        out[k++] = digits[i];
    }
    out[k] = '\0';
    return out;
}

static void describe_spent(DdLua* host, DdError* err)
{
    const DdLuaBudget* b = &host->def.budget;
    char size[32];
    char text[512];
    switch (host->spent) {
    case DD_SPENT_LOAD:
        snprintf(text, sizeof text,
                 "the file ran more than %s units of work while loading (budget per load)",
                 grouped(b->load_units, size));
        break;
    case DD_SPENT_CALL:
        snprintf(text, sizeof text, "one call ran more than %s units of work (budget per call)",
                 grouped(b->call_units, size));
        break;
    case DD_SPENT_EPISODE:
        snprintf(text, sizeof text,
                 "all calls together ran more than %s units of work (budget per episode)",
                 grouped(b->episode_units, size));
        break;
    case DD_SPENT_STRING:
        snprintf(text, sizeof text, "a string grew over %s bytes (limit of one string)",
                 grouped(k_string_max, size));
        break;
    case DD_SPENT_STACK:
        snprintf(text, sizeof text,
                 "calls nest too deep: a stack grew over %s values (recursion without end?)",
                 grouped(k_stack_max, size));
        break;
    default:
        snprintf(text, sizeof text, "the data grew over %s bytes (memory budget)",
                 grouped((int64_t)b->memory, size));
        break;
    }
    memcpy(err->file, host->spent_file, sizeof err->file);
    err->line = host->spent_line;
    err->code = DD_ERROR_BUDGET;
    if (err->file[0]) {
        snprintf(err->text, sizeof err->text, "%s:%d: %s", err->file, err->line, text);
    } else {
        snprintf(err->text, sizeof err->text, "%s", text);
    }
}

void dd_lua_describe(lua_State* L, DdLua* host, int status, lua_State* from, DdError* err)
{
    (void)L;
    // a handler may have had no room to run: then the value itself tells
    if (!host->spent && status == LUA_ERRMEM) {
        host->spent = host->left < 0 || !host->refused ? dd_lua_spent_by(host) : host->refused;
        host->error.traceback[0] = '\0';
    }
    if (!host->spent && !host->error_set) {
        describe_value(host, from);
        host->error.traceback[0] = '\0';
    }
    if (!err) {
        return;
    }
    *err = host->error;
    if (host->spent) {
        describe_spent(host, err);
    }
    // the guest's texts and paths may hold any bytes
    dd_text_clean(err->text);
    dd_text_clean(err->file);
    dd_text_clean(err->traceback);
}

int dd_lua_raise(lua_State* L, const DdError* err)
{
    DdLua* host = dd_lua_of(L);
    if (host->spent) {
        dd_lua_spend(L, host->spent);
    }
    // the text with the position as the guest may see it: by logical name
    if (err->file[0] || err->line > 0) {
        lua_pushlstring(L, err->text, strlen(err->text));
    } else {
        luaL_where(L, 1);
        lua_pushlstring(L, err->text, strlen(err->text));
        lua_concat(L, 2);
    }
    host->raised = *err;
    snprintf(host->raised_text, sizeof host->raised_text, "%s", lua_tostring(L, -1));
    host->raised_set = true;
    return lua_error(L);
}
