// SPDX-License-Identifier: GPL-2.0-only
/* meta.json: one table names the text fields, for writing, reading and freeing alike. */
#include "kernel/cache_meta.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fs.h"
#include "base/json_read.h"
#include "base/json_write.h"
#include "base/mem.h"

#define META_BYTES_MAX (1u << 20)
#define DAMAGED_FIX    "run 'ktstr kernel build --force', or 'ktstr kernel clean' to remove it"

static const struct {
	const char *key;
	size_t offset;
	bool is_new; /* entries of older programs lack it: "" */
} text_fields[] = {
#define FIELD(name)                                                                                \
	{                                                                                          \
		.key = #name, .offset = offsetof(struct kt_kmeta, name)                            \
	}
	FIELD(id),
	FIELD(key),
	FIELD(role),
	FIELD(release),
	FIELD(source_kind),
	FIELD(source_path),
	FIELD(source_identity),
	FIELD(fragment_hash),
	FIELD(compiler),
	FIELD(lost_options),
#undef FIELD
	{.key = "variant", .offset = offsetof(struct kt_kmeta, variant), .is_new = true},
};

static const struct {
	const char *key;
	size_t offset;
} number_fields[] = {
	{"created_ns", offsetof(struct kt_kmeta, created_ns)},
	{"build_ms", offsetof(struct kt_kmeta, build_ms)},
	{"build_steps", offsetof(struct kt_kmeta, build_steps)},
};

static const char *const file_names[KT_KMETA_FILES] = {
	[KT_KMETA_VMLINUX] = "vmlinux",
	[KT_KMETA_BZIMAGE] = "bzImage",
	[KT_KMETA_CONFIG] = "config",
	[KT_KMETA_LOG] = "build.log",
};

const char *kt_kmeta_file_name(enum kt_kmeta_file_kind kind)
{
	return file_names[kind];
}

static char **text_at(const struct kt_kmeta *m, size_t i)
{
	return (char **)((char *)m + text_fields[i].offset);
}

static uint64_t *number_at(const struct kt_kmeta *m, size_t i)
{
	return (uint64_t *)((char *)m + number_fields[i].offset);
}

void kt_kmeta_done(struct kt_kmeta *m)
{
	for (size_t i = 0; i < KT_ARRAY_LEN(text_fields); i++)
		free(*text_at(m, i));
	*m = (struct kt_kmeta){0};
}

int kt_kmeta_measure(struct kt_kmeta *m, const char *dir, struct kt_err *err)
{
	for (size_t i = 0; i < KT_KMETA_FILES; i++) {
		KT_AUTOFREE char *path = kt_strf("%s/%s", dir, file_names[i]);
		struct stat st;
		if (!path || stat(path, &st) < 0)
			return kt_fail(err, EIO, "look at the build log",
				"the build left no '%s/%s'", dir, file_names[i]);
		int r = kt_hash_file(path, m->files[i].hash, err);
		if (r < 0)
			return r;
		m->files[i].bytes = (uint64_t)st.st_size;
	}
	return 0;
}

static int verify_file(
	const struct kt_kmeta_file *want, const char *path, bool hashes, struct kt_err *err)
{
	struct stat st;
	if (stat(path, &st) < 0)
		return kt_fail(err, EUCLEAN, DAMAGED_FIX, "'%s': %s", path, strerror(errno));
	if ((uint64_t)st.st_size != want->bytes)
		return kt_fail(err, EUCLEAN, DAMAGED_FIX, "'%s' has %lld bytes, %llu were written",
			path, (long long)st.st_size, (unsigned long long)want->bytes);
	if (!hashes)
		return 0;
	char hash[KT_HASH_TEXT_BYTES];
	int r = kt_hash_file(path, hash, err);
	if (r < 0)
		return r;
	if (strcmp(hash, want->hash))
		return kt_fail(err, EUCLEAN, DAMAGED_FIX,
			"the bytes of '%s' changed after they were written", path);
	return 0;
}

int kt_kmeta_verify(const struct kt_kmeta *m, const char *dir, bool hashes, struct kt_err *err)
{
	for (size_t i = 0; i < KT_KMETA_FILES; i++) {
		KT_AUTOFREE char *path = kt_strf("%s/%s", dir, file_names[i]);
		if (!path)
			return kt_fail(err, ENOMEM, "free some memory", "out of memory");
		int r = verify_file(&m->files[i], path, hashes, err);
		if (r < 0)
			return r;
	}
	return 0;
}

static void write_files(struct kt_json_out *j, const struct kt_kmeta *m)
{
	kt_json_object(j, "files");
	for (size_t i = 0; i < KT_KMETA_FILES; i++) {
		kt_json_object(j, file_names[i]);
		kt_json_u64(j, "bytes", m->files[i].bytes);
		kt_json_str(j, "xxh3", m->files[i].hash);
		kt_json_end_object(j);
	}
	kt_json_end_object(j);
}

int kt_kmeta_write(const struct kt_kmeta *m, const char *dir, struct kt_err *err)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str text = {0};
	KT_AUTOFREE char *path = kt_strf("%s/meta.json", dir);
	struct kt_json_out j = {.out = &text};
	kt_json_object(&j, NULL);
	kt_json_u64(&j, "format", KT_KMETA_FORMAT);
	for (size_t i = 0; i < KT_ARRAY_LEN(text_fields); i++)
		kt_json_str(&j, text_fields[i].key, *text_at(m, i));
	for (size_t i = 0; i < KT_ARRAY_LEN(number_fields); i++)
		kt_json_u64(&j, number_fields[i].key, *number_at(m, i));
	write_files(&j, m);
	kt_json_end_object(&j);
	if (!path || text.failed)
		return kt_fail(err, ENOMEM, "free some memory", "out of memory");
	return kt_fs_replace(path, text.text, text.len, err);
}

static int take_files(struct kt_kmeta *m, const struct kt_json *root, struct kt_err *err)
{
	for (size_t i = 0; i < KT_KMETA_FILES; i++) {
		const struct kt_json *f = kt_json_get(kt_json_get(root, "files"), file_names[i]);
		const char *hash = kt_json_get_str(kt_json_get(f, "xxh3"), "");
		if (strlen(hash) != KT_HASH_TEXT_BYTES - 1)
			return kt_fail(err, EUCLEAN, DAMAGED_FIX, "meta.json has no hash of '%s'",
				file_names[i]);
		memcpy(m->files[i].hash, hash, KT_HASH_TEXT_BYTES);
		m->files[i].bytes = kt_json_get_u64(kt_json_get(f, "bytes"), 0);
	}
	return 0;
}

static int take_fields(struct kt_kmeta *m, const struct kt_json *root, struct kt_err *err)
{
	uint64_t format = kt_json_get_u64(kt_json_get(root, "format"), 0);
	if (format != KT_KMETA_FORMAT)
		return kt_fail(err, EUCLEAN, DAMAGED_FIX, "meta.json has format %llu, not %d",
			(unsigned long long)format, KT_KMETA_FORMAT);
	for (size_t i = 0; i < KT_ARRAY_LEN(text_fields); i++) {
		const char *text = kt_json_get_str(
			kt_json_get(root, text_fields[i].key), text_fields[i].is_new ? "" : NULL);
		if (!text)
			return kt_fail(err, EUCLEAN, DAMAGED_FIX, "meta.json has no text '%s'",
				text_fields[i].key);
		*text_at(m, i) = strdup(text);
		if (!*text_at(m, i))
			return kt_fail(err, ENOMEM, "free some memory", "out of memory");
	}
	for (size_t i = 0; i < KT_ARRAY_LEN(number_fields); i++)
		*number_at(m, i) = kt_json_get_u64(kt_json_get(root, number_fields[i].key), 0);
	return take_files(m, root, err);
}

int kt_kmeta_read(const char *dir, struct kt_kmeta *ret, struct kt_err *err)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str text = {0};
	KT_AUTO(kt_json_free) struct kt_json *root = NULL;
	KT_AUTOFREE char *path = kt_strf("%s/meta.json", dir);
	if (!path)
		return kt_fail(err, ENOMEM, "free some memory", "out of memory");
	int r = kt_fs_read(path, META_BYTES_MAX, &text, err);
	if (r == 0 && (r = kt_json_parse(kt_str_get(&text), text.len, &root, err)) < 0)
		kt_wrap(err, r, "'%s'", path); /* a failed read names it already */
	if (r < 0) {
		kt_fix(err, "%s", DAMAGED_FIX);
		if (err)
			err->code = EUCLEAN; /* whatever it is: the entry is of no use */
		return -EUCLEAN;
	}
	struct kt_kmeta m = {0};
	r = take_fields(&m, root, err);
	if (r < 0) {
		kt_kmeta_done(&m);
		return r;
	}
	*ret = m;
	return 0;
}
