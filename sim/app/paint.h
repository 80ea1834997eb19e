// Paint: what a camera for looking sees of a recording at a moment, and what is written on it.
#pragma once

#include "sim/app/canvas.h"
#include "sim/app/film.h"
#include "sim/app/view_camera.h"

// The world as it stands now. `samples` a pixel and side: 2 smooths edges at four times the cost.
DD_MUST_USE bool dd_paint_world(DdWorld* w, const DdEye* eye, const DdWeather* weather, double t_s,
                                bool shadows, int samples, unsigned char* rgb, DdError* err);
// The film at its present moment; `rgb` has width * height * 3 bytes.
DD_MUST_USE bool dd_paint_film(DdFilm* f, const DdView* view, int width, int height, bool shadows,
                               int samples, unsigned char* rgb, DdError* err);
// The series that matter most, those with requirements first. Returns their number.
int dd_film_choose(const DdFilm* f, const DdSeries** out, int max);
// "gap 1.23 m"
void dd_series_text(const DdSeries* s, double t_s, char* out, size_t size);
// What is known of a requirement at a moment: its colour and one word.
DdColour dd_requirement_state(const DdFilmRequirement* r, double t_s, double end_s,
                              const char** word);
DdColour dd_word_colour(const char* word); // the same on a dark ground
DdColour dd_outcome_colour(const char* outcome);
// Time, measures, requirements into a corner of a video's picture.
void dd_paint_labels(DdCanvas* c, const DdFilm* f);
// A series over the whole time in a box, a mark at `now_s` unless NaN.
void dd_paint_plot(DdCanvas* c, double x, double y, double w, double h, const DdSeries* s,
                   double duration_s, double now_s, DdColour colour);
// "1280x720" into two numbers from 16 to 8192.
DD_MUST_USE bool dd_size_parse(const char* text, int* width, int* height, DdError* err);
