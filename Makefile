# SPDX-License-Identifier: GPL-2.0-only
# The two commands of the README, and clean. Everything else is ninja's: see build.ninja.

.PHONY: all demo check clean

all: build/config.ninja
	ninja

build/config.ninja:
	./configure.py

# Set up, then the main job on real input: a kernel, and the samples in it.
demo:
	./configure.py --install-deps
	./configure.py
	ninja
	build/ktstr kernel build
	tests/demo.sh

# Set up, then all tests. Ends with "N passed, N failed, N skipped".
check:
	./configure.py --install-deps
	./configure.py
	python3 tests/check.py

clean:
	rm -rf build
