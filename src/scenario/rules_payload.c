// SPDX-License-Identifier: GPL-2.0-only
/* Payloads that run, by name and cgroup; what the plan tracks and what the engine has. */
#include "scenario/rules_payload.h"

#include "payload/rules.h"
#include "scenario/names_payload.h"
#include "scenario/op_info.h"

struct kt_payload_key kt_rules_payload_key(const struct kt_plan_op *op)
{
	return (struct kt_payload_key){.name = op->name, .cgroup = op->in_runner ? "" : op->cgroup};
}

static const struct kt_name *frozen_around(const struct kt_names *names, const char *cgroup)
{
	kt_vec_each(item, &names->list)
		if (!item->gone && item->frozen && kt_names_within(cgroup, item->name))
			return item;
	return NULL;
}

/* A program that never comes to its first instruction would look like one that cannot start. */
int kt_rules_start_payload(const struct kt_names *names, const struct ktstr_payload *payload,
	const char *cgroup, struct kt_err *err)
{
	const struct kt_name *frozen = frozen_around(names, cgroup);
	if (!frozen)
		return 0;
	return kt_fail(err, EINVAL,
		"start it before the op freeze_cgroup, or use unfreeze_cgroup first",
		"payload '%s' cannot start in cgroup '%s': cgroup '%s' is frozen",
		kt_payload_name(payload), cgroup, frozen->name);
}

int kt_rules_run_payload(
	const struct kt_rules *rules, const struct kt_plan_op *op, struct kt_err *err)
{
	const char *name = kt_payload_name(op->payload);
	const char *cgroup = op->cgroup ? op->cgroup : "";
	char where[KT_NAMES_WHERE_BYTES];
	const struct kt_name_payload *same = kt_names_payload_find(rules->names, name, cgroup);
	if (!same)
		return kt_rules_start_payload(rules->names, op->payload, cgroup, err);
	return kt_fail(err, EINVAL,
		"wait for that one or kill it first, give this one another .name, or run it in "
		"another cgroup",
		"payload '%s' runs in %s already: it was started by %s", name,
		kt_names_payload_where(cgroup, where, sizeof(where)), same->made);
}

int kt_rules_end_payload(
	const struct kt_rules *rules, const struct kt_plan_op *op, struct kt_err *err)
{
	const struct kt_payload_key key = kt_rules_payload_key(op);
	struct kt_name_payload *meant = NULL;
	int r = kt_names_payload_pick(rules->names, kt_op_name(op->kind), &key, &meant, err);
	if (r < 0 || op->kind != KTSTR_OP_wait_payload)
		return r;
	const struct kt_name *frozen = frozen_around(rules->names, meant->cgroup);
	return frozen ? kt_fail(err, EINVAL, "use unfreeze_cgroup first, or kill the payload",
				"payload '%s' would never end: cgroup '%s' is frozen", key.name,
				frozen->name)
		      : 0;
}
