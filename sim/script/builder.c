// Builder: poses, frames and random streams behind `w`.
#include "sim/script/builder.h"

#include <stdlib.h>
#include <string.h>

void dd_builder_clear(DdBuilder* b)
{
    for (int i = 0; i < DD_PLAN_ROBOTS; i++) {
        dd_robot_frames_clear(&b->own[i]);
    }
    free(b->stream);
    free(b->list);
    memset(b, 0, sizeof *b);
}

static int robot_index(const DdBuilder* b, const char* thing)
{
    for (int i = 0; i < b->plan->nrobot; i++) {
        if (strcmp(b->plan->robot[i].placement.name, thing) == 0) {
            return i;
        }
    }
    return -1;
}

const char* dd_builder_kind(const DdBuilder* b, const char* thing)
{
    const DdCompose* c = b->plan->compose;
    for (int i = 0; i < dd_compose_count(c); i++) {
        if (strcmp(dd_compose_name(c, i), thing) == 0) {
            return dd_compose_kind(c, i);
        }
    }
    return NULL;
}

static const DdRobotFrames* robot_frames(DdBuilder* b, int robot, DdError* err)
{
    if (b->own[robot].n > 0) {
        return &b->own[robot];
    }
    DdRobotFrames* frames = &b->entry[robot]->frames;
    bool known = frames->n > 0 ||
                 dd_robot_frames_read(b->robots->files, b->plan->robot[robot].desc, frames, err);
    return known ? frames : NULL;
}

// "bay/west" -> "bay" and "west"; "bay" -> "bay" and "".
static void split(const char* ref, char thing[DD_NAME_MAX], const char** frame)
{
    size_t n = strcspn(ref, "/");
    snprintf(thing, DD_NAME_MAX, "%.*s", (int)n, ref);
    *frame = ref[n] ? ref + n + 1 : "";
}

static bool no_thing(const DdBuilder* b, const char* thing, const char* what, DdError* err)
{
    const DdCompose* c = b->plan->compose;
    int n = dd_compose_count(c);
    const char** names = malloc((size_t)(n + 1) * sizeof *names);
    DD_ASSERT(names);
    for (int i = 0; i < n; i++) {
        names[i] = dd_compose_name(c, i);
    }
    char near[DD_NAME_MAX + 32];
    dd_lua_suggest(thing, names, n, near);
    free(names);
    return dd_fail(err, DD_ERROR_SCRIPT, "%s%sno thing named '%s'%s", what, *what ? ": " : "",
                   thing, near);
}

int dd_builder_frames(DdBuilder* b, const char* thing, const DdKey** names, DdError* err)
{
    int robot = robot_index(b, thing);
    if (robot >= 0) {
        const DdRobotFrames* frames = robot_frames(b, robot, err);
        *names = frames ? (const DdKey*)frames->name : NULL;
        return frames ? frames->n : -1;
    }
    const char* kind_name = dd_builder_kind(b, thing);
    if (!kind_name) {
        no_thing(b, thing, "", err);
        return -1;
    }
    const DdThingKind* kind = dd_thing_kind(kind_name);
    int n = 0;
    while (kind && kind->frames && kind->frames[n]) {
        n++;
    }
    if (n > b->nlist) {
        b->list = realloc(b->list, (size_t)n * sizeof *b->list);
        DD_ASSERT(b->list);
        b->nlist = n;
    }
    for (int i = 0; i < n; i++) {
        snprintf(b->list[i], sizeof b->list[i], "%s", kind->frames[i]);
    }
    *names = (const DdKey*)b->list;
    return n;
}

bool dd_builder_check_ref(DdBuilder* b, const char* ref, const char* what, DdError* err)
{
    char thing[DD_NAME_MAX];
    const char* frame;
    split(ref, thing, &frame);
    if (!dd_compose_has(b->plan->compose, thing)) {
        return no_thing(b, thing, what, err);
    }
    if (!*frame) {
        return true;
    }
    const DdKey* names;
    int n = dd_builder_frames(b, thing, &names, err);
    const char* all[256];
    int nall = 0;
    for (int i = 0; i < n; i++) {
        if (strcmp(names[i], frame) == 0) {
            return true;
        }
        if (nall < 256) {
            all[nall++] = names[i];
        }
    }
    // frames that only this thing has, by what its def says
    DdPose pose;
    bool robot = robot_index(b, thing) >= 0;
    if (n >= 0 && !robot && dd_compose_pose(b->plan->compose, ref, &pose)) {
        return true;
    }
    char near[DD_NAME_MAX + 32];
    dd_lua_suggest(frame, all, nall, near);
    return n >= 0 && dd_fail(err, DD_ERROR_SCRIPT, "%s%s'%s' has no frame named '%s'%s", what,
                             *what ? ": " : "", thing, frame, near);
}

bool dd_builder_pose(DdBuilder* b, const char* ref, DdPose* pose, DdError* err)
{
    char thing[DD_NAME_MAX];
    const char* frame;
    split(ref, thing, &frame);
    int robot = robot_index(b, thing);
    if (robot < 0) {
        if (dd_compose_pose(b->plan->compose, ref, pose)) {
            return true;
        }
        return dd_builder_check_ref(b, ref, "", err) &&
               dd_fail(err, DD_ERROR_SCRIPT, "it is not known where '%s' stands", ref);
    }

    // frames at the start pose, which the composition does not know
    *pose = dd_robot_placement_pose(&b->plan->robot[robot].placement);
    if (!*frame) {
        return true;
    }
    const DdRobotFrames* frames = robot_frames(b, robot, err);
    for (int i = 0; frames && i < frames->n; i++) {
        if (strcmp(frames->name[i], frame) == 0) {
            *pose = dd_pose_mul(*pose, frames->pose[i]);
            return true;
        }
    }
    return frames && dd_builder_check_ref(b, ref, "", err);
}

DdStream* dd_builder_stream(DdBuilder* b, const char* name, DdError* err)
{
    for (int i = 0; i < b->nstream; i++) {
        if (strcmp(b->stream[i].name, name) == 0) {
            return &b->stream[i].stream;
        }
    }
    if (b->nstream == DD_BUILDER_STREAMS || strlen(name) >= DD_NAME_MAX) {
        dd_fail(err, DD_ERROR_SCRIPT,
                "stream '%s': a build has at most %d streams with names of at "
                "most %d bytes",
                name, DD_BUILDER_STREAMS, DD_NAME_MAX - 1);
        return NULL;
    }
    if (!b->stream) {
        b->stream = calloc(DD_BUILDER_STREAMS, sizeof *b->stream);
        DD_ASSERT(b->stream);
    }
    DdBuilderStream* s = &b->stream[b->nstream++];
    snprintf(s->name, sizeof s->name, "%s", name);
    s->stream = dd_stream(b->seed, b->plan->def.name, name);
    return &s->stream;
}

bool dd_builder_check_label(const DdBuilder* b, const char* label, const char* what, DdError* err)
{
    const DdNames* own = &b->plan->labels;
    const char* names[DD_NAMES_MAX];
    int n;
    const char* const* shipped = dd_label_classes(&n);
    n = own->n > 0 ? own->n : n;

    if (label[0] == '\0') {
        return true;
    }
    for (int i = 0; i < n; i++) {
        names[i] = own->n > 0 ? own->v[i] : shipped[i];
        if (strcmp(names[i], label) == 0) {
            return true;
        }
    }
    char near[DD_NAME_MAX + 32];
    dd_lua_suggest(label, names, n, near);
    return dd_fail(err, DD_ERROR_SCRIPT, "%s: label: there is no class '%s'%s (%s)", what, label,
                   near,
                   own->n > 0 ? "the scenario's field labels lists them"
                              : "scenario { labels = { ... } } makes classes of its own");
}
