// SPDX-License-Identifier: GPL-2.0-only
/* The file of the placement log. */
#include "guest/placement.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "unit/tmpdir.h"

TestSuite(placement, .init = tmpdir_make, .fini = tmpdir_remove);

Test(placement, lines_are_appended_to_what_is_there)
{
	struct kt_guest_placement p = {.path = in_tmp("log")};
	put_file("log", "before\n");
	cr_assert(kt_guest_placement_add(&p, "one"));
	cr_assert(kt_guest_placement_add(&p, "two"));
	cr_assert(file_is("log", "before\none\ntwo\n"));
}

Test(placement, a_line_beyond_the_limit_is_not_written)
{
	struct kt_guest_placement p = {
		.path = in_tmp("log"), .bytes = KT_GUEST_PLACEMENT_BYTES - 4};
	struct stat st;
	cr_assert(kt_guest_placement_add(&p, "abc"));
	cr_assert_not(kt_guest_placement_add(&p, "d"));
	cr_assert_eq(stat(p.path, &st), 0);
	cr_assert_eq(st.st_size, 4);
}

Test(placement, a_file_that_cannot_be_written_is_told)
{
	struct kt_guest_placement p = {.path = "/nowhere/log"};
	cr_assert_not(kt_guest_placement_add(&p, "one"));
}

Test(placement, a_link_in_its_place_is_not_followed)
{
	struct kt_guest_placement p = {.path = in_tmp("log")};
	cr_assert_eq(symlink(in_tmp("elsewhere"), p.path), 0);
	cr_assert_not(kt_guest_placement_add(&p, "one"));
	cr_assert_neq(access(in_tmp("elsewhere"), F_OK), 0);
}
