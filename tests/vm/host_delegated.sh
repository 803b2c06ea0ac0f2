#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# host_delegated.sh OUT PROGRAM [ARG]...: run it as nobody in a cgroup that is given to him, as
# systemd delegates one, and say what is left there. Needs root and cgroup v2.
set -eu
out=$1 program=$2
shift 2
group=/sys/fs/cgroup/delegated-$$
work=$(mktemp -d)
trap 'rmdir "$group"; rm -rf "$work"' EXIT
mkdir "$group"
chown nobody "$group" "$group/cgroup.procs" "$group/cgroup.subtree_control" "$group/cgroup.threads"
chmod 755 "$work"
chmod 777 "$out"
cp "$program" "$work/program"
status=0
sh -c 'echo $$ >"$0/cgroup.procs" && exec setpriv --reuid nobody --regid nogroup --clear-groups "$@"' \
	"$group" "$work/program" "$@" || status=$?
echo "left: $(ls -d "$group"/*/ 2>/dev/null || true)"
echo "enabled: $(cat "$group/cgroup.subtree_control")"
exit "$status"
