# What comes from outside. Debian packages by pkg-config, MuJoCo from its official wheel (unpacked by
# `make deps`), libm from musl's objects.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
pkg_check_modules(LUA REQUIRED IMPORTED_TARGET lua5.4)
pkg_check_modules(JANSSON REQUIRED IMPORTED_TARGET jansson)
pkg_check_modules(SODIUM REQUIRED IMPORTED_TARGET libsodium)
pkg_check_modules(XXHASH REQUIRED IMPORTED_TARGET libxxhash)
pkg_check_modules(EXPAT REQUIRED IMPORTED_TARGET expat)
pkg_check_modules(ZSTD REQUIRED IMPORTED_TARGET libzstd)
pkg_check_modules(LZ4 REQUIRED IMPORTED_TARGET liblz4)
pkg_check_modules(ZLIB REQUIRED IMPORTED_TARGET zlib)
pkg_check_modules(PNG REQUIRED IMPORTED_TARGET libpng)
pkg_check_modules(JPEG REQUIRED IMPORTED_TARGET libjpeg)
pkg_check_modules(GLFW REQUIRED IMPORTED_TARGET glfw3)
pkg_check_modules(EGL REQUIRED IMPORTED_TARGET egl)
pkg_check_modules(CMOCKA IMPORTED_TARGET cmocka)

# MuJoCo: the folder of the unpacked wheel's package (include/mujoco/mujoco.h, libmujoco.so.3.17.0)
set(DD_MUJOCO_VERSION 3.17.0)
if(DEFINED ENV{MUJOCO_DIR})
  set(DD_MUJOCO_DEFAULT $ENV{MUJOCO_DIR})
else()
  set(DD_MUJOCO_DEFAULT ${CMAKE_SOURCE_DIR}/.deps/mujoco)
endif()
set(MUJOCO_DIR ${DD_MUJOCO_DEFAULT} CACHE PATH "folder of MuJoCo ${DD_MUJOCO_VERSION}")
find_file(DD_MUJOCO_LIB NAMES libmujoco.so.${DD_MUJOCO_VERSION}
  PATHS ${MUJOCO_DIR} ${MUJOCO_DIR}/lib NO_DEFAULT_PATH)
if(NOT DD_MUJOCO_LIB)
  message(FATAL_ERROR "MuJoCo ${DD_MUJOCO_VERSION} is not in '${MUJOCO_DIR}': run `make deps`, "
    "or set MUJOCO_DIR to a folder with libmujoco.so.${DD_MUJOCO_VERSION} and include/mujoco")
endif()
add_library(mujoco SHARED IMPORTED)
set_target_properties(mujoco PROPERTIES IMPORTED_LOCATION ${DD_MUJOCO_LIB}
  INTERFACE_INCLUDE_DIRECTORIES ${MUJOCO_DIR}/include)
get_filename_component(DD_MUJOCO_LIB_DIR ${DD_MUJOCO_LIB} DIRECTORY)
set(CMAKE_BUILD_RPATH ${DD_MUJOCO_LIB_DIR})

# libm: musl's math objects, linked into every executable and exported, so that libmujoco, Lua and our
# code compute the same bits on every x86-64 CPU (glibc picks FMA variants by CPU). What rounds exactly
# (sqrt, floor, fabs, ldexp, ...) may come from anywhere; cmake/check_libm.cmake tests the rest.
set(DD_MUSL_LIBC /usr/lib/x86_64-linux-musl/libc.a CACHE FILEPATH "musl's libc.a")
set(DD_LIBM_DIR ${CMAKE_BINARY_DIR}/libm)
set(DD_LIBM_NAMES acos acosf asin asinf atan atanf atan2 atan2f cbrt cbrtf cos cosf sin sinf sincos
  sincosf tan tanf exp expf exp2 exp2f exp10 exp10f expm1 expm1f log logf log2 log2f log10 log10f
  log1p log1pf pow powf cosh coshf sinh sinhf tanh tanhf acosh acoshf asinh asinhf atanh atanhf hypot
  hypotf fmod fmodf erf erff lgamma lgamma_r tgamma)
# what those need
set(DD_LIBM_PARTS __sin __cos __tan __sindf __cosdf __tandf __rem_pio2 __rem_pio2f __rem_pio2_large
  __expo2 __expo2f signgam exp_data exp2f_data log_data logf_data log2_data log2f_data pow_data
  powf_data __math_oflow __math_uflow __math_xflow __math_divzero __math_invalid __math_oflowf
  __math_uflowf __math_xflowf __math_divzerof __math_invalidf)
if(NOT EXISTS ${DD_MUSL_LIBC})
  message(FATAL_ERROR "'${DD_MUSL_LIBC}' is not there: run `make deps` (Debian package musl-dev)")
endif()
execute_process(COMMAND ${CMAKE_AR} t ${DD_MUSL_LIBC} OUTPUT_VARIABLE DD_MUSL_MEMBERS
  COMMAND_ERROR_IS_FATAL ANY)
string(REPLACE "\n" ";" DD_MUSL_MEMBERS "${DD_MUSL_MEMBERS}")
set(DD_LIBM_MEMBERS)
set(DD_LIBM_OBJECTS)
foreach(name ${DD_LIBM_NAMES} ${DD_LIBM_PARTS})
  # the public functions must all be there; how musl divides their inside is its own matter
  if(${name}.lo IN_LIST DD_MUSL_MEMBERS)
    list(APPEND DD_LIBM_MEMBERS ${name}.lo)
    list(APPEND DD_LIBM_OBJECTS ${DD_LIBM_DIR}/${name}.o)
  elseif(name IN_LIST DD_LIBM_NAMES)
    message(FATAL_ERROR "'${DD_MUSL_LIBC}' has no ${name}.lo: this musl cannot be used as libm")
  endif()
endforeach()
# taken out again only when something changed, or every configuration would link everything anew
file(SHA256 ${DD_MUSL_LIBC} DD_LIBM_STAMP)
string(APPEND DD_LIBM_STAMP " ${DD_LIBM_MEMBERS}")
set(DD_LIBM_STAMP_NOW "")
if(EXISTS ${DD_LIBM_DIR}/stamp)
  file(READ ${DD_LIBM_DIR}/stamp DD_LIBM_STAMP_NOW)
endif()
if(NOT DD_LIBM_STAMP STREQUAL DD_LIBM_STAMP_NOW)
  file(REMOVE_RECURSE ${DD_LIBM_DIR})
  file(MAKE_DIRECTORY ${DD_LIBM_DIR})
  execute_process(COMMAND ${CMAKE_AR} x ${DD_MUSL_LIBC} ${DD_LIBM_MEMBERS}
    WORKING_DIRECTORY ${DD_LIBM_DIR} COMMAND_ERROR_IS_FATAL ANY)
  foreach(member ${DD_LIBM_MEMBERS})
    string(REGEX REPLACE "\\.lo$" ".o" object ${member})
    file(RENAME ${DD_LIBM_DIR}/${member} ${DD_LIBM_DIR}/${object})
  endforeach()
  file(WRITE ${DD_LIBM_DIR}/stamp "${DD_LIBM_STAMP}")
endif()
add_library(dd_libm INTERFACE)
target_sources(dd_libm INTERFACE ${DD_LIBM_OBJECTS})
set_source_files_properties(${DD_LIBM_OBJECTS} PROPERTIES EXTERNAL_OBJECT ON)
target_link_options(dd_libm INTERFACE -Wl,--export-dynamic)

# its name for the fingerprint: the version and a hash of the objects, as distributions patch
set(DD_LIBM_HASHES "")
foreach(object ${DD_LIBM_OBJECTS})
  file(SHA256 ${object} hash)
  string(APPEND DD_LIBM_HASHES ${hash})
endforeach()
string(SHA256 DD_LIBM_HASH "${DD_LIBM_HASHES}")
string(SUBSTRING ${DD_LIBM_HASH} 0 8 DD_LIBM_HASH)
execute_process(COMMAND dpkg-query -W -f "\${Version}" musl-dev OUTPUT_VARIABLE DD_MUSL_VERSION
  RESULT_VARIABLE DD_DPKG_RESULT ERROR_QUIET)
if(DD_DPKG_RESULT EQUAL 0)
  string(REGEX REPLACE "-.*$" "" DD_MUSL_VERSION "${DD_MUSL_VERSION}")
else()
  set(DD_MUSL_VERSION "unknown")
endif()
set(DD_LIBM "musl ${DD_MUSL_VERSION} ${DD_LIBM_HASH}")

# Calls of these stay calls: a compiler that computes sin(0.5) itself, or makes pow(x, 2) x * x, gives
# other bits than the library, and does so at one level of optimisation and not at another.
set(DD_NO_BUILTIN)
foreach(name ${DD_LIBM_NAMES})
  if(NOT name MATCHES "_r$")
    list(APPEND DD_NO_BUILTIN -fno-builtin-${name})
  endif()
endforeach()
add_compile_options(${DD_NO_BUILTIN})
