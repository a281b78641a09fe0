#include "daemon/rpc/api/problems.hpp"

namespace cloned::rpc {

void problem_list::add(std::string field, std::string description) {
    ++in_all_;
    if (full()) return;
    field_problem problem{std::move(field), std::move(description)};
    kept_.push_back(std::move(problem));
}

void field_place::append_path(std::string& path) const {
    if (outer_ != nullptr) outer_->append_path(path);
    if (name_.empty()) return;
    if (!path.empty()) path += '.';
    path += name_;
    if (index_ != no_index) path.append("[").append(std::to_string(index_)).append("]");
}

void field_place::wrong(std::string_view field, std::string_view description) const {
    if (out_.full()) {
        out_.count_one();
        return;
    }
    std::string path;
    append_path(path);
    if (!field.empty()) {
        if (!path.empty()) path += '.';
        path += field;
    }
    out_.add(std::move(path), std::string(description));
}

}  // namespace cloned::rpc
