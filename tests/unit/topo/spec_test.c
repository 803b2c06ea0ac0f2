// SPDX-License-Identifier: GPL-2.0-only
/* "NnLlCcTt" and back; everything else is refused with advice. */
#include "topo/spec.h"

#include <criterion/criterion.h>
#include <limits.h>
#include <string.h>

#include "base/mem.h"

Test(spec, text_and_counts_are_the_same_both_ways)
{
	static const char *const texts[] = {
		"1n1l1c1t", "1n2l4c1t", "2n4l4c2t", "3n3l5c3t", "1n1l512c1t", "4n64l4c2t"};
	for (size_t i = 0; i < KT_ARRAY_LEN(texts); i++) {
		struct kt_topo t = {0};
		char buf[KT_TOPO_TEXT_BYTES];
		cr_assert_eq(kt_topo_parse(texts[i], &t, NULL), 0, "%s", texts[i]);
		cr_assert_str_eq(kt_topo_text(&t, buf), texts[i]);
	}
}

Test(spec, counts_stand_in_their_fields)
{
	struct kt_topo t = {0};
	cr_assert_eq(kt_topo_parse("2n6l3c4t", &t, NULL), 0);
	cr_assert_eq(t.nodes, 2);
	cr_assert_eq(t.llcs, 6);
	cr_assert_eq(t.cores, 3);
	cr_assert_eq(t.threads, 4);
}

Test(spec, malformed_text_is_refused_and_writes_nothing)
{
	static const char *const bad[] = {
		"",
		"n",
		"1n",
		"1n2l4c",
		"1n2l4c1t ",
		" 1n2l4c1t",
		"1n2l4c1tx",
		"1N2L4C1T",
		"1l1n1c1t",
		"1n2l4c1t1t",
		"+1n1l1c1t",
		"-1n1l1c1t",
		"1n1l1cc1t",
		"1 n1l1c1t",
		"1.0n1l1c1t",
		"n1l1c1t1",
		"0x1n1l1c1t",
		"1n1l1c4294967297t",
		"99999999999999999999n1l1c1t",
		"0n1l1c1t",
		"2n3l1c1t",
		"1n1l513c1t",
		"1n1l1c0t",
	};
	for (size_t i = 0; i < KT_ARRAY_LEN(bad); i++) {
		struct kt_topo t = {7, 7, 7, 7};
		struct kt_err err = {0};
		cr_assert_eq(kt_topo_parse(bad[i], &t, &err), -EINVAL, "'%s'", bad[i]);
		cr_assert_eq(t.nodes, 7, "'%s'", bad[i]);
		cr_assert_neq(err.text[0], '\0');
		cr_assert_neq(err.fix[0], '\0');
	}
}

Test(spec, leading_zeros_are_harmless)
{
	struct kt_topo t = {0};
	cr_assert_eq(kt_topo_parse("01n02l004c1t", &t, NULL), 0);
	cr_assert_eq(t.llcs, 2);
	cr_assert_eq(t.cores, 4);
}

Test(spec, the_longest_text_fits_its_buffer)
{
	struct kt_topo t = {UINT_MAX, UINT_MAX, UINT_MAX, UINT_MAX};
	char buf[KT_TOPO_TEXT_BYTES];
	cr_assert_str_eq(kt_topo_text(&t, buf), "4294967295n4294967295l4294967295c4294967295t");
}
