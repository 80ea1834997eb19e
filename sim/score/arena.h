// Arena: memory set aside for what is compiled while an episode runs, such as the conditions that a
// story waits for, so that its thread allocates nothing then. What does not fit comes from malloc.
#pragma once

#include <stdbool.h>
#include <stddef.h>

typedef struct DdArena DdArena;

DdArena* dd_arena_create(size_t size); // NULL when memory ended; untouched pages cost nothing
void dd_arena_destroy(DdArena* a);     // with everything in it; NULL is fine
// From here on this thread's blocks come out of `a` (NULL: out of malloc). Returns what was in use.
DdArena* dd_arena_use(DdArena* a);

// Zeroed, NULL when memory ended. A block may be freed whatever is in use then; in an arena only
// the last one gives its room back.
void* dd_arena_alloc(size_t size);
void* dd_arena_resize(void* block, size_t size);
void dd_arena_free(void* block); // NULL is fine
