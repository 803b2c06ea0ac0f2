/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How large the softkvm machine has to be for the guests that run in it at once, and whether
 * this host can give it that. Called before kt_softkvm_run() by who knows the plan.
 */
#pragma once

#include <stdint.h>

#include "base/err.h"
#include "softkvm/launch.h"

/* What is to run at once: of all guests, those JOBS with the most. Zero JOBS: nothing known. */
struct kt_softkvm_need {
	unsigned jobs;	       /* guests at once */
	uint64_t guests_bytes; /* RAM of them in all */
	unsigned vcpus;	       /* of them in all */
	uint64_t image_bytes;  /* the largest initramfs of one, 0: not known */
};

/* What this host offers. */
struct kt_softkvm_host {
	uint64_t available_bytes; /* memory that can be taken without swapping, 0: not known */
	unsigned cpus;		  /* that this process may use */
};

void kt_softkvm_host_read(struct kt_softkvm_host *ret);

/*
 * The size as a function of need and host. -ENOMEM when the guests do not fit; the remedy then
 * says how many would.
 */
int kt_softkvm_size_of(const struct kt_softkvm_need *n, const struct kt_softkvm_host *h,
	unsigned *ret_cpus, uint64_t *ret_ram_mib, struct kt_err *err);
/* The same for this host, into O's cpus and ram_mib where those are 0. */
int kt_softkvm_size(const struct kt_softkvm_need *n, struct kt_softkvm_opts *o, struct kt_err *err);
