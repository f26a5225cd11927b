/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From struct nfo_rule back to a flow_rule for a driver's TC_SETUP_FT callback, with the slips of
 * nf_flow_table put right: VLAN keys are announced. Pure: no lock; compiles in user space.
 */
#ifndef _NFO_NATIVE_COMPOSE_H
#define _NFO_NATIVE_COMPOSE_H

#include <linux/types.h>
#include <net/flow_offload.h>
#include <nfo/rule.h>

/* What the keys and masks of a composed rule point into. */
struct nfo_ft_key {
	struct flow_dissector_key_meta meta;
	struct flow_dissector_key_control control;
	struct flow_dissector_key_basic basic;
	union {
		struct flow_dissector_key_ipv4_addrs ip4;
		struct flow_dissector_key_ipv6_addrs ip6;
	};
	struct flow_dissector_key_ports ports;
	struct flow_dissector_key_tcp tcp;
	struct flow_dissector_key_vlan vlan;
	struct flow_dissector_key_vlan cvlan;
};

struct nfo_ft_match {
	struct flow_dissector dissector;
	struct nfo_ft_key key;
	struct nfo_ft_key mask;
};

/* four MAC words, 2 pops, 2 pushes, 2 x (4 address words + port), CSUM, TTL, REDIRECT */
#define NFO_FT_ACTIONS_MAX	21

/**
 * nfo_ft_compose() - build the flow_rule of @rule
 * @rule: the rule
 * @egress: the device with rule->edit.ifindex
 * @explicit_ttl: add an action that decrements TTL or hop limit; without it the driver is one
 *	that does so for every flowtable rule
 * @match: cleared and filled in; @fr points into it
 * @fr: has room for NFO_FT_ACTIONS_MAX actions, all zero
 */
void nfo_ft_compose(const struct nfo_rule *rule, struct net_device *egress, bool explicit_ttl,
		    struct nfo_ft_match *match, struct flow_rule *fr);

#endif /* _NFO_NATIVE_COMPOSE_H */
