// SPDX-License-Identifier: GPL-2.0-only
/* The memfd and the arithmetic of its ranges. KVM's memory slots are made in vm.c. */
#include "vmm/memory.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "vmm/x86_64/layout.h"

int kt_vmm_mem_init(struct kt_vmm_mem *mem, uint64_t bytes, struct kt_err *err)
{
	const char *fix = "give the guest less memory, or free memory on the host";
	*mem = (struct kt_vmm_mem){.fd = -1};
	KT_AUTOFD int fd = memfd_create("ktstr-guest-ram", MFD_CLOEXEC);
	if (fd < 0 || ftruncate(fd, (off_t)bytes) < 0)
		return kt_fail(err, errno, fix, "guest RAM of %llu MiB: %s",
			(unsigned long long)(bytes >> 20), strerror(errno));
	void *map = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, fd, 0);
	if (map == MAP_FAILED)
		return kt_fail(err, errno, fix, "map guest RAM of %llu MiB: %s",
			(unsigned long long)(bytes >> 20), strerror(errno));
	/* Core dumps of the harness need no guest. Advice only: failure changes nothing. */
	(void)madvise(map, bytes, MADV_DONTDUMP);

	uint64_t low = KT_MIN(bytes, KT_X86_GAP);
	*mem = (struct kt_vmm_mem){.fd = kt_take_fd(&fd), .map = map, .bytes = bytes};
	mem->ranges[mem->range_count++] = (struct kt_vm_range){.bytes = low, .host = map};
	if (bytes > low)
		mem->ranges[mem->range_count++] = (struct kt_vm_range){
			.gpa = KT_X86_GAP_END, .bytes = bytes - low, .host = (char *)map + low};
	return 0;
}

void kt_vmm_mem_done(struct kt_vmm_mem *mem)
{
	if (mem->map)
		munmap(mem->map, mem->bytes);
	if (mem->fd >= 0)
		close(mem->fd);
	*mem = (struct kt_vmm_mem){.fd = -1};
}

void *kt_vmm_mem_at(const struct kt_vmm_mem *mem, uint64_t gpa, uint64_t len)
{
	for (unsigned i = 0; i < mem->range_count; i++) {
		const struct kt_vm_range *range = &mem->ranges[i];
		if (gpa < range->gpa || gpa - range->gpa > range->bytes)
			continue;
		if (len <= range->bytes - (gpa - range->gpa))
			return (char *)range->host + (gpa - range->gpa);
	}
	return NULL;
}

uint64_t kt_vmm_mem_gpa(const struct kt_vmm_mem *mem, uint64_t offset)
{
	const struct kt_vm_range *low = &mem->ranges[0];
	return offset < low->bytes ? low->gpa + offset : mem->ranges[1].gpa + (offset - low->bytes);
}

bool kt_vmm_mem_next_data(
	const struct kt_vmm_mem *mem, uint64_t offset, uint64_t *ret_from, uint64_t *ret_end)
{
	if (offset >= mem->bytes)
		return false;
	off_t from = lseek(mem->fd, (off_t)offset, SEEK_DATA);
	off_t end = from < 0 ? from : lseek(mem->fd, from, SEEK_HOLE);
	if (from < 0 && errno == ENXIO)
		return false;
	/* A host that cannot say has everything. */
	*ret_from = from < 0 ? offset : (uint64_t)from;
	*ret_end = end < 0 ? mem->bytes : (uint64_t)end;
	return true;
}
