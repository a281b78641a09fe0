#!/usr/bin/python3
"""Records a command in a terminal and draws it as an animated SVG.

Usage: record_terminal.py [--columns N] [--rows N] [--title TEXT] FILE.svg -- COMMAND [ARGUMENT...]

The command runs in a pseudo-terminal of that size, and what a person would see there is drawn: a frame
wherever the picture has changed, pauses of more than a second and a half cut short, the last frame held.
Where motion is not wanted, or not supported, the last frame alone is shown. Needs Debian's python3-pyte,
which reads the terminal's control sequences. docs/quickstart.svg is made by

    docs/record_terminal.py docs/quickstart.svg -- deploy/quickstart.sh --no-install --no-build
"""

import argparse
import fcntl
import os
import pty
import select
import struct
import sys
import termios
import time
from xml.sax.saxutils import escape

import pyte

FRAME_GAP = 0.4  # seconds between two frames at least
PAUSE_MAX = 1.5
HOLD = 6.0  # the last frame
CELL_WIDTH, LINE_HEIGHT, MARGIN, BAR = 8.4, 18, 14, 30
COLOURS = {"default": "#d8dee9", "black": "#4c566a", "red": "#e06c75", "green": "#98c379", "brown": "#e5c07b",
           "blue": "#61afef", "magenta": "#c678dd", "cyan": "#56b6c2", "white": "#eceff4"}


def record(command, columns, rows):
    """[(seconds, lines)]: each line a list of runs (text, colour, bold)."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ.update(TERM="xterm-256color", COLUMNS=str(columns), LINES=str(rows))
        os.execvp(command[0], command)
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    screen = pyte.Screen(columns, rows)
    stream = pyte.ByteStream(screen)
    frames, began, taken, changed = [], time.monotonic(), 0.0, False
    while True:
        ready, _, _ = select.select([terminal], [], [], FRAME_GAP)
        now = time.monotonic() - began
        if ready:
            try:
                data = os.read(terminal, 65536)
            except OSError:  # the terminal is gone with its last user
                data = b""
            if not data:
                break
            stream.feed(data)
            changed = True
        if changed and now - taken >= FRAME_GAP:
            frames.append((now, snapshot(screen)))
            taken, changed = now, False
    frames.append((time.monotonic() - began, snapshot(screen)))
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    return [f for i, f in enumerate(frames) if i == 0 or f[1] != frames[i - 1][1]], status


def snapshot(screen):
    lines = []
    for y in range(screen.lines):
        runs = []
        for x in range(screen.columns):
            cell = screen.buffer[y][x]
            style = (COLOURS.get(cell.fg, COLOURS["default"]), cell.bold)
            if runs and runs[-1][1:] == style:
                runs[-1] = (runs[-1][0] + cell.data, *style)
            else:
                runs.append((cell.data, *style))
        while runs and not runs[-1][0].strip():
            runs.pop()
        lines.append(runs)
    return lines


def schedule(frames):
    """The moment of each frame, with long pauses cut, and the length of the whole."""
    moments, at, before = [], 0.0, frames[0][0]
    for when, _ in frames:
        at += min(when - before, PAUSE_MAX)
        before = when
        moments.append(at)
    return moments, at + HOLD


def draw_frame(lines):
    out = []
    for row, runs in enumerate(lines):
        column = 0
        for text, colour, bold in runs:
            if text.strip():
                x, y = MARGIN + column * CELL_WIDTH, BAR + MARGIN + (row + 0.75) * LINE_HEIGHT
                weight = ' font-weight="bold"' if bold else ""
                out.append(f'<text x="{x:.1f}" y="{y:.1f}" fill="{colour}"{weight}'
                           f' textLength="{len(text) * CELL_WIDTH:.1f}">{escape(text)}</text>')
            column += len(text)
    return "".join(out)


def draw(frames, columns, rows, title):
    moments, whole = schedule(frames)
    width, height = 2 * MARGIN + columns * CELL_WIDTH, BAR + 2 * MARGIN + rows * LINE_HEIGHT
    css, groups = [], []
    for i, (_, lines) in enumerate(frames):
        last = i + 1 == len(frames)
        begin = 100 * moments[i] / whole
        end = 100.0 if last else 100 * moments[i + 1] / whole
        css.append(f"@keyframes f{i}{{0%,{begin:.3f}%{{opacity:0}}{begin + .001:.3f}%,{end:.3f}%{{opacity:1}}"
                   + ("" if last else f"{end + .001:.3f}%,100%{{opacity:0}}") + "}")
        css.append(f".f{i}{{opacity:{1 if last else 0};animation:f{i} {whole:.1f}s step-end infinite}}")
        groups.append(f'<g class="f{i}">{draw_frame(lines)}</g>')
    css.append("@media (prefers-reduced-motion:reduce){g{animation:none!important}}")
    dots = "".join(f'<circle cx="{18 + 18 * i}" cy="16" r="5" fill="#4c566a"/>' for i in range(3))
    newline = "\n"
    return f"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" role="img" xml:space="preserve">
<title>{escape(title)}</title>
<style>{"".join(css)}text{{font:14px ui-monospace,Menlo,Consolas,"DejaVu Sans Mono",monospace;white-space:pre}}</style>
<rect width="100%" height="100%" rx="8" fill="#1e222a"/>{dots}
{newline.join(groups)}
</svg>
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--columns", type=int, default=110)
    parser.add_argument("--rows", type=int, default=36)
    parser.add_argument("--title", default="")
    parser.add_argument("file")
    parser.add_argument("command", nargs="+", help="behind --")
    wanted = parser.parse_args()
    frames, status = record(wanted.command, wanted.columns, wanted.rows)
    if status != 0:
        print("\n".join("".join(run[0] for run in line) for line in frames[-1][1]), file=sys.stderr)
        sys.exit(f"record_terminal.py: the command ended with {status}; nothing was drawn")
    with open(wanted.file, "w", encoding="utf-8") as out:
        out.write(draw(frames, wanted.columns, wanted.rows, wanted.title or " ".join(wanted.command)))
    print(f"{wanted.file}: {len(frames)} frames")


if __name__ == "__main__":
    main()
