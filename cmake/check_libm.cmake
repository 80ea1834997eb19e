cmake_minimum_required(VERSION 3.25)

# Fails when a math function that does not round exactly would come from the system's libm: such a
# function gives other bits on another CPU or distribution.
# Usage: cmake -DEXE=PROGRAM -DLIBS=A.so;B.so -DNM=nm -DCC=cc -P check_libm.cmake

# these are exact by definition, or are never used for numbers that reach a result
set(exact ceil copysign fabs fdim floor fma fmax fmin frexp ilogb ldexp llrint llround logb lrint lround
  modf nearbyint nextafter remainder remquo rint round roundeven scalbln scalbn sqrt trunc isnan isinf
  finite signbit issignaling matherr)

execute_process(COMMAND ${CC} -print-file-name=libm.so.6 OUTPUT_VARIABLE libm
  OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)

# symbols of one kind of FILE, without their versions
function(symbols file kind out)
  execute_process(COMMAND ${NM} -D ${kind} ${file} OUTPUT_VARIABLE text COMMAND_ERROR_IS_FATAL ANY)
  string(REGEX MATCHALL "[A-Za-z_][A-Za-z0-9_]*(@[^\n]*)?\n" lines "${text}")
  set(names)
  foreach(line ${lines})
    string(REGEX REPLACE "(@.*)?\n$" "" name "${line}")
    list(APPEND names ${name})
  endforeach()
  set(${out} ${names} PARENT_SCOPE)
endfunction()

symbols(${libm} --defined-only system)
symbols(${EXE} --defined-only own)
list(LENGTH system count)
if(count LESS 100)
  message(FATAL_ERROR "only ${count} functions were found in ${libm}")
endif()
if(NOT "sin" IN_LIST own OR NOT "pow" IN_LIST own)
  message(FATAL_ERROR "${EXE} does not export its own sin and pow: libmujoco would use the system's")
endif()

set(errors 0)
foreach(file ${EXE} ${LIBS})
  symbols(${file} --undefined-only needed)
  foreach(name ${needed})
    string(REGEX REPLACE "^_*([a-z]+[0-9]*[a-z]*)_finite$" "\\1" plain ${name})
    string(REGEX REPLACE "[fl]$" "" base ${plain})
    if(name IN_LIST system AND NOT name IN_LIST own AND NOT plain IN_LIST exact
        AND NOT base IN_LIST exact)
      message(SEND_ERROR "${file}: ${name} comes from the system's libm")
      math(EXPR errors "${errors}+1")
    endif()
  endforeach()
endforeach()
if(errors GREATER 0)
  message(FATAL_ERROR "${errors} functions are not pinned: add them to cmake/dependencies.cmake")
endif()
