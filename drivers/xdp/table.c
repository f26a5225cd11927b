// SPDX-License-Identifier: GPL-2.0-only
/*
 * The table of flows: which entries there are, and how it grows.
 *
 * One table serves all ports. An entry is written while nothing leads to it, and published by one
 * store to its bucket. It is taken out of its bucket by one store, and its slot is used again
 * after a grace period: programs run under RCU.
 *
 * To grow: a new table is filled with all entries at the slots they have, each port gets a program
 * for it, and after a grace period nothing looks at the old one: what it counted is carried over,
 * so that nothing is forgotten. If a port cannot be given its program, all get the old one back,
 * and the table stays as it was.
 *
 * Only the core's worker comes here: no lock. See xdp.h.
 */
#include <linux/cpumask.h>
#include <linux/moduleparam.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "xdp.h"

#define SIZE_MIN	64
#define MAX_FLOWS	262144

struct nfo_xdp_table *nfo_xdp_table;
static unsigned int n_users;

static unsigned int max_flows = MAX_FLOWS;
module_param(max_flows, uint, 0644);
MODULE_PARM_DESC(max_flows, "most directions of connections, to which the table grows");

static unsigned int n_flows;
module_param_named(flows, n_flows, uint, 0444);
MODULE_PARM_DESC(flows, "directions of connections in the table");

static unsigned long memory;
module_param(memory, ulong, 0444);
MODULE_PARM_DESC(memory, "bytes of the table");

static u32 n_buckets(const struct nfo_xdp_table *t)
{
	return t->consts[XDP_CONST_MASK] + 1;
}

static struct xdp_entry *entry_at(const struct nfo_xdp_table *t, u32 slot)
{
	return nfo_xdp_map_at(t->entries, slot);
}

static u32 *bucket_of(const struct nfo_xdp_table *t, const struct xdp_key *key)
{
	u32 hash = xdp_hash6(key->w, &t->consts[XDP_CONST_HASH]);

	return nfo_xdp_map_at(t->buckets, hash & t->consts[XDP_CONST_MASK]);
}

/* ---- all of it */

static void map_free(struct bpf_map *map)
{
	if (!IS_ERR_OR_NULL(map))
		bpf_map_put(map);
}

static void table_free(struct nfo_xdp_table *t)
{
	map_free(t->buckets);
	map_free(t->entries);
	map_free(t->counts);
	kvfree(t->flows);
	kvfree(t->free);
	kfree(t);
}

static int make_maps(struct nfo_xdp_table *t)
{
	t->buckets = nfo_xdp_map_new(BPF_MAP_TYPE_ARRAY, sizeof(u32), n_buckets(t),
				     BPF_F_RDONLY_PROG, "nfo_buckets");
	if (IS_ERR(t->buckets))
		return PTR_ERR(t->buckets);
	t->entries = nfo_xdp_map_new(BPF_MAP_TYPE_ARRAY, sizeof(struct xdp_entry), t->size,
				     BPF_F_RDONLY_PROG, "nfo_entries");
	if (IS_ERR(t->entries))
		return PTR_ERR(t->entries);
	t->counts = nfo_xdp_map_new(BPF_MAP_TYPE_PERCPU_ARRAY, sizeof(struct xdp_count), t->size, 0,
				    "nfo_counts");
	return PTR_ERR_OR_ZERO(t->counts);
}

static struct nfo_xdp_table *table_new(u32 size)
{
	struct nfo_xdp_table *t = kzalloc(sizeof(*t), GFP_KERNEL);
	int err;

	if (!t)
		return ERR_PTR(-ENOMEM);
	t->size = size;
	t->consts[XDP_CONST_MASK] = roundup_pow_of_two(size) - 1;
	get_random_bytes(&t->consts[XDP_CONST_HASH], XDP_KEY_WORDS * sizeof(u64));
	t->flows = kvcalloc(size, sizeof(*t->flows), GFP_KERNEL);
	t->free = kvcalloc(size, sizeof(*t->free), GFP_KERNEL);
	err = t->flows && t->free ? make_maps(t) : -ENOMEM;
	if (!err)
		return t;
	table_free(t);
	return ERR_PTR(err);
}

/* Slots in use are those that have a flow; slot 0 is none. */
static void list_free(struct nfo_xdp_table *t)
{
	u32 slot, n = 0;

	for (slot = t->size - 1; slot; slot--)
		if (!t->flows[slot])
			t->free[n++] = slot;
	t->used = t->size - 1 - n;
}

/* The table that is used from now on, or NULL. */
static void use(struct nfo_xdp_table *t)
{
	u64 bytes = 0;

	if (t)
		bytes = (u64)n_buckets(t) * sizeof(u32) +
			(u64)t->size * (sizeof(struct xdp_entry) + sizeof(*t->flows) +
					sizeof(*t->free) +
					num_possible_cpus() * sizeof(struct xdp_count));
	nfo_xdp_table = t;
	WRITE_ONCE(memory, bytes);
	WRITE_ONCE(n_flows, t ? t->used : 0);
}

static u32 size_wanted(u32 size)
{
	return min_t(u64, size, (u64)READ_ONCE(max_flows) + 1);
}

/**
 * nfo_xdp_table_get() - a port needs the table
 *
 * Return: 0 or an error.
 */
int nfo_xdp_table_get(void)
{
	struct nfo_xdp_table *t;

	if (!n_users) {
		t = table_new(max_t(u32, size_wanted(SIZE_MIN), 2));
		if (IS_ERR(t))
			return PTR_ERR(t);
		list_free(t);
		use(t);
	}
	n_users++;
	return 0;
}

/**
 * nfo_xdp_table_put() - a port does not need it any more
 */
void nfo_xdp_table_put(void)
{
	struct nfo_xdp_table *t = nfo_xdp_table;

	if (--n_users)
		return;
	use(NULL);
	table_free(t);
}

/**
 * nfo_xdp_table_load() - load a port's program
 * @t: the table it shall use
 * @port: the port
 *
 * Return: a file descriptor or an error.
 */
int nfo_xdp_table_load(const struct nfo_xdp_table *t, const struct nfo_xdp_port *port)
{
	struct bpf_map *maps[XDP_CONST_MAPS] = {
		[XDP_CONST_BUCKETS] = t->buckets,
		[XDP_CONST_ENTRIES] = t->entries,
		[XDP_CONST_COUNTS] = t->counts,
		[XDP_CONST_TX] = nfo_xdp_tx_map(),
	};
	u64 consts[__XDP_CONST_MAX];

	memcpy(consts, t->consts, sizeof(consts));
	consts[XDP_CONST_PORT] = port->number;
	consts[XDP_CONST_LOOSE] = port->loose;
	return nfo_xdp_prog_load(maps, consts);
}

/* ---- entries */

/* Publishes what was written to a slot. */
static int link_entry(struct nfo_xdp_table *t, u32 slot)
{
	struct xdp_entry *e = entry_at(t, slot), *other;
	u32 *bucket = bucket_of(t, &e->key);
	u32 at, n = 0;

	for (at = *bucket; at; at = other->next) {
		other = entry_at(t, at);
		if (!memcmp(&other->key, &e->key, sizeof(e->key)))
			return -EEXIST;
		if (++n == XDP_CHAIN_MAX)
			return -ENOSPC;
	}
	e->next = *bucket;
	smp_store_release(bucket, slot);
	return 0;
}

static void unlink_entry(struct nfo_xdp_table *t, u32 slot)
{
	struct xdp_entry *e = entry_at(t, slot);
	u32 *at = bucket_of(t, &e->key);

	while (*at != slot)
		at = &entry_at(t, *at)->next;
	WRITE_ONCE(*at, e->next);
}

/* ---- counters */

static void count_sum(const struct nfo_xdp_table *t, u32 slot, struct xdp_count *sum)
{
	struct xdp_count *c;
	int cpu;

	memset(sum, 0, sizeof(*sum));
	for_each_possible_cpu(cpu) {
		c = nfo_xdp_count_at(t->counts, slot, cpu);
		sum->packets += READ_ONCE(c->packets);
		sum->bytes += READ_ONCE(c->bytes);
		sum->last = max(sum->last, READ_ONCE(c->last));
	}
}

static void count_clear(struct nfo_xdp_table *t, u32 slot)
{
	int cpu;

	for_each_possible_cpu(cpu)
		memset(nfo_xdp_count_at(t->counts, slot, cpu), 0, sizeof(struct xdp_count));
}

/* What a table that goes away has counted for a flow, and was not reported. */
static void count_carry(struct nfo_xdp_flow *flow, const struct nfo_xdp_table *old)
{
	struct xdp_count sum;

	count_sum(old, flow->slot, &sum);
	flow->carry.packets += sum.packets - flow->seen.packets;
	flow->carry.bytes += sum.bytes - flow->seen.bytes;
	flow->carry.last = max(flow->carry.last, sum.last);
	memset(&flow->seen, 0, sizeof(flow->seen));
}

/**
 * nfo_xdp_count_read() - report what was counted since the last report
 * @flow: has its entry, or had it until now
 * @c: filled in
 */
void nfo_xdp_count_read(struct nfo_xdp_flow *flow, struct nfo_counters *c)
{
	struct xdp_count sum;
	u64 last;

	count_sum(nfo_xdp_table, flow->slot, &sum);
	c->packets = sum.packets - flow->seen.packets + flow->carry.packets;
	c->bytes = sum.bytes - flow->seen.bytes + flow->carry.bytes;
	last = max(sum.last, flow->carry.last);
	c->lastused = last;
	flow->seen = sum;
	memset(&flow->carry, 0, sizeof(flow->carry));
	flow->carry.last = last;
}

/* ---- growing */

static int copy_entries(struct nfo_xdp_table *to, const struct nfo_xdp_table *from)
{
	u32 slot;
	int err;

	for (slot = 1; slot < from->size; slot++) {
		if (!from->flows[slot])
			continue;
		*entry_at(to, slot) = *entry_at(from, slot);
		err = link_entry(to, slot);
		if (err)
			return err;
		to->flows[slot] = from->flows[slot];
	}
	return 0;
}

/* Gives a port a program for a table. One whose device is gone does not need it. */
static int switch_port(struct nfo_xdp_port *port, const struct nfo_xdp_table *t)
{
	int fd, err;

	fd = nfo_xdp_table_load(t, port);
	if (fd < 0)
		return fd;
	err = nfo_xdp_link_update(port->link, fd);
	nfo_xdp_fd_close(fd);
	return err == -ENOLINK ? 0 : err;
}

static int switch_ports(const struct nfo_xdp_table *to, const struct nfo_xdp_table *from)
{
	struct nfo_xdp_port *port;
	int err = 0;

	list_for_each_entry(port, &nfo_xdp_ports, list) {
		err = port->broken ? 0 : switch_port(port, to);
		if (err)
			break;
	}
	if (!err)
		return 0;
	list_for_each_entry_continue_reverse(port, &nfo_xdp_ports, list) {
		if (port->broken || !switch_port(port, from))
			continue;
		/* its program would go on by a table that nobody keeps */
		nfo_xdp_port_detach(port);
		port->broken = true;
	}
	return err;
}

static int grow(void)
{
	struct nfo_xdp_table *old = nfo_xdp_table, *new;
	u32 slot, size = size_wanted(2 * old->size);
	int err;

	if (size <= old->size)
		return -ENOSPC;
	new = table_new(size);
	if (IS_ERR(new))
		return PTR_ERR(new);
	err = copy_entries(new, old);
	if (!err)
		err = switch_ports(new, old);
	/* programs of the one that goes may still be running */
	synchronize_net();
	if (err) {
		table_free(new);
		return err;
	}
	list_free(new);
	for (slot = 1; slot < old->size; slot++)
		if (new->flows[slot])
			count_carry(new->flows[slot], old);
	use(new);
	table_free(old);
	return 0;
}

/* ---- flows */

/**
 * nfo_xdp_table_add() - put a flow into the table
 * @flow: gets a slot
 * @e: its entry
 *
 * Return: 0, -ENOSPC if there is no room, -EEXIST if there is one like that, or another error.
 */
int nfo_xdp_table_add(struct nfo_xdp_flow *flow, const struct xdp_entry *e)
{
	struct nfo_xdp_table *t = nfo_xdp_table;
	int err;

	if (t->used >= t->size - 1 || t->used >= READ_ONCE(max_flows)) {
		err = grow();
		if (err)
			return err;
		t = nfo_xdp_table;
	}
	flow->slot = t->free[t->size - 2 - t->used];
	*entry_at(t, flow->slot) = *e;
	count_clear(t, flow->slot);
	err = link_entry(t, flow->slot);
	if (err)
		return err;
	t->flows[flow->slot] = flow;
	WRITE_ONCE(n_flows, ++t->used);
	return 0;
}

/**
 * nfo_xdp_table_unlink() - no packet that comes from now on is forwarded by a flow
 * @flow: in the table
 */
void nfo_xdp_table_unlink(struct nfo_xdp_flow *flow)
{
	unlink_entry(nfo_xdp_table, flow->slot);
}

/**
 * nfo_xdp_table_release() - give back a flow's slot
 * @flow: was unlinked a grace period ago
 */
void nfo_xdp_table_release(struct nfo_xdp_flow *flow)
{
	struct nfo_xdp_table *t = nfo_xdp_table;

	t->flows[flow->slot] = NULL;
	WRITE_ONCE(n_flows, --t->used);
	t->free[t->size - 2 - t->used] = flow->slot;
}
