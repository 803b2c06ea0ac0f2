// SPDX-License-Identifier: GPL-2.0-only
/* Outside a machine nothing claims to be inside one. */
#include "softkvm/inside.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

Test(softkvm_inside, no_ordinary_process_is_the_machines_init)
{
	cr_expect_not(kt_softkvm_is_init());
}

Test(softkvm_inside, the_variable_alone_is_not_believed)
{
	bool marked = access(KT_SOFTKVM_MARKER, F_OK) == 0;

	setenv(KT_SOFTKVM_ENV, "1", 1);
	cr_expect_eq(kt_softkvm_inside(), marked);
	setenv(KT_SOFTKVM_ENV, "0", 1);
	cr_expect_not(kt_softkvm_inside());
	unsetenv(KT_SOFTKVM_ENV);
	cr_expect_not(kt_softkvm_inside());
}
