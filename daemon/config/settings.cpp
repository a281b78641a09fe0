#include "daemon/config/settings.hpp"

#include "base/text.hpp"

#include <array>
#include <utility>

namespace cloned {
namespace {

using backends::backend_options;

constexpr std::int64_t second = 1000;
constexpr std::int64_t minute = 60 * second;
constexpr std::int64_t hour = 60 * minute;

template <class Section, class Value>
Section section_of(Value Section::*);

// The place of a setting that is a member of its section.
template <auto Member>
setting_place member(decltype(section_of(Member))& section) {
    return &(section.*Member);
}

// The same for what stands in the options of the backend, by the members that lead there.
template <auto... Path>
setting_place option(endpoint_settings& of) {
    return &(of.options.*....*Path);
}
template <auto Member>
constexpr auto in_info = option<&backend_options::info, Member>;
template <auto Member>
constexpr auto in_http = option<&backend_options::http, Member>;
template <auto Member>
constexpr auto in_trust =
    option<&backend_options::http, &backends::http::client_options::trust, Member>;
template <auto Member>
constexpr auto in_vcenter = option<&backend_options::vcenter, Member>;
template <auto Member>
constexpr auto in_vi_json = option<&backend_options::vi_json, Member>;
template <auto Member>
constexpr auto in_zstack = option<&backend_options::zstack, Member>;

constexpr setting<endpoint_settings> endpoint_rows[] = {
    {"name", in_info<&endpoint_info::name>, 1, 63, "Unique; a-z, 0-9 and -."},
    {"kind", in_info<&endpoint_info::kind>, 0, 0, "What it is."},
    {"address", in_info<&endpoint_info::address>, 1, 300, "https://host or https://host:port."},
    {"flavour", in_vcenter<&backends::vcenter::vcenter_options::speaks>, 0, 0,
     "rest is for servers before 7.0U2.", endpoint_kind::vcenter},
    {"auth", option<&backend_options::auth>, 0, 0,
     "saml and session-saml are for snapservice, vcenter-session is for snapservice and vi_json, "
     "access-key for zstack."},
    {"user", option<&backend_options::user>, 0, 256,
     "session-basic, saml, session-saml: the account; access-key: the key's id."},
    {"password_file", member<&endpoint_settings::password_file>, 0, 4096,
     "session-basic, saml, session-saml: the file with its password; access-key: with the key's "
     "secret.",
     std::nullopt, takes_effect::on_reload},
    {"header_name", option<&backend_options::header_name>, 0, 128,
     "static-header: the name of the header."},
    {"header_value_file", member<&endpoint_settings::header_value_file>, 0, 4096,
     "static-header: the file with its value.", std::nullopt, takes_effect::on_reload},
    {"session_endpoint", member<&endpoint_settings::session_endpoint>, 0, 63,
     "vcenter-session: the vcenter endpoint whose session is used; empty: inventory's."},
    {"sts", member<&endpoint_settings::sts>, 0, 300,
     "saml, session-saml: the vCenter's token service; empty: https://{inventory}/sts/STSService."},
    {"ca_file", in_trust<&backends::http::tls_options::ca_file>, 0, 4096,
     "PEM file with the authority to trust; empty: the system's."},
    {"sha256_fingerprint", in_trust<&backends::http::tls_options::sha256_fingerprint>, 0, 128,
     "Hex SHA-256 of the server's certificate; replaces the authority."},
    {"insecure", in_trust<&backends::http::tls_options::insecure>, 0, 0,
     "Do not check the server's certificate at all."},
    {"plain_http", in_info<&endpoint_info::plain_http>, 0, 0,
     "Allow http:// beyond loopback; with auth = access-key the secret at least does not travel.",
     endpoint_kind::zstack},
    {"default_cluster", in_info<&endpoint_info::default_cluster>, 0, 255,
     "The cluster of jobs that name none."},
    {"default_folder", in_info<&endpoint_info::default_folder>, 0, 255,
     "Where new VMs go when a job names no folder."},
    {"inventory", in_info<&endpoint_info::inventory>, 0, 63,
     "snapservice, vi_json: the vcenter endpoint that lists its VMs."},
    {"max_in_flight", in_info<&endpoint_info::max_in_flight>, 1, 100'000,
     "Jobs in flight at this endpoint, all lanes together."},
    {"max_per_source", in_info<&endpoint_info::max_per_source>, 0, 100'000,
     "Jobs in flight on one source VM; 0: no limit."},
    {"max_connections", in_http<&backends::http::client_options::max_connections>, 1, 1024,
     "Connections kept open to this endpoint."},
    {"poll_interval_min", in_info<&endpoint_info::poll_interval_min>, 10, hour,
     "The shortest time between two polls."},
    {"poll_interval_max", in_info<&endpoint_info::poll_interval_max>, 10, hour,
     "The longest time between two polls."},
    {"request_timeout", in_info<&endpoint_info::request_timeout>, second, 10 * minute,
     "How long a request may take before it is given up."},
    {"quiesce", in_info<&endpoint_info::quiesce>, 0, hour,
     "Added to request_timeout before the absence of a VM is believed."},
    {"forgotten_task_wait", in_info<&endpoint_info::forgotten_task_wait>, 0, 24 * hour,
     "A customization whose task the upstream has forgotten, and which the guest does "
     "not report, may go on for so long; it is not repeated before.",
     endpoint_kind::vi_json},
    {"task_timeout", in_info<&endpoint_info::task_timeout>, 0, 30 * 24 * hour,
     "A task that runs for longer is in doubt; 0s: none is, but 37 hours for zstack."},
    {"release", in_vi_json<&backends::vijson::vijson_options::release>, 0, 32,
     "The API release, such as 8.0.3.0; empty: negotiated.", endpoint_kind::vi_json},
    {"clock_zone", in_zstack<&backends::zstack::zstack_options::clock_offset>, 0, 0,
     "The node's zone, such as +08:00, in which it reads and writes times.", endpoint_kind::zstack},
    {"names_per_call", in_info<&endpoint_info::names_per_call>, 1, 100,
     "Clones of one source that may share a call.", endpoint_kind::zstack},
    {"refuses_known_jobs", in_zstack<&backends::zstack::zstack_options::refuses_known_tasks>, 0, 0,
     "A job uuid that is sent twice is refused; false before 4.7.", endpoint_kind::zstack},
    {"job_retention", in_zstack<&backends::zstack::zstack_options::job_retention>, minute,
     30 * 24 * hour,
     "How long the node knows an ended job; one that it denies earlier may still be at work.",
     endpoint_kind::zstack},
    {"nic_params", in_zstack<&backends::zstack::zstack_options::nic_params>, 0, 0,
     "How this build takes vmNicParams: as a list, or as a string that holds one in JSON.",
     endpoint_kind::zstack},
};

template <std::size_t... I>
constexpr auto rows_of_kinds(std::index_sequence<I...>) {
    return std::array{setting<by_kind>{
        job_kinds[I].name, [](by_kind& of) -> setting_place { return &of[I]; }, 1, 10'000, ""}...};
}
constexpr auto kind_rows = rows_of_kinds(std::make_index_sequence<job_kind_count>());

struct renamed_setting {
    std::string_view section;
    std::string_view was;
    std::string_view now;
    std::string_view hint;  // where its value is written in another way, too
};

constexpr std::array renamed_settings{
    renamed_setting{"daemon", "max_live_jobs", "max_unfinished_jobs", ""},
    renamed_setting{"limits", "age_floor_s", "age_floor", R"(, a duration such as "10min")"},
};

}  // namespace

std::span<const setting<daemon_config>> daemon_table() {
    using section = daemon_config;
    static constexpr setting<section> rows[] = {
        {"database", member<&section::database>, 1, 4096,
         "The file that holds the queue; its folder must exist."},
        {"high_water_file", member<&section::high_water_file>, 0, 4096,
         "A file by which a restored backup is recognised; empty: beside the database."},
        {"log_level", member<&section::log_level>, 0, 0, "The least that is logged.", std::nullopt,
         takes_effect::on_reload},
        {"retention_days", member<&section::retention_days>, 0, 36'500,
         "Days that an ended batch is kept; 0: forever."},
        {"shutdown_grace", member<&section::shutdown_grace>, 0, 10 * minute,
         "How long a stop waits for running steps to reach a recorded state."},
        {"min_free_mib", member<&section::min_free_mib>, 0, 1 << 20,
         "MiB that must be free on the database's disk for a batch to be accepted."},
        {"checkpoint_kib", member<&section::checkpoint_kib>, 64, 1 << 20,
         "KiB that the database's log grows to before it moves into the database."},
        {"max_unfinished_jobs", member<&section::max_unfinished_jobs>, 1, 10'000'000,
         "The most unfinished jobs; a batch that would exceed it is refused."},
    };
    return rows;
}

std::span<const setting<limits_config>> limits_table() {
    using section = limits_config;
    static constexpr setting<section> rows[] = {
        {"max_message_mib", member<&section::max_message_mib>, 1, 64,
         "MiB of the largest request that is read."},
        {"max_attempts", member<&section::max_attempts>, 1, 20,
         "Attempts of a job that names no number of its own."},
        {"max_watchers", member<&section::max_watchers>, 1, 10'000,
         "Watch calls served at the same time."},
        {"age_floor", member<&section::age_floor>, second, 7 * 24 * hour,
         "A job that has waited this long is served as if it had high priority."},
    };
    return rows;
}

std::span<const setting<listen_settings>> listen_table() {
    using section = listen_settings;
    static constexpr setting<section> rows[] = {
        {"address", member<&section::address>, 1, 300,
         "unix:/path, or host:port. TCP beyond loopback needs TLS."},
        {"mode", member<&section::mode>, 3, 4, "Mode of the Unix socket's file, in octal."},
        {"tls_cert", member<&section::tls_cert>, 0, 4096,
         "PEM file with the server's certificate chain."},
        {"tls_key", member<&section::tls_key>, 0, 4096,
         "PEM file with its private key; looked up like a secret."},
        {"client_ca", member<&section::client_ca>, 0, 4096,
         "PEM file with the authority that signs the clients' certificates."},
    };
    return rows;
}

std::span<const setting<endpoint_settings>> endpoint_table() {
    return endpoint_rows;
}

std::span<const setting<credential_settings>> credential_table() {
    using section = credential_settings;
    static constexpr setting<section> rows[] = {
        {"name", member<&section::name>, 1, 63,
         "Unique; a-z, A-Z, 0-9, . _ and -. Jobs refer to it."},
        {"file", member<&section::file>, 1, 4096, "The file with the secret."},
    };
    return rows;
}

std::span<const setting<by_kind>> kind_table() {
    return kind_rows;
}

std::span<const std::string_view> words_of(log::level) {
    static constexpr std::string_view words[] = {"debug", "info", "warn", "error"};
    return words;
}
std::span<const std::string_view> words_of(endpoint_kind) {
    static constexpr auto words = [] {
        std::array<std::string_view, endpoint_kinds.size()> out{};
        for (std::size_t i = 0; i < out.size(); ++i) out[i] = endpoint_kinds[i].name;
        return out;
    }();
    return words;
}
std::span<const std::string_view> words_of(backends::auth_kind) {
    static constexpr std::string_view words[] = {
        "session-basic", "static-header", "vcenter-session", "access-key", "session-saml", "saml"};
    return words;
}
std::span<const std::string_view> words_of(backends::vapi::flavour) {
    static constexpr std::string_view words[] = {"api", "rest"};
    return words;
}
std::span<const std::string_view> words_of(backends::zstack::nic_form) {
    static constexpr std::string_view words[] = {"list", "string"};
    return words;
}

std::string new_name(std::string_view section, std::string_view was) {
    for (const auto& r : renamed_settings)
        if (r.section == section && r.was == was) return concat("is now ", r.now, r.hint);
    return {};
}

}  // namespace cloned
