// Points of lidars and scanners in the world, as they were when they were measured.
#pragma once

#include "sim/app/film.h"

typedef struct DdViewPoints DdViewPoints;

DdViewPoints* dd_points_create(DdWorld* w, const DdPlan* plan);
void dd_points_destroy(DdViewPoints* p); // NULL is fine
// Live: after each agent tick. What is new is placed by where its sensor is now.
void dd_points_take(DdViewPoints* p, const DdChannels* channels, int64_t now);
// Of a recording: the newest of every sensor by the film's present moment.
DD_MUST_USE bool dd_points_read(DdViewPoints* p, DdFilm* f, DdError* err);
// All of them; valid until the next call of any of these.
int dd_points_all(DdViewPoints* p, const float (**at)[3], const float (**from)[3]);
