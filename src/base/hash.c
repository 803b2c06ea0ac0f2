// SPDX-License-Identifier: GPL-2.0-only
/*
 * The door to xxHash. Not for keeping secrets: it tells apart what differs by accident or by
 * a newer version, which is all that caches and frames need.
 */
#include "base/hash.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <xxhash.h>

struct kt_hash {
	XXH3_state_t *state;
};

uint64_t kt_hash64(const void *data, size_t bytes)
{
	return XXH3_64bits(data, bytes);
}

struct kt_hash *kt_hash_new(void)
{
	KT_AUTO(kt_hash_free) struct kt_hash *h = calloc(1, sizeof(*h));
	if (!h)
		return NULL;
	h->state = XXH3_createState();
	if (!h->state || XXH3_128bits_reset(h->state) != XXH_OK)
		return NULL;
	return KT_TAKE(h);
}

void kt_hash_free(struct kt_hash *h)
{
	if (!h)
		return;
	XXH3_freeState(h->state);
	free(h);
}

void kt_hash_add(struct kt_hash *h, const void *data, size_t bytes)
{
	if (bytes) /* DATA may then be NULL, which xxHash refuses */
		XXH3_128bits_update(h->state, data, bytes);
}

void kt_hash_add_str(struct kt_hash *h, const char *text)
{
	kt_hash_add(h, text, strlen(text) + 1);
}

static int add_file(struct kt_hash *h, const char *path, struct kt_err *err)
{
	const char *fix = "check the path and that you may read the file";
	KT_AUTOFD int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return kt_fail(err, errno, fix, "cannot open '%s': %s", path, strerror(errno));
	char chunk[65536];
	for (;;) {
		ssize_t n = read(fd, chunk, sizeof(chunk));
		if (!n)
			return 0;
		if (n > 0)
			kt_hash_add(h, chunk, (size_t)n);
		else if (errno != EINTR)
			return kt_fail(
				err, errno, fix, "cannot read '%s': %s", path, strerror(errno));
	}
}

void kt_hash_text(const struct kt_hash *h, char out[KT_HASH_TEXT_BYTES])
{
	/* Does not end the running hash. */
	XXH128_hash_t sum = XXH3_128bits_digest(h->state);
	snprintf(out, KT_HASH_TEXT_BYTES, "%016llx%016llx", (unsigned long long)sum.high64,
		(unsigned long long)sum.low64);
}

int kt_hash_file(const char *path, char out[KT_HASH_TEXT_BYTES], struct kt_err *err)
{
	KT_AUTO(kt_hash_free) struct kt_hash *h = kt_hash_new();
	if (!h)
		return kt_fail(err, ENOMEM, "free memory or close other programs",
			"out of memory for hashing '%s'", path);
	int r = add_file(h, path, err);
	if (r < 0)
		return r;
	kt_hash_text(h, out);
	return 0;
}
