// SPDX-License-Identifier: GPL-2.0-only
/*
 * Page faults: pages of a region are written in random order, all are given back, and so on. Huge
 * pages are off, since one of them would serve hundreds of touches with one fault.
 */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "work/kind.h"
#include "work/step.h"

#define PAGE	4096u
#define TOUCHES 64u /* between two looks at the stop */

static size_t region_bytes(const struct ktstr_work *work)
{
	return work->page_fault_churn.region_kib * (size_t)1024;
}

static int check_region(const struct ktstr_work *work, struct kt_err *err)
{
	unsigned kib = work->page_fault_churn.region_kib;
	if (kib % (PAGE / 1024) == 0)
		return 0;
	return kt_fail(err, EINVAL, "use a multiple of 4",
		"work page_fault_churn: region_kib is %u, no whole number of 4 KiB pages", kib);
}

static void no_huge_pages(struct kt_worker *w)
{
	/* EINVAL: the kernel has no huge pages, which is as good. */
	if (madvise(w->memory, w->memory_bytes, MADV_NOHUGEPAGE) < 0 && errno != EINVAL)
		kt_worker_note(w, "huge pages stay on: %s", strerror(errno));
}

static bool write_faults(struct kt_worker *w, unsigned touches)
{
	unsigned pages = (unsigned)(w->memory_bytes / PAGE);
	volatile uint8_t *memory = w->memory;
	for (unsigned i = 0; i < touches; i++) {
		if (i % TOUCHES == 0 && kt_worker_stopped(w))
			return false;
		memory[(size_t)kt_worker_below(w, pages) * PAGE] = 1;
		kt_meter_unit(&w->meter);
	}
	return true;
}

static void step_page_fault_churn(struct kt_worker *w)
{
	const struct ktstr_work_page_fault_churn *p = &w->work->page_fault_churn;
	if (!write_faults(w, p->touches))
		return;
	if (madvise(w->memory, w->memory_bytes, MADV_DONTNEED) < 0) {
		kt_worker_note(w, "pages cannot be given back: %s", strerror(errno));
		return;
	}
	if (kt_worker_spin(w, p->spin_iters))
		kt_meter_iteration(&w->meter);
}

const struct kt_work_ops kt_work_ops_page_fault_churn = {
	.step = step_page_fault_churn,
	.check = check_region,
	.memory_bytes = region_bytes,
	.prepare = no_huge_pages,
};
