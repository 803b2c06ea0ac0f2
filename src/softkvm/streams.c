// SPDX-License-Identifier: GPL-2.0-only
/* Loops over the pumps of a command; each stream has two poll slots at twice its number. */
#include "softkvm/streams.h"

void kt_softkvm_streams_poll(
	const struct kt_softkvm_streams *s, struct pollfd fds[KT_SOFTKVM_STREAM_SLOTS])
{
	for (unsigned i = 0; i < s->count; i++)
		kt_softkvm_pump_poll(&s->pumps[i], &fds[2 * i]);
	for (unsigned slot = 2 * s->count; slot < KT_SOFTKVM_STREAM_SLOTS; slot++)
		fds[slot] = (struct pollfd){.fd = -1};
}

void kt_softkvm_streams_run(
	struct kt_softkvm_streams *s, const struct pollfd fds[KT_SOFTKVM_STREAM_SLOTS])
{
	for (unsigned i = 0; i < s->count; i++)
		kt_softkvm_pump_run(&s->pumps[i], &fds[2 * i]);
}

bool kt_softkvm_streams_outputs_ended(const struct kt_softkvm_streams *s)
{
	for (unsigned i = KT_SOFTKVM_STREAM_STDOUT; i < s->count; i++)
		if (!kt_softkvm_pump_ended(&s->pumps[i]))
			return false;
	return true;
}

void kt_softkvm_streams_done(struct kt_softkvm_streams *s)
{
	for (unsigned i = 0; i < s->count; i++)
		kt_softkvm_pump_done(&s->pumps[i]);
	s->count = 0;
}
