// SPDX-License-Identifier: GPL-2.0-only
/* Encodings of ACPI 6.5, chapters 20.2 (AML) and 6.4 (resource descriptors). */
#include "vmm/x86_64/aml.h"

#include <string.h>

#include "base/mem.h"

#define OP_ZERO	    0x00
#define OP_ONE	    0x01
#define OP_NAME	    0x08
#define OP_BYTE	    0x0a
#define OP_WORD	    0x0b
#define OP_DWORD    0x0c
#define OP_STRING   0x0d
#define OP_QWORD    0x0e
#define OP_SCOPE    0x10
#define OP_BUFFER   0x11
#define OP_PACKAGE  0x12
#define OP_EXTENDED 0x5b
#define OP_DEVICE   0x82

#define RES_MEMORY32_FIXED 0x86
#define RES_INTERRUPT	   0x89
#define RES_END		   0x79

static void add_byte(struct kt_str *out, unsigned byte)
{
	char c = (char)byte;
	kt_str_add_bytes(out, &c, 1);
}

static void add_le(struct kt_str *out, uint64_t value, unsigned bytes)
{
	for (unsigned i = 0; i < bytes; i++)
		add_byte(out, (unsigned)(value >> (8 * i)) & 0xff);
}

/* PkgLength counts itself: one byte holds 6 bits, each further byte 8 above 4 of the first. */
static void add_pkg_length(struct kt_str *out, size_t body_bytes)
{
	if (body_bytes + 1 < 0x40) {
		add_byte(out, (unsigned)body_bytes + 1);
		return;
	}
	unsigned more = body_bytes + 2 < 0x1000 ? 1 : body_bytes + 3 < 0x100000 ? 2 : 3;
	size_t length = body_bytes + 1 + more;
	add_byte(out, more << 6 | (unsigned)(length & 0xf));
	add_le(out, length >> 4, more);
}

static void add_name(struct kt_str *out, const char *name)
{
	char padded[4] = {'_', '_', '_', '_'};
	if (*name == '\\')
		add_byte(out, (unsigned char)*name++);
	size_t n = strnlen(name, sizeof(padded));
	memcpy(padded, name, n);
	kt_str_add_bytes(out, padded, sizeof(padded));
}

void kt_aml_name(struct kt_str *out, const char *name)
{
	add_byte(out, OP_NAME);
	add_name(out, name);
}

void kt_aml_integer(struct kt_str *out, uint64_t value)
{
	if (value <= 1) {
		add_byte(out, value ? OP_ONE : OP_ZERO);
	} else if (value <= 0xff) {
		add_byte(out, OP_BYTE);
		add_le(out, value, 1);
	} else if (value <= 0xffff) {
		add_byte(out, OP_WORD);
		add_le(out, value, 2);
	} else if (value <= 0xffffffff) {
		add_byte(out, OP_DWORD);
		add_le(out, value, 4);
	} else {
		add_byte(out, OP_QWORD);
		add_le(out, value, 8);
	}
}

void kt_aml_string(struct kt_str *out, const char *text)
{
	add_byte(out, OP_STRING);
	kt_str_add_bytes(out, text, strlen(text) + 1);
}

/* OP, length and body; PREFIX (the name) counts as part of the body. */
static void add_wrapped(
	struct kt_str *out, unsigned op, const struct kt_str *prefix, const struct kt_str *body)
{
	add_byte(out, op);
	add_pkg_length(out, prefix->len + body->len);
	kt_str_add_bytes(out, kt_str_get(prefix), prefix->len);
	kt_str_add_bytes(out, kt_str_get(body), body->len);
	out->failed |= prefix->failed | body->failed;
}

void kt_aml_package(struct kt_str *out, const uint64_t *values, unsigned count)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str head = {0};
	KT_AUTO_DONE(kt_str_done) struct kt_str body = {0};
	add_byte(&head, count);
	for (unsigned i = 0; i < count; i++)
		kt_aml_integer(&body, values[i]);
	add_wrapped(out, OP_PACKAGE, &head, &body);
}

void kt_aml_scope(struct kt_str *out, const char *name, const struct kt_str *body)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str head = {0};
	add_name(&head, name);
	add_wrapped(out, OP_SCOPE, &head, body);
}

void kt_aml_device(struct kt_str *out, const char *name, const struct kt_str *body)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str head = {0};
	add_name(&head, name);
	add_byte(out, OP_EXTENDED);
	add_wrapped(out, OP_DEVICE, &head, body);
}

void kt_aml_resources(struct kt_str *out, uint32_t base, uint32_t bytes, uint32_t gsi)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str head = {0};
	KT_AUTO_DONE(kt_str_done) struct kt_str body = {0};
	add_byte(&body, RES_MEMORY32_FIXED);
	add_le(&body, 9, 2);
	add_byte(&body, 1); /* read and write */
	add_le(&body, base, 4);
	add_le(&body, bytes, 4);
	add_byte(&body, RES_INTERRUPT);
	add_le(&body, 6, 2);
	add_byte(&body, 1); /* consumer, level, active high, exclusive */
	add_byte(&body, 1); /* one interrupt */
	add_le(&body, gsi, 4);
	add_byte(&body, RES_END);
	add_byte(&body, 0); /* checksum 0: not checked */
	kt_aml_integer(&head, body.len);
	add_wrapped(out, OP_BUFFER, &head, &body);
}
