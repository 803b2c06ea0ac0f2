// SPDX-License-Identifier: GPL-2.0-only
/* Two readings of counter and clock together; of several tries the least disturbed counts. */
#include "softkvm/tsc.h"

#include "base/clock.h"

#define WINDOW_MS 10
#define TRIES	  16

#ifdef __x86_64__

#include <x86intrin.h>

struct reading {
	uint64_t ns, ticks;
};

static struct reading read_both(void)
{
	struct reading best = {0};
	uint64_t least = UINT64_MAX;

	for (int i = 0; i < TRIES; i++) {
		uint64_t before = __rdtsc();
		uint64_t ns = kt_now_ns();
		uint64_t after = __rdtsc();
		if (after - before >= least)
			continue;
		least = after - before;
		best = (struct reading){.ns = ns, .ticks = before + least / 2};
	}
	return best;
}

uint64_t kt_softkvm_tsc_khz(void)
{
	struct reading a = read_both();
	kt_sleep_until(a.ns + WINDOW_MS * KT_NS_PER_MS);
	struct reading b = read_both();
	return (b.ticks - a.ticks) * 1000000 / (b.ns - a.ns);
}

#else

uint64_t kt_softkvm_tsc_khz(void)
{
	return 0;
}

#endif
