// SPDX-License-Identifier: GPL-2.0-only
/* nfoctl policy: as a file that "policy load" reads, and as JSON. */
#include <inttypes.h>
#include <netinet/in.h>

#include "nfoctl.h"
#include "policy.h"

static const char *proto_text(char buf[NUM_LEN], uint8_t l4proto)
{
	if (l4proto == IPPROTO_TCP)
		return "tcp";
	if (l4proto == IPPROTO_UDP)
		return "udp";
	snprintf(buf, NUM_LEN, "%u", l4proto);
	return buf;
}

/* The largest unit that loses nothing. */
static void print_bytes(uint64_t n)
{
	static const char units[] = "kMG";
	unsigned int i = 0;

	for (; n && !(n % 1024) && units[i]; i++)
		n /= 1024;
	fprintf(opt.out, " %" PRIu64, n);
	if (i)
		fputc(units[i - 1], opt.out);
}

static void print_quota(uint64_t n)
{
	if (n)
		fprintf(opt.out, " %" PRIu64, n);
	else
		fputs(" none", opt.out);
}

static void print_scalar(enum policy_field field, uint64_t val)
{
	print(COLOR_HEAD, "%s", policy_field_name(field));
	switch (field) {
	case FIELD_MIN_BYTES:
		print_bytes(val);
		break;
	case FIELD_PORT_QUOTA:
	case FIELD_NETNS_QUOTA:
		print_quota(val);
		break;
	case FIELD_EVICT:
	case FIELD_USERNS:
		fputs(val ? " on" : " off", opt.out);
		break;
	case FIELD_SHAPER:
		fprintf(opt.out, " %s", policy_shaper_name(val));
		break;
	default:
		fprintf(opt.out, " %" PRIu64, val);
	}
	fputc('\n', opt.out);
}

static void print_exclude(const struct policy_exclude *e)
{
	char buf[NUM_LEN];

	print(COLOR_HEAD, "exclude");
	if (e->l4proto)
		fprintf(opt.out, " proto %s", proto_text(buf, e->l4proto));
	if (e->has_port)
		fprintf(opt.out, " port %u", e->port_min);
	if (e->has_port && e->port_max != e->port_min)
		fprintf(opt.out, "-%u", e->port_max);
	if (e->has_mark)
		fprintf(opt.out, " mark 0x%" PRIx32, e->mark);
	if (e->has_mark && e->mask != UINT32_MAX)
		fprintf(opt.out, "/0x%" PRIx32, e->mask);
	fputc('\n', opt.out);
}

static void print_port(const struct policy_port *port)
{
	char allow[OPTINS_TEXT];

	if (!port->has_quota && !port->has_shaper && !port->has_backend && !port->has_allow)
		return;
	print(COLOR_HEAD, "port");
	fputc(' ', opt.out);
	print(COLOR_DEV, "%s", port->name);
	if (port->has_quota) {
		fputs(" quota", opt.out);
		print_quota(port->quota);
	}
	if (port->has_shaper)
		fprintf(opt.out, " shaper %s", policy_shaper_name(port->shaper));
	if (port->has_backend)
		fprintf(opt.out, " backend %s", port->backend);
	if (port->has_allow)
		fprintf(opt.out, " allow %s", optins_text(allow, port->allow, ","));
	fputc('\n', opt.out);
}

void policy_text(const struct policy *p)
{
	unsigned int field;
	size_t i;

	if (p->inherited)
		fputs("# inherited: this network namespace has no policy of its own\n", opt.out);
	for (field = 0; field < FIELD_SCALARS; field++) {
		if (p->named & 1u << field)
			print_scalar(field, p->scalar[field]);
	}
	for (i = 0; i < p->nexcludes; i++)
		print_exclude(&p->exclude[i]);
	for (i = 0; i < p->nports; i++)
		print_port(&p->port[i]);
}

static void json_exclude(const struct policy_exclude *e)
{
	char buf[NUM_LEN];

	json_object(NULL);
	if (e->l4proto)
		json_str("proto", proto_text(buf, e->l4proto));
	if (e->has_port) {
		json_u64("port_min", e->port_min);
		json_u64("port_max", e->port_max);
	}
	if (e->has_mark) {
		json_u64("mark", e->mark);
		json_u64("mask", e->mask);
	}
	json_end();
}

static void json_port(const struct policy_port *port)
{
	json_object(NULL);
	json_str("port", port->name);
	if (port->has_quota)
		json_u64("quota", port->quota);
	if (port->has_shaper)
		json_str("shaper", policy_shaper_name(port->shaper));
	if (port->has_backend)
		json_str("backend", port->backend);
	if (port->has_allow)
		json_optins("allow", port->allow);
	json_end();
}

static void json_scalars(const struct policy *p)
{
	static const char *const keys[] = {
		[FIELD_MIN_PACKETS] = "min_packets",
		[FIELD_MIN_BYTES] = "min_bytes",
		[FIELD_PORT_QUOTA] = "port_quota",
		[FIELD_NETNS_QUOTA] = "netns_quota",
		[FIELD_EVICT] = "evict",
		[FIELD_SHAPER] = "shaper",
		[FIELD_USERNS] = "userns",
	};
	unsigned int i;

	for (i = 0; i < FIELD_SCALARS; i++) {
		if (!(p->named & 1u << i))
			continue;
		if (i == FIELD_EVICT || i == FIELD_USERNS)
			json_bool(keys[i], p->scalar[i]);
		else if (i == FIELD_SHAPER)
			json_str(keys[i], policy_shaper_name(p->scalar[i]));
		else
			json_u64(keys[i], p->scalar[i]);
	}
}

void policy_json(const struct policy *p)
{
	size_t i;

	json_array(NULL);
	json_object(NULL);
	json_bool("inherited", p->inherited);
	json_scalars(p);
	json_array("excludes");
	for (i = 0; i < p->nexcludes; i++)
		json_exclude(&p->exclude[i]);
	json_end();
	json_array("ports");
	for (i = 0; i < p->nports; i++)
		json_port(&p->port[i]);
	json_end();
	json_end();
	json_end();
}
