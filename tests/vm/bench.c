// SPDX-License-Identifier: GPL-2.0-only
/*
 * What `ninja bench` measures: a test that does nothing. `bench --write FILE` leaves the
 * initramfs of its machine there, so that another monitor can boot the same.
 */
#include <ktstr/ktstr.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"
#include "run/image.h"

int main(int argc, char **argv);

KTSTR_TEST_BODY(empty, "nothing, measured by ninja bench", .topology = TOPOLOGY(1, 1, 1, 1),
	.duration_ms = 1)
{
	(void)ctx;
}

static int write_initramfs(const char *path, struct kt_err *err)
{
	KT_AUTO_DONE(kt_run_image_done) struct kt_run_image image = {0};
	KT_AUTOFREE char *self = kt_fs_self();
	if (!self)
		return kt_fail(err, ENOENT, "mount /proc", "/proc/self/exe is not there");
	struct kt_run_image_spec spec = {
		.program = self, .cache_dir = "/tmp", .pack_above_bytes = KT_RUN_IMAGE_PACK_BYTES};
	int r = kt_run_image_make(&spec, &image, err);
	return r < 0 ? r : kt_fs_replace(path, image.data, image.bytes, err);
}

int main(int argc, char **argv)
{
	if (getpid() == 1 || argc != 3 || strcmp(argv[1], "--write") != 0)
		return ktstr_main(argc, argv);
	struct kt_err err = {0};
	if (write_initramfs(argv[2], &err) == 0)
		return 0;
	fprintf(stderr, "bench: %s (fix: %s)\n", err.text, err.fix);
	return 3;
}
