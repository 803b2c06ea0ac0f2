// SPDX-License-Identifier: GPL-2.0-only
/*
 * What `ninja bench` measures: a test that does nothing. `bench --write DIR` leaves there what
 * its machine is started with, so that another monitor can boot the same: DIR/initramfs,
 * DIR/cmdline, and DIR/ram_mib.
 */
#include <ktstr/ktstr.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"
#include "base/str.h"
#include "run/image.h"
#include "topo/model.h"
#include "vmm/cmdline.h"
#include "vmm/vm.h"

int main(int argc, char **argv);

KTSTR_TEST_BODY(empty, "nothing, measured by ninja bench", .topology = TOPOLOGY(1, 1, 1, 1),
	.duration_ms = 1)
{
	(void)ctx;
}

static int write_part(
	const char *dir, const char *name, const void *data, size_t bytes, struct kt_err *err)
{
	KT_AUTOFREE char *path = kt_strf("%s/%s", dir, name);
	if (!path)
		return kt_fail(err, ENOMEM, "free some memory", "no memory for a path");
	return kt_fs_replace(path, data, bytes, err);
}

static int write_parts(const char *program, const char *dir, unsigned cpus, struct kt_err *err)
{
	KT_AUTO_DONE(kt_run_image_done) struct kt_run_image image = {0};
	KT_AUTOFREE char *cmdline = NULL;
	/* The words of src/run/design.c. */
	KT_AUTOFREE char *words =
		kt_strf("loglevel=5 ktstr.test=empty ktstr.topology=1n1l%uc1t ktstr.duration_ms=1 "
			"ktstr.timeout_ms=60000",
			cpus);
	struct kt_run_image_spec spec = {.program = program,
		.cache_dir = dir,
		.pack_above_bytes = KT_RUN_IMAGE_PACK_BYTES};
	int r = kt_run_image_make(&spec, &image, err);
	if (r == 0)
		r = kt_vmm_cmdline(false, words, &cmdline, err);
	if (r == 0)
		r = write_part(dir, "initramfs", image.data, image.bytes, err);
	if (r == 0)
		r = write_part(dir, "cmdline", cmdline, strlen(cmdline), err);
	if (r < 0)
		return r;
	char ram[32];
	uint64_t bytes = kt_vm_ram_bytes(cpus, image.bytes + image.unpacked_bytes);
	snprintf(ram, sizeof(ram), "%llu\n", (unsigned long long)(bytes >> 20));
	return write_part(dir, "ram_mib", ram, strlen(ram), err);
}

int main(int argc, char **argv)
{
	if (getpid() == 1 || argc < 2 || strcmp(argv[1], "--write") != 0)
		return ktstr_main(argc, argv);
	struct kt_err err = {0};
	KT_AUTOFREE char *self = kt_fs_self();
	unsigned cpus = argc > 3 ? (unsigned)strtoul(argv[3], NULL, 10) : 0;
	if (argc != 4 || !self || !cpus) {
		fprintf(stderr, "usage: bench --write DIR CPUS\n");
		return 64;
	}
	if (write_parts(self, argv[2], cpus, &err) < 0) {
		fprintf(stderr, "bench: %s (fix: %s)\n", err.text, err.fix);
		return 3;
	}
	return 0;
}
