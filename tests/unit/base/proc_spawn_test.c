// SPDX-License-Identifier: GPL-2.0-only
/* What a child gets, what it does not get, and how a failed start is told. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/proc.h"
#include "unit/tmpdir.h"

#define LONG_MS 60000

TestSuite(proc_spawn, .init = tmpdir_make, .fini = tmpdir_remove);

/* Run a shell script under SPEC and return all it wrote to standard output. */
static char *output_of(const char *script, struct kt_proc_spec spec)
{
	int fds[2], status = -1;
	struct kt_err err = {0};
	struct kt_str out = {0};
	KT_AUTO_DONE(kt_proc_done) struct kt_proc p = {0};
	const char *const argv[] = {"/bin/sh", "-c", script, NULL};
	cr_assert_eq(kt_fd_pipe(fds), 0);
	spec.argv = argv;
	spec.stdout_fd = fds[1];
	cr_assert_eq(kt_proc_spawn(&spec, &p, &err), 0, "%s", err.text);
	close(fds[1]);
	cr_assert_eq(kt_fd_read_all(fds[0], 1 << 20, &out), 0);
	close(fds[0]);
	cr_assert_eq(kt_proc_wait(&p, kt_deadline_ms(LONG_MS), &status), 0);
	cr_assert_eq(status, 0);
	return kt_str_take(&out);
}

static void expect_output(const char *script, struct kt_proc_spec spec, const char *expected)
{
	KT_AUTOFREE char *got = output_of(script, spec);
	cr_assert_str_eq(got, expected);
}

static int spawn_one(const char *name, const char *cwd, struct kt_err *err)
{
	struct kt_proc p = {0};
	const struct kt_proc_spec spec = {.argv = (const char *const[]){name, NULL}, .cwd = cwd};
	int r = kt_proc_spawn(&spec, &p, err);
	cr_assert(!r || !p.pid, "a failed start gives no child");
	kt_proc_done(&p);
	return r;
}

Test(proc_spawn, extra_variables_stand_on_top_of_the_environment)
{
	setenv("KEPT", "1", 1);
	setenv("CHANGED", "old", 1);
	setenv("CHANGED_NOT", "same", 1);
	struct kt_proc_spec spec = {.env = (const char *const[]){"CHANGED=new", "ADDED=2", NULL}};
	expect_output("echo $KEPT $CHANGED $CHANGED_NOT $ADDED; env | grep -c ^CHANGED=", spec,
		"1 new same 2\n1\n");
}

Test(proc_spawn, folder_is_changed_in_the_child_only)
{
	char cwd[4096];
	cr_assert_not_null(getcwd(cwd, sizeof(cwd)));
	put_file("here", "");
	expect_output("ls", (struct kt_proc_spec){.cwd = tmpdir}, "here\n");
	char after[4096];
	cr_assert_str_eq(getcwd(after, sizeof(after)), cwd);
}

Test(proc_spawn, input_is_empty_unless_given)
{
	expect_output("cat; readlink /proc/self/fd/0", (struct kt_proc_spec){0}, "/dev/null\n");
	put_file("in", "given");
	KT_AUTOFD int in = open(in_tmp("in"), O_RDONLY | O_CLOEXEC);
	expect_output("cat", (struct kt_proc_spec){.stdin_fd = in}, "given");
}

Test(proc_spawn, standard_streams_can_be_swapped)
{
	KT_AUTOFD int a = open(in_tmp("a"), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	KT_AUTOFD int b = open(in_tmp("b"), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	KT_AUTO_DONE(kt_proc_done) struct kt_proc p = {0};
	int status = -1;
	cr_assert_eq(dup2(a, 1), 1);
	cr_assert_eq(dup2(b, 2), 2);
	const struct kt_proc_spec spec = {
		.argv = (const char *const[]){"/bin/sh", "-c", "echo out; echo err >&2", NULL},
		.stdout_fd = 2,
		.stderr_fd = 1,
	};
	cr_assert_eq(kt_proc_spawn(&spec, &p, NULL), 0);
	cr_assert_eq(kt_proc_wait(&p, kt_deadline_ms(LONG_MS), &status), 0);
	cr_assert(file_is("a", "err\n"));
	cr_assert(file_is("b", "out\n"));
}

Test(proc_spawn, works_with_all_standard_streams_closed)
{
	KT_AUTO_DONE(kt_proc_done) struct kt_proc p = {0};
	int status = -1;
	for (int fd = 0; fd < 3; fd++)
		close(fd);
	char script[4200];
	snprintf(script, sizeof(script), "test \"$(readlink /proc/self/fd/0)\" = /dev/null");
	const struct kt_proc_spec spec = {
		.argv = (const char *const[]){"/bin/sh", "-c", script, NULL}};
	int spawned = kt_proc_spawn(&spec, &p, NULL);
	int waited = spawned ? spawned : kt_proc_wait(&p, kt_deadline_ms(LONG_MS), &status);
	/* Criterion's own messages need the streams again. */
	for (int fd = 0; fd < 3; fd++)
		cr_assert_eq(open("/dev/null", O_RDWR), fd);
	cr_assert_eq(spawned, 0);
	cr_assert_eq(waited, 0);
	cr_assert_eq(status, 0);
}

Test(proc_spawn, only_descriptors_to_keep_are_inherited)
{
	put_file("kept", "kept text");
	KT_AUTOFD int kept = open(in_tmp("kept"), O_RDONLY | O_CLOEXEC);
	KT_AUTOFD int other = open(in_tmp("kept"), O_RDONLY | O_CLOEXEC);
	char script[100];
	snprintf(script, sizeof(script), "cat /proc/self/fd/%d; test ! -e /proc/self/fd/%d", kept,
		other);
	expect_output(
		script, (struct kt_proc_spec){.keep_fds = (const int[]){kept, -1}}, "kept text");
	cr_assert(fcntl(kept, F_GETFD) & FD_CLOEXEC, "unchanged here");
}

Test(proc_spawn, signals_start_afresh)
{
	sigset_t all;
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	signal(SIGPIPE, SIG_IGN);
	KT_AUTOFREE char *got =
		output_of("grep -E '^Sig(Blk|Ign)' /proc/self/status", (struct kt_proc_spec){0});
	unsigned long long blocked = 1, ignored = 1;
	cr_assert_eq(sscanf(got, "SigBlk: %llx SigIgn: %llx", &blocked, &ignored), 2, "%s", got);
	cr_assert_eq(blocked, 0);
	cr_assert_eq(ignored & 1ull << (SIGPIPE - 1), 0);
	sigset_t now;
	sigprocmask(SIG_BLOCK, NULL, &now);
	cr_assert(sigismember(&now, SIGUSR1), "our own mask is as before");
}

Test(proc_spawn, a_group_of_its_own_is_led_by_the_child)
{
	expect_output("test \"$(cut -d' ' -f5 /proc/$$/stat)\" -eq $$ && echo leads",
		(struct kt_proc_spec){.own_group = true}, "leads\n");
}

Test(proc_spawn, a_missing_program_is_told_with_its_remedy)
{
	struct kt_err err = {0};
	cr_assert_eq(spawn_one("ktstr-no-such-program", NULL, &err), -ENOENT);
	cr_assert_str_eq(err.text, "program 'ktstr-no-such-program' is not in PATH");
	cr_assert_not_null(strstr(err.fix, "install"), "%s", err.fix);
	cr_assert_eq(spawn_one(in_tmp("none"), NULL, &err), -ENOENT);
	cr_assert_eq(spawn_one("", NULL, &err), -ENOENT);
	cr_assert_eq(spawn_one("./none", tmpdir, &err), -ENOENT);
	cr_assert_eq(waitpid(-1, NULL, WNOHANG), -1, "no child is left");
}

Test(proc_spawn, what_is_no_program_is_told)
{
	struct kt_err err = {0};
	put_file("text", "not a program");
	cr_assert_eq(spawn_one(in_tmp("text"), NULL, &err), -ENOENT, "not executable");
	cr_assert_eq(chmod(in_tmp("text"), 0755), 0);
	cr_assert_eq(spawn_one(in_tmp("text"), NULL, &err), -ENOEXEC);
	cr_assert_not_null(strstr(err.text, in_tmp("text")), "%s", err.text);
	put_file("script", "#!/no/such/interpreter\n");
	cr_assert_eq(chmod(in_tmp("script"), 0755), 0);
	cr_assert_eq(spawn_one(in_tmp("script"), NULL, &err), -ENOENT);
	cr_assert_not_null(strstr(err.fix, "interpreter"), "%s", err.fix);
	cr_assert_eq(spawn_one(tmpdir, NULL, &err), -ENOENT, "a folder is no program");
}

Test(proc_spawn, a_missing_folder_is_told)
{
	struct kt_err err = {0};
	cr_assert_eq(spawn_one("true", in_tmp("none"), &err), -ENOENT);
	cr_assert_not_null(strstr(err.text, in_tmp("none")), "%s", err.text);
}

Test(proc_spawn, a_bad_descriptor_is_told)
{
	struct kt_proc p = {0};
	const struct kt_proc_spec spec = {
		.argv = (const char *const[]){"true", NULL}, .stdout_fd = 9999};
	cr_assert_eq(kt_proc_spawn(&spec, &p, NULL), -EBADF);
	const struct kt_proc_spec keep = {
		.argv = (const char *const[]){"true", NULL}, .keep_fds = (const int[]){9999, -1}};
	cr_assert_eq(kt_proc_spawn(&keep, &p, NULL), -EBADF);
}

Test(proc_spawn, failed_starts_leak_no_descriptor)
{
	int before = dup(0);
	close(before);
	for (int i = 0; i < 5; i++)
		spawn_one("true", in_tmp("none"), NULL);
	spawn_one("true", NULL, NULL);
	int after = dup(0);
	close(after);
	cr_assert_eq(after, before);
}

Test(proc_spawn, a_child_dies_with_its_parent)
{
	int fds[2];
	cr_assert_eq(kt_fd_pipe(fds), 0);
	pid_t middle = fork();
	if (!middle) {
		struct kt_proc p = {0};
		const struct kt_proc_spec spec = {
			.argv = (const char *const[]){"sleep", "1000", NULL}, .stdout_fd = fds[1]};
		int r = kt_proc_spawn(&spec, &p, NULL);
		_exit(r ? 1 : 0);
	}
	close(fds[1]);
	int status = -1;
	cr_assert_eq(waitpid(middle, &status, 0), middle);
	cr_assert_eq(status, 0);
	struct pollfd pfd = {.fd = fds[0], .events = 0};
	cr_assert_eq(poll(&pfd, 1, LONG_MS), 1);
	cr_assert(pfd.revents & POLLHUP, "the last writer is gone");
}

static void expect_which(const char *name, const char *expected)
{
	KT_AUTOFREE char *got = kt_proc_which(name);
	if (expected)
		cr_assert_str_eq(got, expected);
	else
		cr_assert_null(got, "'%s' is '%s'", name, got);
}

Test(proc_spawn, which_takes_the_first_program_of_path)
{
	cr_assert_eq(kt_fs_mkdirs(in_tmp("one/tool"), NULL), 0);
	cr_assert_eq(kt_fs_mkdirs(in_tmp("two"), NULL), 0);
	cr_assert_eq(kt_fs_mkdirs(in_tmp("three"), NULL), 0);
	put_file("two/tool", "");
	put_file("three/tool", "");
	cr_assert_eq(chmod(in_tmp("three/tool"), 0755), 0);
	char path[9000];
	snprintf(path, sizeof(path), "%s:/none:%s:%s", in_tmp("one"), in_tmp("two"),
		in_tmp("three"));
	setenv("PATH", path, 1);
	expect_which("tool", in_tmp("three/tool"));
	expect_which("sh", NULL);
	expect_which("", NULL);
	expect_which(in_tmp("three/tool"), in_tmp("three/tool"));
	expect_which(in_tmp("two/tool"), NULL);
	setenv("PATH", "/none:", 1);
	cr_assert_eq(chdir(in_tmp("three")), 0);
	expect_which("tool", "./tool");
	unsetenv("PATH");
	KT_AUTOFREE char *sh = kt_proc_which("sh");
	cr_assert_not_null(sh, "without PATH the usual folders are searched");
}
