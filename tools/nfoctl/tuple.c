// SPDX-License-Identifier: GPL-2.0-only
/* A connection on the command line. */
#include <netinet/in.h>
#include <string.h>

#include "nfoctl.h"
#include "flow.h"

static int read_addr(const char *word, const char *usage, struct endpoint *ep)
{
	if (!addr_parse(word, &ep->addr))
		return usage_error(usage, "\"%s\" is no IPv4 or IPv6 address", word);
	return EXIT_OK;
}

static int read_l4port(const char *word, const char *usage, struct endpoint *ep)
{
	uint32_t n;

	if (!parse_u32(word, 0, UINT16_MAX, &n))
		return usage_error(usage, "\"%s\" is no port: a number from 0 to 65535", word);
	ep->port = n;
	ep->has_port = true;
	return EXIT_OK;
}

/* ADDR:PORT or [ADDR]:PORT; @word is cut in two. */
static int read_pair(const char *word, const char *usage, struct endpoint *ep)
{
	char buf[ENDPOINT_LEN], *addr = buf, *colon;
	int rc;

	snprintf(buf, sizeof(buf), "%s", word);
	colon = strrchr(buf, ':');
	if (strlen(word) >= sizeof(buf) || !colon)
		return usage_error(usage, "\"%s\" is not ADDRESS:PORT", word);
	*colon = '\0';
	if (*buf == '[' && colon[-1] == ']') {
		addr++;
		colon[-1] = '\0';
	} else if (strchr(buf, ':')) {
		return usage_error(usage, "\"%s\": which is the port? [ADDRESS]:PORT", word);
	}
	rc = read_addr(addr, usage, ep);
	return rc ? rc : read_l4port(colon + 1, usage, ep);
}

/* src A sport N dst B dport M, in any order */
static int read_keys(struct args *a, const char *usage, struct tuple *t)
{
	const char *key, *val;
	struct endpoint *ep;
	int rc = EXIT_OK;

	while (!rc && (key = arg_next(a))) {
		ep = strchr(key, 's') == key ? &t->src : &t->dst;
		val = arg_next(a);
		if (strcmp(key, "src") && strcmp(key, "dst") && strcmp(key, "sport") &&
		    strcmp(key, "dport"))
			return usage_error(usage, "\"%s\" is not expected here", key);
		if (!val)
			return usage_error(usage, "\"%s\" needs a value", key);
		if (key[1] == 'p' ? ep->has_port : ep->addr.len)
			return usage_error(usage, "\"%s\" is given twice", key);
		rc = (key[1] == 'p' ? read_l4port : read_addr)(val, usage, ep);
	}
	if (!rc && !(t->src.addr.len && t->dst.addr.len && t->src.has_port && t->dst.has_port))
		rc = usage_error(usage, "src, sport, dst and dport are all needed");
	return rc;
}

static int read_plain(struct args *a, const char *usage, struct tuple *t)
{
	int rc;

	if (a->left != 4)
		return usage_error(usage, "two addresses and two ports are needed");
	rc = read_addr(arg_next(a), usage, &t->src);
	if (!rc)
		rc = read_l4port(arg_next(a), usage, &t->src);
	if (!rc)
		rc = read_addr(arg_next(a), usage, &t->dst);
	return rc ? rc : read_l4port(arg_next(a), usage, &t->dst);
}

static bool is_key(const char *word)
{
	return !strcmp(word, "src") || !strcmp(word, "dst") || !strcmp(word, "sport") ||
	       !strcmp(word, "dport");
}

/*
 * PROTO SRC SPORT DST DPORT, PROTO SRC:SPORT DST:DPORT or PROTO with keys; an exit code, having said
 * what is wrong.
 */
int tuple_read(struct args *a, const char *usage, struct tuple *t)
{
	const char *proto = arg_next(a);
	int rc;

	if (!proto)
		return usage_error(usage, "which connection?");
	t->l4proto = proto_parse(proto);
	if (t->l4proto != IPPROTO_TCP && t->l4proto != IPPROTO_UDP)
		return usage_error(usage, "\"%s\" is no protocol of flowtables: tcp or udp", proto);
	if (a->left && is_key(*a->word))
		rc = read_keys(a, usage, t);
	else if (a->left == 2)
		rc = read_pair(arg_next(a), usage, &t->src) ||
		     read_pair(arg_next(a), usage, &t->dst) ? EXIT_USAGE : EXIT_OK;
	else
		rc = read_plain(a, usage, t);
	if (!rc && t->src.addr.len != t->dst.addr.len)
		rc = usage_error(usage, "one address is IPv4, the other IPv6");
	return rc;
}
