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
# code compute the same bits on every x86-64 CPU (glibc picks FMA variants by CPU).
set(DD_MUSL_LIBC /usr/lib/x86_64-linux-musl/libc.a CACHE FILEPATH "musl's libc.a")
set(DD_LIBM_DIR ${CMAKE_BINARY_DIR}/libm)
set(DD_LIBM_NAMES acos acosf asin asinf atan atanf atan2 atan2f cbrt cbrtf cos cosf sin sinf sincos
  sincosf tan tanf exp expf exp2 exp2f expm1 log logf log2 log2f log10 log10f log1p pow powf
  cosh sinh tanh acosh asinh atanh hypot fmod
  __sin __cos __tan __sindf __cosdf __tandf __rem_pio2 __rem_pio2f __rem_pio2_large __expo2
  exp_data exp2f_data log_data log2_data logf_data log2f_data pow_data powf_data
  __math_oflow __math_uflow __math_xflow __math_divzero __math_invalid
  __math_oflowf __math_uflowf __math_xflowf __math_divzerof __math_invalidf)
file(MAKE_DIRECTORY ${DD_LIBM_DIR})
set(DD_LIBM_OBJECTS)
foreach(name ${DD_LIBM_NAMES})
  list(APPEND DD_LIBM_MEMBERS ${name}.lo)
endforeach()
execute_process(COMMAND ${CMAKE_AR} t ${DD_MUSL_LIBC} OUTPUT_VARIABLE DD_MUSL_MEMBERS
  RESULT_VARIABLE DD_AR_RESULT ERROR_QUIET)
if(NOT DD_AR_RESULT EQUAL 0)
  message(FATAL_ERROR "'${DD_MUSL_LIBC}' cannot be read: run `make deps` (package musl-dev)")
endif()
string(REPLACE "\n" ";" DD_MUSL_MEMBERS "${DD_MUSL_MEMBERS}")
foreach(member ${DD_LIBM_MEMBERS})
  if(member IN_LIST DD_MUSL_MEMBERS)
    list(APPEND DD_LIBM_PRESENT ${member})
    list(APPEND DD_LIBM_OBJECTS ${DD_LIBM_DIR}/${member}.o)
  endif()
endforeach()
execute_process(COMMAND ${CMAKE_AR} x ${DD_MUSL_LIBC} ${DD_LIBM_PRESENT}
  WORKING_DIRECTORY ${DD_LIBM_DIR} COMMAND_ERROR_IS_FATAL ANY)
foreach(member ${DD_LIBM_PRESENT})
  file(RENAME ${DD_LIBM_DIR}/${member} ${DD_LIBM_DIR}/${member}.o)
endforeach()
add_library(dd_libm INTERFACE)
target_sources(dd_libm INTERFACE ${DD_LIBM_OBJECTS})
set_source_files_properties(${DD_LIBM_OBJECTS} PROPERTIES EXTERNAL_OBJECT ON)
target_link_options(dd_libm INTERFACE -Wl,--export-dynamic)
