/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From what nf_flow_table offers to struct nfo_rule. Pure: no lock, no device; compiles in user
 * space as well.
 */
#ifndef _NFO_CORE_RULE_H
#define _NFO_CORE_RULE_H

#include <linux/types.h>
#include <uapi/linux/nfo.h>
#include <nfo/backend.h>
#include <nfo/rule.h>

struct flow_rule;

/**
 * struct nfo_facts - what the flow's own tuples say and the rule does not, or says wrongly
 * @in: layers around the packet as it comes in, outermost first
 * @out: layers around the packet as it leaves, outermost first
 * @n_in: how many in @in
 * @n_out: how many in @out
 * @egress: device the rule redirects to
 * @bridge_vlan: a switchdev bridge strips or adds a tag in its own hardware
 * @mtu: largest layer 3 packet the route takes, bytes
 *
 * The rule hides VLAN matches, has no PPPoE match and turns an 802.1ad push into an ACCEPT
 * (drivers/core/rule_parse.c); the tuples are the truth for all of these.
 */
struct nfo_facts {
	struct nfo_encap in[NFO_ENCAP_MAX];
	struct nfo_encap out[NFO_ENCAP_MAX];
	u8 n_in;
	u8 n_out;
	u32 egress;
	bool bridge_vlan;
	u16 mtu;
};

/**
 * nfo_rule_parse() - read one offered rule
 * @fr: the rule as nf_flow_table built it
 * @facts: what the flow's tuples say
 * @rule: filled in; all of it is written, so that rules compare as memory
 *
 * Every key, mask and action is on a whitelist.
 *
 * Return: NFO_REASON_NONE, or why this rule cannot be offloaded by anybody; @rule then has the
 * match as far as it was read.
 */
enum nfo_reason nfo_rule_parse(const struct flow_rule *fr, const struct nfo_facts *facts,
			       struct nfo_rule *rule);

/**
 * nfo_rule_check() - can a backend do exactly this?
 * @rule: the rule
 * @caps: the backend's capability table
 * @egress_mtu: MTU of the egress device: what hardware compares with that cannot check @rule's
 *
 * Return: NFO_REASON_NONE, or the field that does not fit.
 */
enum nfo_reason nfo_rule_check(const struct nfo_rule *rule, const struct nfo_caps *caps,
			       u32 egress_mtu);

#endif /* _NFO_CORE_RULE_H */
