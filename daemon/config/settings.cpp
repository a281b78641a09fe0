#include "daemon/config/settings.hpp"

#include "base/text.hpp"
#include "daemon/config/values.hpp"

#include <array>
#include <type_traits>

namespace cloned {
namespace {

using enum takes_effect;

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

constexpr std::array daemon_settings_table{
    setting<daemon_config>{"database", member<&daemon_config::database>, 1, 4096, on_restart,
                           "The file that holds the queue; its folder must exist."},
    setting<daemon_config>{"high_water_file", member<&daemon_config::high_water_file>, 0, 4096,
                           on_restart,
                           "Tells a restored backup of the database; empty: beside the database."},
    setting<daemon_config>{"log_level", member<&daemon_config::log_level>, 0, 0, on_reload,
                           "debug, info, warn or error."},
    setting<daemon_config>{"retention_days", member<&daemon_config::retention_days>, 0, 36'500,
                           on_restart, "Days that an ended batch is kept; 0: for ever."},
    setting<daemon_config>{"shutdown_grace", member<&daemon_config::shutdown_grace>, 0, 10 * minute,
                           on_restart,
                           "How long a stop waits for running steps to reach a recorded state."},
    setting<daemon_config>{"min_free_mib", member<&daemon_config::min_free_mib>, 0, 1 << 20,
                           on_restart,
                           "MiB free on the database's disk below which no batch is accepted."},
    setting<daemon_config>{
        "checkpoint_kib", member<&daemon_config::checkpoint_kib>, 64, 1 << 20, on_restart,
        "KiB that the database's log grows to before it moves into the database."},
    setting<daemon_config>{"max_unfinished_jobs", member<&daemon_config::max_unfinished_jobs>, 1,
                           10'000'000, on_restart,
                           "Jobs that have not ended above which no batch is accepted."},
};

constexpr std::array limits_settings_table{
    setting<limits_config>{"max_message_mib", member<&limits_config::max_message_mib>, 1, 64,
                           on_restart, "MiB of the largest request that is read."},
    setting<limits_config>{"max_attempts", member<&limits_config::max_attempts>, 1, 20, on_restart,
                           "Attempts of a job that names no number of its own."},
    setting<limits_config>{"max_watchers", member<&limits_config::max_watchers>, 1, 10'000,
                           on_restart, "Watch calls served at the same time."},
    setting<limits_config>{"age_floor", member<&limits_config::age_floor>, second, 7 * 24 * hour,
                           on_restart, "After so long a waiting job is served as high priority."},
};

constexpr std::array listen_settings_table{
    setting<listen_settings>{"address", member<&listen_settings::address>, 1, 300, on_restart,
                             "unix:/path, or host:port. TCP beyond loopback needs TLS."},
    setting<listen_settings>{"mode", member<&listen_settings::mode>, 3, 4, on_restart,
                             "Mode of the Unix socket's file, in octal."},
    setting<listen_settings>{"tls_cert", member<&listen_settings::tls_cert>, 0, 4096, on_restart,
                             "PEM file with the server's certificate chain."},
    setting<listen_settings>{"tls_key", member<&listen_settings::tls_key>, 0, 4096, on_restart,
                             "PEM file with its private key; looked up like a secret."},
    setting<listen_settings>{"client_ca", member<&listen_settings::client_ca>, 0, 4096, on_restart,
                             "PEM file with the authority that signs the clients' certificates."},
};

constexpr std::array endpoint_settings_table{
    setting<endpoint_settings>{"name", member<&endpoint_settings::name>, 1, 63, on_restart,
                               "Unique; a-z, 0-9 and -."},
    setting<endpoint_settings>{"kind", member<&endpoint_settings::kind>, 1, 32, on_restart,
                               "vcenter, snapservice, vi_json or zstack."},
    setting<endpoint_settings>{"address", member<&endpoint_settings::address>, 1, 300, on_restart,
                               "https://host or https://host:port."},
    setting<endpoint_settings>{"flavour", member<&endpoint_settings::flavour>, 1, 32, on_restart,
                               "vcenter: api, or rest for servers before 7.0U2."},
    setting<endpoint_settings>{
        "auth", member<&endpoint_settings::auth>, 1, 32, on_restart,
        "session-basic, static-header, vcenter-session (snapservice, vi_json) or "
        "access-key (zstack)."},
    setting<endpoint_settings>{"user", member<&endpoint_settings::user>, 0, 256, on_restart,
                               "session-basic: the account; access-key: the key's id."},
    setting<endpoint_settings>{"password_file", member<&endpoint_settings::password_file>, 0, 4096,
                               on_restart,
                               "session-basic: the file with its password; access-key: with the "
                               "key's secret."},
    setting<endpoint_settings>{"header_name", member<&endpoint_settings::header_name>, 0, 128,
                               on_restart, "static-header: the name of the header."},
    setting<endpoint_settings>{"header_value_file", member<&endpoint_settings::header_value_file>,
                               0, 4096, on_restart, "static-header: the file with its value."},
    setting<endpoint_settings>{
        "session_endpoint", member<&endpoint_settings::session_endpoint>, 0, 63, on_restart,
        "vcenter-session: the vcenter endpoint whose session is used; empty: inventory's."},
    setting<endpoint_settings>{"ca_file", member<&endpoint_settings::ca_file>, 0, 4096, on_restart,
                               "PEM file with the authority to trust; empty: the system's."},
    setting<endpoint_settings>{"sha256_fingerprint", member<&endpoint_settings::sha256_fingerprint>,
                               0, 128, on_restart,
                               "Hex SHA-256 of the server's certificate; replaces the authority."},
    setting<endpoint_settings>{"insecure", member<&endpoint_settings::insecure>, 0, 1, on_restart,
                               "Do not check the server's certificate at all."},
    setting<endpoint_settings>{"default_cluster", member<&endpoint_settings::default_cluster>, 0,
                               255, on_restart, "The cluster that jobs burden which name none."},
    setting<endpoint_settings>{"default_folder", member<&endpoint_settings::default_folder>, 0, 255,
                               on_restart, "Where new VMs go when a job names no folder."},
    setting<endpoint_settings>{"inventory", member<&endpoint_settings::inventory>, 0, 63,
                               on_restart,
                               "snapservice, vi_json: the vcenter endpoint that lists its VMs."},
    setting<endpoint_settings>{"max_in_flight", member<&endpoint_settings::max_in_flight>, 1,
                               100'000, on_restart,
                               "Jobs in flight at this endpoint, all lanes together."},
    setting<endpoint_settings>{"max_per_source", member<&endpoint_settings::max_per_source>, 0,
                               100'000, on_restart,
                               "Jobs in flight on one source VM; 0: no limit."},
    setting<endpoint_settings>{"max_connections", member<&endpoint_settings::max_connections>, 1,
                               1024, on_restart, "Connections kept open to this endpoint."},
    setting<endpoint_settings>{"poll_interval_min", member<&endpoint_settings::poll_interval_min>,
                               10, hour, on_restart, "The shortest time between two polls."},
    setting<endpoint_settings>{"poll_interval_max", member<&endpoint_settings::poll_interval_max>,
                               10, hour, on_restart, "The longest time between two polls."},
    setting<endpoint_settings>{"request_timeout", member<&endpoint_settings::request_timeout>,
                               second, 10 * minute, on_restart,
                               "By then a request is answered or given up."},
    setting<endpoint_settings>{"quiesce", member<&endpoint_settings::quiesce>, 0, hour, on_restart,
                               "Added to request_timeout before the absence of a VM is believed."},
    setting<endpoint_settings>{
        "forgotten_task_wait", member<&endpoint_settings::forgotten_task_wait>, 0, 24 * hour,
        on_restart,
        "vi_json: a customization whose task the upstream has forgotten, and which the guest does "
        "not report, may go on for so long; it is not repeated before."},
    setting<endpoint_settings>{"task_timeout", member<&endpoint_settings::task_timeout>, 0,
                               30 * 24 * hour, on_restart,
                               "A task that runs for longer is in doubt; 0s: none is, but 37 hours "
                               "for zstack."},
    setting<endpoint_settings>{"release", member<&endpoint_settings::release>, 0, 32, on_restart,
                               "vi_json: the API release, such as 8.0.3.0; empty: negotiated."},
    setting<endpoint_settings>{"clock_zone", member<&endpoint_settings::clock_zone>, 6, 6,
                               on_restart,
                               "zstack: the node's zone, such as +08:00, in which it reads and "
                               "writes times."},
    setting<endpoint_settings>{"names_per_call", member<&endpoint_settings::names_per_call>, 1, 100,
                               on_restart, "zstack: clones of one source that may share a call."},
    setting<endpoint_settings>{"refuses_known_jobs", member<&endpoint_settings::refuses_known_jobs>,
                               0, 1, on_restart,
                               "zstack: a job uuid that is sent twice is refused; false before "
                               "4.7."},
};

constexpr std::array credential_settings_table{
    setting<credential_settings>{"name", member<&credential_settings::name>, 1, 63, on_restart,
                                 "Unique; a-z, A-Z, 0-9, . _ and -. Jobs refer to it."},
    setting<credential_settings>{"file", member<&credential_settings::file>, 1, 4096, on_restart,
                                 "The file with the secret."},
};

template <std::size_t... I>
constexpr auto rows_of_kinds(std::index_sequence<I...>) {
    return std::array{setting<by_kind>{job_kinds[I].name,
                                       [](by_kind& of) -> setting_place { return &of[I]; }, 1,
                                       10'000, on_restart, ""}...};
}
constexpr auto kind_settings_table = rows_of_kinds(std::make_index_sequence<job_kind_count>());

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

std::string shown(const std::string& text) {
    return concat("\"", text, "\"");
}
std::string shown(std::int64_t number) {
    return std::to_string(number);
}
std::string shown(bool flag) {
    return flag ? "true" : "false";
}
std::string shown(milliseconds span) {
    return shown(format_duration(span));
}
std::string shown(log::level level) {
    return concat("\"", to_text(level), "\"");
}

template <class Section>
std::string bounds(const setting<Section>& s, const setting_place& place) {
    if (std::holds_alternative<std::int64_t*>(place)) {
        return concat(" ", shown(s.least), " to ", shown(s.most), ".");
    }
    if (std::holds_alternative<milliseconds*>(place)) {
        return concat(" ", format_duration(milliseconds(s.least)), " to ",
                      format_duration(milliseconds(s.most)), ".");
    }
    return {};
}

// `prefix` comments out the sections that a fresh installation has none of.
template <class Section>
void append_section(std::string& out,
                    std::string_view title,
                    std::string_view prefix,
                    std::span<const setting<Section>> table,
                    Section defaults) {
    out += concat("\n", prefix, title, "\n");
    for (const auto& s : table) {
        const auto place = s.into(defaults);
        const std::string value = std::visit([](const auto* at) { return shown(*at); }, place);
        out += concat("# ", s.meaning, bounds(s, place),
                      s.when == on_reload ? " Taken over by a reload." : "", "\n", prefix, s.name,
                      " = ", value, "\n");
    }
}

void append_kinds(std::string& out,
                  std::string_view title,
                  std::string_view meaning,
                  const by_kind& defaults) {
    out += concat("\n#", title, "\n# ", meaning, " 1 to 10000.\n");
    for (std::size_t i = 0; i < job_kind_count; ++i)
        out += concat("#", job_kinds[i].name, " = ", shown(defaults[i]), "\n");
}

}  // namespace

std::span<const setting<daemon_config>> daemon_table() {
    return daemon_settings_table;
}
std::span<const setting<limits_config>> limits_table() {
    return limits_settings_table;
}
std::span<const setting<listen_settings>> listen_table() {
    return listen_settings_table;
}
std::span<const setting<endpoint_settings>> endpoint_table() {
    return endpoint_settings_table;
}
std::span<const setting<credential_settings>> credential_table() {
    return credential_settings_table;
}
std::span<const setting<by_kind>> kind_table() {
    return kind_settings_table;
}

std::string new_name(std::string_view section, std::string_view was) {
    for (const auto& r : renamed_settings)
        if (r.section == section && r.was == was) return concat("is now ", r.now, r.hint);
    return {};
}

std::string_view to_text(log::level level) {
    switch (level) {
        case log::level::debug:
            return "debug";
        case log::level::info:
            return "info";
        case log::level::warn:
            return "warn";
        case log::level::error:
            break;
    }
    return "error";
}

std::string default_config_text() {
    std::string out =
        "# Configuration of cloned with every setting at its default. Durations are whole numbers\n"
        "# with one of the units ms, s, min, h and d. Changes need a restart unless said "
        "otherwise.\n";
    append_section(out, "[daemon]", "", daemon_table(), daemon_config{});
    append_section(out, "[limits]", "", limits_table(), limits_config{});
    listen_settings local;
    local.address = "unix:/run/cloned/cloned.sock";
    append_section(out, "[[listen]]", "#", listen_table(), local);
    append_section(out, "[[credential]]", "#", credential_table(), credential_settings{});
    append_section(out, "[[endpoint]]", "#", endpoint_table(), endpoint_settings{});
    append_kinds(out, "[endpoint.limit]",
                 "Jobs in flight in one cluster, by kind; true ceilings are learned below it.",
                 default_limits);
    append_kinds(out, "[endpoint.cost]",
                 "What a job counts in max_in_flight and in its lane, by kind.", default_costs);
    return out;
}

}  // namespace cloned
