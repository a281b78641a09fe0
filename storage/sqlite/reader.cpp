#include "storage/sqlite/reader.hpp"

#include "base/text.hpp"

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
    } catch (const SQLite::Exception& e) {
        if (is_corruption(e)) on_damage_(concat("a read found it broken: ", words_of(e)));
        read.refuse(error_of(e, "reading the database"));
        failed = true;
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
