// SPDX-License-Identifier: GPL-2.0-only
/* nfoctl ppe entries: what the words of an entry say, as text and as JSON. */
#include <arpa/inet.h>
#include <inttypes.h>
#include <string.h>

#include "nfoctl.h"
#include "ppe.h"
#include "../../drivers/ppe/foe.h"

static const char *const states[] = {
	[NFO_PPE_INVALID] = "invalid",
	[NFO_PPE_UNBIND] = "unbound",
	[NFO_PPE_BIND] = "bound",
	[NFO_PPE_FIN] = "fin",
};

static const char *const types[] = {
	[FOE_IP4_HNAPT] = "ipv4-hnapt",
	[FOE_IP4_ROUTE] = "ipv4-route",
	[FOE_BRIDGE] = "bridge",
	[FOE_DSLITE] = "ds-lite",
	[FOE_IP6_3T] = "ipv6-3t",
	[FOE_IP6_5T] = "ipv6-5t",
	[FOE_6RD] = "6rd",
};

/* Ports of the frame engine's switch */
static const char *const ports[] = {
	"adma", "gdm1", "gdm2", "ppe0", "ppe1", "qdma-tx", "qdma-rx", "drop",
	"wdma0", "wdma1", "tdma", "none", "ppe2", "wdma2", "eip197", "gdm3",
};

const char *ppe_state_name(unsigned int state)
{
	return state < ARRAY_SIZE(states) ? states[state] : "unknown";
}

bool ppe_state_id(const char *word, uint8_t *state)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(states) && strcmp(word, states[i]); i++)
		;
	*state = i;
	return i < ARRAY_SIZE(states);
}

/* An entry and what it says. */
struct view {
	const struct ppe_entry *raw;
	const struct foe_layout *layout;
	struct foe_entry e;
	bool known;		/* the words could be decoded: e */
	bool has_type;		/* and are of a type we know */
	struct tuple tuple;
	struct tuple after;	/* translation */
	bool translated;
};

static void to_endpoint(const __be32 *addr, unsigned int len, __be16 port, bool has_port,
			struct endpoint *ep)
{
	ep->addr.len = len;
	memcpy(ep->addr.byte, addr, len);
	ep->has_port = has_port;
	ep->port = ntohs(port);
}

static bool is_bound(const struct view *v)
{
	return v->e.state == FOE_BIND || v->e.state == FOE_FIN;
}

static bool has_tunnel(const struct view *v)
{
	return is_bound(v) && (v->e.key.type == FOE_DSLITE || v->e.key.type == FOE_6RD);
}

static void view_tuple(struct view *v)
{
	const struct foe_key *key = &v->e.key;
	bool ports5 = key->type != FOE_IP4_ROUTE && key->type != FOE_IP6_3T;
	unsigned int len = key->type <= FOE_DSLITE ? 4 : 16;

	v->tuple.l4proto = !ports5 ? key->proto : key->udp ? IPPROTO_UDP : IPPROTO_TCP;
	to_endpoint(key->src, len, key->sport, ports5, &v->tuple.src);
	to_endpoint(key->dst, len, key->dport, ports5, &v->tuple.dst);
	if (key->type != FOE_IP4_HNAPT || !is_bound(v))
		return;
	to_endpoint(&v->e.new_src, 4, v->e.new_sport, true, &v->after.src);
	to_endpoint(&v->e.new_dst, 4, v->e.new_dport, true, &v->after.dst);
	v->translated = v->e.new_src != key->src[0] || v->e.new_dst != key->dst[0] ||
			v->e.new_sport != key->sport || v->e.new_dport != key->dport;
}

static void view_entry(const struct ppe_entry *raw, struct view *v)
{
	*v = (struct view) { .raw = raw };
	if (raw->gen >= 1 && raw->gen <= FOE_GENS)
		v->layout = foe_layout(raw->gen - 1);
	if (!v->layout || raw->n_word != foe_words(v->layout))
		return;
	v->known = true;
	v->has_type = !foe_decode(v->layout, raw->word, &v->e);
	if (v->has_type)
		view_tuple(v);
}

static const char *type_text(const struct view *v, char buf[NUM_LEN])
{
	unsigned int type = v->e.key.type;

	if (!v->known)
		return "unknown";
	if (type < ARRAY_SIZE(types) && types[type])
		return types[type];
	snprintf(buf, NUM_LEN, "type-%u", type);
	return buf;
}

static const char *port_text(unsigned int port)
{
	return port < ARRAY_SIZE(ports) ? ports[port] : "unknown";
}

/* Seconds since its last packet, as far as the few bits of the timestamp tell. */
static bool age_of(const struct view *v, uint32_t *age)
{
	if (!v->has_type || !v->raw->has_now || v->e.state == FOE_INVALID)
		return false;
	if (is_bound(v))
		*age = foe_idle(v->layout, v->raw->now, v->e.timestamp);
	else
		*age = (v->raw->now - v->e.timestamp) & 0xff;
	return true;
}

/* Ours are counted by us. Before that, hardware counts packets only. */
static bool packets_of(const struct view *v, uint64_t *packets)
{
	bool seen = v->has_type && v->e.state == FOE_UNBIND;

	*packets = v->raw->counted ? v->raw->packets : v->e.packets;
	return v->raw->counted || seen;
}

/* ---- text */

static void tuple_text(const struct tuple *t, char *buf, size_t size)
{
	char src[ENDPOINT_LEN], dst[ENDPOINT_LEN];

	endpoint_text(&t->src, src);
	endpoint_text(&t->dst, dst);
	snprintf(buf, size, "%s -> %s", src, dst);
}

#define TUPLE_LEN	(2 * ENDPOINT_LEN + sizeof(" -> "))

static void tuple_cell(struct table *t, const struct view *v)
{
	char before[TUPLE_LEN], after[TUPLE_LEN];

	if (!v->has_type) {
		table_cell(t, COLOR_NONE, "-");
		return;
	}
	tuple_text(&v->tuple, before, sizeof(before));
	tuple_text(&v->after, after, sizeof(after));
	table_cell(t, v->tuple.src.addr.len == 16 ? COLOR_ADDR6 : COLOR_ADDR4, "%s %s%s%s",
		   proto_name(v->tuple.l4proto), before, v->translated ? " => " : "",
		   v->translated ? after : "");
}

/* Where it goes and what is put before it. */
static void out_note(struct table *t, const struct view *v)
{
	char vlan[2][NUM_LEN] = { "", "" }, dsa[NUM_LEN] = "", sid[NUM_LEN] = "";
	char queue[NUM_LEN] = "", smac[NUM_LEN], dmac[NUM_LEN];
	const struct foe_mac *mac = &v->e.mac;
	unsigned int i;

	for (i = 0; i < mac->n_vlan; i++)
		snprintf(vlan[i], NUM_LEN, mac->vlan[i] >> 13 ? " vlan %u pcp %u" : " vlan %u",
			 mac->vlan[i] & 0xfff, mac->vlan[i] >> 13);
	if (mac->dsa_port != FOE_NO_DSA)
		snprintf(dsa, sizeof(dsa), " dsa %d", mac->dsa_port);
	if (mac->pppoe)
		snprintf(sid, sizeof(sid), " pppoe %u", mac->sid);
	if (mac->use_queue)
		snprintf(queue, sizeof(queue), " queue %u", mac->queue);
	mac_text(mac->smac, smac);
	mac_text(mac->dmac, dmac);
	table_note(t, COLOR_NONE, "out %s%s%s%s%s%s  mac %s -> %s", port_text(mac->port), dsa,
		   vlan[0], vlan[1], sid, queue, smac, dmac);
}

static void tunnel_note(struct table *t, const struct view *v)
{
	const struct foe_tunnel *tunnel = &v->e.tunnel;
	unsigned int len = v->e.key.type == FOE_DSLITE ? 16 : 4;
	struct tuple outer = { 0 };
	char text[TUPLE_LEN];

	to_endpoint(tunnel->src, len, 0, false, &outer.src);
	to_endpoint(tunnel->dst, len, 0, false, &outer.dst);
	tuple_text(&outer, text, sizeof(text));
	if (len == 16)
		table_note(t, COLOR_NONE, "tunnel %s  class %u label 0x%05" PRIx32, text,
			   tunnel->priority, tunnel->flow_label);
	else
		table_note(t, COLOR_NONE, "tunnel %s  dscp %u ttl %u", text, tunnel->priority,
			   tunnel->ttl);
}

static void flags_note(struct table *t, const struct foe_entry *e)
{
	if (!e->ttl && !e->cache && !e->counted && !e->keepalive && !e->is_static && !e->prebind)
		return;
	table_note(t, COLOR_NONE, "flags%s%s%s%s%s%s", e->ttl ? " ttl" : "",
		   e->cache ? " cache" : "", e->counted ? " counted" : "",
		   e->keepalive ? " keepalive" : "", e->is_static ? " static" : "",
		   e->prebind ? " prebind" : "");
}

static void words_note(struct table *t, const struct ppe_entry *raw)
{
	char text[NFO_PPE_WORDS_MAX * sizeof(" 12345678") + 1] = "";
	unsigned int i;
	int len = 0;

	for (i = 0; i < raw->n_word; i++)
		len += snprintf(text + len, sizeof(text) - len, " %08" PRIx32, raw->word[i]);
	table_note(t, COLOR_NONE, "words%s", text);
}

static enum color state_color(const struct view *v)
{
	return v->known && v->e.state == FOE_BIND ? COLOR_GOOD : COLOR_WARN;
}

static void entry_row(struct table *t, const struct view *v)
{
	char num[NUM_LEN];
	uint64_t packets;
	uint32_t age;

	table_cell(t, COLOR_DEV, "%s", v->raw->where.device);
	table_cell(t, COLOR_NONE, "%" PRIu32, v->raw->where.engine);
	table_cell(t, COLOR_NONE, "%" PRIu32, v->raw->index);
	table_cell(t, state_color(v), "%s", v->known ? ppe_state_name(v->e.state) : "unknown");
	table_cell(t, COLOR_NONE, "%s", type_text(v, num));
	if (age_of(v, &age))
		table_cell(t, COLOR_NONE, "%" PRIu32 "s", age);
	else
		table_cell(t, COLOR_NONE, "-");
	table_cell(t, COLOR_NONE, "%s", packets_of(v, &packets) ? human_count(num, packets) : "-");
	table_cell(t, COLOR_NONE, "%s", v->raw->counted ? human_count(num, v->raw->bytes) : "-");
	table_cell(t, COLOR_NONE, "%s", v->raw->ours ? "yes" : "no");
	tuple_cell(t, v);
}

static void entry_notes(struct table *t, const struct view *v)
{
	if (v->has_type && is_bound(v))
		out_note(t, v);
	if (v->has_type && has_tunnel(v))
		tunnel_note(t, v);
	if (opt.stats && v->known)
		flags_note(t, &v->e);
	if (opt.stats || !v->has_type)
		words_note(t, v->raw);
}

void ppe_entries_text(const struct ppe_entries *entries)
{
	static const char *const heads[] = {
		"DEVICE", "ENGINE", "INDEX", "STATE", "TYPE", "AGE", "PACKETS", "BYTES", "OURS",
		"FLOW",
	};
	struct table t;
	struct view v;
	size_t i;

	table_init(&t, "", heads, ARRAY_SIZE(heads), 0xe6);
	for (i = 0; i < entries->n; i++) {
		view_entry(&entries->entry[i], &v);
		entry_row(&t, &v);
		entry_notes(&t, &v);
	}
	table_flush(&t);
}

/* ---- JSON */

static void mac_json(const struct foe_mac *mac)
{
	char text[NUM_LEN];
	unsigned int i;

	json_object("out");
	json_u64("port", mac->port);
	json_str("name", port_text(mac->port));
	if (mac->dsa_port != FOE_NO_DSA)
		json_u64("dsa_port", mac->dsa_port);
	json_array("vlans");
	for (i = 0; i < mac->n_vlan; i++) {
		json_object(NULL);
		json_u64("id", mac->vlan[i] & 0xfff);
		json_u64("pcp", mac->vlan[i] >> 13);
		json_end();
	}
	json_end();
	if (mac->pppoe)
		json_u64("pppoe_sid", mac->sid);
	if (mac->use_queue)
		json_u64("queue", mac->queue);
	mac_text(mac->smac, text);
	json_str("smac", text);
	mac_text(mac->dmac, text);
	json_str("dmac", text);
	json_end();
}

static void tunnel_json(const struct view *v)
{
	const struct foe_tunnel *tunnel = &v->e.tunnel;
	bool dslite = v->e.key.type == FOE_DSLITE;
	struct endpoint src, dst;

	to_endpoint(tunnel->src, dslite ? 16 : 4, 0, false, &src);
	to_endpoint(tunnel->dst, dslite ? 16 : 4, 0, false, &dst);
	json_object("tunnel");
	json_endpoint(&src, "src", NULL);
	json_endpoint(&dst, "dst", NULL);
	json_u64(dslite ? "class" : "dscp", tunnel->priority);
	if (dslite)
		json_u64("flow_label", tunnel->flow_label);
	else
		json_u64("ttl", tunnel->ttl);
	json_end();
}

static void flags_json(const struct foe_entry *e)
{
	json_bool("ttl", e->ttl);
	json_bool("cache", e->cache);
	json_bool("counted", e->counted);
	json_bool("keepalive", e->keepalive);
}

static void tuple_json(const struct view *v)
{
	json_str("proto", proto_name(v->tuple.l4proto));
	json_endpoint(&v->tuple.src, "src", "sport");
	json_endpoint(&v->tuple.dst, "dst", "dport");
	if (v->translated) {
		json_endpoint(&v->after.src, "new_src", "new_sport");
		json_endpoint(&v->after.dst, "new_dst", "new_dport");
	}
	if (is_bound(v)) {
		mac_json(&v->e.mac);
		flags_json(&v->e);
	}
	if (has_tunnel(v))
		tunnel_json(v);
}

static void words_json(const struct ppe_entry *raw)
{
	char text[NUM_LEN];
	unsigned int i;

	json_array("words");
	for (i = 0; i < raw->n_word; i++) {
		snprintf(text, sizeof(text), "%08" PRIx32, raw->word[i]);
		json_str(NULL, text);
	}
	json_end();
}

static void entry_json(const struct view *v)
{
	char num[NUM_LEN];
	uint64_t packets;
	uint32_t age;

	json_object(NULL);
	ppe_where_json(&v->raw->where);
	json_u64("index", v->raw->index);
	json_u64("generation", v->raw->gen);
	json_str("state", v->known ? ppe_state_name(v->e.state) : "unknown");
	json_str("type", type_text(v, num));
	json_bool("ours", v->raw->ours);
	json_bool("static", v->e.is_static);
	if (age_of(v, &age))
		json_u64("age_s", age);
	if (packets_of(v, &packets))
		json_u64("packets", packets);
	if (v->raw->counted)
		json_u64("bytes", v->raw->bytes);
	if (v->has_type)
		tuple_json(v);
	words_json(v->raw);
	json_end();
}

void ppe_entries_json(const struct ppe_entries *entries)
{
	struct view v;
	size_t i;

	json_array(NULL);
	for (i = 0; i < entries->n; i++) {
		view_entry(&entries->entry[i], &v);
		entry_json(&v);
	}
	json_end();
}
