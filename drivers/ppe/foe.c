// SPDX-License-Identifier: GPL-2.0-only
/* FOE entries: encode, decode, compare. The positions of the fields are in foe_layout.c. */
#include <asm/byteorder.h>
#include <linux/bits.h>
#include <linux/errno.h>
#include <linux/string.h>

#include "foe_layout.h"

#define ETYPE_IP4	0x0800
#define ETYPE_IP6	0x86dd
#define ETYPE_PPPOE	0x8864
/* With a special tag, the ethertype is that tag: a bit per port, and whether it holds a VLAN. */
#define DSA_PORTS	8
#define DSA_HAS_VLAN	BIT(8)

/* An entry being written. */
struct writer {
	const struct foe_form *form;
	u32 *words;
	const char *misfit;	/* the first value that is too large, NULL: none */
};

static const char *const names[FOE_FIELDS] = {
	[FOE_F_STATE] = "state",
	[FOE_F_TYPE] = "type",
	[FOE_F_SEEN] = "timestamp",
	[FOE_F_PACKETS] = "packets",
	[FOE_F_TIME] = "timestamp",
	[FOE_F_QUEUE] = "queue",
	[FOE_F_PORT] = "port",
	[FOE_F_METER] = "meter",
};

static void misfit(struct writer *w, const char *name)
{
	if (!w->misfit)
		w->misfit = name;
}

static void put(struct writer *w, enum foe_field_id id, u32 value)
{
	const struct foe_field *field = &w->form->field[id];

	if (value & ~foe_mask(field))
		misfit(w, names[id] ? names[id] : "field");
	else
		w->words[field->word] |= value << field->shift;
}

static bool has(const struct foe_form *form, enum foe_field_id id)
{
	return form->field[id].width;
}

/* As many words as the type has. */
static void put_addr(struct writer *w, unsigned int id, const __be32 *addr)
{
	unsigned int i;

	for (i = 0; i < FOE_ADDR_WORDS && has(w->form, id + i); i++)
		put(w, id + i, be32_to_cpu(addr[i]));
}

static void get_addr(const struct foe_form *form, unsigned int id, const u32 *words, __be32 *addr)
{
	unsigned int i;

	for (i = 0; i < FOE_ADDR_WORDS; i++)
		addr[i] = cpu_to_be32(foe_get(&form->field[id + i], words));
}

static void put_key(struct writer *w, const struct foe_key *key)
{
	put(w, FOE_F_TYPE, key->type);
	put(w, FOE_F_UDP, !!key->udp);
	put_addr(w, FOE_F_SRC, key->src);
	put_addr(w, FOE_F_DST, key->dst);
	if (has(w->form, FOE_F_PROTO)) {
		put(w, FOE_F_PROTO, key->proto);
		put(w, FOE_F_FILL, FOE_3T_FILL);
	} else {
		put(w, FOE_F_SPORT, be16_to_cpu(key->sport));
		put(w, FOE_F_DPORT, be16_to_cpu(key->dport));
	}
}

static void get_key(const struct foe_form *form, const u32 *words, struct foe_key *key)
{
	const struct foe_field *f = form->field;

	key->udp = foe_get(&f[FOE_F_UDP], words);
	get_addr(form, FOE_F_SRC, words, key->src);
	get_addr(form, FOE_F_DST, words, key->dst);
	key->proto = foe_get(&f[FOE_F_PROTO], words);
	key->sport = cpu_to_be16(foe_get(&f[FOE_F_SPORT], words));
	key->dport = cpu_to_be16(foe_get(&f[FOE_F_DPORT], words));
}

static void put_unbound(struct writer *w, const struct foe_entry *e)
{
	put(w, FOE_F_SEEN, e->timestamp);
	put(w, FOE_F_PACKETS, e->packets);
	put(w, FOE_F_PREBIND, !!e->prebind);
}

static void get_unbound(const struct foe_field *f, const u32 *words, struct foe_entry *e)
{
	e->timestamp = foe_get(&f[FOE_F_SEEN], words);
	e->packets = foe_get(&f[FOE_F_PACKETS], words);
	e->prebind = foe_get(&f[FOE_F_PREBIND], words);
}

static void put_new(struct writer *w, const struct foe_entry *e)
{
	put(w, FOE_F_NEW_SRC, be32_to_cpu(e->new_src));
	put(w, FOE_F_NEW_DST, be32_to_cpu(e->new_dst));
	put(w, FOE_F_NEW_SPORT, be16_to_cpu(e->new_sport));
	put(w, FOE_F_NEW_DPORT, be16_to_cpu(e->new_dport));
}

static void get_new(const struct foe_field *f, const u32 *words, struct foe_entry *e)
{
	e->new_src = cpu_to_be32(foe_get(&f[FOE_F_NEW_SRC], words));
	e->new_dst = cpu_to_be32(foe_get(&f[FOE_F_NEW_DST], words));
	e->new_sport = cpu_to_be16(foe_get(&f[FOE_F_NEW_SPORT], words));
	e->new_dport = cpu_to_be16(foe_get(&f[FOE_F_NEW_DPORT], words));
}

static void get_tunnel(const struct foe_form *form, const u32 *words, struct foe_tunnel *tunnel)
{
	get_addr(form, FOE_F_TUN_SRC, words, tunnel->src);
	get_addr(form, FOE_F_TUN_DST, words, tunnel->dst);
	tunnel->flow_label = foe_get(&form->field[FOE_F_TUN_LABEL], words);
	tunnel->priority = foe_get(&form->field[FOE_F_TUN_PRIORITY], words);
	tunnel->ttl = foe_get(&form->field[FOE_F_TUN_TTL], words);
}

static void put_ib2(struct writer *w, const struct foe_layout *layout, const struct foe_entry *e)
{
	put(w, FOE_F_PORT, e->mac.port);
	put(w, FOE_F_MULTICAST, e->mac.dmac[0] & 1);
	put(w, FOE_F_COUNTED, !!e->counted);
	put(w, FOE_F_METER, e->meter);
	put(w, FOE_F_ACCOUNT, layout->account);
	if (e->mac.use_queue) {
		put(w, FOE_F_QUEUE, e->mac.queue);
		put(w, FOE_F_USE_QUEUE, 1);
	}
}

static void get_ib2(const struct foe_field *f, const u32 *words, struct foe_entry *e)
{
	e->mac.port = foe_get(&f[FOE_F_PORT], words);
	e->counted = foe_get(&f[FOE_F_COUNTED], words);
	e->meter = foe_get(&f[FOE_F_METER], words);
	e->mac.use_queue = foe_get(&f[FOE_F_USE_QUEUE], words);
	if (e->mac.use_queue)
		e->mac.queue = foe_get(&f[FOE_F_QUEUE], words);
}

static bool has_dsa(const struct foe_mac *mac)
{
	return mac->dsa_port != FOE_NO_DSA;
}

/* The first VLAN is in the special tag if there is one, so two tags are one layer. */
static bool too_many_tags(const struct foe_mac *mac)
{
	return mac->n_vlan + !!mac->pppoe > 2 || (has_dsa(mac) && mac->n_vlan > 1);
}

static void put_layers(struct writer *w, const struct foe_mac *mac, u32 etype)
{
	bool dsa = has_dsa(mac);

	if (mac->pppoe)
		etype = ETYPE_PPPOE;
	if (dsa && (mac->dsa_port < 0 || mac->dsa_port >= DSA_PORTS))
		misfit(w, "dsa_port");
	else if (dsa)
		etype = BIT(mac->dsa_port) | (mac->n_vlan ? DSA_HAS_VLAN : 0);
	put(w, FOE_F_ETYPE, etype);
	put(w, FOE_F_LAYERS, dsa ? 1 : mac->n_vlan);
	put(w, FOE_F_VLAN_TAG, !dsa && mac->n_vlan);
	if (mac->n_vlan > 0)
		put(w, FOE_F_VLAN0, mac->vlan[0]);
	if (mac->n_vlan > 1)
		put(w, FOE_F_VLAN1, mac->vlan[1]);
	if (mac->pppoe) {
		put(w, FOE_F_PPPOE, 1);
		put(w, FOE_F_SID, mac->sid);
	}
}

static void get_dsa(u32 etype, struct foe_mac *mac)
{
	int port;

	for (port = 0; port < DSA_PORTS && !(etype & BIT(port)); port++)
		;
	if (port == DSA_PORTS)
		return;
	mac->dsa_port = port;
	mac->n_vlan = !!(etype & DSA_HAS_VLAN);
}

static void get_layers(const struct foe_field *f, const u32 *words, struct foe_mac *mac)
{
	u32 layers = foe_get(&f[FOE_F_LAYERS], words);

	if (foe_get(&f[FOE_F_VLAN_TAG], words))
		mac->n_vlan = layers < FOE_VLANS_MAX ? layers : FOE_VLANS_MAX;
	else if (layers)
		get_dsa(foe_get(&f[FOE_F_ETYPE], words), mac);
	if (mac->n_vlan > 0)
		mac->vlan[0] = foe_get(&f[FOE_F_VLAN0], words);
	if (mac->n_vlan > 1)
		mac->vlan[1] = foe_get(&f[FOE_F_VLAN1], words);
	mac->pppoe = foe_get(&f[FOE_F_PPPOE], words);
	if (mac->pppoe)
		mac->sid = foe_get(&f[FOE_F_SID], words);
}

static void put_lladdr(struct writer *w, enum foe_field_id high, enum foe_field_id low,
		       const u8 *addr)
{
	put(w, high, (u32)addr[0] << 24 | addr[1] << 16 | addr[2] << 8 | addr[3]);
	put(w, low, addr[4] << 8 | addr[5]);
}

static void get_lladdr(u32 high, u32 low, u8 *addr)
{
	addr[0] = high >> 24;
	addr[1] = high >> 16;
	addr[2] = high >> 8;
	addr[3] = high;
	addr[4] = low >> 8;
	addr[5] = low;
}

static void put_bound(struct writer *w, const struct foe_layout *layout, const struct foe_entry *e)
{
	put(w, FOE_F_TIME, e->timestamp);
	put(w, FOE_F_KEEPALIVE, !!e->keepalive);
	put(w, FOE_F_CACHE, !!e->cache);
	put(w, FOE_F_TTL, !!e->ttl);
	if (has(w->form, FOE_F_NEW_SRC))
		put_new(w, e);
	put_ib2(w, layout, e);
	put_layers(w, &e->mac, e->key.type >= FOE_IP6_3T ? ETYPE_IP6 : ETYPE_IP4);
	put_lladdr(w, FOE_F_DMAC_HIGH, FOE_F_DMAC_LOW, e->mac.dmac);
	put_lladdr(w, FOE_F_SMAC_HIGH, FOE_F_SMAC_LOW, e->mac.smac);
}

static void get_bound(const struct foe_form *form, const u32 *words, struct foe_entry *e)
{
	const struct foe_field *f = form->field;

	e->timestamp = foe_get(&f[FOE_F_TIME], words);
	e->keepalive = foe_get(&f[FOE_F_KEEPALIVE], words);
	e->cache = foe_get(&f[FOE_F_CACHE], words);
	e->ttl = foe_get(&f[FOE_F_TTL], words);
	get_new(f, words, e);
	get_tunnel(form, words, &e->tunnel);
	get_ib2(f, words, e);
	get_layers(f, words, &e->mac);
	get_lladdr(foe_get(&f[FOE_F_DMAC_HIGH], words), foe_get(&f[FOE_F_DMAC_LOW], words),
		   e->mac.dmac);
	get_lladdr(foe_get(&f[FOE_F_SMAC_HIGH], words), foe_get(&f[FOE_F_SMAC_LOW], words),
		   e->mac.smac);
}

/* Is something to be translated that an entry of the type has no room for? */
static bool cannot_translate(const struct foe_form *form, const struct foe_entry *e)
{
	const struct foe_key *key = &e->key;

	return !has(form, FOE_F_NEW_SRC) &&
	       ((e->new_src && e->new_src != key->src[0]) ||
		(e->new_dst && e->new_dst != key->dst[0]) ||
		(e->new_sport && e->new_sport != key->sport) ||
		(e->new_dport && e->new_dport != key->dport));
}

/**
 * foe_encode() - make the words of an entry
 * @layout: generation
 * @entry: the entry; unbound: of it the key, time, packets; else all
 * @words: foe_words() of them are written
 * @what: if not NULL: name of the value that does not fit
 *
 * Return: 0; -ENOSPC: more tags than hardware puts on; -ERANGE: a value does not fit its field;
 * -EOPNOTSUPP: type that is not encoded, or cannot be translated.
 */
int foe_encode(const struct foe_layout *layout, const struct foe_entry *entry, __u32 *words,
	       const char **what)
{
	const struct foe_form *form = foe_form(layout, entry->key.type);
	struct writer w = { .form = form, .words = words };

	if (!form || has(form, FOE_F_TUN_SRC))
		return -EOPNOTSUPP;
	if (entry->state != FOE_UNBIND && cannot_translate(form, entry))
		return -EOPNOTSUPP;
	if (entry->state != FOE_UNBIND && too_many_tags(&entry->mac))
		return -ENOSPC;
	memset(words, 0, layout->words * sizeof(*words));
	put(&w, FOE_F_STATE, entry->state);
	put(&w, FOE_F_STATIC, !!entry->is_static);
	put_key(&w, &entry->key);
	if (entry->state == FOE_UNBIND)
		put_unbound(&w, entry);
	else
		put_bound(&w, layout, entry);
	if (!w.misfit)
		return 0;
	if (what)
		*what = w.misfit;
	return -ERANGE;
}

/**
 * foe_decode() - read the words of an entry
 * @layout: generation
 * @words: foe_words() of them, anything
 * @entry: where to
 *
 * Return: 0; -EINVAL: there is no such type; then only type, state and static are set.
 */
int foe_decode(const struct foe_layout *layout, const __u32 *words, struct foe_entry *entry)
{
	u32 type = foe_get(foe_ib1(layout, FOE_F_TYPE), words);
	const struct foe_form *form = foe_form(layout, type);

	memset(entry, 0, sizeof(*entry));
	entry->mac.dsa_port = FOE_NO_DSA;
	entry->key.type = type;
	entry->state = foe_get(foe_ib1(layout, FOE_F_STATE), words);
	entry->is_static = foe_get(foe_ib1(layout, FOE_F_STATIC), words);
	if (!form)
		return -EINVAL;
	get_key(form, words, &entry->key);
	if (entry->state == FOE_UNBIND)
		get_unbound(form->field, words, entry);
	else
		get_bound(form, words, entry);
	return 0;
}

/**
 * foe_same_key() - would hardware take a packet of one entry for one of the other?
 * @layout: generation
 * @a: words of the one
 * @b: words of the other
 *
 * Return: true if type, UDP and every word of addresses and ports are the same, in whatever states
 * they are. Entries of a type that does not exist have no key.
 */
bool foe_same_key(const struct foe_layout *layout, const __u32 *a, const __u32 *b)
{
	const struct foe_form *form = foe_form(layout, foe_get(foe_ib1(layout, FOE_F_TYPE), a));
	const struct foe_field *f;
	unsigned int id;

	if (!form)
		return false;
	f = form->field;
	if (foe_get(&f[FOE_F_TYPE], a) != foe_get(&f[FOE_F_TYPE], b) ||
	    foe_get(&f[FOE_F_UDP], a) != foe_get(&f[FOE_F_UDP], b))
		return false;
	for (id = FOE_F_KEY; id < FOE_F_KEY_END; id++)
		if (foe_get(&f[id], a) != foe_get(&f[id], b))
			return false;
	return true;
}

static u32 set_ib1(const struct foe_layout *layout, u32 ib1, enum foe_field_id id, u32 value)
{
	const struct foe_field *field = foe_ib1(layout, id);

	ib1 &= ~(foe_mask(field) << field->shift);
	return ib1 | (value & foe_mask(field)) << field->shift;
}

/**
 * foe_ib1_state() - state of an entry
 * @layout: generation
 * @ib1: its word 0
 *
 * Return: enum foe_state.
 */
__u32 foe_ib1_state(const struct foe_layout *layout, __u32 ib1)
{
	return foe_get(foe_ib1(layout, FOE_F_STATE), &ib1);
}

/**
 * foe_ib1_set_state() - change the state of an entry
 * @layout: generation
 * @ib1: its word 0
 * @state: new state
 *
 * Return: the new word 0.
 */
__u32 foe_ib1_set_state(const struct foe_layout *layout, __u32 ib1, enum foe_state state)
{
	return set_ib1(layout, ib1, FOE_F_STATE, state);
}

/**
 * foe_ib1_time() - timestamp of a bound entry
 * @layout: generation
 * @ib1: its word 0
 *
 * Return: frame engine's time of its last packet, modulo the wrap.
 */
__u32 foe_ib1_time(const struct foe_layout *layout, __u32 ib1)
{
	return foe_get(foe_ib1(layout, FOE_F_TIME), &ib1);
}

/**
 * foe_ib1_set_time() - change the timestamp of a bound entry
 * @layout: generation
 * @ib1: its word 0
 * @now: frame engine's time; as much of it as there is room for is used
 *
 * Return: the new word 0.
 */
__u32 foe_ib1_set_time(const struct foe_layout *layout, __u32 ib1, __u32 now)
{
	return set_ib1(layout, ib1, FOE_F_TIME, now);
}

/**
 * foe_ib1_set_static() - have hardware leave an entry alone
 * @layout: generation
 * @ib1: its word 0
 *
 * Return: the new word 0.
 */
__u32 foe_ib1_set_static(const struct foe_layout *layout, __u32 ib1)
{
	return set_ib1(layout, ib1, FOE_F_STATIC, 1);
}
