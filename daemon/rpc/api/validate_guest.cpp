#include "daemon/rpc/api/validate_guest.hpp"

#include "base/text.hpp"
#include "base/unicode.hpp"
#include "daemon/rpc/api/text_rules.hpp"
#include "daemon/rpc/api/validate.hpp"

#include <algorithm>
#include <set>
#include <string_view>

namespace cloned::rpc {
namespace {

namespace pb = google::protobuf;
using pb::FieldDescriptor;
using pb::Message;

constexpr int list_max = 64;
constexpr std::size_t text_bytes_max = std::size_t{64} << 10U;
constexpr std::int64_t boot_grace_seconds_max = 86'400;

// What the vendor's schema requires, by message and field.
const std::set<std::string_view>& required() {
    static const std::set<std::string_view> all{
        "CustomizeGuest.auth",
        "CustomizeGuest.spec",
        "GuestSecret.credential",
        "NamePasswordAuthentication.username",
        "NamePasswordAuthentication.password",
        "SAMLTokenAuthentication.token",
        "TicketedSessionAuthentication.ticket",
        "SSPIAuthentication.sspi_token",
        "CustomizationFixedName.name",
        "CustomizationPrefixName.base",
        "CustomizationPassword.value",
        "CustomizationLinuxPrep.host_name",
        "CustomizationLinuxPrep.domain",
        "CustomizationUserData.full_name",
        "CustomizationUserData.org_name",
        "CustomizationUserData.computer_name",
        "CustomizationLicenseFilePrintData.auto_mode",
        "CustomizationSysprep.gui_unattended",
        "CustomizationSysprep.user_data",
        "CustomizationSysprep.identification",
        "CustomizationSysprepText.value",
        "CustomizationCloudinitPrep.metadata",
        "CustomizationFixedIp.ip_address",
        "CustomizationFixedIpV6.ip_address",
        "CustomizationIPSettingsIpV6AddressSpec.ip",
        "CustomizationIPSettings.ip",
        "CustomizationAdapterMapping.adapter",
        "CustomizationSpec.identity",
        "CustomizationSpec.global_ip_settings",
        "OptionValue.key",
        "OptionValue.value",
    };
    return all;
}

bool is_required(const FieldDescriptor& field) {
    return required().contains(concat(field.containing_type()->name(), ".", field.name()));
}

class checker {
public:
    explicit checker(const std::vector<std::string>* credentials) : credentials_(credentials) {}

    void check(const Message& in, const field_place& place) const {
        check_known(in, place);
        const auto& type = *in.GetDescriptor();
        for (int i = 0; i < type.real_oneof_decl_count(); ++i)
            check_choice(in, *type.oneof_decl(i), place);
        for (int i = 0; i < type.field_count(); ++i) check_field(in, *type.field(i), place);
        if (type.name() == "GuestSecret") check_credential(in, *type.field(0), place);
    }

private:
    static void check_choice(const Message& in,
                             const pb::OneofDescriptor& choice,
                             const field_place& place) {
        if (in.GetReflection()->HasOneof(in, &choice)) return;
        std::string names;
        for (int i = 0; i < choice.field_count(); ++i)
            names += concat(i == 0 ? "" : ", ", choice.field(i)->name());
        place.wrong("", concat("needs exactly one of ", names));
    }

    void check_field(const Message& in,
                     const FieldDescriptor& field,
                     const field_place& place) const {
        const auto* r = in.GetReflection();
        const bool is_message = field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE;
        if (field.is_repeated()) return check_list(in, field, place);
        if (is_message) {
            if (r->HasField(in, &field))
                check(r->GetMessage(in, &field), place.in(field.name()));
            else if (is_required(field))
                place.wrong(field.name(), "is required");
        } else if (field.cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
            check_text(r->GetString(in, &field), is_required(field), place.in(field.name()));
        }
    }

    void check_list(const Message& in,
                    const FieldDescriptor& field,
                    const field_place& place) const {
        const auto* r = in.GetReflection();
        const int size = r->FieldSize(in, &field);
        if (size == 0 && is_required(field)) place.wrong(field.name(), "is required");
        if (size > list_max) place.wrong(field.name(), "must not exceed 64 entries");
        for (int i = 0; i < std::min(size, list_max); ++i) {
            const auto here = place.in(field.name(), static_cast<std::size_t>(i));
            if (field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE)
                check(r->GetRepeatedMessage(in, &field, i), here);
            else
                check_text(r->GetRepeatedString(in, &field, i), true, here);
        }
    }

    static void check_text(const std::string& text, bool needed, const field_place& place) {
        if (text.empty() && needed) place.wrong("", "is required");
        if (text.size() > text_bytes_max) place.wrong("", "must not exceed 64 KiB");
        if (!is_utf8(text)) place.wrong("", "must be UTF-8");
        if (text.find('\0') != std::string::npos) place.wrong("", "must not contain NUL");
    }

    void check_credential(const Message& in,
                          const FieldDescriptor& field,
                          const field_place& place) const {
        if (credentials_ == nullptr) return;
        const auto name = in.GetReflection()->GetString(in, &field);
        const auto& known = *credentials_;
        if (name.empty() || std::find(known.begin(), known.end(), name) != known.end()) return;
        place.wrong_now(field.name(), concat("names \"", presentable(name, 80),
                                             "\", which is no configured credential"));
    }

    const std::vector<std::string>* credentials_;
};

}  // namespace

void check_guest(const v1::CustomizeGuest& op,
                 const std::vector<std::string>* credentials,
                 const field_place& place) {
    const checker check(credentials);
    if (op.has_auth())
        check.check(op.auth(), place.in("auth"));
    else
        place.wrong("auth", "is required");
    if (op.has_spec())
        check.check(op.spec(), place.in("spec"));
    else
        place.wrong("spec", "is required");
    if (op.config_params_size() > list_max)
        place.wrong("config_params", "must not exceed 64 entries");
    for (int i = 0; i < std::min(op.config_params_size(), list_max); ++i)
        check.check(op.config_params(i), place.in("config_params", static_cast<std::size_t>(i)));
    if (!op.has_boot_grace()) return;
    const auto seconds = op.boot_grace().seconds();
    if (seconds < 0 || seconds > boot_grace_seconds_max || op.boot_grace().nanos() < 0 ||
        op.boot_grace().nanos() > 999'999'999)
        place.wrong("boot_grace", "must be 0 s to 24 h");
}

}  // namespace cloned::rpc
