# SPDX-License-Identifier: GPL-2.0-only
# The two commands of the README, installing, and clean. Everything else is ninja's: see build.ninja.

.PHONY: all demo check soak install uninstall clean deps

all: build/config.ninja
	ninja

build/config.ninja:
	./configure.py

# configure.py installs what is missing, but needs python3 for that.
deps:
	@python3 -c 'import shutil' 2>/dev/null || { echo "make: installing python3"; \
		apt-get update -q && apt-get install -y --no-install-recommends python3; } || \
		{ echo "make: python3 is missing; run as root: apt-get install python3" >&2; exit 1; }
	./configure.py --install-deps

# Set up, then the main job on real input: a kernel, and the samples in it.
demo: deps
	./configure.py
	ninja
	build/ktstr kernel build
	tests/demo.sh

# Set up, then all tests. Ends with "N passed, N failed, N skipped".
check: deps
	./configure.py
	python3 tests/check.py

# The same for hours, with long fuzzing, many kills and every variant of the kernel.
# SOAK="--rounds 3 --part fuzz" narrows it; see tests/soak.py --help.
soak: deps
	./configure.py
	ninja
	build/ktstr kernel build
	python3 tests/soak.py $(SOAK)

# PREFIX=DIR, or else what configure.py was told; DESTDIR=DIR is put before it.
install: all
	python3 .ci/install.py $(if $(PREFIX),--prefix "$(PREFIX)")

uninstall:
	python3 .ci/install.py --uninstall $(if $(PREFIX),--prefix "$(PREFIX)")

clean:
	rm -rf build
