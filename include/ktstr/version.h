/* SPDX-License-Identifier: GPL-2.0-only */
/* The version of the library and of its headers. */
#ifndef KTSTR_VERSION_H
#define KTSTR_VERSION_H

#define KTSTR_VERSION_MAJOR 0
#define KTSTR_VERSION_MINOR 1
#define KTSTR_VERSION	    "0.1"

#endif
