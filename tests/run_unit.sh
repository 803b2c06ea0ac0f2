#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Run one Criterion program: run_unit.sh PROGRAM LOG. The log appears only when all tests
# passed; a sanitizer that reported anything in a child fails the run too.
set -u
program=$1 log=$2
reports=$(mktemp -d) || exit 1
trap 'rm -rf "$reports"' EXIT
rm -f "$log"
ASAN_OPTIONS="log_path=$reports/asan:detect_leaks=1" UBSAN_OPTIONS="log_path=$reports/ubsan:print_stacktrace=1" \
	timeout -k 5 900 "$program" --timeout 120 >"$log.tmp" 2>&1
status=$?
if [ $status -ne 0 ] || [ -n "$(ls -A "$reports")" ]; then
	cat "$log.tmp" "$reports"/* 2>/dev/null
	mv "$log.tmp" "$log.failed"
	exit 1
fi
rm -f "$log.failed"
mv "$log.tmp" "$log"
