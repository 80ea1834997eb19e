// Internals of the Lua host, shared by its files: the state, the meter, argument helpers.
#pragma once

#include "sim/lua/host.h"
#include "sim/lua/pool.h"

enum {
    k_hook_interval = 1000,    // instructions between two looks at the meter
    k_source_max = 256 * 1024, // bytes of one source file
    k_source_units = 4,        // units per byte of source compiled
    k_string_max = 256 * 1024, // bytes of one string
    k_string_long = 1024,      // from here on a string makes instructions dearer
    k_stack_max = 16384,       // values on one stack, which bounds recursion
    k_stack_long = 32 * 1024,  // bytes; from here on a stack makes instructions dearer
    k_unpack_max = 4096,       // values of one table.unpack, string.byte
    k_nesting_max = 12,        // functions inside functions
    k_index_chain_max = 32,    // tables followed through __index
    k_close_depth_max = 8,     // coroutine.close inside __close inside coroutine.close ...
    k_print_max = 4096,        // bytes of one printed line
    k_buckets = 40,            // block sizes by powers of two
};

// Why a call had to end. Nothing in the guest's code can catch it.
typedef enum DdSpent {
    DD_SPENT_NOTHING,
    DD_SPENT_LOAD,
    DD_SPENT_CALL,
    DD_SPENT_EPISODE,
    DD_SPENT_MEMORY,
    DD_SPENT_STRING,
    DD_SPENT_STACK,
} DdSpent;

// One compiled file: its logical name, as the guest sees it, and what the user calls it.
typedef struct DdChunk {
    char name[DD_PATH_MAX];
    char shown[DD_PATH_MAX];
    char short_src[LUA_IDSIZE]; // as Lua writes the name into messages
} DdChunk;

struct DdLua {
    lua_State* L;
    lua_State* current; // the coroutine that runs
    DdPool* pool;

    DdLuaDef def; // its strings point to the buffers below
    char root[DD_PATH_MAX];
    char root_name[DD_NAME_MAX];
    char lib[DD_PATH_MAX];
    char scope[DD_NAME_MAX];
    int64_t scope_epoch; // streams made under an older one start anew

    // the meter
    int64_t left;    // units the running call may still use
    int64_t allowed; // what `left` began with
    int64_t load_used;
    int64_t load_baseline; // of the files alone, kept over episodes
    int64_t call_max;
    int64_t episode_used;
    DdLuaPhase phase;
    int depth; // calls of dd_lua_call inside one another
    DdSpent spent;
    DdSpent refused; // why the allocator said no last
    char spent_file[DD_PATH_MAX];
    int spent_line;
    bool place_known; // of a refusal that no success followed
    bool hook_tight;  // the main thread's hook fires on every instruction
    bool baseline_known;
    bool next_is_stack; // a thread was allocated: its stack comes next
    void* new_vector;   // what was allocated last, when it may be a stack that grows
    size_t new_vector_size;
    DdSpent must_end; // seen by the allocator, which cannot raise
    int long_blocks[DD_POOL_KINDS][k_buckets];
    int64_t weight;      // units of one instruction, by the longest string and stack alive
    int64_t catch_units; // units of an error caught, by the longest source file
    int close_depth;

    DdChunk* chunks;
    int nchunk;
    int chunk_capacity;

    // the error on its way out
    bool error_set;
    DdError error;
    bool raised_set; // by dd_lua_raise: a string that stands for a DdError
    DdError raised;
    char raised_text[DD_ERROR_TEXT_MAX];
};

// ---- the meter (meter.c) ----

void* dd_lua_alloc(void* user, void* p, size_t old_size, size_t size); // a lua_Alloc
void dd_lua_count_hook(lua_State* L, lua_Debug* ar);
void dd_lua_begin(DdLua* host, DdLuaPhase phase); // around everything that runs guest code
void dd_lua_end(DdLua* host);
// Ends the running call. Does not return.
int dd_lua_spend(lua_State* L, DdSpent what);
// After a protected call inside the guest's code failed with `status`: goes on unwinding when the
// budget is spent, else charges for the catch.
void dd_lua_caught(lua_State* L, int status);
DdSpent dd_lua_spent_by(const DdLua* host); // which budget of work is out
// A string of `size` bytes is about to be made.
void dd_lua_charge_string(lua_State* L, size_t size);

// ---- errors (errors.c) ----

int dd_lua_on_error(lua_State* L); // the message handler
void dd_lua_describe(lua_State* L, DdLua* host, int status, lua_State* from, DdError* err);
void dd_lua_traceback(DdLua* host, lua_State* L, char* out, size_t size);
void dd_lua_where_at(DdLua* host, lua_State* L, int level, char file[DD_PATH_MAX], int* line);
const DdChunk* dd_lua_chunk_of(const DdLua* host, const char* source);
bool dd_lua_add_chunk(DdLua* host, const char* name, const char* shown);

// ---- source (scan.c) ----

// One look at a source text before Lua compiles it. False: functions nest too deep, at `line`.
bool dd_lua_scan(const char* text, size_t size, int* line);
// The line where brackets and blocks are nested deepest.
int dd_lua_deepest_line(const char* text, size_t size);
// Compile `text` and leave the function on the stack; an error message when false.
bool dd_lua_compile(DdLua* host, lua_State* L, const char* name, const char* text, size_t size,
                    DdError* err);

// ---- libraries ----

void dd_lua_open_base(lua_State* L);
void dd_lua_open_meta(lua_State* L);
void dd_lua_open_pairs(lua_State* L);
void dd_lua_open_require(lua_State* L);
void dd_lua_open_coroutine(lua_State* L);
void dd_lua_open_string(lua_State* L);
void dd_lua_open_format(lua_State* L); // into the string table
void dd_lua_open_table(lua_State* L);
void dd_lua_open_utf8(lua_State* L);
void dd_lua_open_math(lua_State* L);

// Numbers only: a string that looks like one is not converted, which would cost by its length.
lua_Number dd_lua_arg_number(lua_State* L, int arg);
lua_Integer dd_lua_arg_integer(lua_State* L, int arg);
lua_Integer dd_lua_opt_integer(lua_State* L, int arg, lua_Integer def);
// The text of any value, without an address in it; on the stack.
const char* dd_lua_to_text(lua_State* L, int index, size_t* size);
// Appends to a buffer of a string in the making, under the same limits as any string.
void dd_lua_add(lua_State* L, luaL_Buffer* b, const char* s, size_t size);
