// SPDX-License-Identifier: GPL-2.0-only
/*
 * Full-hardware ACPI, not HW_REDUCED: with the reduced profile Linux drops PIC and PIT, and
 * with them the ISA interrupts of the serial ports. So there are event and control registers,
 * a PM timer, an SCI and a FACS. Order in memory: RSDP, XSDT, FACS, DSDT, FADT, MADT, SRAT,
 * SLIT; each table is built as bytes and gets its checksum when it is placed.
 */
#include "vmm/x86_64/acpi.h"

#include <string.h>

#include "base/mem.h"
#include "vmm/x86_64/aml.h"
#include "vmm/x86_64/layout.h"

#define HEADER_BYTES	 36u
#define XSDT_AT		 (KT_X86_ACPI + 0x40)
#define XSDT_TABLES_MAX	 8u
#define FACS_AT		 (KT_X86_ACPI + 0x100)
#define FACS_BYTES	 64u
#define TABLES_AT	 (KT_X86_ACPI + 0x140)
#define XAPIC_IDS	 255u /* ids from here on need x2APIC entries */
#define MADT_PCAT_COMPAT 1u
#define ENABLED		 1u

#define FADT_WBINVD	    (1u << 0)
#define FADT_PROC_C1	    (1u << 2)
#define FADT_PWR_BUTTON	    (1u << 4) /* these two: no fixed-hardware buttons */
#define FADT_SLP_BUTTON	    (1u << 5)
#define FADT_FIX_RTC	    (1u << 6)
#define FADT_TMR_VAL_EXT    (1u << 8)
#define FADT_RESET_REG	    (1u << 10)
#define BOOT_LEGACY_DEVICES (1u << 0)
#define BOOT_NO_VGA	    (1u << 2)
#define BOOT_NO_MSI	    (1u << 3)
#define BOOT_NO_ASPM	    (1u << 4)
#define BOOT_NO_CMOS_RTC    (1u << 5)

struct gas {
	uint8_t space, bits, offset, access;
	uint64_t address;
} __attribute__((packed));

/* FADT of ACPI 6.x behind the header; names as in the specification. */
struct fadt {
	uint32_t firmware_ctrl, dsdt;
	uint8_t reserved0, preferred_pm_profile;
	uint16_t sci_int;
	uint32_t smi_cmd;
	uint8_t acpi_enable, acpi_disable, s4bios_req, pstate_cnt;
	uint32_t pm1a_evt, pm1b_evt, pm1a_cnt, pm1b_cnt, pm2_cnt, pm_tmr, gpe0, gpe1;
	uint8_t pm1_evt_len, pm1_cnt_len, pm2_cnt_len, pm_tmr_len, gpe0_len, gpe1_len, gpe1_base;
	uint8_t cst_cnt;
	uint16_t p_lvl2_lat, p_lvl3_lat, flush_size, flush_stride;
	uint8_t duty_offset, duty_width, day_alarm, month_alarm, century;
	uint16_t iapc_boot_arch;
	uint8_t reserved1;
	uint32_t flags;
	struct gas reset_reg;
	uint8_t reset_value;
	uint16_t arm_boot_arch;
	uint8_t minor_version;
	uint64_t x_firmware_ctrl, x_dsdt;
	struct gas x_pm1a_evt, x_pm1b_evt, x_pm1a_cnt, x_pm1b_cnt, x_pm2_cnt, x_pm_tmr;
	struct gas x_gpe0, x_gpe1, sleep_control, sleep_status;
	uint64_t hypervisor_vendor;
} __attribute__((packed));
_Static_assert(sizeof(struct fadt) == 276 - HEADER_BYTES, "FADT revision 6 has 276 bytes");

struct place {
	const struct kt_vmm_mem *mem;
	uint64_t next;
	uint64_t tables[XSDT_TABLES_MAX];
	unsigned count;
	bool full;
};

static void add_le(struct kt_str *out, uint64_t value, unsigned bytes)
{
	for (unsigned i = 0; i < bytes; i++) {
		char c = (char)(value >> (8 * i));
		kt_str_add_bytes(out, &c, 1);
	}
}

static uint8_t checksum(const void *data, size_t bytes)
{
	const uint8_t *p = data;
	uint8_t sum = 0;
	for (size_t i = 0; i < bytes; i++)
		sum = (uint8_t)(sum + p[i]);
	return (uint8_t)-sum;
}

/* Put header and BODY at GPA. false when it does not fit. */
static bool put_table(const struct kt_vmm_mem *mem, uint64_t gpa, const char *signature,
	unsigned revision, const struct kt_str *body)
{
	size_t bytes = HEADER_BYTES + body->len;
	uint8_t *at = kt_vmm_mem_at(mem, gpa, bytes);
	if (!at || body->failed || gpa + bytes > KT_X86_ACPI_END)
		return false;
	memset(at, 0, HEADER_BYTES);
	memcpy(at, signature, 4);
	memcpy(at + 4, &(uint32_t){(uint32_t)bytes}, 4);
	at[8] = (uint8_t)revision;
	memcpy(at + 10, "KTSTR ", 6);
	memcpy(at + 16, "KTSTRVM ", 8);
	at[24] = 1;
	memcpy(at + 28, "KTST", 4);
	at[32] = 1;
	memcpy(at + HEADER_BYTES, kt_str_get(body), body->len);
	at[9] = checksum(at, bytes);
	return true;
}

/* The next table; listed in the XSDT when LISTED. Returns its address. */
static uint64_t add_table(struct place *p, const char *signature, unsigned revision,
	const struct kt_str *body, bool listed)
{
	uint64_t gpa = p->next;
	if (!put_table(p->mem, gpa, signature, revision, body) || p->count == XSDT_TABLES_MAX) {
		p->full = true;
		return 0;
	}
	p->next = (gpa + HEADER_BYTES + body->len + 15) & ~15ull;
	if (listed)
		p->tables[p->count++] = gpa;
	return gpa;
}

static uint64_t add_dsdt(struct place *p)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str console = {0};
	KT_AUTO_DONE(kt_str_done) struct kt_str system = {0};
	KT_AUTO_DONE(kt_str_done) struct kt_str dsdt = {0};
	static const uint64_t s5[] = {KT_X86_S5_SLEEP_TYPE, KT_X86_S5_SLEEP_TYPE, 0, 0};

	kt_aml_name(&console, "_HID");
	kt_aml_string(&console, "LNRO0005"); /* virtio-mmio */
	kt_aml_name(&console, "_UID");
	kt_aml_integer(&console, 0);
	kt_aml_name(&console, "_CRS");
	kt_aml_resources(&console, KT_X86_VIRTIO_MMIO, KT_X86_VIRTIO_MMIO_BYTES, KT_X86_VIRTIO_GSI);
	kt_aml_device(&system, "VCON", &console);
	kt_aml_scope(&dsdt, "\\_SB", &system);
	kt_aml_name(&dsdt, "\\_S5");
	kt_aml_package(&dsdt, s5, KT_ARRAY_LEN(s5));
	return add_table(p, "DSDT", 2, &dsdt, false);
}

static struct gas port(uint16_t address, uint8_t bits)
{
	uint8_t access = bits == 8 ? 1 : bits == 16 ? 2 : 3;
	return (struct gas){.space = 1, .bits = bits, .access = access, .address = address};
}

static void add_fadt(struct place *p, uint64_t dsdt)
{
	const struct fadt fadt = {
		.firmware_ctrl = FACS_AT,
		.dsdt = (uint32_t)dsdt,
		.sci_int = KT_X86_SCI_IRQ,
		.pm1a_evt = KT_X86_PM_EVENT,
		.pm1a_cnt = KT_X86_PM_CONTROL,
		.pm_tmr = KT_X86_PM_TIMER,
		.pm1_evt_len = 4,
		.pm1_cnt_len = 2,
		.pm_tmr_len = 4,
		.p_lvl2_lat = 0xffff, /* no C2, no C3 */
		.p_lvl3_lat = 0xffff,
		.iapc_boot_arch = BOOT_LEGACY_DEVICES | BOOT_NO_VGA | BOOT_NO_MSI | BOOT_NO_ASPM |
				  BOOT_NO_CMOS_RTC,
		.flags = FADT_WBINVD | FADT_PROC_C1 | FADT_PWR_BUTTON | FADT_SLP_BUTTON |
			 FADT_FIX_RTC | FADT_TMR_VAL_EXT | FADT_RESET_REG,
		.reset_reg = port(KT_X86_CF9, 8),
		.reset_value = 6,
		.minor_version = 3,
		.x_dsdt = dsdt,
		.x_pm1a_evt = port(KT_X86_PM_EVENT, 32),
		.x_pm1a_cnt = port(KT_X86_PM_CONTROL, 16),
		.x_pm_tmr = port(KT_X86_PM_TIMER, 32),
	};
	KT_AUTO_DONE(kt_str_done) struct kt_str body = {0};
	kt_str_add_bytes(&body, &fadt, sizeof(fadt));
	add_table(p, "FACP", 6, &body, true);
}

static void add_madt_cpu(struct kt_str *out, uint32_t cpu, uint32_t apic_id)
{
	if (apic_id < XAPIC_IDS) {
		add_le(out, 0 | 8 << 8, 2); /* processor local APIC */
		add_le(out, cpu & 0xff, 1);
		add_le(out, apic_id, 1);
		add_le(out, ENABLED, 4);
		return;
	}
	add_le(out, 9 | 16 << 8, 2); /* processor local x2APIC */
	add_le(out, 0, 2);
	add_le(out, apic_id, 4);
	add_le(out, ENABLED, 4);
	add_le(out, cpu, 4);
}

static void add_madt(struct place *p, const struct kt_topo *topo)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str madt = {0};
	add_le(&madt, KT_X86_LAPIC, 4);
	add_le(&madt, MADT_PCAT_COMPAT, 4);
	for (unsigned cpu = 0; cpu < kt_topo_cpu_count(topo); cpu++)
		add_madt_cpu(&madt, cpu, kt_topo_apic_id(topo, cpu));
	add_le(&madt, 1 | 12 << 8, 2); /* I/O APIC with id 0 and interrupts from 0 on */
	add_le(&madt, 0, 2);
	add_le(&madt, KT_X86_IOAPIC, 4);
	add_le(&madt, 0, 4);
	add_le(&madt, 2 | 10 << 8, 2); /* override: the SCI is level, active high */
	add_le(&madt, 0, 1);
	add_le(&madt, KT_X86_SCI_IRQ, 1);
	add_le(&madt, KT_X86_SCI_IRQ, 4);
	add_le(&madt, 0xd, 2);
	add_le(&madt, 4 | 6 << 8, 2); /* NMI at LINT1 of all */
	add_le(&madt, 0xff, 1);
	add_le(&madt, 0, 2);
	add_le(&madt, 1, 1);
	add_table(p, "APIC", 5, &madt, true);
}

static void write_facs(const struct kt_vmm_mem *mem)
{
	uint8_t *facs = kt_vmm_mem_at(mem, FACS_AT, FACS_BYTES);
	memset(facs, 0, FACS_BYTES);
	memcpy(facs, "FACS", 4);
	facs[4] = FACS_BYTES;
	facs[32] = 2; /* version */
}

static void write_roots(struct place *p)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str xsdt = {0};
	for (unsigned i = 0; i < p->count; i++)
		add_le(&xsdt, p->tables[i], 8);
	p->full |= !put_table(p->mem, XSDT_AT, "XSDT", 1, &xsdt);

	uint8_t *rsdp = kt_vmm_mem_at(p->mem, KT_X86_ACPI, 36);
	memset(rsdp, 0, 36);
	memcpy(rsdp, "RSD PTR ", 8);
	memcpy(rsdp + 9, "KTSTR ", 6);
	rsdp[15] = 2; /* revision */
	rsdp[20] = 36;
	memcpy(rsdp + 24, &(uint64_t){XSDT_AT}, 8);
	rsdp[8] = checksum(rsdp, 20);
	rsdp[32] = checksum(rsdp, 36);
}

int kt_x86_acpi_write(const struct kt_vmm_mem *mem, const struct kt_topo *topo, struct kt_err *err)
{
	struct place p = {.mem = mem, .next = TABLES_AT};
	KT_AUTO_DONE(kt_str_done) struct kt_str srat = {0};
	KT_AUTO_DONE(kt_str_done) struct kt_str slit = {0};
	write_facs(mem);
	add_fadt(&p, add_dsdt(&p));
	add_madt(&p, topo);
	kt_x86_acpi_srat(&srat, mem, topo);
	add_table(&p, "SRAT", 3, &srat, true);
	kt_x86_acpi_slit(&slit, topo);
	add_table(&p, "SLIT", 1, &slit, true);
	write_roots(&p);
	if (p.full)
		return kt_fail(err, E2BIG, "use fewer nodes or CPUs",
			"ACPI tables of %u CPUs in %u nodes do not fit %llu KiB",
			kt_topo_cpu_count(topo), topo->nodes,
			(KT_X86_ACPI_END - KT_X86_ACPI) >> 10);
	return 0;
}
