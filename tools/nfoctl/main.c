// SPDX-License-Identifier: GPL-2.0-only
/* nfoctl: what nft-offload does and why. Global options, then a verb, as in ip(8). */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "nfoctl.h"

#define NETNS_DIR	"/run/netns"

static const char usage[] =
	"Usage: nfoctl [ OPTIONS ] VERB ...\n"
	"       VERB    := { status | port | flow | sim | policy | why |\n"
	"                    stats | monitor | top | ppe |\n"
	"                    help | version }\n"
	"       OPTIONS := { -j[son] | -p[retty] | -s[tatistics] | -n[etns] NAME |\n"
	"                    -c[olor][={ auto | always | never }] | -h[elp] | -V[ersion] }\n"
	"Words may be shortened. \"nfoctl VERB help\" says more about a verb.\n";

static int cmd_help(struct args *a);

static int cmd_version(struct args *a)
{
	(void)a;
	fprintf(opt.out, "nfoctl %s\n", NFOCTL_VERSION);
	return EXIT_OK;
}

/* The order decides what a short form means: add at the end. */
static const struct verb verbs[] = {
	{ "status", cmd_status },
	{ "port", cmd_port },
	{ "flow", cmd_flow },
	{ "sim", cmd_sim },
	{ "help", cmd_help },
	{ "version", cmd_version },
	{ "policy", cmd_policy },
	{ "why", cmd_why },
	{ "stats", cmd_stats },
	{ "monitor", cmd_monitor },
	{ "top", cmd_top },
	{ "ppe", cmd_ppe },
};

/* "help" and "help VERB", which is "VERB help". */
static int cmd_help(struct args *a)
{
	char *help[] = { "help", NULL };
	struct args ask = { .left = 1, .word = help };
	const char *word = arg_next(a);
	const struct verb *verb = word ? verb_find(verbs, ARRAY_SIZE(verbs), word) : NULL;

	if (word && !verb)
		return usage_error(usage, "\"%s\" is no verb", word);
	if (verb && verb->run != cmd_help)
		return verb->run(&ask);
	fputs(usage, opt.out);
	return EXIT_OK;
}

/* What the options asked for, before the verb runs. */
struct setup {
	enum color_when color;
	const char *netns;
	int (*instead)(struct args *a);	/* -h and -V */
};

static bool parse_when(const char *word, enum color_when *when)
{
	static const char *const names[] = {
		[COLOR_AUTO] = "auto",
		[COLOR_ALWAYS] = "always",
		[COLOR_NEVER] = "never",
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		if (!strcmp(word, names[i])) {
			*when = i;
			return true;
		}
	}
	return false;
}

/* One option; @letter stands for its long form too. */
static int set_option(char letter, const char *value, struct args *a, struct setup *s)
{
	switch (letter) {
	case 'j':
		opt.json = true;
		break;
	case 'p':
		opt.pretty = true;
		break;
	case 's':
		opt.stats = true;
		break;
	case 'n':
		s->netns = value ? value : arg_next(a);
		if (!s->netns)
			return usage_error(usage, "\"-n\" needs the NAME of a network namespace");
		break;
	case 'c':
		s->color = COLOR_ALWAYS;
		if (value && !parse_when(value, &s->color))
			return usage_error(usage, "\"%s\" is no colour mode: auto, always or never",
					   value);
		break;
	case 'h':
		s->instead = cmd_help;
		break;
	case 'V':
	case 'v':
		s->instead = cmd_version;
		break;
	}
	return EXIT_OK;
}

/* The letter of -l, --long, -long, --lo; 0: there is none. */
static char option_letter(const char *name, size_t len)
{
	static const char *const names[] = {
		"json", "pretty", "statistics", "stats", "netns", "color", "colour", "help",
		"Version", "version",
	};
	size_t i;

	for (i = 0; len && i < ARRAY_SIZE(names); i++) {
		if (!strncmp(name, names[i], len) && len <= strlen(names[i]))
			return *names[i];
	}
	return 0;
}

/* The same for a word: its name without dashes, up to the value. */
static char word_letter(const char *word, const char **value)
{
	const char *name = word + 1 + (word[1] == '-');
	size_t len = strcspn(name, "=");

	*value = name[len] ? name + len + 1 : NULL;
	return option_letter(name, len);
}

static bool only_flags(const char *letters)
{
	return *letters && strspn(letters, "jpsc") == strlen(letters);
}

static int parse_option(const char *word, struct args *a, struct setup *s)
{
	const char *flag, *value;
	char letter;
	int rc = EXIT_OK;

	if (only_flags(word + 1)) {		/* -jp */
		for (flag = word + 1; !rc && *flag; flag++)
			rc = set_option(*flag, NULL, a, s);
		return rc;
	}
	letter = word_letter(word, &value);
	if (!letter)
		return usage_error(usage, "unknown option \"%s\"", word);
	if (value && letter != 'c' && letter != 'n')
		return usage_error(usage, "option \"%s\" takes no value", word);
	return set_option(letter, value, a, s);
}

static int parse_options(struct args *a, struct setup *s)
{
	const char *word;
	int rc = EXIT_OK;

	while (!rc && a->left && **a->word == '-') {
		word = arg_next(a);
		if (!strcmp(word, "--"))
			break;
		rc = parse_option(word, a, s);
	}
	return rc;
}

/* As ip(8) does, but the mounts stay: nothing here is read from sysfs. */
static int enter_netns(const char *name)
{
	char path[256];
	int fd, n;

	n = snprintf(path, sizeof(path), NETNS_DIR "/%s", name);
	if (!*name || strchr(name, '/') || !strcmp(name, ".") || !strcmp(name, "..") ||
	    n >= (int)sizeof(path))
		return usage_error(usage, "\"%s\" is no name of a network namespace", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return refuse("network namespace \"%s\": %s", name, strerror(errno));
	if (setns(fd, CLONE_NEWNET)) {
		refuse("network namespace \"%s\": %s%s", name, strerror(errno),
		       errno == EPERM ? ": this needs CAP_SYS_ADMIN, try as root" : "");
		close(fd);
		return EXIT_REFUSED;
	}
	close(fd);
	return EXIT_OK;
}

/* ip(8) takes options first, and so do we; who puts them last shall read why it fails. */
static const char *late_option(const struct args *a)
{
	const char *word, *value;
	int i;

	for (i = 0; i < a->left; i++) {
		word = a->word[i];
		if (*word == '-' && (word_letter(word, &value) || only_flags(word + 1)))
			return word;
	}
	return NULL;
}

static int run_verb(struct args *a)
{
	const char *word = arg_next(a);
	const struct verb *verb;

	if (!word)
		return usage_error(usage, "no verb");
	verb = verb_find(verbs, ARRAY_SIZE(verbs), word);
	if (!verb)
		return usage_error(usage, "\"%s\" is no verb", word);
	word = late_option(a);
	if (word)
		return usage_error(usage, "\"%s\": options go before the verb", word);
	return verb->run(a);
}

/* The reader of our output has gone: no more to do, and nobody to tell. */
static void on_sigpipe(int sig)
{
	(void)sig;
	_exit(EXIT_REFUSED);
}

/*
 * A closed standard stream would give its number to our netlink socket, and output would go there.
 * /dev/null opened for reading keeps the number and still makes writing fail.
 */
static void keep_std_fds(void)
{
	int fd;

	do {
		fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	} while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd > STDERR_FILENO)
		close(fd);
}

int main(int argc, char **argv)
{
	struct args a = { .left = argc - 1, .word = argv + 1 };
	struct setup s = { .color = COLOR_AUTO };
	int rc;

	opt.out = stdout;
	keep_std_fds();
	signal(SIGPIPE, on_sigpipe);
	rc = parse_options(&a, &s);
	if (!rc && s.instead) {
		rc = s.instead(&a);
	} else if (!rc) {
		opt.color = !opt.json && color_wanted(s.color, isatty(STDOUT_FILENO));
		if (s.netns)
			rc = enter_netns(s.netns);
		if (!rc)
			rc = run_verb(&a);
	}
	return out_close(rc);
}
