// SPDX-License-Identifier: GPL-2.0-only
/* DIR/verified: a line per file with its size, times and hash. Used by find.c. */
#include "kernel/cache_seen.h"

#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/mem.h"

#define SEEN_BYTES   4096
#define YOUNG_NS     (2 * KT_NS_PER_S)
#define SEEN_VERSION "1"

static uint64_t ns_of(const struct timespec *t)
{
	return (uint64_t)t->tv_sec * KT_NS_PER_S + (uint64_t)t->tv_nsec;
}

/* What the file should say now; *RET_NEWEST_NS is the latest change. 0 or -errno. */
static int describe(
	const struct kt_kmeta *m, const char *dir, struct kt_str *out, uint64_t *ret_newest_ns)
{
	kt_str_add(out, "ktstr verified " SEEN_VERSION "\n");
	for (int i = 0; i < KT_KMETA_FILES; i++) {
		const char *name = kt_kmeta_file_name((enum kt_kmeta_file_kind)i);
		KT_AUTOFREE char *path = kt_strf("%s/%s", dir, name);
		struct stat st;
		if (!path || stat(path, &st) < 0)
			return -ENOENT;
		kt_str_addf(out, "%s %llu %llu %llu %s\n", name, (unsigned long long)st.st_size,
			(unsigned long long)ns_of(&st.st_mtim),
			(unsigned long long)ns_of(&st.st_ctim), m->files[i].hash);
		*ret_newest_ns = KT_MAX(*ret_newest_ns, ns_of(&st.st_ctim));
	}
	return out->failed ? -ENOMEM : 0;
}

static char *seen_path(const char *dir)
{
	return kt_strf("%s/verified", dir);
}

bool kt_kseen_is_known(const struct kt_kmeta *m, const char *dir)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str noted = {0};
	KT_AUTO_DONE(kt_str_done) struct kt_str now = {0};
	KT_AUTOFREE char *path = seen_path(dir);
	uint64_t newest_ns = 0;
	return path && kt_fs_read(path, SEEN_BYTES, &noted, NULL) == 0 &&
	       describe(m, dir, &now, &newest_ns) == 0 &&
	       strcmp(kt_str_get(&noted), kt_str_get(&now)) == 0;
}

void kt_kseen_note(const struct kt_kmeta *m, const char *dir, uint64_t now_ns)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str text = {0};
	KT_AUTOFREE char *path = seen_path(dir);
	uint64_t newest_ns = 0;
	if (!path || describe(m, dir, &text, &newest_ns) < 0 || newest_ns + YOUNG_NS > now_ns)
		return;
	(void)kt_fs_replace(path, text.text, text.len, NULL); /* only saves time */
}
