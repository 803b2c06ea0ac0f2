// SPDX-License-Identifier: GPL-2.0-only
/* The main() of test programs: in an object of its own, so that a program may have another. */
#include <ktstr/main.h>

int main(int argc, char **argv);

__attribute__((visibility("default"))) int main(int argc, char **argv)
{
	return ktstr_main(argc, argv);
}
