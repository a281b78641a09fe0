#include "backends/vijson/fault_family.hpp"

#include <algorithm>
#include <array>

namespace cloned::backends::vijson {
namespace {

using enum verdict;

// `unknown` unless the fault says by its meaning that the call was turned away: whatever else ends
// a call, its work may be under way by then, or done.
//
// clang-format off
constexpr std::array rows{
    family_row{"MethodFault",                 "",                     unknown,    errc::upstream_failed},

    family_row{"RuntimeFault",                "MethodFault",          unknown,    errc::upstream_failed},
    family_row{"SecurityError",               "RuntimeFault",         final,      errc::permission_denied},
    family_row{"NoPermission",                "SecurityError",        final,      errc::permission_denied},
    family_row{"NotAuthenticated",            "NoPermission",         no_session, errc::unauthenticated},
    family_row{"RestrictedVersion",           "SecurityError",        final,      errc::permission_denied},
    family_row{"ManagedObjectNotFound",       "RuntimeFault",         final,      errc::not_found},
    family_row{"InvalidArgument",             "RuntimeFault",         final,      errc::invalid_argument},
    family_row{"InvalidRequest",              "RuntimeFault",         final,      errc::invalid_argument},
    family_row{"InvalidType",                 "InvalidRequest",       final,      errc::invalid_argument},
    family_row{"MethodNotFound",              "InvalidRequest",       final,      errc::upstream_failed},
    family_row{"NotImplemented",              "RuntimeFault",         final,      errc::upstream_failed},
    family_row{"NotSupported",                "RuntimeFault",         final,      errc::upstream_failed},
    family_row{"SystemError",                 "RuntimeFault",         unknown,    errc::upstream_failed},
    family_row{"UnexpectedFault",             "RuntimeFault",         unknown,    errc::upstream_failed},
    family_row{"RequestCanceled",             "RuntimeFault",         cancelled,  errc::cancelled},
    family_row{"MethodDisabled",              "RuntimeFault",         later,      errc::upstream_failed},
    family_row{"VAppOperationInProgress",     "RuntimeFault",         busy,       errc::upstream_failed},
    family_row{"NotEnoughLicenses",           "RuntimeFault",         later,      errc::resource_exhausted},
    family_row{"HostCommunication",           "RuntimeFault",         unknown,    errc::upstream_failed},
    family_row{"HostNotConnected",            "HostCommunication",    unknown,    errc::upstream_failed},
    family_row{"HostNotReachable",            "HostCommunication",    unknown,    errc::upstream_failed},
    family_row{"InvalidCollectorVersion",     "MethodFault",          later,      errc::upstream_failed},

    family_row{"VimFault",                    "MethodFault",          unknown,    errc::upstream_failed},
    family_row{"InvalidLogin",                "VimFault",             final,      errc::unauthenticated},
    family_row{"InvalidLocale",               "VimFault",             final,      errc::unauthenticated},
    family_row{"TaskInProgress",              "VimFault",             busy,       errc::upstream_failed},
    family_row{"VAppTaskInProgress",          "TaskInProgress",       busy,       errc::upstream_failed},
    family_row{"ConcurrentAccess",            "VimFault",             busy,       errc::upstream_failed},
    family_row{"InvalidState",                "VimFault",             not_ready,  errc::failed_precondition},
    family_row{"InvalidPowerState",           "InvalidState",         not_ready,  errc::failed_precondition},
    family_row{"InvalidHostState",            "InvalidState",         later,      errc::upstream_failed},
    family_row{"InvalidHostConnectionState",  "InvalidHostState",     later,      errc::upstream_failed},
    family_row{"InvalidDatastoreState",       "InvalidState",         later,      errc::upstream_failed},
    family_row{"ToolsUnavailable",            "VimFault",             not_ready,  errc::failed_precondition},
    family_row{"DuplicateName",               "VimFault",             final,      errc::already_exists},
    family_row{"AlreadyExists",               "VimFault",             final,      errc::already_exists},
    family_row{"NotFound",                    "VimFault",             final,      errc::not_found},
    family_row{"ResourceInUse",               "VimFault",             final,      errc::failed_precondition},
    family_row{"Timedout",                    "VimFault",             unknown,    errc::upstream_failed},
    family_row{"InsufficientResourcesFault",  "VimFault",             later,      errc::resource_exhausted},
    family_row{"VmConfigFault",               "VimFault",             final,      errc::failed_precondition},
    family_row{"MigrationFault",              "VimFault",             unknown,    errc::upstream_failed},
    family_row{"InvalidDatastore",            "VimFault",             later,      errc::upstream_failed},
    family_row{"InaccessibleDatastore",       "InvalidDatastore",     later,      errc::upstream_failed},
    family_row{"FileFault",                   "VimFault",             unknown,    errc::upstream_failed},
    family_row{"NoDiskSpace",                 "FileFault",            unknown,    errc::resource_exhausted},

    family_row{"GuestOperationsFault",        "VimFault",             unknown,    errc::upstream_failed},
    family_row{"GuestOperationsUnavailable",  "GuestOperationsFault", not_ready,  errc::failed_precondition},
    family_row{"InvalidGuestLogin",           "GuestOperationsFault", not_ready,  errc::failed_precondition},
    family_row{"TooManyGuestLogons",          "GuestOperationsFault", busy,       errc::resource_exhausted},
    family_row{"GuestPermissionDenied",       "GuestOperationsFault", final,      errc::permission_denied},
    family_row{"GuestAuthenticationChallenge","GuestOperationsFault", final,      errc::failed_precondition},
    family_row{"OperationDisabledByGuest",    "GuestOperationsFault", final,      errc::failed_precondition},
    family_row{"OperationNotSupportedByGuest","GuestOperationsFault", final,      errc::failed_precondition},
    family_row{"GuestComponentsOutOfDate",    "GuestOperationsFault", final,      errc::failed_precondition},

    family_row{"CustomizationFault",          "VimFault",             final,      errc::failed_precondition},
    family_row{"CustomizationPending",        "CustomizationFault",   busy,       errc::upstream_failed},
    family_row{"CannotDecryptPasswords",      "CustomizationFault",   final,      errc::failed_precondition},
    family_row{"IpHostnameGeneratorError",    "CustomizationFault",   final,      errc::failed_precondition},
    family_row{"LinuxVolumeNotClean",         "CustomizationFault",   final,      errc::failed_precondition},
    family_row{"MissingLinuxCustResources",   "CustomizationFault",   final,      errc::failed_precondition},
    family_row{"MissingWindowsCustResources", "CustomizationFault",   final,      errc::failed_precondition},
    family_row{"MountError",                  "CustomizationFault",   final,      errc::failed_precondition},
    family_row{"NicSettingMismatch",          "CustomizationFault",   final,      errc::failed_precondition},
    family_row{"NoDisksToCustomize",          "CustomizationFault",   final,      errc::failed_precondition},
    family_row{"UncustomizableGuest",         "CustomizationFault",   final,      errc::failed_precondition},
    family_row{"UnexpectedCustomizationFault","CustomizationFault",   unknown,    errc::failed_precondition},
    family_row{"VolumeEditorError",           "CustomizationFault",   final,      errc::failed_precondition},
};
// clang-format on

}  // namespace

const family_row* find_family(std::string_view type) {
    const auto at = std::find_if(rows.begin(), rows.end(),
                                 [&](const family_row& row) { return row.type == type; });
    return at == rows.end() ? nullptr : &*at;
}

bool is_a(std::string_view type, std::string_view ancestor) {
    for (const auto* row = find_family(type); row != nullptr; row = find_family(row->base))
        if (row->type == ancestor) return true;
    return false;
}

}  // namespace cloned::backends::vijson
