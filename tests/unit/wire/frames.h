/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Frames of every row filled at random from a seed, and their comparison, for the tests of
 * wire. Generated from the rows, so that a new row is tested without a change here.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/mem.h"
#include "wire/frame.h"

static const unsigned frames_types[] = {
#define FRAME(name, number, ...) number,
#include "macros/frame.def"
#undef FRAME
};
#define FRAMES_TYPES KT_ARRAY_LEN(frames_types)

struct frames {
	uint64_t state; /* the seed */
	char text[4][KT_FRAME_TEXT_MAX + 64];
	unsigned texts;
};

/* splitmix64 */
static inline uint64_t frames_random(struct frames *g)
{
	uint64_t z = g->state += 0x9e3779b97f4a7c15u;
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

static inline const char *frames_str(struct frames *g)
{
	char *text = g->text[g->texts++ % 4];
	size_t len = frames_random(g) % 8 ? frames_random(g) % 40 : frames_random(g) % 4097;
	for (size_t i = 0; i < len; i++)
		text[i] = (char)(1 + frames_random(g) % 255);
	text[len] = '\0';
	return text;
}

static inline struct kt_cpus frames_cpus(struct frames *g)
{
	struct kt_cpus s = {0};
	for (uint64_t n = frames_random(g) % 12; n; n--)
		kt_cpus_add(&s, (unsigned)(frames_random(g) % KT_CPUS_MAX));
	return s;
}

#define FRAMES_MAKE_u16(g)  ((uint16_t)frames_random(g))
#define FRAMES_MAKE_u32(g)  ((uint32_t)frames_random(g))
#define FRAMES_MAKE_u64(g)  frames_random(g)
#define FRAMES_MAKE_i32(g)  ((int32_t)frames_random(g))
#define FRAMES_MAKE_str(g)  frames_str(g)
#define FRAMES_MAKE_cpus(g) frames_cpus(g)

/* A frame of TYPE; its texts live in G until four more were made. */
static inline struct kt_frame frames_make(struct frames *g, unsigned type)
{
	struct kt_frame f = {.type = type};
	switch (f.type) {
#define F(type, field) row->field = FRAMES_MAKE_##type(g);
#define FRAME(name, number, ...)                                                                   \
	case KT_FRAME_##name: {                                                                    \
		struct kt_frame_##name *row = &f.name;                                             \
		__VA_ARGS__                                                                        \
		break;                                                                             \
	}
#include "macros/frame.def"
#undef FRAME
#undef F
	}
	return f;
}

#define FRAMES_SAME_u16(a, b)  ((a) == (b))
#define FRAMES_SAME_u32(a, b)  ((a) == (b))
#define FRAMES_SAME_u64(a, b)  ((a) == (b))
#define FRAMES_SAME_i32(a, b)  ((a) == (b))
#define FRAMES_SAME_str(a, b)  (strcmp(a, b) == 0)
#define FRAMES_SAME_cpus(a, b) (memcmp(&(a), &(b), sizeof(a)) == 0)

static inline bool frames_same(const struct kt_frame *fa, const struct kt_frame *fb)
{
	bool same = fa->type == fb->type;
	switch (fa->type) {
#define F(type, field) same = same && FRAMES_SAME_##type(a->field, b->field);
#define FRAME(name, number, ...)                                                                   \
	case KT_FRAME_##name: {                                                                    \
		const struct kt_frame_##name *a = &fa->name, *b = &fb->name;                       \
		__VA_ARGS__                                                                        \
		break;                                                                             \
	}
#include "macros/frame.def"
#undef FRAME
#undef F
	}
	return same;
}
