/* SPDX-License-Identifier: GPL-2.0-only */
/* The user's terminal while the machine's command has it: which streams, raw mode, size. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <termios.h>

#include "softkvm/msg.h"

struct kt_softkvm_term {
	uint32_t bits; /* enum kt_softkvm_tty: what the machine shall offer as a terminal */
	struct kt_softkvm_winsize size;
	struct termios saved;
	int raw_fd;	   /* -1: the terminal is as the user left it */
	bool input_shared; /* standard input is the terminal that controls this process */
};

/* Look at descriptors 0, 1, 2. Input is a terminal only together with output, in the foreground. */
void kt_softkvm_term_init(struct kt_softkvm_term *t);
void kt_softkvm_term_size(struct kt_softkvm_term *t);
/* Raw mode, if the machine's terminal does the editing. */
void kt_softkvm_term_enter(struct kt_softkvm_term *t);
void kt_softkvm_term_leave(struct kt_softkvm_term *t);
/* Input may be read: it is no terminal of ours, or this process is in its foreground. */
bool kt_softkvm_term_may_read(const struct kt_softkvm_term *t);
