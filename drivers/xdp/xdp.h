/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The XDP backend's own objects.
 *
 *	struct nfo_xdp_port	a device that runs our program
 *	struct nfo_xdp_flow	a rule: an entry of the table
 *	struct nfo_xdp_table	the table of all ports: BPF maps, see layout.h
 *	struct nfo_xdp_tx	a device that frames leave by
 *
 * Locks. The backend is deferred: all its operations but port_match and port_caps run in the core's
 * one worker, never two at once and without RTNL, and whatever only they touch needs no lock. What
 * notifiers touch as well is guarded by RTNL: the list of features that are held (feature.c), the
 * set of ports, and the egress devices' liveness (tx.c).
 */
#ifndef _NFO_XDP_XDP_H
#define _NFO_XDP_XDP_H

#include <linux/bpf.h>
#include <linux/netdevice.h>
#include <nfo/backend.h>

#include "entry.h"

/**
 * enum nfo_xdp_mode - where a device runs the program
 * @NFO_XDP_NATIVE: in its driver
 * @NFO_XDP_GENERIC: in the kernel, with an skb: may leave by any device
 */
enum nfo_xdp_mode {
	NFO_XDP_NATIVE,
	NFO_XDP_GENERIC,
};

/**
 * enum nfo_xdp_way - what a device's features are held for
 * @NFO_XDP_RX: frames that come in have everything in them
 * @NFO_XDP_TX: it takes frames from XDP, as far as that is a matter of features
 */
enum nfo_xdp_way {
	NFO_XDP_RX,
	NFO_XDP_TX,
};

/**
 * struct nfo_xdp_tx - a device that frames leave by
 * @list: in the list of tx.c
 * @dev: compared only: it may be gone
 * @mode: where the ports of its flows run the program
 * @slot: in the devmap
 * @refs: flows
 * @dead: the device is gone
 */
struct nfo_xdp_tx {
	struct list_head list;
	struct net_device *dev;
	enum nfo_xdp_mode mode;
	u32 slot;
	u32 refs;
	bool dead;
};

/**
 * struct nfo_xdp_port - a device that runs our program
 * @list: in nfo_xdp_ports; changes under RTNL
 * @dev: held by the core until port_del
 * @link: what holds the program on it
 * @mode: see there
 * @number: in the keys of its flows
 * @loose: frames may have checksums that are not finished
 * @broken: its program is of another table than the rest: nothing can be added
 * @caps: capability table
 */
struct nfo_xdp_port {
	struct list_head list;
	struct net_device *dev;
	struct bpf_link *link;
	enum nfo_xdp_mode mode;
	u16 number;
	bool loose;
	bool broken;
	struct nfo_caps caps;
};

/**
 * struct nfo_xdp_flow - a rule
 * @slot: its entry and its counters
 * @tx: where it goes
 * @seen: counters that were reported
 * @carry: counted in a table that was replaced, to be reported
 */
struct nfo_xdp_flow {
	u32 slot;
	struct nfo_xdp_tx *tx;
	struct xdp_count seen;
	struct xdp_count carry;
};

/**
 * struct nfo_xdp_table - a table of flows
 * @size: slots; slot 0 is never used
 * @used: slots that are
 * @consts: constants for the program: maps' file descriptors are put in when it is loaded
 * @buckets: map: first entry of each bucket
 * @entries: map: struct xdp_entry by slot
 * @counts: map: struct xdp_count by slot and CPU
 * @flows: by slot
 * @free: slots that are not used; the first @size - 1 - @used of it
 */
struct nfo_xdp_table {
	u32 size;
	u32 used;
	u64 consts[__XDP_CONST_MAX];
	struct bpf_map *buckets;
	struct bpf_map *entries;
	struct bpf_map *counts;
	struct nfo_xdp_flow **flows;
	u32 *free;
};

extern struct list_head nfo_xdp_ports;

/* bpf.c: the kernel's BPF, from inside of it */
struct bpf_map *nfo_xdp_map_new(u32 type, u32 value_size, u32 n, u32 flags, const char *name);
void *nfo_xdp_map_at(struct bpf_map *map, u32 index);
struct xdp_count *nfo_xdp_count_at(struct bpf_map *map, u32 index, int cpu);
int nfo_xdp_prog_load(struct bpf_map *const *maps, const u64 *consts);
int nfo_xdp_link_new(struct net_device *dev, int prog_fd, u32 flags, struct bpf_link **link);
int nfo_xdp_link_update(struct bpf_link *link, int prog_fd);
void nfo_xdp_link_del(struct bpf_link *link);
int nfo_xdp_devmap_set(struct bpf_map *map, struct net_device *dev, u32 slot);
void nfo_xdp_fd_close(int fd);

/* blob.S */
extern const u64 nfo_xdp_blob[];
extern const u64 nfo_xdp_blob_end[];

/* table.c */
extern struct nfo_xdp_table *nfo_xdp_table;
int nfo_xdp_table_get(void);
void nfo_xdp_table_put(void);
int nfo_xdp_table_add(struct nfo_xdp_flow *flow, const struct xdp_entry *e);
void nfo_xdp_table_unlink(struct nfo_xdp_flow *flow);
void nfo_xdp_table_release(struct nfo_xdp_flow *flow);
int nfo_xdp_table_load(const struct nfo_xdp_table *t, const struct nfo_xdp_port *port);
void nfo_xdp_count_read(struct nfo_xdp_flow *flow, struct nfo_counters *c);

/* flow.c */
int nfo_xdp_flow_add(void *priv, const struct nfo_rule *rule, void **flow_priv,
		     struct netlink_ext_ack *extack);
void nfo_xdp_flow_del(void *priv, void *flow_priv, struct nfo_counters *last);
void nfo_xdp_flow_del_many(void *priv, void *const *flow_privs, struct nfo_counters *last,
			   unsigned int n);
void nfo_xdp_flow_stats(void *priv, void *flow_priv, struct nfo_counters *counters);

/* tx.c */
int nfo_xdp_tx_start(void);
void nfo_xdp_tx_stop(void);
struct bpf_map *nfo_xdp_tx_map(void);
struct nfo_xdp_tx *nfo_xdp_tx_get(struct net_device *dev, enum nfo_xdp_mode mode);
void nfo_xdp_tx_put(struct nfo_xdp_tx *tx);
void nfo_xdp_tx_gone(struct net_device *dev);
bool nfo_xdp_tx_uses(const struct net_device *dev);

/* feature.c */
bool nfo_xdp_is(const struct net_device *dev, const char *kind);
bool nfo_xdp_queues_fit(const struct net_device *dev);
int nfo_xdp_feature_hold(struct net_device *dev, enum nfo_xdp_way way);
void nfo_xdp_feature_drop(struct net_device *dev, enum nfo_xdp_way way);
void nfo_xdp_feature_gone(struct net_device *dev);

/* port.c */
int nfo_xdp_port_match(struct net_device *dev, struct netlink_ext_ack *extack);
int nfo_xdp_port_add(struct net_device *dev, void **priv, struct netlink_ext_ack *extack);
void nfo_xdp_port_del(struct net_device *dev, void *priv);
void nfo_xdp_port_detach(struct nfo_xdp_port *port);
const struct nfo_caps *nfo_xdp_port_caps(void *priv);
void nfo_xdp_port_show(void *priv, char *buf, size_t size);
int nfo_xdp_port_init(void);
void nfo_xdp_port_exit(void);

#endif /* _NFO_XDP_XDP_H */
