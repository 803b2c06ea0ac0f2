// SPDX-License-Identifier: GPL-2.0-only
/* Encodings are compared with bytes written down from the ACPI specification. */
#include "vmm/x86_64/aml.h"

#include <criterion/criterion.h>
#include <string.h>

#include "base/mem.h"

#define EXPECT(s, ...)                                                                             \
	do {                                                                                       \
		const unsigned char want[] = {__VA_ARGS__};                                        \
		cr_assert_eq((s)->len, sizeof(want));                                              \
		cr_assert_eq(memcmp((s)->text, want, sizeof(want)), 0);                            \
	} while (0)

Test(aml, integers_take_the_shortest_form)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str s = {0};
	kt_aml_integer(&s, 0);
	kt_aml_integer(&s, 1);
	kt_aml_integer(&s, 2);
	kt_aml_integer(&s, 0x1234);
	kt_aml_integer(&s, 0x12345678);
	kt_aml_integer(&s, 0x123456789aull);
	EXPECT(&s, 0x00, 0x01, 0x0a, 0x02, 0x0b, 0x34, 0x12, 0x0c, 0x78, 0x56, 0x34, 0x12, 0x0e,
		0x9a, 0x78, 0x56, 0x34, 0x12, 0, 0, 0);
}

Test(aml, names_are_padded_and_may_start_at_the_root)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str s = {0};
	kt_aml_name(&s, "\\_S5");
	kt_aml_string(&s, "x");
	EXPECT(&s, 0x08, '\\', '_', 'S', '5', '_', 0x0d, 'x', 0);
}

Test(aml, package_holds_its_count_and_integers)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str s = {0};
	const uint64_t values[] = {5, 0};
	kt_aml_package(&s, values, 2);
	EXPECT(&s, 0x12, 0x05, 0x02, 0x0a, 0x05, 0x00);
}

Test(aml, a_device_wraps_its_body)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str s = {0};
	KT_AUTO_DONE(kt_str_done) struct kt_str body = {0};
	kt_aml_integer(&body, 1);
	kt_aml_device(&s, "DEV", &body);
	EXPECT(&s, 0x5b, 0x82, 0x06, 'D', 'E', 'V', '_', 0x01);
}

Test(aml, long_bodies_take_a_longer_length)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str s = {0};
	KT_AUTO_DONE(kt_str_done) struct kt_str body = {0};
	for (int i = 0; i < 58; i++)
		kt_aml_integer(&body, 0);
	kt_aml_scope(&s, "ABCD", &body); /* 62 bytes and one for the length: still 6 bits */
	cr_assert_eq((unsigned char)s.text[1], 0x3f);
	kt_str_cut(&s, 0);
	kt_aml_integer(&body, 0);
	kt_aml_scope(&s, "ABCD", &body); /* 63 and two: 0x41 */
	cr_assert_eq((unsigned char)s.text[1], 0x41);
	cr_assert_eq((unsigned char)s.text[2], 0x04);
	cr_assert_eq(s.len, 1 + 0x41);
}

Test(aml, resources_are_a_buffer_with_memory_interrupt_and_end)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str s = {0};
	kt_aml_resources(&s, 0xd0000000, 0x1000, 16);
	EXPECT(&s, 0x11, 0x1a, 0x0a, 0x17, 0x86, 9, 0, 1, 0, 0, 0, 0xd0, 0, 0x10, 0, 0, 0x89, 6, 0,
		1, 1, 16, 0, 0, 0, 0x79, 0);
}
