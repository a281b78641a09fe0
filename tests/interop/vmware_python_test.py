"""VMware's Python bindings, over REST, against the simulated vCenter and snapservice.

The packages check every answer against their own types: a member that is missing or of another kind is
an error of theirs. The ledger says what really happened.
"""
import datetime
import os
import unittest

from upstream_case import CLUSTER, FOLDER, PASSWORD, USER, UpstreamCase, wait_for
from vmware_bindings import Bindings, as_task, read_error, route

from com.vmware.cis_client import Session, Tasks
from com.vmware.snapservice.clusters_client import VirtualMachines
from com.vmware.snapservice_client import Sessions, Tasks as SnapTasks
from com.vmware.vapi.std import errors_client as errors
from com.vmware.vcenter.vm_client import Power
from com.vmware.vcenter_client import VM
from vmware.vapi.bindings.error import VapiError

ENDED = ("SUCCEEDED", "FAILED")


class BindingsCase(UpstreamCase):
    def ended(self, get):
        """The info of a task once it has ended; it must have been seen before that."""
        seen = []

        def look():
            seen.append(get())
            return seen[-1].status in ENDED
        wait_for(look, "the task to end")
        self.assertNotIn(seen[0].status, ENDED)
        return seen[-1]

    def check_succeeded(self, info, service, operation, made):
        self.assertEqual(info.status, "SUCCEEDED")
        self.assertEqual((info.service, info.operation), (service, operation))
        self.assertEqual(info.result.value, made["vm"])
        self.assertIsInstance(info.end_time - info.start_time, datetime.timedelta)
        self.assertEqual((info.progress.completed, info.error), (info.progress.total, None))

    def check_made(self, made, name, kind):
        template = self.template()
        self.assertEqual((made["name"], made["folder"], made["source"], made["kind"], made["cluster"]),
                         (name, FOLDER, template["vm"], kind, CLUSTER))


class VcenterRest(BindingsCase):
    """The flavour /rest: wrapped bodies, errors with a type that the packages turn into a class."""
    FLAVOUR, BARE = "rest", False
    SESSION = {"create": route("POST", "/com/vmware/cis/session"),
               "get": route("POST", "/com/vmware/cis/session?~action=get"),
               "delete": route("DELETE", "/com/vmware/cis/session")}
    CLONE = route("POST", "/vcenter/vm?action=clone&vmw-task=true")
    START = route("POST", "/vcenter/vm/{vm}/power/start")

    def setUp(self):
        super().setUp()
        self.url = f"http://{self.upstream.vcenter}/{self.FLAVOUR}"
        self.token = self.login().create()
        self.api = Bindings(self.url, self.BARE, token=self.token)

    def login(self, password=PASSWORD):
        return Bindings(self.url, self.BARE, USER, password).service(Session, **self.SESSION)

    def clone(self, name, source=None, **options):
        spec = VM.CloneSpec(
            source=source or self.template()["vm"], name=name,
            placement=VM.ClonePlacementSpec(folder=FOLDER, resource_pool="resgroup-8"),
            disks_to_remove={"2001"},
            disks_to_update={"2000": VM.DiskCloneSpec(datastore="datastore-12")}, **options)
        return self.api.service(VM, clone_task=self.CLONE).clone_task(spec).get_task_id()

    def refusal(self, kind, call):
        """The error's own type, by its class here."""
        with self.assertRaises(kind) as caught:
            call()
        return caught.exception.error_type

    # The packages' classes of errors: /rest names the type in the body.
    TAKEN, MISSING, STRANGER = errors.AlreadyExists, errors.NotFound, errors.Unauthenticated

    def test_a_session_opens_tells_of_itself_and_ends(self):
        session = self.api.service(Session, **self.SESSION)
        self.assertEqual(session.get().user, USER)
        session.delete()
        self.assertEqual(self.sessions(), (1, 0))
        self.assertEqual(self.refusal(self.STRANGER, session.get), "UNAUTHENTICATED")

    def test_a_wrong_password_is_refused(self):
        self.assertEqual(self.refusal(self.STRANGER, self.login("wrong").create), "UNAUTHENTICATED")
        self.assertEqual(self.sessions()[0], 1)

    def test_a_clone_runs_as_a_task(self):
        task = self.clone("py-clone")
        tasks = self.api.service(Tasks)
        info = self.ended(lambda: tasks.get(task))
        made = self.the_only_vm()
        self.check_made(made, "py-clone", "clone")
        self.assertEqual(made["task"], task)
        self.check_succeeded(info, "com.vmware.vcenter.VM", "clone$task", made)
        self.assertIn((made["vm"], "py-clone", "POWERED_OFF"),
                      [(v.vm, v.name, v.power_state) for v in self.api.service(VM).list()])

    def test_a_clone_is_powered_on(self):
        task = self.clone("py-on", power_on=True)
        tasks = self.api.service(Tasks)
        self.ended(lambda: tasks.get(task))
        vm = self.the_only_vm()["vm"]
        power = self.api.service(Power, start=self.START)
        self.assertEqual(power.get(vm).state, "POWERED_ON")
        template = self.template()["vm"]
        power.start(template)
        self.assertEqual(self.power_state(template), "POWERED_ON")

    def test_refusals_are_of_the_types_that_the_packages_know(self):
        task = self.clone("py-taken")
        tasks = self.api.service(Tasks)
        self.ended(lambda: tasks.get(task))
        self.assertEqual(self.refusal(self.TAKEN, lambda: self.clone("py-taken")), "ALREADY_EXISTS")
        self.assertEqual(self.refusal(self.MISSING, lambda: self.clone("py-no", source="vm-1")),
                         "NOT_FOUND")
        self.assertEqual(self.upstream.made(), {(FOLDER, "py-taken"): 1})

    def test_a_task_that_fails_tells_why(self):
        self.break_calls(path="*/vcenter/vm", method="POST", fault="task_fail",
                         error_type="UNABLE_TO_ALLOCATE_RESOURCE", message="The datastore is full.")
        task = self.clone("py-fails")
        tasks = self.api.service(Tasks)
        info = self.ended(lambda: tasks.get(task))
        self.assertEqual((info.status, info.result), ("FAILED", None))
        error = read_error(info.error, errors.UnableToAllocateResource)
        self.assertEqual((error.error_type, [m.default_message for m in error.messages]),
                         ("UNABLE_TO_ALLOCATE_RESOURCE", ["The datastore is full."]))
        self.assertEqual(self.upstream.made(), {})


class VcenterApi(VcenterRest):
    """The flavour /api: bare bodies, maps as objects; the packages give an error's body as it is."""
    FLAVOUR, BARE = "api", True
    SESSION = {}
    CLONE = route("POST", "/vcenter/vm?action=clone&vmw-task=true", body="spec")
    START = route("POST", "/vcenter/vm/{vm}/power?action=start")
    TAKEN = MISSING = STRANGER = VapiError

    def test_many_tasks_are_read_with_one_call(self):
        names = [self.clone(f"py-{i}") for i in range(3)]
        tasks = self.api.service(Tasks, list=route("POST", "/cis/tasks?action=list"))
        listed = tasks.list(Tasks.FilterSpec(tasks=set(names)))
        self.assertEqual(set(listed), set(names))
        self.assertEqual({i.operation for i in listed.values()}, {"clone$task"})


class Snapservice(BindingsCase):
    """The packages' own routes, all but the query for the form as a task."""

    def setUp(self):
        super().setUp()
        self.url = f"http://{self.upstream.snapservice}/api"
        token = Bindings(self.url, True, USER, PASSWORD).service(Sessions).create()
        self.api = Bindings(self.url, True, token=token)

    def vms(self):
        """A new one for every call: each leaves a connection in the packages' other format."""
        return self.api.service(VirtualMachines, linked_clone_task=as_task("linked_clone"),
                                restore_task=as_task("restore"))

    def linked_clone(self, name, snapshot=None):
        template = self.template()
        spec = VirtualMachines.LinkedCloneSpec(
            snapshot=snapshot or template["snapshots"][0], name=name,
            placement=VirtualMachines.LinkedClonePlacementSpec(folder=FOLDER, host=template["host"]))
        return self.vms().linked_clone_task(CLUSTER, template["vm"], spec).get_task_id()

    def test_a_session_opens_tells_of_itself_and_ends(self):
        session = self.api.service(Sessions)
        self.assertEqual(session.get().user, USER)
        session.delete()
        self.assertEqual(self.open_sessions("snapservice"), 0)

    def test_a_linked_clone_runs_as_a_task(self):
        task = self.linked_clone("py-linked")
        tasks = self.api.service(SnapTasks)
        info = self.ended(lambda: tasks.get(task))
        made = self.the_only_vm()
        self.check_made(made, "py-linked", "linked_clone")
        self.check_succeeded(info, "com.vmware.snapservice.clusters.virtual_machines",
                             "linked_clone", made)

    def test_a_deleted_vm_is_restored_as_a_task(self):
        gone = next(v for v in self.upstream.inventory()["deleted_vms"] if v["cluster"] == CLUSTER)
        listed = {i.vm: i.info for i in self.vms().list(CLUSTER).items}
        self.assertFalse(listed[gone["vm"]].in_cluster)
        spec = VirtualMachines.RestoreSpec(
            snapshot=gone["snapshots"][0], name="py-restored",
            placement=VirtualMachines.RestorePlacementSpec(folder=FOLDER, resource_pool="resgroup-8"))
        task = self.vms().restore_task(CLUSTER, gone["vm"], spec).get_task_id()
        tasks = self.api.service(SnapTasks)
        info = self.ended(lambda: tasks.get(task))
        made = self.the_only_vm()
        self.assertEqual((made["name"], made["source"], made["kind"]),
                         ("py-restored", gone["vm"], "restore"))
        self.assertEqual(info.result.value, made["vm"])

    def test_too_many_clones_are_refused_in_so_many_words(self):
        self.upstream.ask("limits", {"cluster": CLUSTER, "kind": "linked_clone", "limit": 1})
        self.linked_clone("py-first")
        with self.assertRaises(VapiError) as caught:
            self.linked_clone("py-second")
        self.assertEqual(caught.exception.error_type, "NOT_ALLOWED_IN_CURRENT_STATE")

    def test_refusals_are_of_the_types_that_the_packages_know(self):
        with self.assertRaises(VapiError) as caught:
            self.api.service(SnapTasks).get("b3d6b7e2-3c6e-4a54-9a58-0c1b7a3d9f10")
        self.assertEqual(caught.exception.error_type, "NOT_FOUND")


if __name__ == "__main__":
    unittest.main(verbosity=2)
