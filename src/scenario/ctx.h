/* SPDX-License-Identifier: GPL-2.0-only */
/* The context of a test's body: a view of the running scenario behind include/ktstr/ctx.h. */
#pragma once

#include <ktstr/ctx.h>

#include "scenario/claim.h"
#include "scenario/state.h"

struct ktstr_ctx {
	struct kt_state *state;
	struct kt_claims claims;
};
