#include "base/crash_point.hpp"

#ifdef CLONED_TEST_SWITCHES

#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <string>
#include <string_view>

namespace cloned {
namespace {

struct crash_order {
    std::string name;
    int passages = 1;
};

crash_order read_order() {
    const char* text = std::getenv("CLONED_CRASH_AT");
    if (text == nullptr) return {};
    std::string_view order(text);
    const auto colon = order.rfind(':');
    if (colon == std::string_view::npos) return {std::string(order), 1};
    return {std::string(order.substr(0, colon)), std::atoi(text + colon + 1)};
}

}  // namespace

namespace {

const crash_order& order() {
    static const crash_order what = read_order();
    return what;
}

std::atomic<int>& passed() {
    static std::atomic<int> passages{0};
    return passages;
}

}  // namespace

bool crash_is_due(const char* name) {
    return order().name == name && passed().load() + 1 == order().passages;
}

void crash_point(const char* name) {
    if (order().name != name) return;
    if (passed().fetch_add(1) + 1 == order().passages) ::kill(::getpid(), SIGKILL);
}

}  // namespace cloned

#endif
