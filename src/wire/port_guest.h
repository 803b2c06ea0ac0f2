/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The guest's end of the frame port: the virtio-serial port named org.ktstr.frames, or the
 * second serial line when there is none in time or it breaks. The frame that could not be
 * sent is sent again on the serial line, under the same sequence number.
 */
#pragma once

#include <stdint.h>

#include "base/err.h"
#include "base/loss.h"
#include "wire/frame.h"

#define KT_PORT_FRAMES_NAME "org.ktstr.frames"

struct kt_port;

/* Zero fields take the default. */
struct kt_port_config {
	const char *class_dir; /* /sys/class/virtio-ports */
	const char *devices;   /* /sys/bus/virtio/devices; without any nothing is waited for */
	const char *dev_dir;   /* /dev */
	const char *serial;    /* /dev/ttyS1 */
	uint64_t find_ms;      /* how long the port may take to appear; 2000 */
	uint64_t write_ms;     /* how long the host may take for one frame; 5000 */
};

/* LOSS is borrowed. Fails only when neither way can be opened. 0 or -errno. */
int kt_port_open(const struct kt_port_config *config, struct kt_loss *loss, struct kt_port **ret,
	struct kt_err *err);
/*
 * Waits for the host to have taken what was sent, for at most write_ms. A virtio port stays
 * open: the kernel's close of one can wait for ever.
 */
void kt_port_free(struct kt_port *port);

/* Once both ways have failed, each call fails at once. 0 or -errno. */
int kt_port_send(struct kt_port *port, const struct kt_frame *f, struct kt_err *err);

/* The device in use, and why it is not the virtio port ("" when it is). Borrowed. */
const char *kt_port_path(const struct kt_port *port);
const char *kt_port_fallback_reason(const struct kt_port *port);

#include "base/mem.h"
KT_DEFINE_AUTO(struct kt_port, kt_port_free);
