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
 * struct nfo_site - where a rule shall be programmed
 * @caps: the backend's capability table
 * @in_mtu: MTU of the ingress device
 * @out_mtu: MTU of the egress device
 * @allow: NFO_OPTIN() bits that the administrator has given the port
 * @zone: the connection is in a conntrack zone: others may have the same 5-tuple
 */
struct nfo_site {
	const struct nfo_caps *caps;
	u32 in_mtu;
	u32 out_mtu;
	u32 allow;
	bool zone;
};

/**
 * nfo_rule_check() - can a backend do exactly this, or as exactly as the administrator wants it?
 * @rule: the rule
 * @site: where
 *
 * Return: NFO_REASON_NONE, or the field that does not fit. A missing permission is named only when
 * nothing else is in the way, and one at a time.
 */
enum nfo_reason nfo_rule_check(const struct nfo_rule *rule, const struct nfo_site *site);

#endif /* _NFO_CORE_RULE_H */
