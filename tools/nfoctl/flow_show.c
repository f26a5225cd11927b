// SPDX-License-Identifier: GPL-2.0-only
/* nfoctl flow: connections as text and as JSON. */
#include <arpa/inet.h>
#include <inttypes.h>
#include <net/if.h>
#include <string.h>
#include <linux/nfo.h>

#include "nfoctl.h"
#include "flow.h"

static struct {
	uint32_t ifindex;
	char name[IFNAMSIZ];
} cache[64];

/* For who goes on for long: devices come, go and change their names. */
void dev_names_forget(void)
{
	memset(cache, 0, sizeof(cache));
}

/* The name of a device, good until the next call. The kernel is not asked for every flow. */
const char *dev_name(uint32_t ifindex)
{
	size_t slot = ifindex % ARRAY_SIZE(cache);

	if (!ifindex)
		return "-";
	if (cache[slot].ifindex != ifindex) {
		cache[slot].ifindex = ifindex;
		if (!if_indextoname(ifindex, cache[slot].name))
			snprintf(cache[slot].name, IFNAMSIZ, "if%" PRIu32, ifindex);
	}
	return cache[slot].name;
}

const char *proto_name(uint8_t l4proto)
{
	static char number[NUM_LEN];

	if (l4proto == IPPROTO_TCP)
		return "tcp";
	if (l4proto == IPPROTO_UDP)
		return "udp";
	snprintf(number, sizeof(number), "proto-%u", l4proto);
	return number;
}

static const char *const states[] = {
	[NFO_FLOW_SW] = "sw",
	[NFO_FLOW_HW] = "hw",
	[NFO_FLOW_PENDING] = "pending",
};

const char *flow_state_name(uint8_t state)
{
	return state < ARRAY_SIZE(states) ? states[state] : "unknown";
}

bool flow_state_id(const char *word, uint8_t *id)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(states) && strcmp(word, states[i]); i++)
		;
	*id = i;
	return i < ARRAY_SIZE(states);
}

const char *flow_dir_name(uint8_t dir)
{
	return dir == 0 ? "original" : dir == 1 ? "reply" : "unknown";
}

void addr_text(const struct addr *addr, char buf[ADDR_LEN])
{
	snprintf(buf, ADDR_LEN, "?");
	if (addr->len)
		inet_ntop(addr->len == 4 ? AF_INET : AF_INET6, addr->byte, buf, ADDR_LEN);
}

/* 10.0.0.1:80, [2001:db8::1]:80, and without a port just the address */
void endpoint_text(const struct endpoint *ep, char buf[ENDPOINT_LEN])
{
	char addr[ADDR_LEN];

	addr_text(&ep->addr, addr);
	if (!ep->has_port)
		snprintf(buf, ENDPOINT_LEN, "%s", addr);
	else
		snprintf(buf, ENDPOINT_LEN, ep->addr.len == 16 ? "[%s]:%u" : "%s:%u", addr,
			 ep->port);
}

void print_endpoint(const struct endpoint *ep)
{
	char buf[ENDPOINT_LEN];

	endpoint_text(ep, buf);
	print(ep->addr.len == 16 ? COLOR_ADDR6 : COLOR_ADDR4, "%s", buf);
}

/*
 * The connection as who opened it sees it. When all we have is the reply, that is what the reply
 * becomes on its way out, turned round.
 */
void original_tuple(const struct flow *f, const struct endpoint **src,
		    const struct endpoint **dst)
{
	bool reply = f->dir == 1;

	*src = reply ? &f->new_dst : &f->src;
	*dst = reply ? &f->new_src : &f->dst;
}

bool flow_has_reason(const struct flow *f)
{
	return f->state != NFO_FLOW_HW || f->reason != NFO_REASON_NONE;
}

void mac_text(const uint8_t mac[6], char buf[NUM_LEN])
{
	snprintf(buf, NUM_LEN, "%02x:%02x:%02x:%02x:%02x:%02x",
		 mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
}

void json_endpoint(const struct endpoint *ep, const char *addr_key, const char *port_key)
{
	char addr[ADDR_LEN];

	addr_text(&ep->addr, addr);
	if (ep->addr.len)
		json_str(addr_key, addr);
	if (ep->has_port)
		json_u64(port_key, ep->port);
}

static void json_macs(const struct flow *f)
{
	char mac[NUM_LEN];

	if (!f->has_mac)
		return;
	mac_text(f->smac, mac);
	json_str("smac", mac);
	mac_text(f->dmac, mac);
	json_str("dmac", mac);
}

static void flow_json(const struct flow *f)
{
	json_object(NULL);
	json_str("dir", flow_dir_name(f->dir));
	json_str("state", flow_state_name(f->state));
	if (flow_has_reason(f)) {
		json_str("reason", word_of(&reasons, f->reason).key);
		json_str("text", word_of(&reasons, f->reason).text);
	}
	json_u64("ifindex", f->in);
	json_str("dev", dev_name(f->in));
	if (f->out) {
		json_u64("out_ifindex", f->out);
		json_str("out_dev", dev_name(f->out));
	}
	json_endpoint(&f->src, "src", "sport");
	json_endpoint(&f->dst, "dst", "dport");
	if (f->nat_src)
		json_endpoint(&f->new_src, "nat_src", "nat_sport");
	if (f->nat_dst)
		json_endpoint(&f->new_dst, "nat_dst", "nat_dport");
	json_macs(f);
	if (f->mtu)
		json_u64("mtu", f->mtu);
	json_u64("packets", f->packets);
	json_u64("bytes", f->bytes);
	if (f->idle_ms != FLOW_IDLE_NEVER)
		json_u64("idle_ms", f->idle_ms);
	json_end();
}

void conns_json(const struct flows *flows)
{
	const struct endpoint *src, *dst;
	const struct conn *c;
	size_t i, k;

	json_array(NULL);
	for (i = 0; i < flows->nconns; i++) {
		c = &flows->conn[i];
		original_tuple(c->flow, &src, &dst);
		json_object(NULL);
		json_u64("id", c->flow->id);
		json_str("proto", proto_name(c->flow->l4proto));
		json_endpoint(src, "src", "sport");
		json_endpoint(dst, "dst", "dport");
		json_u64("packets", c->packets);
		json_u64("bytes", c->bytes);
		json_array("directions");
		for (k = 0; k < c->n; k++)
			flow_json(&c->flow[k]);
		json_end();
		json_end();
	}
	json_end();
}

static void newline(void)
{
	fputc('\n', opt.out);
}

/* What hardware needs to know, for -s. */
static void flow_details(const struct flow *f)
{
	char smac[NUM_LEN], dmac[NUM_LEN];

	if (!f->has_mac && !f->mtu)
		return;
	print(COLOR_NONE, "             ");
	if (f->has_mac) {
		mac_text(f->smac, smac);
		mac_text(f->dmac, dmac);
		print(COLOR_NONE, "  mac %s -> %s", smac, dmac);
	}
	if (f->mtu)
		print(COLOR_NONE, "  mtu %u", f->mtu);
	newline();
}

static void flow_text(const struct flow *f)
{
	char num[NUM_LEN];

	print(COLOR_NONE, "    %-8s  ", flow_dir_name(f->dir));
	print(f->state == NFO_FLOW_HW ? COLOR_GOOD : COLOR_WARN, "%s", flow_state_name(f->state));
	print(COLOR_NONE, "  ");
	print(COLOR_DEV, "%s", dev_name(f->in));
	print(COLOR_NONE, " -> ");
	print(COLOR_DEV, "%s", dev_name(f->out));
	if (f->nat_src) {
		print(COLOR_NONE, "  snat ");
		print_endpoint(&f->new_src);
	}
	if (f->nat_dst) {
		print(COLOR_NONE, "  dnat ");
		print_endpoint(&f->new_dst);
	}
	print(COLOR_NONE, "  packets %s", human_count(num, f->packets));
	print(COLOR_NONE, "  bytes %s", human_count(num, f->bytes));
	if (f->idle_ms != FLOW_IDLE_NEVER)
		print(COLOR_NONE, "  idle %s", human_ms(num, f->idle_ms));
	if (flow_has_reason(f)) {
		print(COLOR_WARN, "  %s", word_of(&reasons, f->reason).key);
		print(COLOR_NONE, ": %s", word_of(&reasons, f->reason).text);
	}
	newline();
	if (opt.stats)
		flow_details(f);
}

void conns_text(const struct flows *flows)
{
	const struct endpoint *src, *dst;
	size_t i, k, hw = 0, sw = 0, pending = 0;
	const struct conn *c;

	for (i = 0; i < flows->nconns; i++) {
		c = &flows->conn[i];
		original_tuple(c->flow, &src, &dst);
		print(COLOR_NONE, "%s ", proto_name(c->flow->l4proto));
		print_endpoint(src);
		print(COLOR_NONE, " -> ");
		print_endpoint(dst);
		newline();
		for (k = 0; k < c->n; k++) {
			hw += c->flow[k].state == NFO_FLOW_HW;
			pending += c->flow[k].state == NFO_FLOW_PENDING;
			sw += c->flow[k].state != NFO_FLOW_HW;
			flow_text(&c->flow[k]);
		}
	}
	fprintf(opt.out, "%zu connection%s, %zu direction%s in hardware, %zu in software",
		flows->nconns, flows->nconns == 1 ? "" : "s", hw, hw == 1 ? "" : "s", sw);
	if (pending)
		fprintf(opt.out, ", of these %zu pending", pending);
	newline();
}
