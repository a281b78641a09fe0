#include "simulator/model/ledger.hpp"

#include "simulator/model/inventory.hpp"

#include <algorithm>

namespace cloned::simulator {

void lane::accept(bool beyond) {
    ++accepted;
    ++current;
    violations += beyond ? 1U : 0U;
    note_peaks();
}

void lane::note_peaks() {
    peak = std::max(peak, current);
    peak_with_strangers = std::max(peak_with_strangers, used());
}

void lane::reset_counters() {
    accepted = refused = succeeded = failed = violations = 0;
    peak = peak_with_strangers = 0;
    note_peaks();
}

void ledger::count(server_kind server, std::string_view route, const answer& a) {
    ++requests_;
    route_count& entry = routes_[{server, route}];
    ++entry.requests;
    const bool told =
        a.what != fate::drop_before && a.what != fate::drop_after && a.what != fate::garbage;
    ++entry.by_status[told ? a.status : 0];
}

std::uint64_t ledger::add(operation_record record) {
    if (records_.size() >= records_max_) {
        ++unlisted_;
        return virtual_machine::no_record;
    }
    records_.push_back(std::move(record));
    return records_.size() - 1;
}

operation_record* ledger::find(std::uint64_t number) {
    return number < records_.size() ? &records_[number] : nullptr;
}

void ledger::note_name(std::string_view folder, std::string_view name, std::size_t others) {
    if (others == 0) {
        return;
    }
    ++doubles_ever_;
    doubles_[{std::string(folder), std::string(name)}] = others + 1;
}

void ledger::note_removal(std::string_view folder, std::string_view name, std::size_t left) {
    const auto it = doubles_.find({std::string(folder), std::string(name)});
    if (it == doubles_.end()) {
        return;
    }
    if (left < 2) {
        doubles_.erase(it);
    } else {
        it->second = left;
    }
}

std::uint64_t ledger::sessions(server_kind server) const {
    const auto it = sessions_.find(server);
    return it == sessions_.end() ? 0 : it->second;
}

std::string_view to_text(record_state state) {
    switch (state) {
        case record_state::making:
            return "making";
        case record_state::made:
            return "made";
        case record_state::failed:
            return "failed";
        case record_state::left:
            return "left";
        case record_state::deleted:
            break;
    }
    return "deleted";
}

}  // namespace cloned::simulator
