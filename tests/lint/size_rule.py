"""Sizes of files and functions: what does not fit on a screen is read by nobody as a whole."""

import re

from coroutine_rule import blank_out

MAX_LINES = 350
MAX_TEST_LINES = 600
MAX_FUNCTION_LINES = 60  # of what is not a test
_CODE = (".cpp", ".hpp", ".py", ".sh", ".cmake", ".proto")

_BETWEEN_FUNCTIONS = re.compile(
    r"\s*(inline\s+|static\s+|typedef\s+)*(namespace|class|struct|union|enum|extern)\b")
_ACCESS = re.compile(r"^\s*((public|protected|private)\s*:\s*)+")


def _without_template(head):
    """The head without `template <...>`, whose `class` makes no class of it."""
    match = re.match(r"\s*template\s*<", head)
    if not match:
        return head
    at, depth = match.end(), 1
    while at < len(head) and depth > 0:
        depth += {"<": 1, ">": -1}.get(head[at], 0)
        at += 1
    return _without_template(head[at:])


def _end_of_block(code, at):
    """The position of the brace that closes the one at `at`."""
    depth = 0
    for i in range(at, len(code)):
        depth += {"{": 1, "}": -1}.get(code[i], 0)
        if depth == 0:
            return i
    return len(code) - 1


def functions(text):
    """(first line, number of lines) of each function that is defined in the text, lambdas aside."""
    code, out = blank_out(text), []
    at = start = 0  # `start` is where the declaration begins that is being read
    while at < len(code):
        if code[at] in ";}":
            start = at + 1
        elif code[at] == "{":
            access = _ACCESS.match(code[start:at])
            start += access.end() if access else 0
            head = code[start:at]
            if _BETWEEN_FUNCTIONS.match(_without_template(head)):
                start = at + 1
            else:
                end = _end_of_block(code, at)
                of_member = re.search(r"\)\s*:[^:]", head) and re.search(r"[\w>]\s*$", head)
                if "(" in head and not of_member:
                    first = start + len(head) - len(head.lstrip())
                    out.append((code.count("\n", 0, first) + 1, code.count("\n", first, end) + 1))
                    start = end + 1
                at = end
        at += 1
    return out


def findings(path, text):
    """(line, message) for the file if it is too long, and for each function that is."""
    out, lines = [], text.count("\n")
    test = path.startswith("tests/")
    limit = MAX_TEST_LINES if test else MAX_LINES
    if path.endswith(_CODE) and lines > limit:
        out.append((limit + 1, f"{lines} lines, more than {limit}: split it"))
    if path.endswith((".cpp", ".hpp")) and not test:
        out += [(line, f"a function of {size} lines, more than {MAX_FUNCTION_LINES}: split it")
                for line, size in functions(text) if size > MAX_FUNCTION_LINES]
    return out
