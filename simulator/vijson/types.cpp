#include "simulator/vijson/types.hpp"

#include "simulator/model/text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <set>
#include <sstream>
#include <unordered_map>

namespace cloned::simulator {

namespace {

// A line a type: name, its base behind ':', then members as name:type. '!' marks what is required,
// '*' a list, '@' a type that nobody can be only, '>' the release that brought a member, '=' a word
// of an enumeration.
constexpr std::string_view types_text = R"(
ManagedObjectReference  type!:string value!:string
OptionValue  key!:string value:Any

GuestAuthentication@  interactiveSession!:boolean
NamePasswordAuthentication:GuestAuthentication  username!:string password!:string
SAMLTokenAuthentication:GuestAuthentication  token!:string username:string
SSPIAuthentication:GuestAuthentication  sspiToken!:string
TicketedSessionAuthentication:GuestAuthentication  ticket!:string

CustomizationSpec  options:CustomizationOptions identity!:CustomizationIdentitySettings globalIPSettings!:CustomizationGlobalIPSettings nicSettingMap:CustomizationAdapterMapping* encryptionKey:binary
CustomizationIdentitySettings@
CustomizationLinuxPrep:CustomizationIdentitySettings  hostName!:CustomizationName domain!:string timeZone:string hwClockUTC:boolean scriptText:string compatibleCustomizationMethod:string>8.0.3.0 resetPassword:boolean>9.1.0.0 password:CustomizationPassword>9.1.0.0 extraConfig:OptionValue*>9.1.0.0
CustomizationSysprep:CustomizationIdentitySettings  guiUnattended!:CustomizationGuiUnattended userData!:CustomizationUserData guiRunOnce:CustomizationGuiRunOnce identification!:CustomizationIdentification licenseFilePrintData:CustomizationLicenseFilePrintData scriptText:string>9.1.0.0 resetPassword:boolean>9.1.0.0 extraConfig:OptionValue*>9.1.0.0
CustomizationSysprepText:CustomizationIdentitySettings  value!:string
CustomizationCloudinitPrep:CustomizationIdentitySettings  metadata!:string userdata:string
CustomizationGuiUnattended  password:CustomizationPassword timeZone!:int autoLogon!:boolean autoLogonCount!:int
CustomizationPassword  value!:string plainText!:boolean
CustomizationUserData  fullName!:string orgName!:string computerName!:CustomizationName productId!:string
CustomizationGuiRunOnce  commandList!:string*
CustomizationIdentification  joinWorkgroup:string joinDomain:string domainAdmin:string domainAdminPassword:CustomizationPassword domainOU:string>8.0.2.0
CustomizationLicenseFilePrintData  autoMode!:CustomizationLicenseDataMode autoUsers:int
CustomizationName@
CustomizationFixedName:CustomizationName  name!:string
CustomizationPrefixName:CustomizationName  base!:string
CustomizationVirtualMachineName:CustomizationName
CustomizationUnknownName:CustomizationName
CustomizationCustomName:CustomizationName  argument:string
CustomizationOptions@
CustomizationLinuxOptions:CustomizationOptions
CustomizationWinOptions:CustomizationOptions  changeSID!:boolean deleteAccounts!:boolean reboot:CustomizationSysprepRebootOption
CustomizationGlobalIPSettings  dnsSuffixList:string* dnsServerList:string*
CustomizationAdapterMapping  macAddress:string adapter!:CustomizationIPSettings
CustomizationIPSettings  ip!:CustomizationIpGenerator subnetMask:string gateway:string* ipV6Spec:CustomizationIPSettingsIpV6AddressSpec dnsServerList:string* dnsDomain:string primaryWINS:string secondaryWINS:string netBIOS:CustomizationNetBIOSMode primary:boolean>9.1.0.0
CustomizationIpGenerator@
CustomizationFixedIp:CustomizationIpGenerator  ipAddress!:string
CustomizationDhcpIpGenerator:CustomizationIpGenerator
CustomizationUnknownIpGenerator:CustomizationIpGenerator
CustomizationCustomIpGenerator:CustomizationIpGenerator  argument:string
CustomizationIPSettingsIpV6AddressSpec  ip!:CustomizationIpV6Generator* gateway:string*
CustomizationIpV6Generator@
CustomizationFixedIpV6:CustomizationIpV6Generator  ipAddress!:string subnetMask!:int
CustomizationDhcpIpV6Generator:CustomizationIpV6Generator
CustomizationStatelessIpV6Generator:CustomizationIpV6Generator
CustomizationAutoIpV6Generator:CustomizationIpV6Generator
CustomizationUnknownIpV6Generator:CustomizationIpV6Generator
CustomizationCustomIpV6Generator:CustomizationIpV6Generator  argument:string
CustomizationLicenseDataMode  =perServer =perSeat
CustomizationNetBIOSMode  =enableNetBIOSViaDhcp =enableNetBIOS =disableNetBIOS
CustomizationSysprepRebootOption  =reboot =noreboot =shutdown

PropertyFilterSpec  propSet!:PropertySpec* objectSet!:ObjectSpec* reportMissingObjectsInResults:boolean
PropertySpec  type!:string all:boolean pathSet:string*
ObjectSpec  obj!:ManagedObjectReference skip:boolean selectSet:SelectionSpec*
SelectionSpec  name:string
TraversalSpec:SelectionSpec  type!:string path!:string skip:boolean selectSet:SelectionSpec*
RetrieveOptions  maxObjects:int
WaitOptions  maxWaitSeconds:int maxObjectUpdates:int

VirtualMachineCloneSpec  location!:VirtualMachineRelocateSpec template!:boolean powerOn!:boolean snapshot:ManagedObjectReference customization:CustomizationSpec memory:boolean
VirtualMachineRelocateSpec  datastore:ManagedObjectReference diskMoveType:string pool:ManagedObjectReference host:ManagedObjectReference folder:ManagedObjectReference

LoginRequestType  userName!:string password!:string locale:string
LogoutRequestType
RetrieveServiceContentRequestType
CurrentTimeRequestType
CustomizeGuestRequestType  vm!:ManagedObjectReference auth!:GuestAuthentication spec!:CustomizationSpec configParams:OptionValue*
CancelTaskRequestType
PowerOnVMRequestType  host:ManagedObjectReference
PowerOffVMRequestType
CloneVMRequestType  folder!:ManagedObjectReference name!:string spec!:VirtualMachineCloneSpec
RetrievePropertiesExRequestType  specSet!:PropertyFilterSpec* options!:RetrieveOptions
ContinueRetrievePropertiesExRequestType  token!:string
CancelRetrievePropertiesExRequestType  token!:string
CreatePropertyCollectorRequestType
DestroyPropertyCollectorRequestType
CreateFilterRequestType  spec!:PropertyFilterSpec partialUpdates!:boolean
DestroyPropertyFilterRequestType
WaitForUpdatesExRequestType  version:string options:WaitOptions
CancelWaitForUpdatesRequestType
)";

vi_member read_member(std::string word) {
    vi_member out;
    if (const auto later = word.find('>'); later != std::string::npos) {
        out.since = word.substr(later + 1);
        word.resize(later);
    }
    if (word.ends_with('*')) {
        out.list = true;
        word.pop_back();
    }
    const auto colon = word.find(':');
    out.type = word.substr(colon + 1);
    out.name = word.substr(0, colon);
    if (out.name.ends_with('!')) {
        out.required = true;
        out.name.pop_back();
    }
    return out;
}

vi_type read_type(const std::string& line) {
    std::istringstream in(line);
    vi_type out;
    in >> out.name;
    if (const auto colon = out.name.find(':'); colon != std::string::npos) {
        out.base = out.name.substr(colon + 1);
        out.name.resize(colon);
    }
    if (out.name.ends_with('@')) {
        out.abstract = true;
        out.name.pop_back();
    }
    for (std::string word; in >> word;) {
        if (word.starts_with('=')) {
            out.words.push_back(word.substr(1));
        } else {
            out.members.push_back(read_member(std::move(word)));
        }
    }
    return out;
}

struct type_table {
    type_table() {
        std::istringstream in{std::string(types_text)};
        for (std::string line; std::getline(in, line);) {
            if (line.empty()) {
                continue;
            }
            vi_type type = read_type(line);
            if (!type.base.empty()) {
                bases.insert(type.base);
            }
            std::string name = type.name;
            types.emplace(std::move(name), std::move(type));
        }
    }

    std::unordered_map<std::string, vi_type, text_hash, std::equal_to<>> types;
    std::set<std::string, std::less<>> bases;
};

const type_table& table() {
    static const type_table all;
    return all;
}

int next_number(std::string_view& rest) {
    int number = 0;
    const auto read = std::from_chars(rest.data(), rest.data() + rest.size(), number);
    rest.remove_prefix(static_cast<std::size_t>(read.ptr - rest.data()));
    rest.remove_prefix(std::min<std::size_t>(1, rest.size()));
    return number;
}

}  // namespace

const vi_type* vi_find_type(std::string_view name) {
    const auto it = table().types.find(name);
    return it == table().types.end() ? nullptr : &it->second;
}

bool vi_has_derived(std::string_view name) {
    return table().bases.contains(name);
}

const vi_member* vi_find_member(const vi_type& type, std::string_view name) {
    for (const vi_type* t = &type; t != nullptr; t = vi_find_type(t->base)) {
        for (const vi_member& member : t->members) {
            if (member.name == name) {
                return &member;
            }
        }
    }
    return nullptr;
}

std::vector<const vi_member*> vi_required(const vi_type& type) {
    std::vector<const vi_member*> out;
    for (const vi_type* t = &type; t != nullptr; t = vi_find_type(t->base)) {
        for (const vi_member& member : t->members) {
            if (member.required) {
                out.push_back(&member);
            }
        }
    }
    return out;
}

bool vi_is_primitive(std::string_view type) {
    constexpr std::array<std::string_view, 10> names{"string", "boolean", "int",    "long",
                                                     "short",  "byte",    "binary", "dateTime",
                                                     "float",  "double"};
    return std::find(names.begin(), names.end(), type) != names.end();
}

bool vi_is_later(std::string_view a, std::string_view b) {
    while (!a.empty() || !b.empty()) {
        const int left = next_number(a);
        const int right = next_number(b);
        if (left != right) {
            return left > right;
        }
    }
    return false;
}

}  // namespace cloned::simulator
