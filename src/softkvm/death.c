// SPDX-License-Identifier: GPL-2.0-only
/* What a machine that died or hangs is told to have been doing, said last, and needs. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/proc.h"
#include "base/str.h"
#include "softkvm/loop.h"

#define TAIL_LINES 15
#define TAIL_BYTES 1000
/* From the hang-up of its ports to QEMU's end. */
#define END_MS 5000

static const char *const phase_texts[] = {
	[KT_SOFTKVM_BOOTING] = "while its kernel booted",
	[KT_SOFTKVM_STARTING] = "while it mounted the host's files",
	[KT_SOFTKVM_RUNNING] = "while the command ran",
	[KT_SOFTKVM_ENDING] = "while the command's last output was read",
};

/* The remedy depends on who ended the machine. */
static const char *fix_of(const struct kt_softkvm_loop *l, bool qemu_spoke, const char *console)
{
	if (l->qemu_killed)
		return "find out who killed QEMU: the host's kernel does so when memory is full "
		       "(see dmesg); give the machine less (--memory), or run fewer at once";
	if (strstr(console, "ut of memory"))
		return "give the machine more memory (--memory), or run fewer guests at once";
	if (l->phase == KT_SOFTKVM_BOOTING && qemu_spoke)
		return "QEMU 7.2 or later is needed ('qemu-system-x86_64 --version'); its own "
		       "words "
		       "are above";
	if (l->phase <= KT_SOFTKVM_STARTING)
		return "look at the lines above; 'ktstr kernel build' makes a kernel that fits, "
		       "and "
		       "'ktstr accel' says what this machine offers";
	return "look at the lines above; a kernel that ends while the command runs fell to what "
	       "the command did, or to its own fault: run it again, or with another kernel";
}

int kt_softkvm_loop_fail(
	struct kt_softkvm_loop *l, int errnum, const char *what, struct kt_err *err)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str said = {0};
	KT_AUTO_DONE(kt_str_done) struct kt_str console = {0};

	(void)kt_softkvm_tail_fill(&l->qemu_says, l->s->qemu_says_fd); /* its end is no news */
	(void)kt_softkvm_tail_fill(&l->console, l->s->console_fd);     /* likewise */
	kt_softkvm_tail_text(&l->qemu_says, 4, 400, &said);
	kt_softkvm_tail_text(&l->console, TAIL_LINES, TAIL_BYTES, &console);
	return kt_fail(err, errnum, fix_of(l, said.len > 0, kt_str_get(&console)),
		"softkvm machine (kernel '%s') %s %s%s%s%s%s", l->s->kernel_path, what,
		phase_texts[l->phase], said.len ? "\nQEMU said:\n" : "", kt_str_get(&said),
		console.len ? "\nits console ended with:\n" : "", kt_str_get(&console));
}

int kt_softkvm_loop_fail_gone(struct kt_softkvm_loop *l, struct kt_err *err)
{
	char how[64] = "did not", what[96];
	int status;

	if (kt_proc_wait(&l->s->qemu, kt_deadline_ms(END_MS), &status) == 0) {
		kt_proc_status_text(status, how, sizeof(how));
		l->qemu_killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
	}
	snprintf(what, sizeof(what), "ended (QEMU %s)", how);
	return kt_softkvm_loop_fail(l, EIO, what, err);
}
