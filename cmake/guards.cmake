# guards.GUARD.AREA: a guard is taken out, and a test that is there anyway must fail. tests/run.sh --guards
# runs them all. `test` is the name of a GoogleTest test, without its suite.
function(add_guard_test area guard program test)
    if(NOT CLONED_TEST_SWITCHES)
        return()
    endif()
    add_test(NAME guards.${guard}.${area} COMMAND ${program} --gtest_filter=*.${test}:*.${test}/InlineOnLoop)
    set_tests_properties(guards.${guard}.${area} PROPERTIES
        TIMEOUT 120 ENVIRONMENT CLONED_WITHOUT_GUARD=${guard}
        PASS_REGULAR_EXPRESSION "FAILED  \\] [A-Za-z/]*\\.${test}")
endfunction()
