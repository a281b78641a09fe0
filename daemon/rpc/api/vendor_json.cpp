#include "daemon/rpc/api/vendor_json.hpp"

#include "base/encoding.hpp"

#include <boost/json.hpp>

#include <array>
#include <map>
#include <optional>

namespace cloned::rpc {
namespace {

namespace json = boost::json;
namespace pb = google::protobuf;
using pb::FieldDescriptor;
using pb::Message;

constexpr std::string_view secret_type = "GuestSecret";
constexpr std::string_view secret_member = "_credential";
constexpr std::string_view boxed_type = "OptionValueAny";
// In the order of the fields of OptionValueAny.
constexpr std::array<std::string_view, 4> boxed_names{"string", "boolean", "int", "long"};

// A message whose fields all are one choice stands for a base type.
const pb::OneofDescriptor* choice_in(const pb::Descriptor& type) {
    if (type.real_oneof_decl_count() != 1) return nullptr;
    const auto* choice = type.oneof_decl(0);
    return choice->field_count() == type.field_count() ? choice : nullptr;
}

json::value value_of(const Message& message);

json::value scalar_of(const Message& in, const FieldDescriptor& field) {
    const auto* r = in.GetReflection();
    switch (field.cpp_type()) {
        case FieldDescriptor::CPPTYPE_BOOL:
            return r->GetBool(in, &field);
        case FieldDescriptor::CPPTYPE_INT32:
            return r->GetInt32(in, &field);
        case FieldDescriptor::CPPTYPE_INT64:
            return r->GetInt64(in, &field);
        case FieldDescriptor::CPPTYPE_STRING:
            if (field.type() == FieldDescriptor::TYPE_BYTES)
                return json::string(to_base64(r->GetString(in, &field)));
            return json::string(r->GetString(in, &field));
        case FieldDescriptor::CPPTYPE_MESSAGE:
            return value_of(r->GetMessage(in, &field));
        default:
            return nullptr;
    }
}

json::value list_of(const Message& in, const FieldDescriptor& field) {
    const auto* r = in.GetReflection();
    json::array out;
    for (int i = 0; i < r->FieldSize(in, &field); ++i) {
        if (field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE)
            out.push_back(value_of(r->GetRepeatedMessage(in, &field, i)));
        else
            out.push_back(json::string(r->GetRepeatedString(in, &field, i)));
    }
    return out;
}

// Numbers and flags without presence are required by the vendor; a text that is empty is not given.
bool is_given(const Message& in, const FieldDescriptor& field) {
    const auto* r = in.GetReflection();
    if (field.is_repeated()) return r->FieldSize(in, &field) > 0;
    if (field.has_presence()) return r->HasField(in, &field);
    if (field.cpp_type() != FieldDescriptor::CPPTYPE_STRING) return true;
    return !r->GetString(in, &field).empty();
}

json::value boxed(const Message& in, const FieldDescriptor& chosen) {
    json::object out;
    out["_typeName"] = boxed_names[static_cast<std::size_t>(chosen.index())];
    out["_value"] = scalar_of(in, chosen);
    return out;
}

json::value value_of(const Message& message) {
    const auto& type = *message.GetDescriptor();
    const auto* r = message.GetReflection();
    if (const auto* choice = choice_in(type)) {
        const auto* chosen = r->GetOneofFieldDescriptor(message, choice);
        if (chosen == nullptr) return nullptr;
        return type.name() == boxed_type ? boxed(message, *chosen) : scalar_of(message, *chosen);
    }
    json::object out;
    if (type.name() == secret_type) {
        out[secret_member] = scalar_of(message, *type.field(0));
        return out;
    }
    out["_typeName"] = type.name();
    for (int i = 0; i < type.field_count(); ++i) {
        const auto& field = *type.field(i);
        if (!is_given(message, field)) continue;
        out[field.json_name()] =
            field.is_repeated() ? list_of(message, field) : scalar_of(message, field);
    }
    return out;
}

bool read_value(const json::value& from, Message& into);

bool read_text(std::string text, Message& into, const FieldDescriptor& field) {
    if (field.type() == FieldDescriptor::TYPE_BYTES) {
        auto bytes = from_base64(text);
        if (!bytes) return false;
        text = std::move(*bytes);
    }
    into.GetReflection()->SetString(&into, &field, std::move(text));
    return true;
}

bool read_scalar(const json::value& from, Message& into, const FieldDescriptor& field) {
    const auto* r = into.GetReflection();
    switch (field.cpp_type()) {
        case FieldDescriptor::CPPTYPE_BOOL:
            if (!from.is_bool()) return false;
            r->SetBool(&into, &field, from.get_bool());
            return true;
        case FieldDescriptor::CPPTYPE_INT32:
            if (!from.is_int64()) return false;
            r->SetInt32(&into, &field, static_cast<std::int32_t>(from.get_int64()));
            return true;
        case FieldDescriptor::CPPTYPE_INT64:
            if (!from.is_int64()) return false;
            r->SetInt64(&into, &field, from.get_int64());
            return true;
        case FieldDescriptor::CPPTYPE_STRING:
            return from.is_string() && read_text(std::string(from.get_string()), into, field);
        case FieldDescriptor::CPPTYPE_MESSAGE:
            return read_value(from, *r->MutableMessage(&into, &field));
        default:
            return false;
    }
}

bool read_list(const json::value& from, Message& into, const FieldDescriptor& field) {
    const auto* all = from.if_array();
    if (all == nullptr) return false;
    const auto* r = into.GetReflection();
    for (const auto& one : *all) {
        if (field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
            if (!read_value(one, *r->AddMessage(&into, &field))) return false;
        } else {
            if (!one.is_string()) return false;
            r->AddString(&into, &field, std::string(one.get_string()));
        }
    }
    return true;
}

std::string_view type_name_of(const json::value& from) {
    const auto* object = from.if_object();
    const auto* name = object == nullptr ? nullptr : object->if_contains("_typeName");
    return name != nullptr && name->is_string() ? std::string_view(name->get_string())
                                                : std::string_view();
}

// Which of a base type's alternatives a value is: by its type name, or by being a plain text or a
// secret.
const FieldDescriptor* alternative(const pb::OneofDescriptor& choice, const json::value& from) {
    const auto name = type_name_of(from);
    for (int i = 0; i < choice.field_count(); ++i) {
        const auto* field = choice.field(i);
        if (choice.containing_type()->name() == boxed_type) {
            if (name == boxed_names[static_cast<std::size_t>(i)]) return field;
        } else if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) {
            if (from.is_string()) return field;
        } else if (field->message_type()->name() == secret_type) {
            if (from.is_object() && from.get_object().contains(secret_member)) return field;
        } else if (name == field->message_type()->name()) {
            return field;
        }
    }
    return nullptr;
}

bool read_value(const json::value& from, Message& into) {
    const auto& type = *into.GetDescriptor();
    if (const auto* choice = choice_in(type)) {
        const auto* field = alternative(*choice, from);
        if (field == nullptr) return false;
        if (type.name() != boxed_type) return read_scalar(from, into, *field);
        const auto* value = from.get_object().if_contains("_value");
        return value != nullptr && read_scalar(*value, into, *field);
    }
    const auto* object = from.if_object();
    if (object == nullptr) return false;
    if (type.name() == secret_type) {
        const auto* name = object->if_contains(secret_member);
        return name != nullptr && read_scalar(*name, into, *type.field(0));
    }
    for (int i = 0; i < type.field_count(); ++i) {
        const auto& field = *type.field(i);
        const auto* value = object->if_contains(field.json_name());
        if (value == nullptr) continue;
        if (!(field.is_repeated() ? read_list(*value, into, field)
                                  : read_scalar(*value, into, field)))
            return false;
    }
    return true;
}

json::value sorted(const pb::Value& from) {
    switch (from.kind_case()) {
        case pb::Value::kBoolValue:
            return from.bool_value();
        case pb::Value::kStringValue:
            return json::string(from.string_value());
        case pb::Value::kNumberValue: {
            const double number = from.number_value();
            // JSON of people knows one kind of number, ZStack's fields mostly integers.
            constexpr double exact = 9'007'199'254'740'992.0;
            if (number >= -exact && number <= exact &&
                number == static_cast<double>(static_cast<std::int64_t>(number)))
                return static_cast<std::int64_t>(number);
            return number;
        }
        case pb::Value::kListValue: {
            json::array out;
            for (const auto& one : from.list_value().values()) out.push_back(sorted(one));
            return out;
        }
        case pb::Value::kStructValue: {
            const std::map<std::string, const pb::Value*> members = [&] {
                std::map<std::string, const pb::Value*> all;
                for (const auto& [name, value] : from.struct_value().fields())
                    all.emplace(name, &value);
                return all;
            }();
            json::object out;
            for (const auto& [name, value] : members) out[name] = sorted(*value);
            return out;
        }
        default:
            return nullptr;
    }
}

}  // namespace

std::string to_vendor_json(const Message& message) {
    return json::serialize(value_of(message));
}

bool from_vendor_json(std::string_view text, Message& message) {
    json::error_code ec;
    const auto value = json::parse({text.data(), text.size()}, ec);
    return !ec && read_value(value, message);
}

std::string to_sorted_json(const pb::Struct& object) {
    pb::Value value;
    *value.mutable_struct_value() = object;
    return json::serialize(sorted(value));
}

}  // namespace cloned::rpc
