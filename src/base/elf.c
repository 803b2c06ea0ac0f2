// SPDX-License-Identifier: GPL-2.0-only
/*
 * The door to libelf. Kernels and programs come from users, so everything a caller may read
 * later is checked against the file's size when it is opened. What the loader would use
 * (interpreter, needed libraries) is read through the program headers, as the loader does,
 * because programs may be stripped of sections.
 */
#include "base/elf.h"

#include <fcntl.h>
#include <gelf.h>
#include <libelf.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/mem.h"
#include "base/vec.h"

struct kt_elf {
	int fd;
	char *path;
	Elf *elf;	 /* maps the file; everything borrowed points into it */
	const char *raw; /* the whole file, owned by elf */
	size_t raw_bytes;
	GElf_Ehdr header;
	KT_VEC(struct kt_elf_segment) segments;
	KT_VEC(const char *) needed;
	const char *interp;
};

/* Where the dynamic section is and what it says of its strings. */
struct dynamic {
	uint64_t offset, bytes;
	uint64_t strings_vaddr;
};

static int fail_format(const struct kt_elf *e, struct kt_err *err, const char *why)
{
	return kt_fail(err, ENOEXEC,
		"name a 64-bit x86 ELF file, or make it again if it is damaged",
		"'%s' is not usable as ELF file: %s", e->path, why);
}

static int fail_memory(const struct kt_elf *e, struct kt_err *err)
{
	return kt_fail(err, ENOMEM, "free memory or close other programs", "out of memory for '%s'",
		e->path);
}

/* Written so that no sum can wrap. */
static bool in_file(const struct kt_elf *e, uint64_t offset, uint64_t bytes)
{
	return offset <= e->raw_bytes && bytes <= e->raw_bytes - offset;
}

/* A NUL-terminated string at OFFSET that ends before LIMIT, NULL when there is none. */
static const char *string_at(const struct kt_elf *e, uint64_t offset, uint64_t limit)
{
	limit = KT_MIN(limit, (uint64_t)e->raw_bytes);
	if (offset >= limit || !memchr(e->raw + offset, '\0', limit - offset))
		return NULL;
	return e->raw + offset;
}

/* Offset in the file of a loaded address. */
static bool offset_of(const struct kt_elf *e, uint64_t vaddr, uint64_t *ret)
{
	kt_vec_each(s, &e->segments) {
		if (vaddr < s->vaddr || vaddr - s->vaddr >= s->file_bytes)
			continue;
		*ret = s->offset + (vaddr - s->vaddr);
		return true;
	}
	return false;
}

static int read_header(struct kt_elf *e, struct kt_err *err)
{
	if (elf_kind(e->elf) != ELF_K_ELF)
		return fail_format(e, err, "it does not begin with an ELF header");
	if (!gelf_getehdr(e->elf, &e->header))
		return fail_format(e, err, "its ELF header is cut off");
	if (gelf_getclass(e->elf) != ELFCLASS64 || e->header.e_ident[EI_DATA] != ELFDATA2LSB)
		return fail_format(e, err, "not 64-bit little-endian");
	e->raw = elf_rawfile(e->elf, &e->raw_bytes);
	if (!e->raw)
		return fail_format(e, err, elf_errmsg(-1));
	return 0;
}

/* Everything callers compute with a segment is sound once this accepted it. */
static int take_load(struct kt_elf *e, const GElf_Phdr *p, struct kt_err *err)
{
	if (!in_file(e, p->p_offset, p->p_filesz))
		return fail_format(e, err, "a segment lies outside the file; it is cut off");
	if (p->p_memsz < p->p_filesz)
		return fail_format(e, err, "a segment is larger in the file than in memory");
	struct kt_elf_segment s = {
		.offset = p->p_offset,
		.paddr = p->p_paddr,
		.vaddr = p->p_vaddr,
		.file_bytes = p->p_filesz,
		.mem_bytes = p->p_memsz,
	};
	return kt_vec_push(&e->segments, s) < 0 ? fail_memory(e, err) : 0;
}

static int read_segments(struct kt_elf *e, struct dynamic *dyn, struct kt_err *err)
{
	size_t count;
	if (elf_getphdrnum(e->elf, &count) < 0)
		return fail_format(e, err, "its program headers lie outside the file");
	/* libelf lowers the count to what fits, where the loader would read past the end. */
	if (e->header.e_phnum != PN_XNUM && count < e->header.e_phnum)
		return fail_format(e, err, "its program headers are cut off");
	for (size_t i = 0; i < count; i++) {
		GElf_Phdr p;
		if (!gelf_getphdr(e->elf, (int)i, &p))
			return fail_format(e, err, "its program headers are cut off");
		int r = p.p_type == PT_LOAD ? take_load(e, &p, err) : 0;
		if (r < 0)
			return r;
		if (p.p_type == PT_DYNAMIC) {
			dyn->offset = p.p_offset;
			dyn->bytes = p.p_filesz;
		}
		if (p.p_type != PT_INTERP)
			continue;
		if (!in_file(e, p.p_offset, p.p_filesz) ||
			!(e->interp = string_at(e, p.p_offset, p.p_offset + p.p_filesz)))
			return fail_format(e, err, "its interpreter's name is cut off");
	}
	return 0;
}

/* Other sections' offsets mean nothing and are not checked. */
static bool has_bytes(const GElf_Shdr *h)
{
	return h->sh_type != SHT_NOBITS && h->sh_type != SHT_NULL;
}

static int check_sections(const struct kt_elf *e, struct kt_err *err)
{
	size_t count;
	if (elf_getshdrnum(e->elf, &count) < 0)
		return fail_format(e, err, "its section headers lie outside the file");
	if (count < e->header.e_shnum)
		return fail_format(e, err, "its section headers are cut off");
	for (Elf_Scn *s = elf_nextscn(e->elf, NULL); s; s = elf_nextscn(e->elf, s)) {
		GElf_Shdr h;
		if (!gelf_getshdr(s, &h))
			return fail_format(e, err, "its section headers are cut off");
		if (has_bytes(&h) && !in_file(e, h.sh_offset, h.sh_size))
			return fail_format(
				e, err, "a section lies outside the file; it is cut off");
	}
	return 0;
}

/* The I-th entry; unaligned in a hostile file, hence the copy. */
static Elf64_Dyn dyn_entry(const struct kt_elf *e, const struct dynamic *dyn, uint64_t i)
{
	Elf64_Dyn d;
	memcpy(&d, e->raw + dyn->offset + i * sizeof(d), sizeof(d));
	return d;
}

static int add_needed(
	struct kt_elf *e, const struct dynamic *dyn, uint64_t name, struct kt_err *err)
{
	uint64_t strings;
	const char *text = NULL;
	if (offset_of(e, dyn->strings_vaddr, &strings) && name <= UINT64_MAX - strings)
		text = string_at(e, strings + name, e->raw_bytes);
	if (!text)
		return fail_format(e, err, "the name of a needed library lies outside the file");
	return kt_vec_push(&e->needed, text) < 0 ? fail_memory(e, err) : 0;
}

static int read_needed(struct kt_elf *e, struct dynamic *dyn, struct kt_err *err)
{
	if (!in_file(e, dyn->offset, dyn->bytes))
		return fail_format(e, err, "its dynamic section lies outside the file");
	uint64_t count = 0;
	/* Two rounds, because names may stand before the table they are looked up in. */
	for (; count < dyn->bytes / sizeof(Elf64_Dyn); count++) {
		Elf64_Dyn d = dyn_entry(e, dyn, count);
		if (d.d_tag == DT_NULL)
			break;
		if (d.d_tag == DT_STRTAB)
			dyn->strings_vaddr = d.d_un.d_ptr;
	}
	for (uint64_t i = 0; i < count; i++) {
		Elf64_Dyn d = dyn_entry(e, dyn, i);
		int r = d.d_tag == DT_NEEDED ? add_needed(e, dyn, d.d_un.d_val, err) : 0;
		if (r < 0)
			return r;
	}
	return 0;
}

static int open_file(struct kt_elf *e, struct kt_err *err)
{
	/* Nonblocking, so that a FIFO in the place of a file does not hang us. */
	e->fd = open(e->path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	struct stat st;
	if (e->fd < 0 || fstat(e->fd, &st) < 0)
		return kt_fail(err, errno, "check the path and that you may read the file",
			"cannot open '%s': %s", e->path, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return fail_format(e, err, "not a regular file");
	elf_version(EV_CURRENT);
	e->elf = elf_begin(e->fd, ELF_C_READ_MMAP, NULL);
	return e->elf ? 0 : fail_format(e, err, elf_errmsg(-1));
}

int kt_elf_open(const char *path, struct kt_elf **ret, struct kt_err *err)
{
	KT_AUTO(kt_elf_free) struct kt_elf *e = calloc(1, sizeof(*e));
	if (e)
		e->fd = -1;
	if (!e || !(e->path = strdup(path)))
		return kt_fail(err, ENOMEM, "free memory or close other programs",
			"out of memory for '%s'", path);
	struct dynamic dyn = {0};
	int r = open_file(e, err);
	if (!r)
		r = read_header(e, err);
	if (!r)
		r = read_segments(e, &dyn, err);
	if (!r)
		r = check_sections(e, err);
	if (!r)
		r = read_needed(e, &dyn, err);
	if (r < 0)
		return r;
	*ret = KT_TAKE(e);
	return 0;
}

void kt_elf_free(struct kt_elf *e)
{
	if (!e)
		return;
	elf_end(e->elf);
	if (e->fd >= 0)
		close(e->fd);
	kt_vec_done(&e->segments);
	kt_vec_done(&e->needed);
	free(e->path);
	free(e);
}

uint64_t kt_elf_entry(const struct kt_elf *e)
{
	return e->header.e_entry;
}

uint16_t kt_elf_machine(const struct kt_elf *e)
{
	return e->header.e_machine;
}

int kt_elf_fd(const struct kt_elf *e)
{
	return e->fd;
}

bool kt_elf_load_segment(const struct kt_elf *e, size_t i, struct kt_elf_segment *ret)
{
	if (i >= e->segments.count)
		return false;
	*ret = e->segments.items[i];
	return true;
}

/* By name; section 0 is skipped by elf_nextscn(). */
static Elf_Scn *find_section(const struct kt_elf *e, const char *name, GElf_Shdr *ret)
{
	size_t names;
	if (elf_getshdrstrndx(e->elf, &names) < 0)
		return NULL;
	for (Elf_Scn *s = elf_nextscn(e->elf, NULL); s; s = elf_nextscn(e->elf, s)) {
		GElf_Shdr h;
		const char *text =
			gelf_getshdr(s, &h) ? elf_strptr(e->elf, names, h.sh_name) : NULL;
		if (!text || strcmp(text, name))
			continue;
		*ret = h;
		return s;
	}
	return NULL;
}

int kt_elf_section(const struct kt_elf *e, const char *name, const void **ret, size_t *ret_bytes,
	struct kt_err *err)
{
	GElf_Shdr h;
	if (!find_section(e, name, &h) || !has_bytes(&h))
		return kt_fail(err, ENOENT, "use a file that was not stripped of it",
			"'%s' has no section '%s'", e->path, name);
	if (h.sh_flags & SHF_COMPRESSED)
		return kt_fail(err, ENOTSUP, "run objcopy --decompress-debug-sections on it",
			"section '%s' of '%s' is compressed", name, e->path);
	/* Checked to lie in the file by kt_elf_open(). */
	*ret = e->raw + h.sh_offset;
	*ret_bytes = h.sh_size;
	return 0;
}

int kt_elf_symbol(const struct kt_elf *e, const char *name, uint64_t *ret, struct kt_err *err)
{
	GElf_Shdr h = {0};
	Elf_Scn *s = find_section(e, ".symtab", &h);
	Elf_Data *data = s && h.sh_type == SHT_SYMTAB ? elf_getdata(s, NULL) : NULL;
	size_t count = data ? data->d_size / sizeof(Elf64_Sym) : 0;
	for (size_t i = 0; i < count; i++) {
		GElf_Sym sym;
		if (!gelf_getsym(data, (int)i, &sym) || sym.st_shndx == SHN_UNDEF)
			continue;
		/* Checks both the table and the offset: NULL where the file lies about them. */
		const char *text = elf_strptr(e->elf, h.sh_link, sym.st_name);
		if (!text || strcmp(text, name))
			continue;
		*ret = sym.st_value;
		return 0;
	}
	return kt_fail(err, ENOENT,
		count ? "check the name, or the options the file was built with"
		      : "use a file with symbols (not stripped)",
		"'%s' has no symbol '%s'", e->path, name);
}

const char *kt_elf_needed(const struct kt_elf *e, size_t i)
{
	return i < e->needed.count ? e->needed.items[i] : NULL;
}

const char *kt_elf_interp(const struct kt_elf *e)
{
	return e->interp;
}

/* Where the part of the file ends that a kernel reads to run it. */
static uint64_t loaded_end(const struct kt_elf *elf, const Elf64_Ehdr *eh)
{
	uint64_t end = sizeof(*eh);
	struct kt_elf_segment seg;
	if (eh->e_phnum)
		end = KT_MAX(end, eh->e_phoff + (uint64_t)eh->e_phnum * eh->e_phentsize);
	for (size_t i = 0; kt_elf_load_segment(elf, i, &seg); i++)
		end = KT_MAX(end, seg.offset + seg.file_bytes);
	return end;
}

int kt_elf_read_loaded(const char *path, void **ret, size_t *ret_bytes, struct kt_err *err)
{
	const char *fix = "build the program anew: it is damaged, or changed while it was read";
	KT_AUTO(kt_elf_free) struct kt_elf *elf = NULL;
	int r = kt_elf_open(path, &elf, err);
	if (r < 0)
		return r;
	Elf64_Ehdr eh;
	struct stat st;
	if (pread(kt_elf_fd(elf), &eh, sizeof(eh), 0) != sizeof(eh) ||
		fstat(kt_elf_fd(elf), &st) < 0)
		return kt_fail(err, EIO, fix, "the header of '%s' cannot be read", path);
	uint64_t end = loaded_end(elf, &eh);
	if (end > (uint64_t)st.st_size)
		return kt_fail(err, ENOEXEC, fix, "'%s' is cut off: %lld bytes of %llu", path,
			(long long)st.st_size, (unsigned long long)end);
	KT_AUTOFREE char *data = malloc(end);
	if (!data)
		return kt_fail(err, ENOMEM, "free some memory", "no memory for '%s'", path);
	r = lseek(kt_elf_fd(elf), 0, SEEK_SET) < 0 ? -errno
						   : kt_fd_read_exact(kt_elf_fd(elf), data, end);
	if (r < 0)
		return kt_fail(err, -r, fix, "read '%s': %s", path, strerror(-r));
	eh.e_shoff = 0;
	eh.e_shnum = 0;
	eh.e_shstrndx = 0;
	memcpy(data, &eh, sizeof(eh));
	*ret = KT_TAKE(data);
	*ret_bytes = end;
	return 0;
}

int kt_elf_check_static(const char *path, struct kt_err *err)
{
	KT_AUTO(kt_elf_free) struct kt_elf *elf = NULL;
	int r = kt_elf_open(path, &elf, err);
	if (r < 0)
		return r;
	if (kt_elf_interp(elf))
		return kt_fail(err, ENOEXEC, "link the program with -static",
			"program '%s' needs %s, and cannot be the only file of a machine", path,
			kt_elf_interp(elf));
	return 0;
}
