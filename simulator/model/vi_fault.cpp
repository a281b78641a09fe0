#include "simulator/model/vi_fault.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>

namespace cloned::simulator {

namespace json = boost::json;

namespace {

// The types of the REST servers are in capitals; those of VI are not.
bool is_vi_type(std::string_view type) {
    return std::any_of(type.begin(), type.end(), [](char c) { return c >= 'a' && c <= 'z'; });
}

}  // namespace

json::object vi_reference(std::string_view type, std::string_view id) {
    return {{"_typeName", "ManagedObjectReference"},
            {"type", json::string_view(type.data(), type.size())},
            {"value", json::string_view(id.data(), id.size())}};
}

tl::unexpected<vi_fault> vi_no_such(std::string_view type, std::string_view id) {
    vi_fault f{"ManagedObjectNotFound",
               "The object '" + std::string(type) + ":" + std::string(id) +
                   "' has already been deleted or has not been completely created.",
               {}};
    f.own["obj"] = vi_reference(type, id);
    return tl::unexpected(std::move(f));
}

json::object vi_fault_json(const vi_fault& f, bool wrapped) {
    json::object out{{"_typeName", f.type}};
    for (const auto& member : f.own) {
        out[member.key()] = member.value();
    }
    out["faultMessage"] = json::array{json::object{{"_typeName", "LocalizableMessage"},
                                                   {"key", "vim.fault." + f.type + ".summary"},
                                                   {"message", f.text}}};
    if (!wrapped) {
        return out;
    }
    return {{"_typeName", "LocalizedMethodFault"},
            {"fault", std::move(out)},
            {"localizedMessage", f.text}};
}

answer vi_fault_answer(const vi_fault& f, int status) {
    json::object body = vi_fault_json(f, false);
    body["faultstring"] = f.text;
    answer out;
    out.status = status;
    out.body = json::serialize(body);
    return out;
}

vi_fault vi_fault_of(const fault_rule& rule) {
    return {is_vi_type(rule.type) ? rule.type : "SystemError", rule.message, {}};
}

vi_fault vi_fault_of(const refusal& r) {
    if (r.type == error_type::already_exists) {
        return {"DuplicateName", r.text, {}};
    }
    if (r.type == error_type::canceled) {
        return {"RequestCanceled", r.text, {}};
    }
    return {is_vi_type(r.type) ? r.type : "SystemError", r.text, {}};
}

}  // namespace cloned::simulator
