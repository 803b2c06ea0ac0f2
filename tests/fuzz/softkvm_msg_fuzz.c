// SPDX-License-Identifier: GPL-2.0-only
/* Control messages of a softkvm machine, in both directions and in pieces. */
#include <errno.h>

#include "fuzz/fuzz.h"
#include "softkvm/msg.h"

#define PIECES_MAX 64u

static size_t read_list(const char *const *list)
{
	size_t bytes = 0;
	for (; *list; list++)
		bytes += strlen(*list) + 1;
	return bytes;
}

static void decode_start(const struct kt_softkvm_msg *m)
{
	struct kt_softkvm_start s;
	KT_AUTOFREE void *mem = NULL;
	KT_AUTO_DONE(kt_softkvm_outbox_done) struct kt_softkvm_outbox again = {0};
	if (kt_softkvm_start_decode(m->payload, m->bytes, &s, &mem) < 0)
		return;
	FUZZ_CHECK(s.argv[0]);
	FUZZ_CHECK(read_list(s.argv) + read_list(s.env) + read_list(s.rw_dirs) + strlen(s.cwd) + 1 +
			   s.group_count * 4 <=
		   m->bytes);
	FUZZ_CHECK(kt_softkvm_put_start(&again, &s) == 0);
	FUZZ_CHECK(again.buf.len > m->bytes);
}

static void decode(const struct kt_softkvm_msg *m)
{
	struct kt_softkvm_failed f;
	if (m->type == KT_SOFTKVM_MSG_START)
		decode_start(m);
	else if (m->type == KT_SOFTKVM_MSG_FAILED &&
		 kt_softkvm_failed_decode(m->payload, m->bytes, &f) == 0)
		FUZZ_CHECK(f.code > 0 && strlen(f.text) + strlen(f.fix) < m->bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	struct fuzz_in in = {data, bytes};
	KT_AUTO_DONE(kt_softkvm_inbox_done)
	struct kt_softkvm_inbox box = {
		.side = fuzz_number(&in, 1) & 1 ? KT_SOFTKVM_HOST : KT_SOFTKVM_MACHINE};
	for (unsigned i = 0; in.left && i < PIECES_MAX; i++) {
		struct kt_softkvm_msg m;
		size_t n;
		int r;
		const uint8_t *at = fuzz_piece(&in, &n);
		kt_str_add_bytes(&box.buf, at, n);
		while ((r = kt_softkvm_next(&box, &m)) == 1)
			decode(&m);
		FUZZ_CHECK(r == 0 || r == -EPROTO);
		if (r < 0)
			break;
	}
	return 0;
}
