"""Finds co_await statements that GCC 12 miscompiles.

GCC 12 destroys some temporaries of a co_await expression twice. It does not happen to names, calls and
constructor calls; so a statement with co_await must hold no braced initialiser, no lambda with
captures and no conditional operator. The rule looks at whole statements, however many lines they
have, and at strings and comments not at all.
"""

import re

BLOCK = "\x01"  # stands for the body of a lambda, which is judged on its own
_BLOCK_WORDS = ("else", "do", "try", "const", "noexcept", "override", "final", "mutable")
_DECLARATION = re.compile(
    r"^\s*(template\s*<.*>\s*)?(inline\s+|typedef\s+|static\s+)*(namespace|struct|class|union|enum|extern)\b", re.S)
_TRAILING_RETURN = re.compile(r"\)\s*((const|noexcept|mutable|override)\s*)*->\s*[\w:<>,\s&*]+$")
_LAMBDA_HEAD = re.compile(
    r"\[[^\[\]]*\]\s*(<[^<>]*>\s*)?(\([^()]*(\([^()]*\)[^()]*)*\)\s*)?((mutable|noexcept|constexpr)\s*)*"
    r"(->\s*[\w:<>,\s&*]+)?$")
_CAPTURING_LAMBDA = re.compile(
    r"(?<![\w\)\]\[])\[([^\[\]]+)\]\s*(\(|<|->|mutable\b|noexcept\b|" + BLOCK + ")")
_CONTROL = re.compile(r"^\s*(else\s+)?(if|for|while|switch)\s*(constexpr\s*)?\(")


def blank_out(text):
    """The text with comments, literals and preprocessor lines blanked, of the same length."""
    out = list(text)
    pattern = re.compile(
        r'//[^\n]*|/\*.*?\*/'
        r'|R"(?P<tag>[^()\\\s]*)\(.*?\)(?P=tag)"'
        r'|"(?:\\.|[^"\\\n])*"'
        r"|(?<![0-9A-Fa-f])'(?:\\.|[^'\\\n])+'"
        r'|^[ \t]*#(?:\\\n|[^\n])*', re.S | re.M)
    for match in pattern.finditer(text):
        literal = match.group(0)[0] in '"R' or match.group(0)[0] == "'"
        for i in range(match.start(), match.end()):
            if out[i] != "\n":
                out[i] = " "
        if literal:  # something stands there, after all
            out[match.start()] = "0"
    return "".join(out)


def _opens_block(statement, depth):
    """Whether a brace that follows the statement so far opens a block, not an initialiser."""
    text = statement.rstrip()
    if not text or text[-1] in ")]}:" + BLOCK:
        return True
    if re.search(r"\b(" + "|".join(_BLOCK_WORDS) + r")$", text):
        return True
    if _TRAILING_RETURN.search(text):
        return True
    return depth == 0 and bool(_DECLARATION.match(text))


class _Scanner:
    def __init__(self, text):
        self.text = text
        self.at = 0
        self.line = 1
        self.statements = []  # (line, text)

    def _next(self):
        c = self.text[self.at]
        self.at += 1
        if c == "\n":
            self.line += 1
        return c

    def block(self):
        """Reads up to the brace that closes the block, or to the end."""
        statement, line, depth = "", None, 0
        while self.at < len(self.text):
            c = self._next()
            if line is None and not c.isspace():
                line = self.line
            if c == "{" and _opens_block(statement, depth):
                in_expression = depth > 0 or bool(_LAMBDA_HEAD.search(statement.rstrip()))
                if not in_expression:
                    self._end(statement, line)
                    statement, line = "", None
                self.block()
                if in_expression:
                    statement += BLOCK
                continue
            if c == "{":
                statement += self._initialiser()
                continue
            if c == "}":
                self._end(statement, line)
                return
            if c in "([":
                depth += 1
            elif c in ")]":
                depth = max(0, depth - 1)
            if c == ";" and depth == 0:
                self._end(statement, line)
                statement, line = "", None
                continue
            statement += c
        self._end(statement, line)

    def _initialiser(self):
        """Reads a braced list, with the lambda bodies in it as blocks of their own."""
        out, depth = "{", 0
        while self.at < len(self.text):
            c = self._next()
            if c == "{":
                if out.rstrip()[-1] not in "{,(=" and _opens_block(out, 1):
                    self.block()
                    out += BLOCK
                else:
                    out += self._initialiser()
                continue
            out += c
            if c == "}" and depth == 0:
                break
        return out

    def _end(self, statement, line):
        if statement.strip():
            self.statements.append((line, statement))


def _split_control(statement):
    """The condition of an if or a loop, and what follows it, are two expressions."""
    match = _CONTROL.match(statement)
    if not match:
        return [statement]
    depth = 0
    for i in range(match.end() - 1, len(statement)):
        depth += {"(": 1, ")": -1}.get(statement[i], 0)
        if depth == 0:
            return [statement[:i + 1]] + _split_control(statement[i + 1:])
    return [statement]


def _judge(expression):
    if not re.search(r"\bco_await\b", expression):
        return None
    if "{" in expression:
        return "braces in a statement with co_await: name the value first and move it in"
    plain = re.sub(r"\b(co_await|co_return|co_yield|return)\b", ";", expression)
    if _CAPTURING_LAMBDA.search(plain):
        return "a lambda with captures in a statement with co_await: name it first and move it in"
    if "?" in expression:
        return "a conditional operator in a statement with co_await: choose before"
    return None


def findings(text):
    """(line, message) for every statement that breaks the rule."""
    scanner = _Scanner(blank_out(text))
    while scanner.at < len(scanner.text):  # a stray closing brace must not end the look
        scanner.block()
    out = []
    for line, statement in scanner.statements:
        for part in _split_control(statement):
            message = _judge(part)
            if message:
                out.append((line, message))
    return sorted(out)
