// SPDX-License-Identifier: GPL-2.0-only
/*
 * First front door: we are nft's flowtable provider for the families ip, ip6 and inet.
 *
 * nft uses the first type registered for a family, so this works when we are loaded before
 * nf_flow_table_inet. Then every flowtable comes to us; those without `flags offload` are handed
 * on untouched. Packets go through nf's own exported hooks: the software path is not ours.
 */
#include <linux/if_vlan.h>
#include <linux/module.h>
#include <net/netfilter/nf_flow_table.h>
#include <net/netfilter/nf_tables.h>

#include "core.h"

static int provider_setup(struct nf_flowtable *nf, struct net_device *dev,
			  enum flow_block_command cmd)
{
	if (!nf_flowtable_hw_offload(nf))
		return nf_flow_table_offload_setup(nf, dev, cmd);

	switch (cmd) {
	case FLOW_BLOCK_BIND:
		return nfo_table_bind(nf, dev);
	case FLOW_BLOCK_UNBIND:
		nfo_table_unbind(nf, dev);
		return 0;
	default:
		return -EOPNOTSUPP;
	}
}

/* nf offers nothing at all when this fails: most often the neighbour is not resolved yet. */
static int provider_action(struct net *net, struct flow_offload *flow,
			   enum flow_offload_tuple_dir dir, struct nf_flow_rule *rule)
{
	int err;

	/* all that the rule would say is in the tuples, and we alone will read it: see flow.c */
	if (flow->tuplehash[dir].tuple.xmit_type == FLOW_OFFLOAD_XMIT_DIRECT)
		return 0;
	if (flow->tuplehash[dir].tuple.l3proto == NFPROTO_IPV4)
		err = nf_flow_rule_route_ipv4(net, flow, dir, rule);
	else
		err = nf_flow_rule_route_ipv6(net, flow, dir, rule);
	if (err < 0)
		nfo_flow_unbuilt(net, flow, dir);
	return err;
}

/* Protocol of the packet inside one VLAN tag or PPPoE header; 0 if it cannot be told. */
static __be16 inner_protocol(struct sk_buff *skb)
{
	__be16 proto;

	switch (skb->protocol) {
	case htons(ETH_P_8021Q):
		if (!pskb_may_pull(skb, skb_mac_offset(skb) + VLAN_ETH_HLEN))
			return 0;
		return vlan_eth_hdr(skb)->h_vlan_encapsulated_proto;
	case htons(ETH_P_PPP_SES):
		return nf_flow_pppoe_proto(skb, &proto) ? proto : 0;
	default:
		return skb->protocol;
	}
}

static unsigned int provider_hook_inet(void *priv, struct sk_buff *skb,
				       const struct nf_hook_state *state)
{
	switch (inner_protocol(skb)) {
	case htons(ETH_P_IP):
		return nf_flow_offload_ip_hook(priv, skb, state);
	case htons(ETH_P_IPV6):
		return nf_flow_offload_ipv6_hook(priv, skb, state);
	default:
		return NF_ACCEPT;
	}
}

#define PROVIDER(fam, fn) {			\
	.family	= fam,				\
	.init	= nf_flow_table_init,		\
	.setup	= provider_setup,		\
	.action	= provider_action,		\
	.free	= nfo_table_free,		\
	.hook	= fn,				\
	.owner	= THIS_MODULE,			\
}

static struct nf_flowtable_type types[] = {
	PROVIDER(NFPROTO_IPV4, nf_flow_offload_ip_hook),
	PROVIDER(NFPROTO_IPV6, nf_flow_offload_ipv6_hook),
	PROVIDER(NFPROTO_INET, provider_hook_inet),
};

int nfo_provider_init(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(types); i++)
		nft_register_flowtable_type(&types[i]);
	return 0;
}

void nfo_provider_exit(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(types); i++)
		nft_unregister_flowtable_type(&types[i]);
	/* nft looks types up under RCU */
	synchronize_rcu();
}
