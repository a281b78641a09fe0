"""Who may include whom."""

import re

_INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')

# Folder -> what it may include of ours. The longest folder that fits counts; folders that are not
# listed (tests, the program's own files) may include everything.
OURS = {
    "base/": ["base/"],
    "model/": ["base/", "model/"],
    "storage/": ["base/", "model/", "storage/"],
    "backends/": ["base/", "model/", "backends/"],
    "daemon/scheduler/": ["base/", "model/", "daemon/scheduler/",
                          "storage/job_store.hpp", "backends/backend.hpp"],
    "daemon/rpc/": ["base/", "model/", "daemon/rpc/", "storage/job_store.hpp",
                    "daemon/scheduler/job_control.hpp", "cloned/v1/"],
    "clonectl/": ["base/", "clonectl/", "cloned/v1/"],
}
FOLDERS_OF_OURS = ("base/", "model/", "clonectl/", "simulator/", "daemon/", "storage/", "backends/", "tests/", "cloned/v1/")

# Headers -> the only places that may include them.
ALONE = [
    (r"^(sqlite3\.h|SQLiteCpp/)", ["storage/sqlite/", "tests/"], "SQLite"),
    (r"^(boost/beast|boost/asio/ssl|openssl/ssl)",
     ["backends/http/", "simulator/", "tests/backends/", "tests/support/", "cmake/boost.cpp"],
     "Beast and SSL"),
    (r"^grpc(pp)?/", ["daemon/rpc/", "clonectl/", "tests/"], "gRPC"),
    (r"^google/protobuf/|^cloned/v1/|\.pb\.h$", ["daemon/rpc/", "clonectl/", "tests/"],
     "protobuf"),
    (r"^toml\+\+/", ["daemon/config/", "tests/"], "toml++"),
    (r"^CLI/", ["daemon/main.cpp", "clonectl/main.cpp", "simulator/main.cpp", "tests/"], "CLI11"),
    (r"^spdlog/", ["base/"], "spdlog"),
    (r"^(gtest|gmock|rapidcheck)", ["tests/"], "test libraries"),
]


def _allowed_of_ours(path):
    folders = [folder for folder in OURS if path.startswith(folder)]
    return OURS[max(folders, key=len)] if folders else None


def _judge(path, quoted, header):
    for pattern, places, name in ALONE:
        if re.search(pattern, header) and not path.startswith(tuple(places)):
            return f"{name} may be included in {', '.join(places)} only"
    if header.startswith("tests/") and not path.startswith("tests/"):
        return "tests are included by tests only"
    allowed = _allowed_of_ours(path)
    if not quoted:
        return None
    if not header.startswith(FOLDERS_OF_OURS):
        return "quotes are for our own headers, with their path from the root"
    if allowed is not None and not header.startswith(tuple(allowed)):
        return f"may include of ours only {', '.join(allowed)}"
    return None


def findings(path, text):
    """(line, message) for every include that the folder of `path` may not have."""
    out = []
    for number, line in enumerate(text.split("\n"), 1):
        match = _INCLUDE.match(line)
        if not match:
            continue
        message = _judge(path, match.group(1) == '"', match.group(2))
        if message:
            out.append((number, f"{match.group(2)}: {message}"))
    return out
