/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The tests of a run that its run.json does not name: run.json is behind the files of the
 * tests by up to a second, and a run that died never wrote the last ones.
 */
#pragma once

#include "results/record.h"

/*
 * Add to REC each test that has a file in RUN_DIR and is not in REC. What is no whole result is
 * left out. REC stays as it is when memory is out.
 */
void kt_results_stored_add(const char *run_dir, struct kt_results_record *rec);
