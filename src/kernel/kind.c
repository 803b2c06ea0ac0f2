// SPDX-License-Identifier: GPL-2.0-only
/* Where a kernel's .config is found, and what follows from it. */
#include "kernel/kind.h"

#include <string.h>

#include "base/fs.h"
#include "base/mem.h"
#include "kernel/config.h"
#include "kernel/ikconfig.h"
#include "kernel/variant.h"

#define CONFIG_BYTES_MAX (4u << 20)
#define VALUE_BYTES	 64
/* A kernel nobody knows may be full of checks: as one with lock checks. */
#define UNKNOWN_SLOWNESS 3.0
#define UNKNOWN_MEMORY	 1.5

/* The text of a .config file; NULL when it is none. */
static char *read_file(const char *path)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str text = {0};
	if (kt_fs_read(path, CONFIG_BYTES_MAX, &text, NULL) < 0 ||
		!strstr(kt_str_get(&text), "CONFIG_"))
		return NULL;
	return kt_str_take(&text);
}

static char *inside_image(const struct kt_kernel *k)
{
	return k->vmlinux ? kt_kikconfig_read(k->vmlinux, KT_KIMAGE_VMLINUX)
			  : kt_kikconfig_read(k->bzimage, KT_KIMAGE_BZIMAGE);
}

/* A file beside the image; its path becomes that of K. */
static char *beside_image(struct kt_kernel *k)
{
	const char *image = k->vmlinux ?: k->bzimage;
	int dir = (int)(strrchr(image, '/') - image);
	char *paths[] = {
		kt_strf("%.*s/config-%s", dir, image, k->release),
		kt_strf("%.*s/.config", dir, image), kt_strf("%.*s/config", dir, image),
		kt_strf("%.*s/../../../.config", dir, image), /* of arch/x86/boot/bzImage */
	};
	size_t count = kt_ends_with(image, "/arch/x86/boot/bzImage") ? 4 : 3;
	char *text = NULL;
	for (size_t i = 0; i < KT_ARRAY_LEN(paths); i++) {
		if (!text && i < count && paths[i] && (text = read_file(paths[i])))
			k->config = KT_TAKE(paths[i]);
		free(paths[i]);
	}
	return text;
}

static char *config_of(struct kt_kernel *k)
{
	char *text = k->hold_fd < 0 ? inside_image(k) : NULL;
	if (!text && k->config)
		text = read_file(k->config);
	else if (!text && k->hold_fd < 0)
		text = beside_image(k);
	return text;
}

int kt_kernel_learn(struct kt_kernel *k, struct kt_err *err)
{
	k->config_text = config_of(k);
	kt_kvariants set = k->config_text ? kt_kvariants_of_config(k->config_text) : 0;
	k->kind = k->config_text ? kt_kvariants_text(set, '+') : strdup("unknown");
	if (k->kind && !k->kind[0]) {
		free(k->kind);
		k->kind = strdup("default");
	}
	if (!k->kind)
		return kt_fail(err, ENOMEM, "free some memory", "out of memory");
	k->slowness = k->config_text ? kt_kvariants_slowness(set) : UNKNOWN_SLOWNESS;
	k->memory = k->config_text ? kt_kvariants_memory(set) : UNKNOWN_MEMORY;
	return 0;
}

static bool is_built_in(const char *config, const char *option)
{
	char value[VALUE_BYTES];
	return kt_kconfig_get(config, option, value, sizeof(value)) && !strcmp(value, "y");
}

int kt_kernel_image_for(
	const struct kt_kernel *k, bool kaslr, const char **ret_path, struct kt_err *why)
{
	static const char *const needed[] = {"CONFIG_RELOCATABLE", "CONFIG_RANDOMIZE_BASE"};
	if (!kaslr) {
		*ret_path = k->vmlinux ?: k->bzimage;
		return 0;
	}
	if (!k->bzimage)
		return kt_fail(why, ENOTSUP,
			"give --kernel the bzImage, or the folder the kernel was built in",
			"kernel '%s' has no bzImage, whose own code would move it (kaslr)", k->id);
	for (size_t i = 0; k->config_text && i < KT_ARRAY_LEN(needed); i++) {
		if (!is_built_in(k->config_text, needed[i]))
			return kt_fail(why, ENOTSUP, "build it with CONFIG_RANDOMIZE_BASE=y",
				"kernel '%s' is built without %s and cannot be moved (kaslr)",
				k->id, needed[i]);
	}
	*ret_path = k->bzimage;
	return 0;
}
