// SPDX-License-Identifier: GPL-2.0-only
/*
 * Capability checker: a backend is offered only what its table says it does exactly. Drivers are
 * not relied on to refuse, some ignore what they do not know.
 */
#include <linux/in.h>
#include <linux/types.h>

#include "rule.h"

#define PPPOE_LEN	8	/* with the protocol field of PPP */

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
	case IPPROTO_GRE:
		return caps & NFO_CAP_GRE ? NFO_REASON_NONE : NFO_REASON_L4PROTO;
	default:
		return NFO_REASON_L4PROTO;
	}
}

static bool layer_fits(__be16 proto, bool innermost, u32 caps)
{
	if (proto == cpu_to_be16(ETH_P_8021Q))
		return true;
	if (proto == cpu_to_be16(ETH_P_8021AD))
		return caps & NFO_CAP_8021AD;
	return proto == cpu_to_be16(ETH_P_PPP_SES) && innermost && caps & NFO_CAP_PPPOE;
}

static bool encap_fits(const struct nfo_encap *encap, u8 n, u8 max, u32 caps)
{
	u8 i;

	if (n > max)
		return false;
	for (i = 0; i < n; i++)
		if (!layer_fits(encap[i].proto, i + 1 == n, caps))
			return false;
	return true;
}

/* Removing and putting on at once is often an exchange, and of one tag only. */
static bool exchange_fits(const struct nfo_rule *rule, u32 caps)
{
	const struct nfo_match *m = &rule->match;
	const struct nfo_edit *e = &rule->edit;

	if (!m->n_encap || !e->n_encap || caps & NFO_CAP_ENCAP_ANY)
		return true;
	return m->n_encap == 1 && e->n_encap == 1 &&
	       m->encap[0].proto == cpu_to_be16(ETH_P_8021Q) &&
	       e->encap[0].proto == cpu_to_be16(ETH_P_8021Q);
}

static bool nat_fits(const struct nfo_rule *rule, u32 caps)
{
	bool ip4 = rule->match.l3proto == cpu_to_be16(ETH_P_IP);

	if (!rule->edit.flags)
		return true;
	if (!(caps & (ip4 ? NFO_CAP_NAT4 : NFO_CAP_NAT6)))
		return false;
	return rule->edit.flags != (NFO_EDIT_SRC | NFO_EDIT_DST) || caps & NFO_CAP_NAT_BOTH;
}

/* Largest packet that can come in. Devices have room for tags beyond their MTU, not for PPPoE. */
static u32 most_in(const struct nfo_match *m, u32 mtu)
{
	bool pppoe = m->n_encap && m->encap[m->n_encap - 1].proto == cpu_to_be16(ETH_P_PPP_SES);

	return mtu - (pppoe ? PPPOE_LEN : 0);
}

/* Will hardware forward nothing that is larger than the route takes? */
static bool mtu_fits(const struct nfo_rule *rule, const struct nfo_site *site)
{
	u32 most = most_in(&rule->match, site->in_mtu);

	if (site->caps->flags & NFO_CAP_MTU)
		return true;
	/* what the egress device does not take goes to the CPU: what remains may be as large as that */
	if (site->caps->flags & NFO_CAP_MTU_DEV)
		most = site->out_mtu;
	/* nobody looks: nothing larger may come in */
	else if (most > site->out_mtu)
		return false;
	return rule->edit.mtu >= most;
}

/* Nothing else is in the way: the permissions, the one that costs most first. */
static enum nfo_reason check_needs(const struct nfo_rule *rule, const struct nfo_site *site)
{
	static const struct {
		u32 bit;
		enum nfo_reason reason;
	} needs[] = {
		{ NFO_OPTIN(TTL_UNCHANGED), NFO_REASON_TTL },
		{ NFO_OPTIN(NO_FIN_RST), NFO_REASON_FIN_RST },
		{ NFO_OPTIN(FRAGMENTS), NFO_REASON_FRAGMENTS },
		{ NFO_OPTIN(ANY_TAG), NFO_REASON_TAGS },
		{ NFO_OPTIN(FILTER2), NFO_REASON_FIRMWARE },
		{ NFO_OPTIN(INNER_CSUM), NFO_REASON_INNER_CSUM },
	};
	u32 missing = site->caps->needs;
	unsigned int i;

	if (rule->match.l4proto == IPPROTO_TCP)
		missing |= site->caps->needs_tcp;
	else
		missing |= site->caps->needs_udp;
	if (rule->edit.flags)
		missing |= site->caps->needs_nat;
	if (rule->match.n_encap && rule->edit.n_encap)
		missing |= site->caps->needs_swap;
	missing &= ~site->allow;
	for (i = 0; i < sizeof(needs) / sizeof(needs[0]); i++)
		if (missing & needs[i].bit)
			return needs[i].reason;
	return NFO_REASON_NONE;
}

enum nfo_reason nfo_rule_check(const struct nfo_rule *rule, const struct nfo_site *site)
{
	const struct nfo_caps *caps = site->caps;
	enum nfo_reason err;

	err = check_protocols(&rule->match, caps->flags);
	if (err)
		return err;
	if (!nat_fits(rule, caps->flags))
		return NFO_REASON_NAT;
	if (!encap_fits(rule->match.encap, rule->match.n_encap, caps->encap_match, caps->flags) ||
	    !encap_fits(rule->edit.encap, rule->edit.n_encap, caps->encap_push, caps->flags) ||
	    !exchange_fits(rule, caps->flags))
		return NFO_REASON_ENCAP;
	if (!mtu_fits(rule, site))
		return NFO_REASON_MTU;
	if (site->zone && caps->flags & NFO_CAP_TUPLE_ONLY)
		return NFO_REASON_AMBIGUOUS;
	return check_needs(rule, site);
}
