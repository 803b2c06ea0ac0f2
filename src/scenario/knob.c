// SPDX-License-Identifier: GPL-2.0-only
/* The tables, generated from the rows of knob.def and controller.def. */
#include "scenario/knob.h"

#include <string.h>

#include "base/mem.h"
#include "base/str.h"

static const struct kt_knob_info knobs[] = {
#define KNOB(name, controller, file, unit, least, most, says, rule, example)                       \
	[KT_KNOB_##name] = {                                                                       \
		#name, KT_CONTROLLER_##controller, file, unit, least, most, says, rule, example},
#include "macros/knob.def"
#undef KNOB
};

static const struct kt_controller_info controllers[] = {
#define CONTROLLER(name, threaded, option)                                                         \
	[KT_CONTROLLER_##name] = {#name, KT_CONTROLLER_##name, threaded, option},
#include "scenario/controller.def"
#undef CONTROLLER
};

_Static_assert(KT_KNOB_COUNT <= 64, "a knob mask has 64 bits");

const struct kt_knob_info *kt_knob_info(enum kt_knob_kind kind)
{
	return (size_t)kind < KT_ARRAY_LEN(knobs) ? &knobs[kind] : NULL;
}

const struct kt_knob_info *kt_knob_info_find(const char *name)
{
	for (size_t i = 0; i < KT_ARRAY_LEN(knobs); i++)
		if (!strcmp(knobs[i].name, name))
			return &knobs[i];
	return NULL;
}

const struct kt_controller_info *kt_controller_info(enum kt_controller controller)
{
	size_t i = (size_t)controller;
	return i < KT_ARRAY_LEN(controllers) && controllers[i].name ? &controllers[i] : NULL;
}

const struct kt_controller_info *kt_controller_of_file(const char *file)
{
	size_t len = strcspn(file, ".");
	for (size_t i = 0; i < KT_ARRAY_LEN(controllers); i++) {
		const char *name = controllers[i].name;
		if (name && strlen(name) == len && !strncmp(file, name, len))
			return &controllers[i];
	}
	return NULL;
}

char *kt_controllers_text(unsigned mask)
{
	KT_AUTO_DONE(kt_str_done) struct kt_str text = {0};
	kt_str_add(&text, "");
	for (unsigned c = 1; c < KT_CONTROLLER_COUNT; c++)
		if (mask & KT_CONTROLLER_BIT(c))
			kt_str_addf(&text, "%s%s", text.len ? " " : "", controllers[c].name);
	return kt_str_take(&text);
}
