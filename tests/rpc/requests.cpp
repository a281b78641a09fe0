#include "tests/rpc/requests.hpp"

namespace cloned::rpc::test {

catalog some_endpoints() {
    endpoint_info vcenter;
    vcenter.name = "vc-1";
    vcenter.kind = endpoint_kind::vcenter;
    vcenter.default_folder = "group-v1";
    endpoint_info first;
    first.name = "snap-1";
    first.kind = endpoint_kind::snapservice;
    first.default_cluster = "domain-c1";
    first.inventory = "vc-1";
    endpoint_info second;
    second.name = "snap-2";
    second.kind = endpoint_kind::snapservice;
    return {vcenter, first, second};
}

v1::JobSpec good_vcenter_clone() {
    v1::JobSpec spec;
    spec.set_key("clone");
    spec.set_cluster("domain-c7");
    auto& op = *spec.mutable_vcenter_clone();
    op.set_source("vm-1");
    op.set_name("web 1");
    op.mutable_placement()->set_folder("group-v9");
    op.mutable_placement()->set_datastore("datastore-2");
    op.add_disks_to_remove("2001");
    auto* update = op.add_disks_to_update();
    update->set_disk("2000");
    update->set_datastore("datastore-3");
    op.set_power_on(true);
    op.set_guest_customization_spec("linux standard");
    return spec;
}

v1::JobSpec good_linked_clone() {
    v1::JobSpec spec;
    spec.set_key("linked");
    spec.set_endpoint("snap-1");
    auto& op = *spec.mutable_linked_clone();
    op.set_vm("vm-1");
    op.set_snapshot("snapshot-5");
    op.set_name("web-2");
    op.mutable_placement()->set_resource_pool("resgroup-3");
    return spec;
}

v1::JobSpec good_restore() {
    v1::JobSpec spec;
    spec.set_key("restore");
    spec.set_endpoint("snap-2");
    auto& op = *spec.mutable_restore();
    op.set_cluster("domain-c2");
    op.set_vm("vm-8");
    op.set_snapshot("snapshot-6");
    op.set_name("mail");
    return spec;
}

v1::JobSpec good_power_on() {
    v1::JobSpec spec;
    spec.set_key("power");
    spec.set_cluster("domain-c7");
    spec.mutable_power_on()->set_vm("vm-4");
    spec.mutable_power_on()->set_wait_for_tools(true);
    return spec;
}

v1::SubmitBatchRequest good_batch(int count, const std::string& request_id) {
    v1::SubmitBatchRequest request;
    request.set_request_id(request_id);
    request.set_display_name("tonight");
    for (int i = 0; i < count; ++i) {
        auto& job = *request.add_jobs();
        job = good_linked_clone();
        job.set_key("job-" + std::to_string(i));
        job.mutable_linked_clone()->set_name("vm-" + request_id.substr(0, 8) + "-" +
                                             std::to_string(i));
    }
    return request;
}

checked_batch read_batch(const v1::SubmitBatchRequest& request,
                         const endpoint_directory& endpoints,
                         batch_rules rules) {
    batch_reader reader(endpoints, rules, some_time());
    reader.header({request.request_id(), request.display_name(), request.validate_only(),
                   request.leftover_policy()});
    for (const auto& job : request.jobs()) reader.job(job);
    return reader.finish();
}

}  // namespace cloned::rpc::test
