// Later: work of a tick that another thread may do while the tick goes on: a picture's pixels while
// the next one is drawn. All of it is done when the tick ends, so nobody outside can tell.
#pragma once

typedef struct DdLater DdLater;

DdLater* dd_later_create(void);
void dd_later_destroy(DdLater* l); // NULL is fine; after dd_later_wait
// Runs work(user) on the other thread, or in dd_later_wait. What it reads must stay as it is until
// then, what it writes must be nobody else's.
void dd_later_do(DdLater* l, void (*work)(void* user), void* user);
void dd_later_wait(DdLater* l); // until everything is done; helps
