#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Run the samples as a user would and show their reports. Sample 05 fails: that is its point.
set -u
out=build/demo-results
bad=0
for program in build/samples/0*; do
	name=$(basename "$program")
	want=0
	[ "$name" = 05_failing ] && want=1
	echo
	echo "== $name"
	"$program" --output "$out"
	status=$?
	if [ "$name" = 08_host_only ] && [ $status -eq 3 ]; then
		echo "(This machine cannot run it, and says why: the same in one that can.)"
		build/ktstr softkvm exec --rw build -- "$program" --output "$out"
		status=$?
	fi
	if [ $status -ne $want ]; then
		echo "demo: $name ended with status $status instead of $want" >&2
		bad=1
	elif [ $want -ne 0 ]; then
		echo "(This sample is meant to fail: the report above shows how a failure looks.)"
	fi
done
echo
[ $bad -eq 0 ] && echo "demo: all samples did what they should; results are in $out"
exit $bad
