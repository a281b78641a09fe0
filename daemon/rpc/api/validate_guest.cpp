#include "daemon/rpc/api/validate_guest.hpp"

#include "base/text.hpp"
#include "base/unicode.hpp"
#include "daemon/rpc/api/text_rules.hpp"
#include "daemon/rpc/api/validate.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <string_view>

namespace cloned::rpc {
namespace {

namespace pb = google::protobuf;
using pb::FieldDescriptor;
using pb::Message;

constexpr int list_max = 64;
constexpr std::size_t text_bytes_max = std::size_t{64} << 10U;
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
        "CustomizationUserData.product_id",
        "CustomizationGuiRunOnce.command_list",
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

std::string name_of(const FieldDescriptor& field) {
    return concat(field.containing_type()->name(), ".", field.name());
}

bool is_required(const FieldDescriptor& field) {
    return required().contains(name_of(field));
}

// What the vendor takes for members of a closed type.
const std::map<std::string_view, std::vector<std::string_view>>& closed() {
    static const std::map<std::string_view, std::vector<std::string_view>> all{
        {"CustomizationIPSettings.net_bios",
         {"enableNetBIOSViaDhcp", "enableNetBIOS", "disableNetBIOS"}},
        {"CustomizationLicenseFilePrintData.auto_mode", {"perServer", "perSeat"}},
        {"CustomizationWinOptions.reboot", {"reboot", "noreboot", "shutdown"}},
    };
    return all;
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
        } else if (field.has_presence() && is_required(field) && !r->HasField(in, &field)) {
            place.wrong(field.name(), "is required, though it may be empty");
        } else if (field.cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
            const bool needed = is_required(field) && !field.has_presence();
            check_text(r->GetString(in, &field), field, needed, place.in(field.name()));
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
                check_text(r->GetRepeatedString(in, &field, i), field, true, here);
        }
    }

    static void check_text(const std::string& text,
                           const FieldDescriptor& field,
                           bool needed,
                           const field_place& place) {
        if (text.empty() && needed) place.wrong("", "is required");
        if (text.size() > text_bytes_max) place.wrong("", "must not exceed 64 KiB");
        if (field.type() == FieldDescriptor::TYPE_BYTES) return;
        check_closed(text, field, place);
        if (!is_utf8(text)) place.wrong("", "must be UTF-8");
        if (text.find('\0') != std::string::npos) place.wrong("", "must not contain NUL");
    }

    static void check_closed(const std::string& text,
                             const FieldDescriptor& field,
                             const field_place& place) {
        const auto found = closed().find(name_of(field));
        if (text.empty() || found == closed().end()) return;
        std::string names;
        for (const auto name : found->second) {
            if (name == text) return;
            names += concat(names.empty() ? "" : ", ", name);
        }
        place.wrong("", concat("must be one of ", names));
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
    check_span(op.boot_grace(), place.in("boot_grace"));
    check_span(op.guest_timeout(), place.in("guest_timeout"));
}

}  // namespace cloned::rpc
