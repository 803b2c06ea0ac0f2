// SPDX-License-Identifier: GPL-2.0-only
/* The console of PID 1 and of the test's own process. */
#include "guest/console.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"

#define PREFIX "ktstr: "

int kt_guest_console_open(struct kt_err *err)
{
	/* Not a controlling terminal: a ^C typed at the monitor must not reach PID 1. */
	KT_AUTOFD int fd = open("/dev/console", O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return kt_fail(err, errno,
			"build the kernel with CONFIG_SERIAL_8250_CONSOLE=y, or give it a console= "
			"word of a line it has",
			"/dev/console: open: %s", strerror(errno));
	for (int std = 0; std < 3; std++)
		if (fd != std && dup2(fd, std) < 0)
			return kt_fail(err, errno, "give the machine more memory",
				"/dev/console: dup2 to %d: %s", std, strerror(errno));
	if (fd < 3) /* the kernel had opened none: the descriptor itself is one of the three */
		fcntl(kt_take_fd(&fd), F_SETFD, 0);
	setvbuf(stdout, NULL, _IOLBF, 0);
	return 0;
}

void kt_guest_say(const char *fmt, ...)
{
	char line[1024] = PREFIX;
	size_t room = sizeof(line) - sizeof(PREFIX);
	va_list args;
	va_start(args, fmt);
	int n = vsnprintf(line + sizeof(PREFIX) - 1, room, fmt, args);
	va_end(args);
	size_t len = sizeof(PREFIX) - 1 + KT_MIN((size_t)KT_MAX(n, 0), room - 1);
	line[len++] = '\n';
	/* Nobody is left to tell when the console itself fails. */
	(void)!write(STDERR_FILENO, line, len);
}

void kt_guest_console_flush(unsigned deadline_ms)
{
	uint64_t deadline = kt_deadline_ms(deadline_ms);
	int queued = 0;
	while (ioctl(STDERR_FILENO, TIOCOUTQ, &queued) == 0 && queued > 0 &&
		!kt_deadline_passed(deadline))
		kt_sleep_until(kt_deadline_ms(2));
}
