"""Names, words and blanks."""

import re

_BAD_NAME_PARTS = {"util", "utils", "common", "manager", "helper", "helpers", "impl"}
# Put together here, so that this file does not break its own rule.
_BAD_WORDS = re.compile(r"\b(" + "|".join(["TO" + "DO", "FIX" + "ME", "X" * 3, "HA" + "CK"]) + r")\b")
_DETACHED = "asio::" + "detached"


def name_findings(path):
    out = []
    for part in re.split(r"[/_.\-]", path):
        if part in _BAD_NAME_PARTS:
            out.append((1, f'"{part}" in a file\'s name says nothing; name what it does'))
    return out


def findings(path, text):
    out = name_findings(path)
    lines = text.split("\n")
    if lines and lines[-1] == "":
        lines.pop()
    else:
        out.append((len(lines), "no newline at the end"))
    for number, line in enumerate(lines, 1):
        if "\t" in line:
            out.append((number, "a tab"))
        if line != line.rstrip():
            out.append((number, "blanks at the end of the line"))
        word = _BAD_WORDS.search(line)
        if word:
            out.append((number, f"{word.group(1)}: do it, or leave it out"))
        if _DETACHED in line and path.endswith((".cpp", ".hpp")):
            out.append((number, f"{_DETACHED} swallows exceptions; use task_group::spawn"))
    return out
