#include "simulator/model/world.hpp"

namespace cloned::simulator {

bool world::full(const lane& l) const {
    const capacity_span span = settings.capacity_scope;
    if (span == capacity_span::lane || server_of(l.kind) != server_kind::snapservice) {
        return l.full();
    }
    const bool both_kinds = span != capacity_span::kind;
    const bool everywhere = span != capacity_span::cluster;
    std::int64_t limit = l.limit;
    std::int64_t used = 0;
    for (const lane& other : lanes_) {
        const bool here = other.cluster == l.cluster;
        if (server_of(other.kind) != server_kind::snapservice || (!here && !everywhere) ||
            (other.kind != l.kind && !both_kinds)) {
            continue;
        }
        used += other.used();
        if (both_kinds && here && other.kind == operation_kind::linked_clone) {
            limit = other.limit;
        }
    }
    return limit >= 0 && used >= limit;
}

lane& world::lane_of(operation_kind kind, std::uint32_t cluster) {
    return lanes_[cluster * operation_kinds + static_cast<std::size_t>(kind)];
}

void world::plan_arrival(lane& l) {
    if (l.strangers_per_s <= 0 || l.arrival_planned) {
        return;
    }
    l.arrival_planned = true;
    const double wait_ms = stranger_random_.exponential(1e3 / l.strangers_per_s);
    plan(now_ + from_ms(wait_ms), event_kind::stranger_comes,
         static_cast<std::uint64_t>(&l - lanes_.data()));
}

bool world::refuses_all(operation_kind kind) const {
    const instant from = from_ms(settings.refuse_all_from_s * 1e3);
    const bool within = now_ >= from && now_ - from < from_ms(settings.refuse_all_s * 1e3);
    const bool snap = server_of(kind) == server_kind::snapservice;
    return (settings.refuse_all || within) && (snap || settings.refuse_all_vcenter);
}

bool world::refuses_at_once(lane& l) {
    ++l.refused;
    return settings.capacity_at == capacity_place::post ||
           (settings.capacity_at == capacity_place::both && l.refused % 2 != 0);
}

}  // namespace cloned::simulator
