// SPDX-License-Identifier: GPL-2.0-only
/*
 * The two readers of a guest's console, panic watcher and complaint scan: what they find does
 * not depend on the pieces in which it came.
 */
#include "fuzz/fuzz.h"
#include "report/complaint.h"
#include "vmm/console.h"

struct readers {
	struct kt_complaint_scan scan;
	struct kt_vmm_console watcher;
};

static void feed(struct readers *r, const uint8_t *data, size_t bytes)
{
	kt_complaint_feed(&r->scan, data, bytes);
	kt_vmm_console_feed(&r->watcher, data, bytes);
}

static void check_complaint(const struct kt_complaint *a, const struct kt_complaint *b)
{
	FUZZ_CHECK(a->kind[0] && a->sentence[0]);
	FUZZ_CHECK(memchr(a->line, 0, sizeof(a->line)));
	FUZZ_CHECK(!strcmp(a->line, b->line) && a->line_number == b->line_number);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	static struct readers whole, pieces;
	struct fuzz_in in = {data, bytes};
	size_t piece = fuzz_number(&in, 1) + 1;
	whole = pieces = (struct readers){0};
	feed(&whole, in.at, in.left);
	for (size_t at = 0; at < in.left; at += piece)
		feed(&pieces, in.at + at, KT_MIN(piece, in.left - at));
	kt_complaint_flush(&whole.scan);
	kt_complaint_flush(&pieces.scan);

	FUZZ_CHECK(whole.scan.found.count == pieces.scan.found.count);
	FUZZ_CHECK(whole.scan.found.count <= KT_COMPLAINTS_MAX);
	for (size_t i = 0; i < whole.scan.found.count; i++)
		check_complaint(&whole.scan.found.items[i], &pieces.scan.found.items[i]);
	FUZZ_CHECK(whole.watcher.panic == pieces.watcher.panic);
	FUZZ_CHECK(!strcmp(whole.watcher.panic_line, pieces.watcher.panic_line));
	kt_complaint_done(&whole.scan);
	kt_complaint_done(&pieces.scan);
	return 0;
}
