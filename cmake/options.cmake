# What every target of ours is compiled with. Third-party headers come in as SYSTEM and stay silent.
add_library(cloned_options INTERFACE)
add_library(cloned::options ALIAS cloned_options)
target_include_directories(cloned_options INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_options(cloned_options INTERFACE
    -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wnon-virtual-dtor
    -Woverloaded-virtual -Wold-style-cast -Wcast-qual -Wextra-semi -Wformat=2 -Wundef
    # A kind or a state that a switch forgets is never only a warning.
    -Werror=switch
    # Designated initializers leave members out on purpose; each has a default.
    -Wno-missing-field-initializers)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    target_compile_options(cloned_options INTERFACE
        -Wuseless-cast -Wduplicated-cond -Wduplicated-branches -Wlogical-op -Wsuggest-override
        # GCC 12 inlines the allocation of Asio's coroutine frames at -O2 but not their release, and then
        # takes the two for a mismatch. To be removed with the next compiler.
        -Wno-mismatched-new-delete)
    if(CMAKE_UNITY_BUILD)
        # Sources that are compiled as one: a type of one file's own is no mistake for that, nor is a
        # local name that hides a helper of another file; the preset dev looks at each file alone. And
        # the more is inlined, the more often an empty optional is taken for one that is not initialised.
        target_compile_options(cloned_options INTERFACE
            -Wno-subobject-linkage -Wno-shadow -Wno-maybe-uninitialized)
    endif()
elseif(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    # GCC's library calls what it has itself marked as deprecated.
    target_compile_options(cloned_options INTERFACE -Wno-deprecated-declarations)
endif()
if(CLONED_WERROR)
    target_compile_options(cloned_options INTERFACE -Werror)
endif()
if(CLONED_TEST_SWITCHES)
    if(CMAKE_BUILD_TYPE MATCHES "^(Release|RelWithDebInfo|MinSizeRel)$")
        message(FATAL_ERROR "CLONED_TEST_SWITCHES are for test builds; ${CMAKE_BUILD_TYPE} has none")
    endif()
    target_compile_definitions(cloned_options INTERFACE CLONED_TEST_SWITCHES)
endif()
if(CLONED_SANITIZE)
    add_compile_options(-fsanitize=${CLONED_SANITIZE} -fno-omit-frame-pointer)
    add_link_options(-fsanitize=${CLONED_SANITIZE})
    # gRPC from the distribution is not instrumented; its headers must not assume that it is.
    add_compile_definitions(GRPC_ASAN_SUPPRESSED GRPC_TSAN_SUPPRESSED)
    if(CLONED_SANITIZE MATCHES thread)
        # The sanitizer knows no fences; Asio's stand beside mutexes, which it knows.
        add_compile_definitions(BOOST_ASIO_DISABLE_FENCED_BLOCK)
    endif()
endif()

# Asio is compiled once, here, instead of once per file that uses it.
add_library(cloned_boost STATIC cmake/boost.cpp)
add_library(cloned::boost ALIAS cloned_boost)
target_link_libraries(cloned_boost PUBLIC Boost::headers OpenSSL::SSL Threads::Threads)
target_compile_definitions(cloned_boost PUBLIC
    BOOST_ASIO_SEPARATE_COMPILATION BOOST_ASIO_NO_DEPRECATED BOOST_ASIO_NO_TS_EXECUTORS)
