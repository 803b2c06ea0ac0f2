// SPDX-License-Identifier: GPL-2.0-only
/*
 * Words every guest of this monitor gets. reboot=k, not reboot=t: a restart is then a write
 * to the keyboard controller, and a triple fault is always a real one.
 */
#include "vmm/cmdline.h"

#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "vmm/x86_64/layout.h"

static const char *const words[] = {
	"console=ttyS0", "earlycon=uart8250,io,0x3f8", /* until the real console exists */
	"printk.time=1",	/* stamps tell the kernel's lines from a program's */
	"loglevel=5",		/* warnings and worse; a byte on COM1 is an exit */
	"reboot=k", "panic=-1", /* restart at once */
	"pci=off",		/* there is none; saves the probing */
	"8250.nr_uarts=2", "random.trust_cpu=on",
	"pty.legacy_count=0", /* 256 devices that nobody opens took 5 % of a boot and more */
	"no_timer_check",     /* a late host makes the PIT seem dead */
	"swiotlb=noforce",    /* no bounce buffers: no device needs them */
};

int kt_vmm_cmdline(bool kaslr, const char *extra, char **ret, struct kt_err *err)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str s = {0};
	for (size_t i = 0; i < KT_ARRAY_LEN(words); i++)
		kt_str_addf(&s, "%s%s", i ? " " : "", words[i]);
	if (!kaslr)
		kt_str_add(&s, " nokaslr");
	for (const char *p = extra; p && *p; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			return kt_fail(err, EINVAL, "write the words on one line",
				"kernel command line: control character 0x%02x at byte %zu",
				(unsigned char)*p, (size_t)(p - extra));
	if (extra && *extra)
		kt_str_addf(&s, " %s", extra);
	if (s.failed)
		return kt_fail(err, ENOMEM, "free memory", "kernel command line");
	if (s.len >= KT_X86_CMDLINE_BYTES)
		return kt_fail(err, E2BIG, "pass fewer or shorter words",
			"kernel command line of %zu bytes: Linux takes %u", s.len,
			KT_X86_CMDLINE_BYTES - 1);
	*ret = kt_str_take(&s);
	return 0;
}
