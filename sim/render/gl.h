// GL: the display, one context per thread, and the functions of OpenGL that drydock itself calls.
#pragma once

#include <sys/types.h>

#include <EGL/egl.h>
#include <GL/gl.h>
#include <GL/glext.h>

#include "sim/render/render.h"

// name without "gl", return type, arguments
#define DD_GL_LIST(X)                                                                              \
    X(GetString, const GLubyte*, (GLenum))                                                         \
    X(GetError, GLenum, (void))                                                                    \
    X(GetGraphicsResetStatus, GLenum, (void))                                                      \
    X(GetIntegerv, void, (GLenum, GLint*))                                                         \
    X(GetFloatv, void, (GLenum, GLfloat*))                                                         \
    X(ReadPixels, void, (GLint, GLint, GLsizei, GLsizei, GLenum, GLenum, void*))                   \
    X(PixelStorei, void, (GLenum, GLint))                                                          \
    X(BindFramebuffer, void, (GLenum, GLuint))                                                     \
    X(GenFramebuffers, void, (GLsizei, GLuint*))                                                   \
    X(FramebufferTexture2D, void, (GLenum, GLenum, GLenum, GLuint, GLint))                         \
    X(BindRenderbuffer, void, (GLenum, GLuint))                                                    \
    X(RenderbufferStorage, void, (GLenum, GLenum, GLsizei, GLsizei))                               \
    X(FramebufferRenderbuffer, void, (GLenum, GLenum, GLenum, GLuint))                             \
    X(CheckFramebufferStatus, GLenum, (GLenum))                                                    \
    X(DrawBuffer, void, (GLenum))                                                                  \
    X(ReadBuffer, void, (GLenum))                                                                  \
    X(Viewport, void, (GLint, GLint, GLsizei, GLsizei))                                            \
    X(Enable, void, (GLenum))                                                                      \
    X(Disable, void, (GLenum))                                                                     \
    X(BlendFunc, void, (GLenum, GLenum))                                                           \
    X(DepthMask, void, (GLboolean))                                                                \
    X(MatrixMode, void, (GLenum))                                                                  \
    X(LoadIdentity, void, (void))                                                                  \
    X(PushMatrix, void, (void))                                                                    \
    X(PopMatrix, void, (void))                                                                     \
    X(ActiveTexture, void, (GLenum))                                                               \
    X(GenTextures, void, (GLsizei, GLuint*))                                                       \
    X(DeleteTextures, void, (GLsizei, const GLuint*))                                              \
    X(BindTexture, void, (GLenum, GLuint))                                                         \
    X(TexImage2D, void,                                                                            \
      (GLenum, GLint, GLint, GLsizei, GLsizei, GLint, GLenum, GLenum, const void*))                \
    X(TexParameteri, void, (GLenum, GLenum, GLint))                                                \
    X(TexGeni, void, (GLenum, GLenum, GLint))                                                      \
    X(GenLists, GLuint, (GLsizei))                                                                 \
    X(DeleteLists, void, (GLuint, GLsizei))                                                        \
    X(NewList, void, (GLuint, GLenum))                                                             \
    X(EndList, void, (void))                                                                       \
    X(Begin, void, (GLenum))                                                                       \
    X(End, void, (void))                                                                           \
    X(CreateShader, GLuint, (GLenum))                                                              \
    X(ShaderSource, void, (GLuint, GLsizei, const char* const*, const GLint*))                     \
    X(CompileShader, void, (GLuint))                                                               \
    X(GetShaderiv, void, (GLuint, GLenum, GLint*))                                                 \
    X(DeleteShader, void, (GLuint))                                                                \
    X(CreateProgram, GLuint, (void))                                                               \
    X(AttachShader, void, (GLuint, GLuint))                                                        \
    X(LinkProgram, void, (GLuint))                                                                 \
    X(GetProgramiv, void, (GLuint, GLenum, GLint*))                                                \
    X(DeleteProgram, void, (GLuint))                                                               \
    X(UseProgram, void, (GLuint))                                                                  \
    X(GenRenderbuffers, void, (GLsizei, GLuint*))                                                  \
    X(DeleteRenderbuffers, void, (GLsizei, const GLuint*))                                         \
    X(DrawBuffers, void, (GLsizei, const GLenum*))                                                 \
    X(Color4f, void, (GLfloat, GLfloat, GLfloat, GLfloat))                                         \
    X(Normal3f, void, (GLfloat, GLfloat, GLfloat))                                                 \
    X(TexCoord2f, void, (GLfloat, GLfloat))                                                        \
    X(TexCoord3f, void, (GLfloat, GLfloat, GLfloat))                                               \
    X(Vertex2f, void, (GLfloat, GLfloat))                                                          \
    X(Vertex3f, void, (GLfloat, GLfloat, GLfloat))

// programs of shaders: no colours, colours with 0..5 spot lights; each without and with ids
enum { DD_GL_PROGRAMS = 14 };

typedef struct DdGl {
#define DD_GL_MEMBER(name, result, args) result(*name) args;
    DD_GL_LIST(DD_GL_MEMBER)
#undef DD_GL_MEMBER
} DdGl;

// A context of this thread. Counted: the cache's renderers share it.
typedef struct DdGlContext {
    EGLContext egl;
    const DdGl* gl;
    int refs;
    pid_t pid;                      // of the process that made it; none other can use it
    GLuint program[DD_GL_PROGRAMS]; // 0: not made yet
    bool no_programs;               // it refused one
    bool dead;                      // lost: nothing of it can be used or freed any more
    DdRenderInfo info;
} DdGlContext;

// This thread's context, made when there is none or it died. One reference for the caller.
DD_MUST_USE DdGlContext* dd_gl_get(DdError* err);
void dd_gl_unref(DdGlContext* c);
bool dd_gl_alive(DdGlContext* c);
// What was current before goes to `before`, to be put back with dd_gl_leave.
typedef struct DdGlBefore {
    EGLDisplay display;
    EGLContext context;
    EGLSurface draw, read;
} DdGlBefore;
DD_MUST_USE bool dd_gl_enter(DdGlContext* c, DdGlBefore* before, DdError* err);
void dd_gl_leave(DdGlContext* c, const DdGlBefore* before);
// False when OpenGL reported an error since the last look, or the context is lost (then also dead).
DD_MUST_USE bool dd_gl_check(DdGlContext* c, const char* while_doing, DdError* err);
void dd_gl_kill(DdGlContext* c); // destroys it underneath, as a driver that resets would
