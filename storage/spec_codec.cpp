#include "storage/spec_codec.hpp"

#include "base/text.hpp"
#include "storage/spec_fields.hpp"

#include <boost/json.hpp>

#include <optional>
#include <utility>
#include <vector>

namespace cloned::storage {
namespace {

namespace json = boost::json;

void append_string(std::string& out, std::string_view text) {
    static constexpr char hex[] = "0123456789abcdef";
    out += '"';
    std::size_t plain = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        if (byte >= 0x20 && byte != '"' && byte != '\\') continue;
        out.append(text, plain, i - plain);
        plain = i + 1;
        if (byte >= 0x20) {
            out += '\\';
            out += text[i];
        } else {
            out += "\\u00";
            out += hex[byte >> 4];
            out += hex[byte & 15];
        }
    }
    out.append(text, plain, text.size() - plain);
    out += '"';
}

// Writes by hand: a document model would cost an accepted batch half of its time.
class field_writer {
public:
    explicit field_writer(std::string& out) : out_(out) { out_ += '{'; }
    void finish() { out_ += '}'; }

    void operator()(std::string_view name, const std::string& value) {
        if (value.empty()) return;
        begin(name);
        append_string(out_, value);
    }

    void operator()(std::string_view name, bool value) {
        if (value) put(name, "true");
    }

    void operator()(std::string_view name, std::int64_t value) {
        if (value != 0) put(name, std::to_string(value));
    }

    void operator()(std::string_view name, const std::optional<bool>& value) {
        if (value) put(name, *value ? "true" : "false");
    }

    void operator()(std::string_view name, const placement& value) {
        if (value == placement()) return;
        begin(name);
        field_writer inner(out_);
        visit_fields(value, inner);
        inner.finish();
    }

    void operator()(std::string_view name, const std::vector<std::string>& values) {
        if (values.empty()) return;
        begin(name);
        char separator = '[';
        for (const auto& value : values) {
            out_ += std::exchange(separator, ',');
            append_string(out_, value);
        }
        out_ += ']';
    }

    void operator()(std::string_view name,
                    const std::vector<std::pair<std::string, std::string>>& values) {
        if (values.empty()) return;
        begin(name);
        char separator = '[';
        for (const auto& [first, second] : values) {
            out_ += std::exchange(separator, ',');
            out_ += '[';
            append_string(out_, first);
            out_ += ',';
            append_string(out_, second);
            out_ += ']';
        }
        out_ += ']';
    }

private:
    void begin(std::string_view name) {
        if (!first_) out_ += ',';
        first_ = false;
        append_string(out_, name);
        out_ += ':';
    }

    void put(std::string_view name, std::string_view literal) {
        begin(name);
        out_ += literal;
    }

    std::string& out_;
    bool first_ = true;
};

bool read(const json::value& from, std::string& into) {
    const auto* text = from.if_string();
    if (text != nullptr) into.assign(text->data(), text->size());
    return text != nullptr;
}

bool read(const json::value& from, bool& into) {
    const auto* flag = from.if_bool();
    if (flag != nullptr) into = *flag;
    return flag != nullptr;
}

bool read(const json::value& from, std::int64_t& into) {
    const auto* number = from.if_int64();
    if (number != nullptr) into = *number;
    return number != nullptr;
}

bool read(const json::value& from, std::optional<bool>& into) {
    into.emplace(false);
    return read(from, *into);
}

bool read(const json::value& from, std::pair<std::string, std::string>& into) {
    const auto* both = from.if_array();
    return both != nullptr && both->size() == 2 && read((*both)[0], into.first) &&
           read((*both)[1], into.second);
}

template <class T>
bool read(const json::value& from, std::vector<T>& into) {
    const auto* all = from.if_array();
    if (all == nullptr) return false;
    into.resize(all->size());
    for (std::size_t i = 0; i < all->size(); ++i)
        if (!read((*all)[i], into[i])) return false;
    return true;
}

template <class Spec>
std::optional<std::string> read_fields(const json::object& from, Spec& into);

// Takes the fields of one object out of the document and remembers what was wrong first.
class field_reader {
public:
    explicit field_reader(const json::object& from) : from_(from) {}

    template <class T>
    void operator()(std::string_view name, T& into) {
        const auto* value = from_.if_contains({name.data(), name.size()});
        if (value == nullptr) return;
        ++known_;
        if (!read(*value, into)) note(concat("'", name, "' has the wrong type"));
    }

    void operator()(std::string_view name, placement& into) {
        const auto* value = from_.if_contains({name.data(), name.size()});
        if (value == nullptr) return;
        ++known_;
        const auto* inner = value->if_object();
        if (inner == nullptr)
            note(concat("'", name, "' has the wrong type"));
        else if (const auto wrong = read_fields(*inner, into))
            note(concat("in '", name, "': ", *wrong));
    }

    std::optional<std::string> finish() {
        if (!wrong_ && known_ != from_.size()) note("it has a member that is not known");
        return wrong_;
    }

private:
    void note(std::string what) {
        if (!wrong_) wrong_ = std::move(what);
    }

    const json::object& from_;
    std::size_t known_ = 0;
    std::optional<std::string> wrong_;
};

template <class Spec>
std::optional<std::string> read_fields(const json::object& from, Spec& into) {
    field_reader reader(from);
    visit_fields(into, reader);
    return reader.finish();
}

// Parses an object and hands it to `use`, which returns what is wrong with it. The document lives
// on the stack where it is small. Bytes that are no UTF-8 are kept: a job that was accepted must
// be readable.
template <class Use>
std::optional<std::string> with_object(std::string_view text, const Use& use) {
    unsigned char room[4096];
    json::monotonic_resource memory(room, sizeof room);
    json::parse_options options;
    options.allow_invalid_utf8 = true;
    json::error_code ec;
    try {
        const auto document = json::parse({text.data(), text.size()}, ec, &memory, options);
        if (ec) return ec.message();
        const auto* object = document.if_object();
        if (object == nullptr) return "it is no JSON object";
        return use(*object);
    } catch (const std::exception& e) {
        return std::string(e.what());
    }
}

}  // namespace

std::string encode_spec(const job_spec& spec) {
    std::string out;
    out.reserve(200);
    field_writer writer(out);
    std::visit([&](const auto& s) { visit_fields(s, writer); }, spec);
    writer.finish();
    return out;
}

result<job_spec> decode_spec(job_kind kind, std::string_view text) {
    job_spec spec = empty_spec(kind);
    const auto use = [&](const json::object& object) {
        return std::visit([&](auto& s) { return read_fields(object, s); }, spec);
    };
    if (const auto wrong = with_object(text, use))
        return fail(errc::internal,
                    concat("the stored ", to_string(kind), " spec cannot be read: ", *wrong));
    return spec;
}

std::string encode_labels(const std::map<std::string, std::string>& labels) {
    std::string out;
    char separator = '{';
    for (const auto& [name, value] : labels) {
        out += std::exchange(separator, ',');
        append_string(out, name);
        out += ':';
        append_string(out, value);
    }
    if (labels.empty()) out += '{';
    out += '}';
    return out;
}

result<std::map<std::string, std::string>> decode_labels(std::string_view text) {
    std::map<std::string, std::string> labels;
    const auto use = [&](const json::object& object) -> std::optional<std::string> {
        for (const auto& [name, value] : object)
            if (!read(value, labels[std::string(name.data(), name.size())]))
                return "a label is no text";
        return std::nullopt;
    };
    if (const auto wrong = with_object(text, use))
        return fail(errc::internal, concat("the stored labels cannot be read: ", *wrong));
    return labels;
}

}  // namespace cloned::storage
