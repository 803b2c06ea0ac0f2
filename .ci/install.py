#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Install what was built, or remove it; `ninja install` and `make install` call this.

Everything goes below one prefix, and what was made is listed there (MANIFEST), so that
--uninstall removes that and nothing else. $DESTDIR is put before the prefix, for packages.
"""

import argparse
import errno
import glob
import os
import re
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, ROOT)

import configure

# What is installed below the prefix: (folder there, files here, mode). The headers include each
# other as <ktstr/x.h> and <macros/x.h>, so both folders stand in one of their own.
INSTALLED = [
    ("bin", ["build/ktstr"], 0o755),
    ("lib", ["build/libktstr.a"], 0o644),
    ("include/ktstr-0/ktstr", ["include/ktstr/*.h"], 0o644),
    ("include/ktstr-0/macros", ["macros/*.h", "macros/*.def"], 0o644),
    ("share/doc/ktstr", ["README.md", "LICENSE"], 0o644),
    ("share/doc/ktstr/samples", ["samples/*.c", "samples/README.md"], 0o644),
]
PKG_CONFIG = "lib/pkgconfig/ktstr.pc"
MANIFEST = "share/doc/ktstr/installed"  # a path per line; folders that were made end with /


def version():
    with open(os.path.join(ROOT, "include/ktstr/version.h"), encoding="utf-8") as f:
        return re.search(r'KTSTR_VERSION\s+"(.*)"', f.read()).group(1)


def pkg_config_text():
    """Relative to its own place, so that an installed tree may be moved."""
    return (f"prefix=${{pcfiledir}}/../..\n"
            f"includedir=${{prefix}}/include/ktstr-0\n"
            f"libdir=${{prefix}}/lib\n\n"
            f"Name: ktstr\n"
            f"Description: test harness for Linux process schedulers\n"
            f"Version: {version()}\n"
            f"Cflags: -I${{includedir}} -pthread\n"
            f"Libs: -static -L${{libdir}} -lktstr {configure.LIBS}\n")


def files_to_install():
    """(path below the prefix, contents, mode) of everything but the manifest."""
    for folder, patterns, mode in INSTALLED:
        for pattern in patterns:
            names = sorted(glob.glob(os.path.join(ROOT, pattern)))
            if not names:
                raise FileNotFoundError(errno.ENOENT, "not built yet, run ninja", pattern)
            for name in names:
                with open(name, "rb") as f:
                    yield f"{folder}/{os.path.basename(name)}", f.read(), mode
    yield PKG_CONFIG, pkg_config_text().encode(), 0o644


def make_folders(top, path, made):
    """The folders of PATH below TOP (and TOP); those that were not there are noted in MADE."""
    folder = os.path.dirname(path)
    if folder:
        make_folders(top, folder, made)
    elif not os.path.isdir(top):
        os.makedirs(top, mode=0o755)
        made.append("./")
    if folder and not os.path.isdir(os.path.join(top, folder)):
        os.mkdir(os.path.join(top, folder))
        os.chmod(os.path.join(top, folder), 0o755)  # whatever the umask
        made.append(folder + "/")


def put_file(path, data, mode):
    """Whole or not at all: a program that runs keeps the file it has."""
    new = f"{path}.new-{os.getpid()}"
    try:
        with open(new, "xb") as f:
            f.write(data)
        os.chmod(new, mode)
        os.replace(new, path)
    except BaseException:
        if os.path.exists(new):
            os.unlink(new)
        raise


def read_manifest(top):
    try:
        with open(os.path.join(top, MANIFEST), encoding="utf-8") as f:
            lines = f.read().splitlines()
    except FileNotFoundError:
        return []
    # It is a file of the user's disk by now: nothing outside of TOP is ever removed.
    return [x for x in lines if x and not os.path.isabs(x) and ".." not in x.split("/")]


def write_manifest(top, lines):
    put_file(os.path.join(top, MANIFEST), ("\n".join(lines) + "\n").encode(), 0o644)


def remove_listed(top, paths):
    """Files first, then the folders that are empty, innermost first."""
    for path in paths:
        full = os.path.join(top, path)
        if not path.endswith("/") and (os.path.isfile(full) or os.path.islink(full)):
            os.unlink(full)
    for path in sorted((x for x in paths if x.endswith("/")), key=len, reverse=True):
        try:
            os.rmdir(os.path.normpath(os.path.join(top, path)))
        except OSError as e:
            if e.errno not in (errno.ENOTEMPTY, errno.EEXIST, errno.ENOENT):
                raise


def install(top):
    old = read_manifest(top)
    new = list(files_to_install())
    paths = [path for path, _, _ in new] + [MANIFEST]
    gone = [x for x in old if not x.endswith("/") and x not in paths]
    made = [x for x in old if x.endswith("/")]
    # First of all: what fails half way can be removed too.
    make_folders(top, MANIFEST, made)
    write_manifest(top, paths + gone + made)
    for path, data, mode in new:
        make_folders(top, path, made)
        write_manifest(top, paths + gone + made)
        put_file(os.path.join(top, path), data, mode)
    remove_listed(top, gone)
    write_manifest(top, paths + made)
    print(f"installed ktstr {version()} below {top}: {len(paths)} files")


def uninstall(top):
    listed = read_manifest(top)
    if not listed:
        print(f"install: nothing is installed below {top} (no {MANIFEST}); PREFIX and "
              "DESTDIR must be those of the installation", file=sys.stderr)
        return 1
    remove_listed(top, listed)
    print(f"removed {sum(not x.endswith('/') for x in listed)} files below {top}")
    return 0


def install_or_not(remove, prefix):
    """Below DESTDIR when that is set. Returns the exit status."""
    destdir = os.environ.get("DESTDIR", "")
    top = os.path.abspath(destdir + prefix if destdir else prefix)
    try:
        if remove:
            return uninstall(top)
        install(top)
    except OSError as e:
        print(f"install: {e.filename or top}: {e.strerror}; run it as a user who may write "
              "there, or choose another folder: make install PREFIX=DIR", file=sys.stderr)
        return 1
    return 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--prefix", default=configure.kept_prefix(),
                        help="where (default: what configure.py was told, now %(default)s)")
    parser.add_argument("--uninstall", action="store_true", help="remove what was installed")
    args = parser.parse_args()
    prefix = os.path.abspath(os.path.expanduser(args.prefix))
    return install_or_not(args.uninstall, prefix)


if __name__ == "__main__":
    sys.exit(main())
