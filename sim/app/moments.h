// Moments: pictures of an episode at the times that decided it, for plots.
#pragma once

#include "sim/app/plot.h"

// Of the first requirement that was not met, of the smallest and of the largest margin; of the end
// when nothing was required. Fills plot->picture. False with one sentence where there is no OpenGL.
DD_MUST_USE bool dd_moments_add(DdPlot* plot, const char* episode, const char* files_dir,
                                const char* camera, DdError* err);
