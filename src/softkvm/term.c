// SPDX-License-Identifier: GPL-2.0-only
/*
 * Input stays cooked here when output goes elsewhere (`... | less`): two programs must not
 * fight over one terminal's modes.
 */
#include "softkvm/term.h"

#include <sys/ioctl.h>
#include <unistd.h>

void kt_softkvm_term_init(struct kt_softkvm_term *t)
{
	*t = (struct kt_softkvm_term){.raw_fd = -1};
	if (isatty(1))
		t->bits |= KT_SOFTKVM_TTY_OUT;
	if (isatty(2))
		t->bits |= KT_SOFTKVM_TTY_ERR;
	if (isatty(0) && isatty(1) && tcgetpgrp(0) == getpgrp())
		t->bits |= KT_SOFTKVM_TTY_IN | KT_SOFTKVM_TTY_RAW;
	t->input_shared = isatty(0) && tcgetpgrp(0) >= 0;
	kt_softkvm_term_size(t);
}

void kt_softkvm_term_size(struct kt_softkvm_term *t)
{
	struct winsize w;
	int fd = t->bits & KT_SOFTKVM_TTY_OUT ? 1 : 2;

	if (t->bits && ioctl(fd, TIOCGWINSZ, &w) == 0)
		t->size = (struct kt_softkvm_winsize){.rows = w.ws_row, .cols = w.ws_col};
}

void kt_softkvm_term_enter(struct kt_softkvm_term *t)
{
	if (!(t->bits & KT_SOFTKVM_TTY_RAW) || tcgetattr(0, &t->saved) < 0)
		return;
	struct termios raw = t->saved;
	cfmakeraw(&raw);
	if (tcsetattr(0, TCSADRAIN, &raw) == 0)
		t->raw_fd = 0;
}

void kt_softkvm_term_leave(struct kt_softkvm_term *t)
{
	if (t->raw_fd >= 0)
		tcsetattr(t->raw_fd, TCSADRAIN, &t->saved);
	t->raw_fd = -1;
}

/* A job in the background that reads would be stopped with its machine running on. */
bool kt_softkvm_term_may_read(const struct kt_softkvm_term *t)
{
	pid_t group = t->input_shared ? tcgetpgrp(0) : -1;
	return group < 0 || group == getpgrp();
}
