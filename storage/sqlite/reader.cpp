#include "storage/sqlite/reader.hpp"

namespace cloned::storage {

std::function<void()> reader::run(operation_group& group) {
    for (auto& read : group) run_one(*read);
    return {};
}

void reader::run_one(operation& read) {
    if (!session_ || read.traits().alone) {
        read.run();
        return;
    }
    bool begun = false;
    bool failed = false;
    try {
        session_->begin.execute();
        begun = true;
        read.run();
    } catch (...) {
        read.refuse(current_error("reading the database"));
        failed = true;
    }
    if (!begun) return;
    try {
        session_->commit.execute();
    } catch (...) {
        // After an I/O error SQLite has ended the transaction already; the first failure says more.
        if (!failed) read.refuse(current_error("reading the database"));
    }
}

}  // namespace cloned::storage
