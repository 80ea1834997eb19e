// Agents: whoever decides. An agent sees the granted channels and nothing else.
#pragma once

#include "sim/base/budget.h"
#include "sim/base/files.h"
#include "sim/base/space.h"

typedef struct DdAgentInfo {
    const char* instruction_en; // the task in words
    const char* instruction_ko;
    const char* robot; // name of the driven robot
    double agent_hz;
    double duration_s;
} DdAgentInfo;

typedef struct DdAgentDef {
    const char* spec; // "zero", "random", or the path of an agent file or of a folder
    const char* slot; // "" for the only slot
    DdFiles* files;   // the agent's file is kept as "agent/SLOT/NAME.lua"
    const char* lib;  // folder of the shipped library
    uint64_t seed;    // of the agent's own streams; never shown to it
    const char* scope;
    DdLuaBudget budget;
    void (*print)(void* user, const char* level, const char* text, const char* file, int line);
    void* user;
} DdAgentDef;

typedef struct DdAgent DdAgent;

// One way of deciding. The first member of each kind's own struct is a DdAgent.
typedef struct DdAgentKind {
    const char* name;
    const char* doc;
    DdAgent* (*create)(const DdAgentDef* def, const DdObservationSpace* obs,
                       const DdActionSpace* act, DdError* err);
    void (*destroy)(DdAgent* a);
    bool (*reset)(DdAgent* a, const DdObservation* o, const DdAgentInfo* info, DdError* err);
    // Fills `action` (space.n doubles). Raised, nothing returned, wrong sizes: DD_ERROR_AGENT.
    bool (*act)(DdAgent* a, const DdObservation* o, double* action, DdError* err);
    DdLuaUsage (*usage)(const DdAgent* a); // NULL when not counted
} DdAgentKind;

struct DdAgent {
    const DdAgentKind* kind;
};

const DdAgentKind* const* dd_agent_kinds(int* n); // zero, random, lua
DdAgentDef dd_agent_def(void);
// The spaces are borrowed until destroy. A scenario file given as agent is an error that says so.
DD_MUST_USE DdAgent* dd_agent_create(const DdAgentDef* def, const DdObservationSpace* obs,
                                     const DdActionSpace* act, DdError* err);
void dd_agent_destroy(DdAgent* a);
DD_MUST_USE bool dd_agent_reset(DdAgent* a, const DdObservation* o, const DdAgentInfo* info,
                                DdError* err);
DD_MUST_USE bool dd_agent_act(DdAgent* a, const DdObservation* o, double* action, DdError* err);
DdLuaUsage dd_agent_usage(const DdAgent* a);
