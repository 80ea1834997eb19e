// URDF: written anew before MuJoCo reads it: every mesh by a name of its own (MuJoCo takes two
// files of one base name for one mesh), visuals kept, motors for the joints.
#include <expat.h>
#include <string.h>
#include <strings.h>

#include "sim/base/log.h"
#include "sim/base/text.h"
#include "sim/world/parts.h"

static const double k_default_effort = 100; // N m or N, of a joint without an effort limit

typedef struct DdUrdfJoint {
    char name[DD_NAME_MAX];
    double effort;
    bool moves;  // revolute, continuous or prismatic
    bool mimics; // coupled to another one, by MuJoCo
} DdUrdfJoint;

typedef struct DdUrdf {
    const DdFiles* files;
    char dir[DD_PATH_MAX];
    const char* logical;
    XML_Parser parser;
    DdError* err;
    bool failed;
    DdText text;
    int depth;
    int skip;           // depth of an element that is left out; 0: none
    int drop;           // visuals left out
    size_t shape_begin; // where the present <visual> or <collision> began in the text
    bool in_visual, drop_visual;
    int nmesh, mesh_capacity;
    const DdFile** meshes; // (nmesh) by number
    int njoint, joint_capacity;
    DdUrdfJoint* joints; // (njoint)
    bool in_joint;
} DdUrdf;

static const char* attribute(const char** attributes, const char* name, const char* otherwise)
{
    for (int i = 0; attributes[i]; i += 2) {
        if (strcmp(attributes[i], name) == 0) {
            return attributes[i + 1];
        }
    }
    return otherwise;
}

static void fail(DdUrdf* u, DdErrorCode code, const char* what, const char* value)
{
    int line = (int)XML_GetCurrentLineNumber(u->parser);

    dd_fail_at(u->err, code, u->logical, line, "%s '%s'", what, value);
    u->failed = true;
    XML_StopParser(u->parser, XML_FALSE);
}

static bool is_mesh_format(const char* name)
{
    const char* dot = strrchr(name, '.');

    return dot && (strcasecmp(dot, ".stl") == 0 || strcasecmp(dot, ".obj") == 0 ||
                   strcasecmp(dot, ".msh") == 0);
}

// the number of a mesh file; -1 when it cannot be used
static int mesh_number(DdUrdf* u, const char* name)
{
    const DdFile* file = dd_urdf_mesh(u->files, u->dir, name);

    if (!file) {
        fail(u, DD_ERROR_CANNOT_CHECK, "there is no mesh", name);
        return -1;
    }
    if (!is_mesh_format(file->name)) {
        if (u->in_visual) {
            u->drop_visual = true;
        } else {
            fail(u, DD_ERROR_MODEL, "a collision mesh must be .stl, .obj or .msh, got", name);
        }
        return -1;
    }
    for (int i = 0; i < u->nmesh; i++) {
        if (u->meshes[i] == file) {
            return i;
        }
    }
    if (u->nmesh == u->mesh_capacity) {
        u->mesh_capacity = u->mesh_capacity ? 2 * u->mesh_capacity : 32;
        const DdFile** meshes = realloc(u->meshes, (size_t)u->mesh_capacity * sizeof(void*));
        DD_ASSERT(meshes);
        u->meshes = meshes;
    }
    u->meshes[u->nmesh] = file;
    return u->nmesh++;
}

static void begin_joint(DdUrdf* u, const char** attributes)
{
    const char* type = attribute(attributes, "type", "");

    if (u->njoint == u->joint_capacity) {
        u->joint_capacity = u->joint_capacity ? 2 * u->joint_capacity : 32;
        DdUrdfJoint* joints = realloc(u->joints, (size_t)u->joint_capacity * sizeof *joints);
        DD_ASSERT(joints);
        u->joints = joints;
    }
    DdUrdfJoint* j = &u->joints[u->njoint++];
    *j = (DdUrdfJoint){0};
    snprintf(j->name, sizeof j->name, "%s", attribute(attributes, "name", ""));
    j->moves = strcmp(type, "revolute") == 0 || strcmp(type, "continuous") == 0 ||
               strcmp(type, "prismatic") == 0;
    u->in_joint = true;
}

static void read_joint_part(DdUrdf* u, const char* element, const char** attributes)
{
    DdUrdfJoint* j = &u->joints[u->njoint - 1];

    if (strcmp(element, "limit") == 0) {
        j->effort = strtod(attribute(attributes, "effort", "0"), NULL);
    } else if (strcmp(element, "mimic") == 0) {
        j->mimics = true;
    }
}

static void write_element(DdUrdf* u, const char* element, const char** attributes)
{
    bool mesh = strcmp(element, "mesh") == 0;

    dd_text_add(&u->text, "<%s", element);
    for (int i = 0; attributes[i] && !u->failed; i += 2) {
        dd_text_add(&u->text, " %s=\"", attributes[i]);
        if (mesh && strcmp(attributes[i], "filename") == 0) {
            int number = mesh_number(u, attributes[i + 1]);
            dd_text_add(&u->text, "mesh%d.stl", number);
        } else {
            dd_text_xml(&u->text, attributes[i + 1]);
        }
        dd_text_str(&u->text, "\"");
    }
    dd_text_str(&u->text, ">");
}

static void start_element(void* user, const char* element, const char** attributes)
{
    DdUrdf* u = user;

    if (u->failed) {
        return;
    }
    u->depth++;
    if (u->skip) {
        return;
    }
    if (u->depth == 2 && strcmp(element, "link") != 0 && strcmp(element, "joint") != 0 &&
        strcmp(element, "material") != 0) {
        u->skip = u->depth; // gazebo, transmission, MuJoCo's own: not part of the robot
        return;
    }
    if (u->depth == 2 && strcmp(element, "joint") == 0) {
        begin_joint(u, attributes);
    } else if (u->in_joint) {
        read_joint_part(u, element, attributes);
    }
    if (strcmp(element, "visual") == 0) {
        u->in_visual = true;
        u->drop_visual = false;
        u->shape_begin = u->text.size;
    }
    write_element(u, element, attributes);
    if (u->depth == 1) {
        dd_text_str(&u->text, "<mujoco><compiler discardvisual=\"false\" fusestatic=\"false\" "
                              "strippath=\"false\" balanceinertia=\"true\" boundmass=\"1e-6\" "
                              "boundinertia=\"1e-9\"/></mujoco>");
    }
}

static void end_element(void* user, const char* element)
{
    DdUrdf* u = user;

    if (u->failed) {
        return;
    }
    if (u->skip) {
        u->skip = u->skip == u->depth ? 0 : u->skip;
        u->depth--;
        return;
    }
    dd_text_add(&u->text, "</%s>\n", element);
    if (strcmp(element, "visual") == 0 && u->in_visual) {
        if (u->drop_visual) {
            u->text.size = u->shape_begin;
            u->text.data[u->text.size] = '\0';
            u->drop++;
        }
        u->in_visual = false;
    }
    if (u->depth == 2) {
        u->in_joint = false;
    }
    u->depth--;
}

static void add_drives(mjSpec* spec, const DdUrdf* u)
{
    for (int i = 0; i < u->njoint; i++) {
        const DdUrdfJoint* j = &u->joints[i];
        if (!j->moves || j->mimics || !mjs_findElement(spec, mjOBJ_JOINT, j->name)) {
            continue; // a mimic joint follows another one
        }
        mjsActuator* motor = mjs_addActuator(spec, NULL);
        double effort = fabs(j->effort) > 0 ? fabs(j->effort) : k_default_effort;
        mjs_setName(motor->element, j->name);
        mjs_setToMotor(motor);
        motor->trntype = mjTRN_JOINT;
        mjs_setString(motor->target, j->name);
        motor->gear[0] = 1;
        motor->ctrllimited = mjLIMITED_TRUE;
        motor->forcelimited = mjLIMITED_TRUE;
        motor->ctrlrange[0] = motor->forcerange[0] = -effort;
        motor->ctrlrange[1] = motor->forcerange[1] = effort;
    }
}

// the files behind the numbered names
static void name_meshes(mjSpec* spec, const DdUrdf* u)
{
    for (mjsElement* e = mjs_firstElement(spec, mjOBJ_MESH); e; e = mjs_nextElement(spec, e)) {
        mjsMesh* mesh = mjs_asMesh(e);
        char path[DD_PATH_MAX + 16];
        int number = -1;
        if (sscanf(mjs_getString(mesh->file), "mesh%d", &number) == 1 && number >= 0 &&
            number < u->nmesh) {
            snprintf(path, sizeof path, DD_STORE_MOUNT "/%s", u->meshes[number]->name);
            mjs_setString(mesh->file, path);
        }
    }
}

mjSpec* dd_urdf_spec(DdFiles* files, const char* logical, const mjVFS* vfs, DdError* err)
{
    const DdFile* file = dd_files_find(files, logical);
    DdUrdf u = {.files = files, .logical = logical, .err = err};
    char text[1024] = "", words[DD_SPEC_ERROR_MAX];
    mjSpec* spec = NULL;

    DD_ASSERT(file);
    dd_model_dir(u.dir, logical);
    u.parser = XML_ParserCreate(NULL);
    DD_ASSERT(u.parser);
    XML_SetUserData(u.parser, &u);
    XML_SetElementHandler(u.parser, start_element, end_element);
    if (XML_Parse(u.parser, (const char*)file->data, (int)file->size, 1) != XML_STATUS_OK &&
        !u.failed) {
        fail(&u, DD_ERROR_MODEL,
             "the XML is damaged:", XML_ErrorString(XML_GetErrorCode(u.parser)));
    }
    if (!u.failed && !u.text.failed) {
        spec = mj_parseXMLString(u.text.data, vfs, text, sizeof text);
        if (!spec) {
            dd_fail_at(err, DD_ERROR_MODEL, logical, 0, "%s", dd_spec_words(text, words));
        }
    }
    if (spec) {
        name_meshes(spec, &u);
        add_drives(spec, &u);
        if (u.drop > 0) {
            dd_log(DD_LOG_WARN, "%s: %d visuals left out: MuJoCo reads .stl, .obj and .msh meshes",
                   logical, u.drop);
        }
    }
    XML_ParserFree(u.parser);
    dd_text_free(&u.text);
    free(u.meshes);
    free(u.joints);
    return spec;
}
