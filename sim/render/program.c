// Programs: shaders under MuJoCo's drawing calls. It draws with OpenGL's fixed functions, once for
// colours and once more for ids; these take its matrices, lights and materials, give colour and id
// in one pass, and let spot lights fall on pixels rather than on corners.
//
// What a geom's id and texture are reaches them in the numbers of its material: its shininess is
// the id, its specular holds the real two and how it is textured.
#include <string.h>

#include "sim/render/internal.h"

// The fragment's reads nothing that changes with the geom: that would cost some 15 us for each.
static const char k_vertex[] =
    "#version 120\n"
    "varying vec4 lit;   // and how opaque\n"
    "varying vec4 mark;  // the id's two bytes; nothing where it is transparent, to be blended "
    "away\n"
    "varying vec3 coord; // of the texture; is there one?\n"
    "#ifdef SPOTS\n"
    "varying vec3 place, normal, base;\n"
    "#endif\n"
    "void main()\n"
    "{\n"
    "    gl_Position = ftransform();\n"
    "    lit = gl_Color;\n"
    "#ifdef IDS\n"
    "    float id = gl_FrontMaterial.shininess * 512.0, high = floor(id / 256.0);\n"
    "    mark = gl_Color.a < 0.995 ? vec4(0.0) : vec4(id - 256.0 * high, high, 0.0, 255.0) / "
    "255.0;\n"
    "#endif\n"
    "#ifdef COLOUR\n"
    "    float held = gl_FrontMaterial.specular.x;\n"
    "    float mode = floor(held / 256.0), left = held - 256.0 * mode;\n"
    "    float specular = floor(left) / 255.0, shininess = fract(left) * 128.0 / 0.999;\n"
    "    vec3 at = vec3(gl_ModelViewMatrix * gl_Vertex);\n"
    "    vec3 n = normalize(gl_NormalMatrix * gl_Normal);\n"
    "    vec3 view = normalize(-at), diffuse = vec3(0.0), gloss = vec3(0.0);\n"
    "    for (int i = 0; i < DIRECTIONS; i++) {\n"
    "        vec3 to = normalize(gl_LightSource[i].position.xyz);\n"
    "        float share = max(dot(n, to), 0.0);\n"
    "        diffuse += gl_LightSource[i].ambient.rgb + share * gl_LightSource[i].diffuse.rgb;\n"
    "        if (share > 0.0) {\n"
    "            float shine = max(dot(n, normalize(to + view)), 0.0);\n"
    "            gloss += pow(shine, shininess) * gl_LightSource[i].specular.rgb;\n"
    "        }\n"
    "    }\n"
    "    lit.rgb = gl_FrontMaterial.emission.rgb + gl_Color.rgb * diffuse + specular * gloss;\n"
    "    coord.xy = mode == 2.0 ? vec2(dot(gl_Vertex, gl_ObjectPlaneS[0]),\n"
    "                                  dot(gl_Vertex, gl_ObjectPlaneT[0]))\n"
    "                           : vec2(gl_TextureMatrix[0] * gl_MultiTexCoord0);\n"
    "    // one texel over and over is read fastest where there is no texture\n"
    "    coord = mode == 0.0 ? vec3(0.0) : vec3(coord.xy, 1.0);\n"
    "#ifdef SPOTS\n"
    "    place = at;\n"
    "    normal = n;\n"
    "    base = gl_Color.rgb;\n"
    "#else\n"
    "    lit.rgb = clamp(lit.rgb, 0.0, 1.0);\n"
    "#endif\n"
    "#endif\n"
    "}\n";

static const char k_fragment[] =
    "#version 120\n"
    "varying vec4 lit, mark;\n"
    "varying vec3 coord;\n"
    "#ifdef SPOTS\n"
    "varying vec3 place, normal, base;\n"
    "#endif\n"
    "uniform sampler2D picture;\n"
    "void main()\n"
    "{\n"
    "#ifdef COLOUR\n"
    "    vec4 colour = lit;\n"
    "#ifdef SPOTS\n"
    "    vec3 n = normalize(normal);\n"
    "    vec3 sum = vec3(0.0);\n"
    "    for (int i = DIRECTIONS; i < DIRECTIONS + SPOTS; i++) {\n"
    "        vec3 to = gl_LightSource[i].position.xyz - place;\n"
    "        float square = dot(to, to), near = inversesqrt(square);\n"
    "        to *= near;\n"
    "        float cone = max(-dot(to, gl_LightSource[i].spotDirection), 0.0);\n"
    "        // a soft rim\n"
    "        float rim = gl_LightSource[i].spotCosCutoff;\n"
    "        float power = clamp((cone - rim) * (8.0 / (1.0 - rim)), 0.0, 1.0) *\n"
    "                      pow(cone, gl_LightSource[i].spotExponent) /\n"
    "                      (gl_LightSource[i].constantAttenuation +\n"
    "                       gl_LightSource[i].linearAttenuation * square * near +\n"
    "                       gl_LightSource[i].quadraticAttenuation * square);\n"
    "        sum += power * (gl_LightSource[i].ambient.rgb +\n"
    "                        max(dot(n, to), 0.0) * gl_LightSource[i].diffuse.rgb);\n"
    "    }\n"
    "    colour.rgb = clamp(lit.rgb + base * sum, 0.0, 1.0);\n"
    "#endif\n"
    "    vec4 texel = texture2D(picture, coord.xy);\n"
    "    gl_FragData[0] = coord.z > 0.5 ? colour * texel : colour;\n"
    "#endif\n"
    "#ifdef IDS\n"
    "    gl_FragData[1] = mark;\n"
    "#endif\n"
    "}\n";

static GLuint compile(const DdGl* gl, GLenum kind, const char* define, const char* text)
{
    // the version comes first, then what is defined
    const char* line = "#version 120\n";
    const char* parts[] = {line, define, text + strlen(line)};
    GLuint shader = gl->CreateShader(kind);
    GLint fine = 0;

    gl->ShaderSource(shader, 3, parts, NULL);
    gl->CompileShader(shader);
    gl->GetShaderiv(shader, GL_COMPILE_STATUS, &fine);
    if (!fine) {
        gl->DeleteShader(shader);
        return 0;
    }
    return shader;
}

static GLuint make(const DdGl* gl, const char* define)
{
    GLuint vertex = compile(gl, GL_VERTEX_SHADER, define, k_vertex);
    GLuint fragment = compile(gl, GL_FRAGMENT_SHADER, define, k_fragment);
    GLuint program = 0;

    if (vertex && fragment) {
        GLint fine = 0;
        program = gl->CreateProgram();
        gl->AttachShader(program, vertex);
        gl->AttachShader(program, fragment);
        gl->LinkProgram(program);
        gl->GetProgramiv(program, GL_LINK_STATUS, &fine);
        if (!fine) {
            gl->DeleteProgram(program);
            program = 0;
        }
    }
    gl->DeleteShader(vertex);
    gl->DeleteShader(fragment);
    return program;
}

bool dd_render_use_program(DdGlContext* c, bool colour, bool ids, int spots)
{
    const DdGl* gl = c->gl;
    int i = (colour ? 2 * (1 + spots) : 0) + ids;
    char define[160], line[64] = "";

    DD_ASSERT(spots <= DD_RENDER_SPOTS);
    if (!c->program[i] && !c->no_programs) {
        if (colour && spots > 0) {
            snprintf(line, sizeof line, "#define SPOTS %d\n", spots);
        }
        snprintf(define, sizeof define, "%s%s#define DIRECTIONS %d\n%s",
                 colour ? "#define COLOUR\n" : "", ids ? "#define IDS\n" : "", DD_RENDER_DIRECTIONS,
                 line);
        c->program[i] = make(gl, define);
    }
    if (!c->program[i]) {
        // an OpenGL without these: fixed functions do it, in two passes
        c->no_programs = true;
        return false;
    }
    gl->UseProgram(c->program[i]);
    return true;
}
