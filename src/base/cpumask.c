// SPDX-License-Identifier: GPL-2.0-only
/*
 * The door to libcpuset's bitmask library, which reads and prints lists. Its masks live on
 * the heap; set algebra on ours is plain words instead, so that it can neither fail nor
 * allocate. Lists are judged here first, because bitmask_parselist() wraps large numbers and
 * never ends on a stride of 0.
 */
#include "base/cpumask.h"

#include <bitmask.h>
#include <ctype.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define WORD_BITS (8u * (unsigned)sizeof(unsigned long))
#define WORDS	  (KT_CPUS_MAX / WORD_BITS)
/* Worst case of the list form: every second number, at most four digits and a comma each. */
#define TEXT_BYTES (KT_CPUS_MAX / 2 * 5 + 1)

_Static_assert(sizeof(cpu_set_t) == sizeof(struct kt_cpus), "kt_cpus has the system call's size");

static unsigned long bit(unsigned cpu)
{
	return 1ul << (cpu % WORD_BITS);
}

void kt_cpus_add(struct kt_cpus *s, unsigned cpu)
{
	if (cpu < KT_CPUS_MAX)
		s->bits[cpu / WORD_BITS] |= bit(cpu);
}

void kt_cpus_remove(struct kt_cpus *s, unsigned cpu)
{
	if (cpu < KT_CPUS_MAX)
		s->bits[cpu / WORD_BITS] &= ~bit(cpu);
}

bool kt_cpus_has(const struct kt_cpus *s, unsigned cpu)
{
	return cpu < KT_CPUS_MAX && s->bits[cpu / WORD_BITS] & bit(cpu);
}

unsigned kt_cpus_count(const struct kt_cpus *s)
{
	unsigned count = 0;
	for (unsigned i = 0; i < WORDS; i++)
		count += (unsigned)__builtin_popcountl(s->bits[i]);
	return count;
}

bool kt_cpus_equal(const struct kt_cpus *a, const struct kt_cpus *b)
{
	return !memcmp(a, b, sizeof(*a));
}

bool kt_cpus_subset(const struct kt_cpus *inner, const struct kt_cpus *outer)
{
	for (unsigned i = 0; i < WORDS; i++)
		if (inner->bits[i] & ~outer->bits[i])
			return false;
	return true;
}

struct kt_cpus kt_cpus_and(const struct kt_cpus *a, const struct kt_cpus *b)
{
	struct kt_cpus s;
	for (unsigned i = 0; i < WORDS; i++)
		s.bits[i] = a->bits[i] & b->bits[i];
	return s;
}

struct kt_cpus kt_cpus_or(const struct kt_cpus *a, const struct kt_cpus *b)
{
	struct kt_cpus s;
	for (unsigned i = 0; i < WORDS; i++)
		s.bits[i] = a->bits[i] | b->bits[i];
	return s;
}

struct kt_cpus kt_cpus_minus(const struct kt_cpus *a, const struct kt_cpus *b)
{
	struct kt_cpus s;
	for (unsigned i = 0; i < WORDS; i++)
		s.bits[i] = a->bits[i] & ~b->bits[i];
	return s;
}

struct kt_cpus kt_cpus_range(unsigned first, unsigned last)
{
	struct kt_cpus s = {0};
	/* Both bounds: LAST may be UINT_MAX, where counting up would never end. */
	for (unsigned cpu = first; cpu <= last && cpu < KT_CPUS_MAX; cpu++)
		kt_cpus_add(&s, cpu);
	return s;
}

int kt_cpus_nth(const struct kt_cpus *s, unsigned i)
{
	int cpu = kt_cpus_next(s, 0);
	for (; cpu >= 0 && i; i--)
		cpu = kt_cpus_next(s, cpu + 1);
	return cpu;
}

int kt_cpus_next(const struct kt_cpus *s, int from)
{
	unsigned cpu = from > 0 ? (unsigned)from : 0;
	/* Word by word: sets are mostly empty, and callers walk them often. */
	while (cpu < KT_CPUS_MAX) {
		unsigned long rest = s->bits[cpu / WORD_BITS] >> (cpu % WORD_BITS);
		if (rest)
			return (int)(cpu + (unsigned)__builtin_ctzl(rest));
		cpu = (cpu / WORD_BITS + 1) * WORD_BITS;
	}
	return -1;
}

/* The number at *P; KT_CPUS_MAX stands for any that is too large. -1 when there is none. */
static int take_number(const char **p)
{
	unsigned value = 0;
	if (!isdigit((unsigned char)**p))
		return -1;
	for (; isdigit((unsigned char)**p); (*p)++)
		value = KT_MIN(value * 10 + (unsigned)(**p - '0'), KT_CPUS_MAX);
	return (int)value;
}

/* "N" or "N-M" items with commas between: 0, -EINVAL or -ERANGE. */
static int judge_list(const char *p)
{
	int r = 0;
	for (;;) {
		int first = take_number(&p);
		int last = first;
		if (first >= 0 && *p == '-') {
			p++;
			last = take_number(&p);
		}
		/* "5-3" is malformed; which of two clipped numbers was larger is not known. */
		if (first < 0 || last < 0 || (last < first && first < (int)KT_CPUS_MAX))
			return -EINVAL;
		if (KT_MAX(first, last) >= (int)KT_CPUS_MAX)
			r = -ERANGE; /* goes on: malformed text behind it matters more */
		if (!*p)
			return r;
		if (*p++ != ',')
			return -EINVAL;
	}
}

/* LIST without white space around it and not empty, as the library wants it. */
static int parse_trimmed(const char *list, struct kt_cpus *ret, struct kt_err *err)
{
	int r = judge_list(list);
	if (r == -ERANGE)
		return kt_fail(err, ERANGE, "use numbers from 0 to 1023",
			"list '%.200s' names a number above %u", list, KT_CPUS_MAX - 1);
	if (r < 0)
		return kt_fail(err, EINVAL, "write numbers and ranges such as 0-3,8",
			"'%.200s' is not a list of numbers", list);
	struct bitmask *mask = bitmask_alloc(KT_CPUS_MAX);
	if (!mask)
		return kt_fail(err, ENOMEM, "free memory or close other programs",
			"out of memory for list '%.200s'", list);
	if (bitmask_parselist(list, mask) < 0)
		r = kt_fail(err, EINVAL, "write numbers and ranges such as 0-3,8",
			"'%.200s' is not a list of numbers", list);
	else
		memcpy(ret->bits, bitmask_mask(mask), sizeof(ret->bits));
	bitmask_free(mask);
	return r;
}

int kt_cpus_parse(const char *list, struct kt_cpus *ret, struct kt_err *err)
{
	while (isspace((unsigned char)*list))
		list++;
	size_t len = strlen(list);
	while (len && isspace((unsigned char)list[len - 1]))
		len--;
	if (!len) {
		*ret = (struct kt_cpus){0};
		return 0;
	}
	KT_AUTOFREE char *trimmed = strndup(list, len);
	if (!trimmed)
		return kt_fail(err, ENOMEM, "free memory or close other programs",
			"out of memory for list '%.200s'", list);
	return parse_trimmed(trimmed, ret, err);
}

char *kt_cpus_text(const struct kt_cpus *s)
{
	char text[TEXT_BYTES] = "";
	struct bitmask *mask = bitmask_alloc(KT_CPUS_MAX);
	if (!mask)
		return NULL;
	memcpy(bitmask_mask(mask), s->bits, sizeof(s->bits));
	/* Of the empty set the library's text is not specified. */
	if (kt_cpus_count(s))
		bitmask_displaylist(text, sizeof(text), mask);
	bitmask_free(mask);
	return strdup(text);
}
