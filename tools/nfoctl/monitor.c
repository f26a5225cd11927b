// SPDX-License-Identifier: GPL-2.0-only
/* nfoctl monitor: what happens to flows and ports, as it happens. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <linux/nfo.h>

#include "nfoctl.h"
#include "flow.h"
#include "port.h"

static const char *const flow_events[] = {
	[NFO_FLOW_EV_HW] = "hw",
	[NFO_FLOW_EV_SW] = "sw",
	[NFO_FLOW_EV_REFRESH] = "refresh",
	[NFO_FLOW_EV_DEL] = "del",
};

static const char *const port_events[] = {
	[NFO_PORT_EV_NEW] = "new",
	[NFO_PORT_EV_STATE] = "state",
	[NFO_PORT_EV_DEL] = "del",
};

static const char *event_name(const char *const *names, size_t n, uint8_t event)
{
	return event < n ? names[event] : "unknown";
}

static enum color event_color(const char *event)
{
	if (!strcmp(event, "hw") || !strcmp(event, "new"))
		return COLOR_GOOD;
	return strcmp(event, "sw") && strcmp(event, "refresh") ? COLOR_NONE : COLOR_WARN;
}

static void newline(void)
{
	fputc('\n', opt.out);
}

/* TIME OBJECT EVENT, so that the rest of the lines stands in one column. */
static void print_head(const char *what, const char *event)
{
	char when[WHEN_LEN];

	print(COLOR_NONE, "%s  %-4s  ", wall_text(when), what);
	print(event_color(event), "%-7s", event);
}

static void json_head(const char *what, const char *event)
{
	json_object(NULL);
	json_u64("time_ms", wall_ms());
	json_str("object", what);
	json_str("event", event);
}

/* ---- flows */

static void print_tuple(const struct flow *f)
{
	const struct endpoint *src, *dst;

	original_tuple(f, &src, &dst);
	if (!src->addr.len || !dst->addr.len) {
		print(COLOR_NONE, "  id %" PRIu64 "  %s", f->id, flow_dir_name(f->dir));
		return;
	}
	print(COLOR_NONE, "  %s ", proto_name(f->l4proto));
	print_endpoint(src);
	print(COLOR_NONE, " -> ");
	print_endpoint(dst);
	print(COLOR_NONE, "  %s", flow_dir_name(f->dir));
}

static void print_why(const struct word *word)
{
	print(COLOR_WARN, "  %s", word->key);
	print(COLOR_NONE, ": %s", word->text);
}

static void flow_text(const struct flow *f, const char *event)
{
	struct word word;

	print_head("flow", event);
	print_tuple(f);
	if (f->in) {
		print(COLOR_NONE, "  ");
		print(COLOR_DEV, "%s", dev_name(f->in));
	}
	if (f->out) {
		print(COLOR_NONE, " -> ");
		print(COLOR_DEV, "%s", dev_name(f->out));
	}
	if (f->event == NFO_FLOW_EV_SW) {
		word = word_of(&reasons, f->reason);
		print_why(&word);
	}
	if (f->refresh != FLOW_NO_EVENT) {
		word = word_of(&refreshes, f->refresh);
		print_why(&word);
	}
	if (f->packets)
		print(COLOR_NONE, "  packets %" PRIu64 "  bytes %" PRIu64, f->packets, f->bytes);
	newline();
}

static void json_word(const char *key, const struct words *words, uint8_t id)
{
	struct word word = word_of(words, id);

	json_str(key, word.key);
	json_str("text", word.text);
}

static void json_devs(const struct flow *f)
{
	if (f->in) {
		json_u64("ifindex", f->in);
		json_str("dev", dev_name(f->in));
	}
	if (f->out) {
		json_u64("out_ifindex", f->out);
		json_str("out_dev", dev_name(f->out));
	}
}

static void flow_json(const struct flow *f, const char *event)
{
	const struct endpoint *src, *dst;

	original_tuple(f, &src, &dst);
	json_head("flow", event);
	json_u64("id", f->id);
	json_str("dir", flow_dir_name(f->dir));
	if (f->l4proto)
		json_str("proto", proto_name(f->l4proto));
	json_endpoint(src, "src", "sport");
	json_endpoint(dst, "dst", "dport");
	if (f->has_state)
		json_str("state", flow_state_name(f->state));
	if (f->event == NFO_FLOW_EV_SW)
		json_word("reason", &reasons, f->reason);
	if (f->refresh != FLOW_NO_EVENT)
		json_word("refresh", &refreshes, f->refresh);
	json_devs(f);
	json_u64("packets", f->packets);
	json_u64("bytes", f->bytes);
	json_end();
}

static int see_flow(const struct nlmsghdr *nlh)
{
	const char *event;
	struct flow f;

	if (flow_read(nlh, &f))
		return -1;
	event = event_name(flow_events, ARRAY_SIZE(flow_events), f.event);
	(opt.json ? flow_json : flow_text)(&f, event);
	return 0;
}

/* ---- ports */

static void port_text(const struct port *p, const char *event)
{
	print_head("port", event);
	print(COLOR_NONE, "  ");
	print(COLOR_DEV, "%s", p->name);
	print(COLOR_NONE, "  %s  backend %s", port_state_name(p->state),
	      *p->backend ? p->backend : "-");
	if (p->error)
		print(COLOR_BAD, "  %s", strerror(abs(p->error)));
	newline();
}

static void port_json(const struct port *p, const char *event)
{
	json_head("port", event);
	json_u64("ifindex", p->ifindex);
	json_str("port", p->name);
	json_str("backend", p->backend);
	json_str("state", port_state_name(p->state));
	if (p->error)
		json_str("error", strerror(abs(p->error)));
	json_end();
}

static int see_port(const struct nlmsghdr *nlh)
{
	const char *event;
	struct port p;
	int rc = port_read(nlh, &p);

	event = event_name(port_events, ARRAY_SIZE(port_events), p.event);
	if (!rc)
		(opt.json ? port_json : port_text)(&p, event);
	port_free(&p);
	return rc;
}

/* ---- the stream */

/* The kernel had more to say than we could take: what is missing cannot be known. */
static void see_loss(void)
{
	if (opt.json) {
		json_head("events", "lost");
		json_end();
		return;
	}
	print_head("-", "lost");
	print(COLOR_BAD, "  events were lost: they came faster than they could be told");
	newline();
}

struct stream {
	uint32_t count;		/* of events; 0: no end */
	uint32_t seen;
};

static int see_event(const struct nlmsghdr *nlh, void *data)
{
	const struct genlmsghdr *genl = mnl_nlmsg_get_payload(nlh);
	struct stream *s = data;
	int rc;

	if (s->count && s->seen == s->count)
		return 0;
	if (genl->cmd == NFO_CMD_FLOW_NTF)
		rc = see_flow(nlh);
	else if (genl->cmd == NFO_CMD_PORT_NTF)
		rc = see_port(nlh);
	else
		return 0;
	s->seen++;
	fflush(opt.out);
	return rc;
}

static int watch(struct genl *g, struct stream *s)
{
	enum waited waited = WAITED_READY;
	struct waiter w;
	bool lost;
	int rc = wait_begin(&w);

	while (!rc && (!s->count || s->seen < s->count)) {
		waited = wait_for(&w, mnl_socket_get_fd(g->sock), 0);
		if (waited != WAITED_READY)
			break;
		dev_names_forget();
		rc = genl_listen(g, see_event, s, &lost);
		if (lost)
			see_loss();
	}
	fflush(opt.out);
	wait_end(&w);
	return waited == WAITED_GONE ? EXIT_REFUSED : rc;
}

static const char usage[] = "Usage: nfoctl [-j] monitor [ all | flow | port ] [ count N ]\n";

enum object {
	OBJECT_ALL,
	OBJECT_FLOW,
	OBJECT_PORT,
};

static int join(struct genl *g, enum object object)
{
	int rc = EXIT_OK;

	if (object != OBJECT_PORT)
		rc = genl_join(g, NFO_MCGRP_FLOW);
	if (!rc && object != OBJECT_FLOW)
		rc = genl_join(g, NFO_MCGRP_PORT);
	return rc;
}

static bool object_word(struct args *a, enum object *object)
{
	static const char *const names[] = {
		[OBJECT_ALL] = "all",
		[OBJECT_FLOW] = "flow",
		[OBJECT_PORT] = "port",
	};
	size_t i;

	for (i = 0; a->left && i < ARRAY_SIZE(names); i++) {
		if (!is_prefix(*a->word, names[i]))
			continue;
		*object = i;
		arg_next(a);
		return true;
	}
	return false;
}

int cmd_monitor(struct args *a)
{
	enum object object = OBJECT_ALL;
	struct stream s = { 0 };
	uint32_t no_interval = 1;
	struct genl g;
	int rc = EXIT_OK;

	if (a->left && is_prefix(*a->word, "help"))
		return fputs(usage, opt.out), EXIT_OK;
	object_word(a, &object);
	while (!rc && a->left && !strcmp(*a->word, "count"))
		rc = interval_word(a, usage, &no_interval, &s.count);
	if (!rc && a->left)
		rc = usage_error(usage, "\"%s\" is not expected here", *a->word);
	if (rc)
		return rc;
	rc = genl_open(&g, NFO_GENL_NAME, "nft_offload");
	if (!rc)
		rc = join(&g, object);
	if (!rc)
		rc = watch(&g, &s);
	genl_close(&g);
	return rc;
}
