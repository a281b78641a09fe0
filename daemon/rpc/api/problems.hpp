#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

// The mistakes that were found in a request.
namespace cloned::rpc {

struct field_problem {
    std::string field;        // such as "jobs[3].linked_clone.name"
    std::string description;  // the end of a sentence that begins with the field

    friend bool operator==(const field_problem&, const field_problem&) = default;
};

// Keeps the first hundred and counts the rest: a client that sent 10,000 bad jobs needs no more to
// see what is wrong, and the answer must stay small.
class problem_list {
public:
    static constexpr std::size_t kept_max = 100;

    void add(std::string field, std::string description);
    // Counts one of which the words are not needed, because full().
    void count_one() { ++in_all_; }
    // Of the problems that were counted, one more is only due to the circumstances.
    void count_circumstance() { ++circumstances_; }

    bool full() const { return kept_.size() >= kept_max; }
    bool empty() const { return in_all_ == 0; }
    std::size_t in_all() const { return in_all_; }
    const std::vector<field_problem>& kept() const { return kept_; }

    // Every problem depends on the time or the configuration: the same request may have been in
    // order, and accepted, earlier.
    bool only_circumstances() const { return circumstances_ == in_all_; }

private:
    std::vector<field_problem> kept_;
    std::size_t in_all_ = 0;
    std::size_t circumstances_ = 0;
};

// A place in a request. Paths are put together only when something is wrong there, so that checking
// thousands of good jobs builds no text.
//
// Lifetime: a place must not outlive the place that it lies in, nor the texts of its name.
class field_place {
public:
    explicit field_place(problem_list& out) : out_(out) {}

    field_place in(std::string_view name) const { return field_place(out_, this, name, no_index); }
    field_place in(std::string_view name, std::size_t index) const {
        return field_place(out_, this, name, index);
    }

    // `field` is empty for the place itself.
    void wrong(std::string_view field, std::string_view description) const;

    // The same for what is wrong only by the time or the configuration.
    void wrong_now(std::string_view field, std::string_view description) const {
        wrong(field, description);
        out_.count_circumstance();
    }

    // wrong() if there is a description.
    void wrong_if(std::string_view field, const char* description) const {
        if (description != nullptr) wrong(field, description);
    }

private:
    static constexpr std::size_t no_index = static_cast<std::size_t>(-1);

    field_place(problem_list& out,
                const field_place* outer,
                std::string_view name,
                std::size_t index)
        : out_(out), outer_(outer), name_(name), index_(index) {}

    void append_path(std::string& path) const;

    problem_list& out_;
    const field_place* outer_ = nullptr;
    std::string_view name_;
    std::size_t index_ = no_index;
};

}  // namespace cloned::rpc
