#include "simulator/model/world.hpp"
#include "simulator/zstack/api.hpp"

#include <boost/json/serialize.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

namespace cloned::simulator {

namespace json = boost::json;

namespace {

// In the server's order. The first of them that stands anywhere in a condition splits it, the value
// not excepted.
constexpr std::array<std::string_view, 12> operators{
    "!=", ">=", "<=", "!?=", "!~=", "~=", "?=", "=", ">", "<", "is null", "not null"};

struct condition {
    std::string name;
    std::string_view op;
    std::string value;
};

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && text.front() == ' ') {
        text.remove_prefix(1);
    }
    while (!text.empty() && text.back() == ' ') {
        text.remove_suffix(1);
    }
    return text;
}

std::optional<condition> split(std::string_view text) {
    for (const std::string_view op : operators) {
        const auto at = text.find(op);
        if (at == std::string_view::npos) {
            continue;
        }
        condition out{std::string(trimmed(text.substr(0, at))), op,
                      std::string(text.substr(at + op.size()))};
        const bool unary = op == "is null" || op == "not null";
        if (out.name.empty() || (!unary && out.value.empty())) {
            return {};
        }
        return out;
    }
    return {};
}

bool like(std::string_view pattern, std::string_view text) {
    std::string glob(pattern);
    std::replace(glob.begin(), glob.end(), '%', '*');
    return glob_match(upper(glob), upper(text));
}

bool is_one_of(std::string_view list, std::string_view text) {
    while (!list.empty()) {
        const auto comma = list.find(',');
        if (same_ignoring_case(list.substr(0, comma), text)) {
            return true;
        }
        list = comma == std::string_view::npos ? std::string_view{} : list.substr(comma + 1);
    }
    return false;
}

// Texts are compared without regard to case, as the database does.
bool holds(const condition& c, const json::object& vm) {
    const json::value* found = vm.if_contains(c.name);
    const bool null = found == nullptr;
    if (c.op == "is null") {
        return null;
    }
    if (c.op == "not null") {
        return !null;
    }
    if (null) {
        return false;
    }
    const std::string text =
        found->is_string() ? found->get_string().c_str() : json::serialize(*found);
    const int order = upper(text).compare(upper(c.value));
    if (c.op == "=") {
        return order == 0;
    }
    if (c.op == "!=") {
        return order != 0;
    }
    if (c.op == "?=" || c.op == "!?=") {
        return is_one_of(c.value, text) == (c.op == "?=");
    }
    if (c.op == "~=" || c.op == "!~=") {
        return like(c.value, text) == (c.op == "~=");
    }
    return c.op == ">"    ? order > 0
           : c.op == "<"  ? order < 0
           : c.op == ">=" ? order >= 0
                          : order <= 0;
}

bool is_field(std::string_view name) {
    constexpr std::array<std::string_view, 12> known{
        "uuid",           "name",  "description", "zoneUuid",   "clusterUuid", "type",
        "hypervisorType", "state", "cpuNum",      "memorySize", "createDate",  "platform"};
    return std::find(known.begin(), known.end(), name) != known.end();
}

std::optional<std::size_t> whole_number(std::string_view text) {
    std::size_t out = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), out);
    const bool whole = read.ec == std::errc{} && read.ptr == text.data() + text.size();
    return whole && !text.empty() ? std::optional(out) : std::nullopt;
}

json::object only(const json::object& vm, std::string_view fields) {
    json::object out;
    while (!fields.empty()) {
        const auto comma = fields.find(',');
        const std::string_view field = trimmed(fields.substr(0, comma));
        if (const json::value* v = vm.if_contains({field.data(), field.size()})) {
            out[{field.data(), field.size()}] = *v;
        }
        fields = comma == std::string_view::npos ? std::string_view{} : fields.substr(comma + 1);
    }
    return out;
}

}  // namespace

answer zstack_api::query(call& c) {
    const bool single = c.path.size() == 2;
    c.route = single ? "GET /zstack/v1/vm-instances/{uuid}" : "GET /zstack/v1/vm-instances";
    const caller who = authorize(c);
    if (who.refused) {
        return *who.refused;
    }
    std::vector<condition> conditions;
    if (single) {
        conditions.push_back({"uuid", "=", std::string(c.path[1])});
    }
    for (const std::string_view text : c.target.all("q")) {
        auto one = split(text);
        if (!one) {
            return zstack_text(400, "Invalid query parameter. The '" + std::string(text) +
                                        "' in parameter[q] is no condition");
        }
        conditions.push_back(std::move(*one));
    }
    const auto limit =
        c.target.has("limit") ? whole_number(c.target.first("limit")) : std::size_t{1000};
    const auto start =
        c.target.has("start") ? whole_number(c.target.first("start")) : std::size_t{0};
    if (!limit || !start) {
        return zstack_text(400, "Invalid query parameter. 'limit' and 'start' are integers");
    }
    // Synchronous: here a dead session is told at once.
    if (!who.known) {
        return zstack_failure(zstack_dead_session());
    }
    for (const condition& one : conditions) {
        if (!is_field(one.name)) {
            return zstack_failure(zstack_bad_argument("no field is called " + one.name));
        }
    }
    std::size_t total = 0;
    json::array found;
    for (const auto& [uuid, vm] : node_.all()) {
        json::object shown = vm_json(vm);
        if (!std::all_of(conditions.begin(), conditions.end(),
                         [&](const condition& one) { return holds(one, shown); })) {
            continue;
        }
        if (total++ >= *start && found.size() < *limit) {
            const std::string_view fields = c.target.first("fields");
            found.push_back(fields.empty() ? std::move(shown) : only(shown, fields));
        }
    }
    json::object out;
    if (c.target.first("count") == "true") {
        out["total"] = total;
        return json_answer(200, json::serialize(out));
    }
    out["inventories"] = std::move(found);
    if (c.target.first("replyWithCount") == "true") {
        out["total"] = total;
    }
    return json_answer(200, json::serialize(out));
}

}  // namespace cloned::simulator
