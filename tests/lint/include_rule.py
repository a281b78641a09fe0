"""Who may include whom, between and inside the folders at the top."""

import re

_INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')

# Room -> the rooms that it may include beside itself. A room is what begins with its name: a folder, or
# a header that others may see without the rest of its folder. The longest name that fits counts. The
# table is in the order of the layers: a room may include only what stands above it here, so that there
# is neither an include upwards nor a circle. Tests may include everything.
_OUTSIDE = "cloned/v1/"  # generated from proto/
_LOWEST = ["base/"]
_CORE = ["base/", "model/"]
_PARTS = ["storage/queue_key.hpp", "storage/queue_store.hpp", "storage/batch_store.hpp", "storage/calendar.hpp"]
_STORE = _PARTS + ["storage/job_store.hpp", "storage/disk_room.hpp"]
_TASKS = ["backends/known_tasks.hpp", "backends/task_ids.hpp"]
_BACKEND = _CORE + _TASKS + ["backends/backend.hpp", "backends/inventory.hpp", "backends/outcome.", "backends/http/"]
_VAPI = _BACKEND + ["backends/vapi/"]
_SIMULATED = _LOWEST + ["simulator/model/"]
ROOMS = {
    "base/": [],
    "model/": _LOWEST,
    "storage/queue_key.hpp": _CORE,
    "storage/queue_store.hpp": _CORE + ["storage/queue_key.hpp"],
    "storage/batch_store.hpp": _CORE + ["storage/queue_key.hpp"],
    "storage/calendar.hpp": _CORE + ["storage/queue_key.hpp"],
    "storage/job_store.hpp": _PARTS,
    "storage/": _CORE,
    "storage/sqlite/": _CORE + _STORE + ["storage/"],
    "backends/http/": _CORE,
    "backends/known_tasks.hpp": [],
    "backends/task_ids.hpp": [],
    "backends/backend.hpp": _CORE + _TASKS,
    "backends/inventory.hpp": _CORE + ["backends/backend.hpp", "backends/http/"],
    "backends/outcome.": _CORE + ["backends/backend.hpp", "backends/http/"],
    "backends/vapi/": _BACKEND,
    "backends/vcenter/": _VAPI,
    "backends/snapservice/": _VAPI,
    "backends/vijson/": _BACKEND,
    "backends/zstack/": _BACKEND,
    "backends/sts/options.hpp": _LOWEST + ["backends/http/messages.hpp"],
    "backends/sts/": _BACKEND,
    "backends/options.hpp": _CORE + ["backends/http/messages.hpp", "backends/sts/options.hpp",
                                     "backends/vcenter/options.hpp",
                                     "backends/vijson/options.hpp", "backends/zstack/options.hpp"],
    "backends/": _VAPI + ["backends/options.hpp", "backends/vcenter/", "backends/snapservice/", "backends/vijson/",
                          "backends/zstack/", "backends/sts/"],
    "daemon/rpc/transport/options.hpp": _CORE,
    "daemon/config/": _CORE + ["backends/options.hpp", "daemon/rpc/transport/options.hpp"],
    "daemon/scheduler/job_control.hpp": _CORE + ["storage/batch_store.hpp"],
    "daemon/scheduler/": _CORE + _STORE + _TASKS + ["backends/backend.hpp", "daemon/scheduler/job_control.hpp"],
    "daemon/rpc/api/": _CORE + [_OUTSIDE, "storage/batch_store.hpp", "daemon/scheduler/job_control.hpp"],
    "daemon/rpc/handlers/": _CORE + [_OUTSIDE, "storage/batch_store.hpp", "daemon/scheduler/job_control.hpp",
                                     "daemon/rpc/api/"],
    "daemon/rpc/transport/": _CORE + [_OUTSIDE, "storage/batch_store.hpp", "daemon/scheduler/job_control.hpp",
                                      "daemon/rpc/api/", "daemon/rpc/handlers/", "daemon/rpc/transport/options.hpp"],
    "daemon/": _CORE + _STORE + ["storage/sqlite/", "backends/options.hpp", "backends/",
                                 "daemon/config/", "daemon/scheduler/", "daemon/rpc/transport/"],
    "clonectl/": _LOWEST + [_OUTSIDE],
    "simulator/model/": _LOWEST,
    "simulator/sts/": _SIMULATED,
    "simulator/vcenter/": _SIMULATED + ["simulator/sts/"],
    "simulator/snapservice/": _SIMULATED + ["simulator/sts/"],
    "simulator/vijson/": _SIMULATED,
    "simulator/zstack/": _SIMULATED,
    "simulator/control/": _SIMULATED,
    "simulator/upstream.": _SIMULATED + ["simulator/vcenter/", "simulator/snapservice/", "simulator/sts/",
                                         "simulator/vijson/", "simulator/zstack/", "simulator/control/"],
    "simulator/http/": _SIMULATED + ["simulator/upstream."],
    "simulator/": _SIMULATED + ["simulator/http/"],
}

# Headers -> the only places that may include them.
ALONE = [
    (r"^(sqlite3\.h|SQLiteCpp/)", ["storage/sqlite/", "tests/"], "SQLite"),
    (r"^(boost/beast|boost/asio/ssl|openssl/ssl)",
     ["backends/http/", "simulator/http/", "tests/backends/", "tests/support/", "cmake/boost.cpp"],
     "Beast and SSL"),
    (r"^grpc(pp)?/", ["daemon/rpc/transport/", "clonectl/", "tests/"], "gRPC"),
    (r"^google/protobuf/|^cloned/v1/|\.pb\.h$", ["daemon/rpc/", "clonectl/", "tests/"],
     "protobuf"),
    (r"^toml\+\+/", ["daemon/config/", "tests/"], "toml++"),
    (r"^CLI/", ["daemon/main.cpp", "clonectl/main.cpp", "simulator/main.cpp", "tests/"], "CLI11"),
    (r"^libsmartcols/", ["clonectl/text_table.cpp"], "libsmartcols"),
    (r"^pugixml", ["backends/sts/", "simulator/", "tests/"], "pugixml"),
    (r"^zlib", ["backends/sts/", "simulator/", "tests/"], "zlib"),
    (r"^spdlog/", ["base/"], "spdlog"),
    (r"^(gtest|gmock|rapidcheck)", ["tests/"], "test libraries"),
]


def room_of(path):
    rooms = [room for room in ROOMS if path.startswith(room)]
    return max(rooms, key=len) if rooms else None


def table_findings():
    """What is wrong with the table itself: a room that includes one below it, or one that is none."""
    out, above = [], {_OUTSIDE}
    for room, allowed in ROOMS.items():
        out += [f"{room} may include {other}, which does not stand above it" for other in allowed
                if other not in above and room_of(other) not in above]
        above.add(room)
    return out


def _judge(path, quoted, header):
    for pattern, places, name in ALONE:
        if re.search(pattern, header) and not path.startswith(tuple(places)):
            return f"{name} may be included in {', '.join(places)} only"
    if header.startswith("tests/") and not path.startswith("tests/"):
        return "tests are included by tests only"
    room, other = room_of(path), room_of(header)
    if not quoted:
        return "our own headers are included in quotes" if other or header.startswith(_OUTSIDE) else None
    if other is None and not header.startswith(("tests/", _OUTSIDE)):
        return "quotes are for our own headers, with their path from the root"
    if room is None or other == room:
        return None
    if header not in ROOMS[room] and (other or _OUTSIDE) not in ROOMS[room]:
        return f"{room} may include of ours only {', '.join(ROOMS[room]) or 'itself'}"
    return None


def findings(path, text):
    """(line, message) for every include that the room of `path` may not have."""
    out = []
    for number, line in enumerate(text.split("\n"), 1):
        match = _INCLUDE.match(line)
        if not match:
            continue
        message = _judge(path, match.group(1) == '"', match.group(2))
        if message:
            out.append((number, f"{match.group(2)}: {message}"))
    return out
