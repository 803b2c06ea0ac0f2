// SPDX-License-Identifier: GPL-2.0-only
/* Any bytes become text that XML can hold. */
#include "report/xml.h"

#include <criterion/criterion.h>
#include <string.h>

#include "base/mem.h"

static void assert_text(const char *text, size_t bytes, const char *expected)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str out = {0};
	kt_xml_text(&out, text, bytes);
	cr_assert_str_eq(kt_str_get(&out), expected);
}

Test(xml, markup_is_escaped_and_other_text_stands_for_itself)
{
	static const char text[] = "a <b> & \"c\" 'd' ]]> \xc3\xa4 \xf0\x9f\x90\xa7\n\t";
	assert_text(text, strlen(text),
		"a &lt;b&gt; &amp; &quot;c&quot; 'd' ]]&gt; \xc3\xa4 \xf0\x9f\x90\xa7\n\t");
}

Test(xml, control_characters_are_left_out)
{
	assert_text("a\0b\x01\x1b[31mc\x0b\x0c", 11, "ab[31mc");
	assert_text("a\rb", 3, "a&#13;b");
}

Test(xml, bytes_that_are_no_character_become_the_mark_for_it)
{
	assert_text("\xff", 1, "\xef\xbf\xbd");
	assert_text("a\xc3", 2, "a\xef\xbf\xbd");
	assert_text("\xed\xa0\x80", 3, "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"); /* a surrogate */
	assert_text("\xef\xbf\xbe\xef\xbf\xbf", 6, "\xef\xbf\xbd\xef\xbf\xbd");
	assert_text("\xef\xbf\xbd", 3, "\xef\xbf\xbd");
}

Test(xml, an_attribute_keeps_its_lines)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str out = {0};
	kt_xml_attr(&out, "message", "one\ntwo\t\"<");
	kt_xml_attr(&out, "none", NULL);
	cr_assert_str_eq(kt_str_get(&out), " message=\"one&#10;two&#9;&quot;&lt;\" none=\"\"");
}
