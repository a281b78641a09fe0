#include "base/text.hpp"
#include "base/unicode.hpp"
#include "clonectl/csv.hpp"
#include "clonectl/job_file.hpp"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>
#include <google/protobuf/util/time_util.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <functional>
#include <set>
#include <span>

namespace cloned::clonectl {
namespace {

namespace pb = google::protobuf;

constexpr std::string_view label_prefix = "label:";

// Columns of the job itself, of its operation and of the operation's placement. `disks_…` and
// `label:…` have rules of their own.
constexpr std::array<std::string_view, 8> job_columns{
    "key", "endpoint", "cluster", "priority", "not_before", "deadline", "max_attempts", "after"};
constexpr std::array<std::string_view, 11> operation_columns{"source",
                                                             "vm",
                                                             "snapshot",
                                                             "name",
                                                             "guest_customization_spec",
                                                             "power_on",
                                                             "wait_for_tools",
                                                             "strategy",
                                                             "full",
                                                             "cluster_uuid",
                                                             "host_uuid"};
constexpr std::array<std::string_view, 5> placement_columns{"folder", "resource_pool", "host",
                                                            "placement_cluster", "datastore"};
constexpr std::array<std::string_view, 2> disk_columns{"disks_to_remove", "disks_to_update"};

bool among(std::span<const std::string_view> list, std::string_view name) {
    return std::find(list.begin(), list.end(), name) != list.end();
}

// The kinds of jobs whose fields fit into cells: all but customize_guest, which is a tree.
std::vector<std::string_view> kinds_in_csv() {
    std::vector<std::string_view> out;
    const auto* kinds = v1::JobSpec::descriptor()->FindOneofByName("operation");
    for (int i = 0; i < kinds->field_count(); ++i)
        if (kinds->field(i)->number() != v1::JobSpec::kCustomizeGuestFieldNumber)
            out.emplace_back(kinds->field(i)->name());
    return out;
}

// " a, b, c"
std::string joined(std::span<const std::string_view> list) {
    std::string out;
    for (const std::string_view name : list) out += concat(out.empty() ? " " : ", ", name);
    return out;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
    std::vector<std::string_view> parts;
    while (true) {
        const std::size_t at = text.find(separator);
        parts.push_back(text.substr(0, at));
        if (at == std::string_view::npos) return parts;
        text.remove_prefix(at + 1);
    }
}

// Each setter returns what is wrong with the cell, or nothing.

std::string set_time(const std::string& cell, pb::Timestamp* into) {
    return pb::util::TimeUtil::FromString(cell, into)
               ? ""
               : R"(must be a time such as "2030-01-31T22:00:00Z")";
}

std::string set_job_cell(v1::JobSpec& job, std::string_view column, const std::string& cell) {
    if (column == "key") job.set_key(cell);
    if (column == "endpoint") job.set_endpoint(cell);
    if (column == "cluster") job.set_cluster(cell);
    if (column == "after") job.set_after(cell);
    if (column == "not_before") return set_time(cell, job.mutable_not_before());
    if (column == "deadline") return set_time(cell, job.mutable_deadline());
    if (column == "priority") {
        std::string name = concat("PRIORITY_", cell);
        std::transform(name.begin(), name.end(), name.begin(), [](char c) {
            return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
        });
        v1::Priority priority{};
        if (!v1::Priority_Parse(name, &priority)) return "must be low, normal or high";
        job.set_priority(priority);
    }
    if (column == "max_attempts") {
        std::int32_t number = 0;
        const char* end = cell.data() + cell.size();
        const auto [rest, ec] = std::from_chars(cell.data(), end, number);
        if (ec != std::errc() || rest != end) return "must be a whole number";
        job.set_max_attempts(number);
    }
    return {};
}

std::string set_field(pb::Message& message,
                      const pb::FieldDescriptor& field,
                      const std::string& cell) {
    const pb::Reflection& reflection = *message.GetReflection();
    if (field.cpp_type() != pb::FieldDescriptor::CPPTYPE_BOOL) {
        reflection.SetString(&message, &field, cell);
        return {};
    }
    const bool yes = cell == "true" || cell == "yes" || cell == "1";
    if (!yes && cell != "false" && cell != "no" && cell != "0") return "must be true or false";
    reflection.SetBool(&message, &field, yes);
    return {};
}

std::string set_disks(v1::VcenterClone& clone, std::string_view column, const std::string& cell) {
    for (const std::string_view part : split(cell, ';')) {
        if (column == "disks_to_remove") {
            clone.add_disks_to_remove(std::string(part));
            continue;
        }
        const std::size_t equals = part.find('=');
        if (equals == std::string_view::npos) {
            return R"(must be disks with their datastore, such as "2000=datastore-1;2001=datastore-2")";
        }
        auto* update = clone.add_disks_to_update();
        update->set_disk(std::string(part.substr(0, equals)));
        update->set_datastore(std::string(part.substr(equals + 1)));
    }
    return {};
}

std::string set_operation_cell(v1::JobSpec& job,
                               std::string_view kind,
                               std::string_view column,
                               const std::string& cell) {
    const pb::FieldDescriptor* operation = job.GetDescriptor()->FindFieldByName(std::string(kind));
    pb::Message* message = job.GetReflection()->MutableMessage(&job, operation);
    const pb::Descriptor& type = *message->GetDescriptor();
    if (among(disk_columns, column) && job.has_vcenter_clone()) {
        return set_disks(*job.mutable_vcenter_clone(), column, cell);
    }
    if (among(placement_columns, column)) {
        const pb::FieldDescriptor* placement = type.FindFieldByName("placement");
        if (placement == nullptr) return concat("has no meaning for ", kind);
        const std::string_view name = column == "placement_cluster" ? "cluster" : column;
        pb::Message* where = message->GetReflection()->MutableMessage(message, placement);
        return set_field(*where, *where->GetDescriptor()->FindFieldByName(std::string(name)), cell);
    }
    // One column may serve a file that mixes kinds: the VM that is cloned from is `source` for one
    // and `vm` for the others.
    const bool from = column == "source" || column == "vm";
    const std::string_view source = kind == "vcenter_clone"  ? "source"
                                    : kind == "zstack_clone" ? "vm_instance_uuid"
                                                             : "vm";
    const std::string_view name = from ? source : column;
    const pb::FieldDescriptor* field = type.FindFieldByName(std::string(name));
    if (field == nullptr || field->is_repeated()) return concat("has no meaning for ", kind);
    if (from) {
        const std::string before = message->GetReflection()->GetString(*message, field);
        if (!before.empty() && before != cell) return "source and vm name different VMs";
    }
    return set_field(*message, *field, cell);
}

// The columns by position; unknown and repeated ones are mistakes of the header line.
std::vector<std::string> read_header(const csv_row& header, mistakes& wrong) {
    std::set<std::string, std::less<>> seen;
    const std::string line = concat("line ", std::to_string(header.line), ": ");
    for (const std::string& name : header.cells) {
        const bool label = name.size() > label_prefix.size() && name.starts_with(label_prefix);
        const bool known = name == "kind" || label || among(job_columns, name) ||
                           among(operation_columns, name) || among(placement_columns, name) ||
                           among(disk_columns, name);
        if (!known)
            wrong.add(concat(line, "there is no column \"", one_line(name, 64),
                             "\"; clonectl submit --help lists them"));
        if (!seen.insert(name).second) wrong.add(concat(line, "column \"", name, "\" comes twice"));
    }
    if (!seen.contains("kind")) wrong.add(concat(line, "there is no column \"kind\""));
    return header.cells;
}

void read_row(const csv_row& row,
              const std::vector<std::string>& columns,
              job_file& out,
              mistakes& wrong) {
    const std::string line = concat("line ", std::to_string(row.line), ": ");
    if (row.cells.size() != columns.size()) {
        return wrong.add(concat(line, "has ", std::to_string(row.cells.size()),
                                " cells instead of ", std::to_string(columns.size())));
    }
    const auto kind_at = std::find(columns.begin(), columns.end(), "kind") - columns.begin();
    const std::string& kind = row.cells[static_cast<std::size_t>(kind_at)];
    static const auto kinds = kinds_in_csv();
    if (!among(kinds, kind)) {
        return wrong.add(concat(line, "kind: must be one of", joined(kinds)));
    }
    v1::JobSpec& job = out.jobs.emplace_back();
    // The operation exists even if all its cells are empty, so that the daemon names what is
    // missing.
    job.GetReflection()->MutableMessage(&job, job.GetDescriptor()->FindFieldByName(kind));
    for (std::size_t i = 0; i < columns.size(); ++i) {
        const std::string& column = columns[i];
        const std::string& cell = row.cells[i];
        if (cell.empty() || column == "kind") continue;
        std::string problem;
        if (!column.starts_with(label_prefix) && has_blank_end(cell)) {
            // RFC 4180: blanks are part of the cell. Here they are a slip, and dropping them would
            // make something else of what is written.
            problem = "begins or ends with a blank; take the blank out";
        } else if (column.starts_with(label_prefix)) {
            (*job.mutable_labels())[column.substr(label_prefix.size())] = cell;
        } else if (among(job_columns, column)) {
            problem = set_job_cell(job, column, cell);
        } else {
            problem = set_operation_cell(job, kind, column, cell);
        }
        if (!problem.empty()) wrong.add(concat(line, column, ": ", problem));
    }
}

}  // namespace

std::string csv_columns() {
    constexpr std::size_t line_width = 70;
    std::string out = "kind";
    std::size_t line_begin = 0;
    const auto add = [&](const auto& columns) {
        for (const std::string_view name : columns) {
            out += ",";
            const bool full = out.size() + name.size() - line_begin > line_width;
            if (full) line_begin = out.size() + 1;
            out += concat(full ? "\n  " : " ", name);
        }
    };
    add(job_columns);
    add(operation_columns);
    add(placement_columns);
    add(disk_columns);
    return out + ", label:NAME";
}

job_file_result read_csv_jobs(std::string_view text) {
    auto rows = parse_csv(text);
    mistakes wrong;
    if (!rows) {
        wrong.add(concat("line ", std::to_string(rows.error().line), ": ", rows.error().message));
        return tl::unexpected(wrong.take());
    }
    if (rows->size() > max_file_jobs + 1) {
        wrong.add(concat("there are more than ", std::to_string(max_file_jobs), " jobs"));
        return tl::unexpected(wrong.take());
    }
    if (rows->size() < 2)
        wrong.add("there must be a line with the columns' names and one for each job");
    job_file out;
    if (!rows->empty()) {
        const std::vector<std::string> columns = read_header(rows->front(), wrong);
        // Under a wrong header every line would be wrong, too.
        if (!wrong.empty()) return tl::unexpected(wrong.take());
        out.jobs.reserve(rows->size() - 1);
        for (std::size_t i = 1; i < rows->size(); ++i) read_row((*rows)[i], columns, out, wrong);
    }
    if (!wrong.empty()) return tl::unexpected(wrong.take());
    return out;
}

}  // namespace cloned::clonectl
