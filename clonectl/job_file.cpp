#include "clonectl/job_file.hpp"

#include "base/text.hpp"

#include <google/protobuf/util/json_util.h>
#include <boost/json/parser.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>

namespace cloned::clonectl {
namespace {

namespace json = boost::json;

job_file_result one_mistake(std::string line) {
    return tl::unexpected(std::vector<std::string>{std::move(line)});
}

tl::expected<json::value, std::string> parse(std::string_view text) {
    json::parser parser;
    boost::system::error_code ec;
    const std::size_t used = parser.write_some(text.data(), text.size(), ec);
    std::string_view rest = text.substr(std::min(used, text.size()));
    if (!ec && rest.find_first_not_of(" \t\r\n") == std::string_view::npos) {
        return parser.release();
    }
    const std::string_view read = text.substr(0, text.size() - rest.size());
    const auto line = 1 + std::count(read.begin(), read.end(), '\n');
    const auto column = read.size() - (read.rfind('\n') + 1) + 1;
    return tl::unexpected(concat("line ", std::to_string(line), ": not JSON at column ",
                                 std::to_string(column), ": ",
                                 ec ? ec.message() : "something follows the end of the document"));
}

// Protobuf's own words, without the code in front and on one line.
std::string words_of(const google::protobuf::util::Status& status) {
    const auto message = status.message();
    return one_line(std::string_view(message.data(), message.size()), 300);
}

void read_job(const json::value& from, std::size_t index, job_file& out, mistakes& wrong) {
    std::string name = concat("jobs[", std::to_string(index), "]");
    const json::object* object = from.if_object();
    if (object == nullptr) return wrong.add(concat(name, ": must be an object"));
    if (const json::value* key = object->if_contains("key"); key != nullptr && key->is_string()) {
        name += concat(" (", std::string_view(key->get_string()), ")");
    }
    const auto status = google::protobuf::util::JsonStringToMessage(json::serialize(from),
                                                                    &out.jobs.emplace_back());
    if (!status.ok()) wrong.add(concat(name, ": ", words_of(status)));
}

void read_text(const json::value& from, std::string_view name, std::string& into, mistakes& wrong) {
    if (const json::string* text = from.if_string()) {
        into.assign(text->data(), text->size());
    } else {
        wrong.add(concat(name, ": must be text"));
    }
}

void read_policy(const json::value& from, std::string_view name, job_file& out, mistakes& wrong) {
    std::string text;
    read_text(from, name, text, wrong);
    v1::LeftoverPolicy policy = v1::LEFTOVER_POLICY_UNSPECIFIED;
    if (from.is_string() && !v1::LeftoverPolicy_Parse(text, &policy))
        wrong.add(concat(name, ": must be LEFTOVER_POLICY_LEAVE or ",
                         "LEFTOVER_POLICY_ADOPT_IF_COMPLETE"));
    out.adopts_leftovers = policy == v1::LEFTOVER_POLICY_ADOPT_IF_COMPLETE;
}

}  // namespace

job_file_result read_json_jobs(std::string_view text) {
    auto document = parse(text);
    if (!document) return one_mistake(std::move(document.error()));
    job_file out;
    mistakes wrong;
    const json::array* jobs = document->if_array();
    if (const json::object* object = document->if_object()) {
        for (const auto& member : *object) {
            const std::string_view name(member.key().data(), member.key().size());
            if (name == "jobs") {
                jobs = member.value().if_array();
            } else if (name == "requestId" || name == "request_id") {
                read_text(member.value(), name, out.request_id, wrong);
            } else if (name == "displayName" || name == "display_name") {
                read_text(member.value(), name, out.display_name, wrong);
            } else if (name == "leftoverPolicy" || name == "leftover_policy") {
                read_policy(member.value(), name, out, wrong);
            } else {
                wrong.add(concat(name,
                                 ": there is no such field; there are jobs, requestId, "
                                 "displayName and leftoverPolicy"));
            }
        }
    }
    if (jobs == nullptr)
        return one_mistake("must be a list of jobs, or an object with such a list in \"jobs\"");
    if (jobs->empty()) wrong.add("jobs: there is none");
    if (jobs->size() > max_file_jobs) {
        return one_mistake(concat("jobs: there are ", std::to_string(jobs->size()), ", more than ",
                                  std::to_string(max_file_jobs)));
    }
    out.jobs.reserve(jobs->size());
    std::size_t index = 0;
    for (const json::value& job : *jobs) read_job(job, index++, out, wrong);
    if (!wrong.empty()) return tl::unexpected(wrong.take());
    return out;
}

job_file_result read_jobs(std::string_view text) {
    if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);  // a byte order mark
    const std::size_t first = text.find_first_not_of(" \t\r\n");
    if (first == std::string_view::npos) return one_mistake("the file is empty");
    return text[first] == '{' || text[first] == '[' ? read_json_jobs(text) : read_csv_jobs(text);
}

}  // namespace cloned::clonectl
