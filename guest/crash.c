// SPDX-License-Identifier: GPL-2.0-only
/* Handlers of the fault signals. They only note, and let the default action do the killing. */
#include "guest/crash.h"

#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <ucontext.h>
#include <unistd.h>

#include "base/mem.h"

static const int faults[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGSYS, SIGTRAP};

static struct kt_guest_crash *the_note;
static const char *const *the_stage;
/* A stack overflow must be told too. */
static char handler_stack[32768];

static uint64_t instruction_of(const void *context)
{
#ifdef __x86_64__
	return (uint64_t)((const ucontext_t *)context)->uc_mcontext.gregs[REG_RIP];
#else
	(void)context; /* the note is complete without it */
	return 0;
#endif
}

static void say_raw(const char *text)
{
	/* A handler has nobody to tell that the console is gone. */
	(void)!write(STDERR_FILENO, text, strlen(text));
}

static void on_fault(int signo, siginfo_t *info, void *context)
{
	if (the_note->owner == getpid() && !the_note->signal) {
		the_note->address = (uint64_t)info->si_addr;
		the_note->instruction = instruction_of(context);
		the_note->signal = signo;
		if (the_stage) {
			say_raw("ktstr: PID 1 died in stage '");
			say_raw(*the_stage ?: "");
			say_raw("' of signal ");
			say_raw(sigabbrev_np(signo) ?: "?");
			say_raw("\n");
		}
	}
	/* The handler was reset: a fault comes again on return, a sent signal needs this. */
	if (info->si_code <= 0)
		raise(signo);
}

void kt_guest_crash_catch(struct kt_guest_crash *note, const char *const *say)
{
	stack_t stack = {.ss_sp = handler_stack, .ss_size = sizeof(handler_stack)};
	struct sigaction action = {
		.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_RESETHAND | SA_ONSTACK};
	*note = (struct kt_guest_crash){.owner = getpid()};
	the_note = note;
	the_stage = say;
	sigaltstack(&stack, NULL);
	for (size_t i = 0; i < KT_ARRAY_LEN(faults); i++)
		sigaction(faults[i], &action, NULL);
}
