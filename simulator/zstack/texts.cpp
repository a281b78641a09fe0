#include "simulator/model/world.hpp"
#include "simulator/zstack/api.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <array>
#include <cstdio>

namespace cloned::simulator {

namespace json = boost::json;

answer zstack_text(int status, std::string text) {
    answer out;
    out.status = status;
    out.content_type = "text/plain";
    out.body = std::move(text);
    return out;
}

answer zstack_failure(const zstack_error& error) {
    return json_answer(503, R"({"error":)" + zstack_error_json(error) + "}");
}

std::string zstack_error_json(const zstack_error& error) {
    std::string out = R"({"code":)";
    append_json(out, error.code);
    out += R"(,"description":)";
    append_json(out, error.description.empty() ? "An operation failed" : error.description);
    if (!error.details.empty()) {
        out += R"(,"details":)";
        append_json(out, error.details);
    }
    if (!error.cause.empty()) {
        out += R"(,"cause":)" + zstack_error_json({error.cause, "The cause of it", {}, {}});
    }
    return out + "}";
}

std::string zstack_date(std::int64_t epoch_ms, std::int64_t utc_offset_min) {
    using namespace std::chrono;
    static constexpr std::array<const char*, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const sys_time<milliseconds> time{milliseconds{epoch_ms} + minutes{utc_offset_min}};
    const auto day = floor<days>(time);
    const year_month_day date{day};
    const hh_mm_ss clock{floor<seconds>(time - day)};
    const int hour = static_cast<int>(clock.hours().count());
    char out[96];
    std::snprintf(out, sizeof out, "%s %u, %d %d:%02d:%02d %s",
                  months[static_cast<unsigned>(date.month()) - 1],
                  static_cast<unsigned>(date.day()), static_cast<int>(date.year()),
                  hour % 12 == 0 ? 12 : hour % 12, static_cast<int>(clock.minutes().count()),
                  static_cast<int>(clock.seconds().count()), hour < 12 ? "AM" : "PM");
    return out;
}

zstack_error zstack_not_found(std::string details) {
    return {"SYS.1003", "Resource not found", std::move(details), {}};
}

zstack_error zstack_bad_argument(std::string details) {
    return {"SYS.1007", "Invalid argument", std::move(details), {}};
}

zstack_error zstack_dead_session() {
    return {"ID.1001", "Invalid session", "Session expired", {}};
}

answer zstack_api::error_of(const fault_rule& rule) {
    // A type with a dot is a code of the API; anything else comes from the layer in front of it.
    if (rule.fault == fault_kind::status && rule.type.find('.') != std::string::npos) {
        answer out = zstack_failure({rule.type, rule.message, rule.message, {}});
        out.status = rule.status;
        return out;
    }
    return zstack_text(rule.status, rule.status == 429 ? "Rate limit exceeded" : rule.message);
}

json::object zstack_api::vm_json(const zstack_vm& vm) const {
    const std::string date = zstack_date(world_.settings.epoch_ms + to_ms(vm.created),
                                         world_.settings.zstack.utc_offset_min);
    json::object out;
    out["uuid"] = vm.uuid;
    out["name"] = vm.name;
    if (!vm.description.empty()) {
        out["description"] = vm.description;
    }
    out["zoneUuid"] = node_.zone_uuid();
    out["clusterUuid"] = node_.cluster_uuid(vm.cluster);
    out["type"] = "UserVm";
    out["hypervisorType"] = "KVM";
    out["platform"] = "Linux";
    out["cpuNum"] = 2;
    out["memorySize"] = std::int64_t{4} << 30;
    out["state"] = vm.state;
    out["createDate"] = date;
    out["lastOpDate"] = date;
    out["vmNics"] = json::array();
    out["allVolumes"] = json::array();
    return out;
}

// The items come in the order in which they ended, turned round: nobody may rely on that of the
// names.
std::string zstack_api::job_json(const zstack_job& job) const {
    json::array items;
    std::int64_t whole = 0;
    for (auto unit = job.units.rbegin(); unit != job.units.rend(); ++unit) {
        json::object item;
        if (zstack_vm* vm = node_.find(unit->vm)) {
            item["inventory"] = vm_json(*vm);
        }
        if (unit->error) {
            item["error"] = json::parse(zstack_error_json(*unit->error));
        } else {
            ++whole;
        }
        items.push_back(std::move(item));
    }
    json::object result{{"numberOfClonedVm", whole}, {"inventories", std::move(items)}};
    return json::serialize(json::object{{"success", true}, {"result", std::move(result)}});
}

}  // namespace cloned::simulator
