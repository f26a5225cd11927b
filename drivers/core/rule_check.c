// SPDX-License-Identifier: GPL-2.0-only
/*
 * Capability checker: a backend is offered only what its table says it does exactly. Drivers are
 * not relied on to refuse, some ignore what they do not know.
 */
#include <linux/in.h>
#include <linux/types.h>

#include "rule.h"

static enum nfo_reason check_protocols(const struct nfo_match *m, u32 caps)
{
	bool ip4 = m->l3proto == cpu_to_be16(ETH_P_IP);

	if (!(caps & (ip4 ? NFO_CAP_IP4 : NFO_CAP_IP6)))
		return NFO_REASON_FAMILY;
	switch (m->l4proto) {
	case IPPROTO_TCP:
		return caps & NFO_CAP_TCP ? NFO_REASON_NONE : NFO_REASON_L4PROTO;
	case IPPROTO_UDP:
		return caps & NFO_CAP_UDP ? NFO_REASON_NONE : NFO_REASON_L4PROTO;
	default:
		return NFO_REASON_L4PROTO;
	}
}

static bool encap_fits(const struct nfo_encap *encap, u8 n, u8 max)
{
	u8 i;

	if (n > max)
		return false;
	/* PPPoE and 802.1ad wait for a backend that can do them */
	for (i = 0; i < n; i++)
		if (encap[i].proto != cpu_to_be16(ETH_P_8021Q))
			return false;
	return true;
}

enum nfo_reason nfo_rule_check(const struct nfo_rule *rule, const struct nfo_caps *caps,
			       u32 egress_mtu)
{
	bool ip4 = rule->match.l3proto == cpu_to_be16(ETH_P_IP);
	enum nfo_reason err;

	err = check_protocols(&rule->match, caps->flags);
	if (err)
		return err;
	if (rule->edit.flags && !(caps->flags & (ip4 ? NFO_CAP_NAT4 : NFO_CAP_NAT6)))
		return NFO_REASON_NAT;
	if (!encap_fits(rule->match.encap, rule->match.n_encap, caps->encap_match) ||
	    !encap_fits(rule->edit.encap, rule->edit.n_encap, caps->encap_push))
		return NFO_REASON_ENCAP;
	if (!(caps->flags & NFO_CAP_MTU) && rule->edit.mtu < egress_mtu)
		return NFO_REASON_MTU;
	return NFO_REASON_NONE;
}
