#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# report_targets.sh FOLDER PROGRAM [OPTION...]: the program with one report to a FIFO that is
# read meanwhile, one to an open descriptor and one to a file; see guests.py.
set -eu
folder=$1
shift
mkfifo "$folder/fifo"
cat "$folder/fifo" > "$folder/from-fifo.xml" &
exec 9> "$folder/from-descriptor.ktap"
status=0
"$@" --report "junit:$folder/fifo" --report ktap:/dev/fd/9 \
	--report "json:$folder/file.jsonl" || status=$?
# A reader for which nobody opened the FIFO must end too.
: 1<> "$folder/fifo"
wait $!
exit $status
