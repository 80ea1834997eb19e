# dd_layer(NAME FOLDER DEPENDS ...): the static library dd_NAME of every .c below FOLDER.
function(dd_layer name folder)
  cmake_parse_arguments(ARG "" "" "DEPENDS" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${folder}/*.c)
  list(FILTER sources EXCLUDE REGEX "/(library|window)\\.c$")
  if(NOT sources)
    add_library(dd_${name} INTERFACE)
    target_link_libraries(dd_${name} INTERFACE ${ARG_DEPENDS})
  else()
    add_library(dd_${name} STATIC ${sources})
    target_link_libraries(dd_${name} PUBLIC ${ARG_DEPENDS})
  endif()
endfunction()

# dd_unit_tests(LAYER): every tests/unit/LAYER/test_*.c is one program that links this layer and
# those below it, nothing above.
function(dd_unit_tests layer)
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/unit/${layer}/test_*.c)
  foreach(source ${sources})
    get_filename_component(name ${source} NAME_WE)
    set(target ${layer}_${name})
    add_executable(${target} ${source})
    target_link_libraries(${target} PRIVATE dd_${layer} dd_libm PkgConfig::CMOCKA)
    target_compile_options(${target} PRIVATE -Wno-missing-prototypes)
    add_test(NAME unit/${layer}/${name} COMMAND ${target} WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
    set_tests_properties(unit/${layer}/${name} PROPERTIES TIMEOUT 600 LABELS unit
      ENVIRONMENT "DRYDOCK_HOME=${CMAKE_SOURCE_DIR};LSAN_OPTIONS=suppressions=${CMAKE_SOURCE_DIR}/tests/lsan.supp")
  endforeach()
endfunction()
