// SPDX-License-Identifier: GPL-2.0-only
/*
 * Backend for drivers that take flowtable rules themselves: TC_SETUP_FT in their ndo_setup_tc. How
 * they are spoken to is in nfo/block.h; no lock here.
 *
 * Flowtable rules say nothing of TTL. Hardware that was made for them decrements it for every rule
 * that comes through TC_SETUP_FT; any other driver is told to, and refuses if it cannot.
 */
#include <linux/netdevice.h>
#include <linux/string.h>
#include <net/flow_offload.h>
#include <net/rtnetlink.h>
#include <nfo/backend.h>
#include <nfo/block.h>

#include "native.h"

#define CAPS_ALL	(NFO_CAP_IP4 | NFO_CAP_IP6 | NFO_CAP_TCP | NFO_CAP_UDP | NFO_CAP_NAT4 | \
			 NFO_CAP_NAT6 | NFO_CAP_NAT_BOTH)
#define SAY_ALL		(NFO_SAY_ETHERTYPE | NFO_SAY_TCP_FLAGS)

/**
 * struct native_kind - drivers that are spoken to in the same way
 * @drivers: their names, up to NULL; the last kind is for all others
 * @caps: what their hardware does
 * @dialect: what they want to hear
 */
struct native_kind {
	const char *drivers[3];
	struct nfo_caps caps;
	struct nfo_dialect dialect;
};

static const struct native_kind kinds[] = {
	{
		.drivers = { "mtk_soc_eth", "nfo_sim" },
		.caps = {
			.flags = CAPS_ALL | NFO_CAP_MTU_DEV | NFO_CAP_ENCAP_ANY,
			.encap_match = NFO_ENCAP_MAX,
			.encap_push = NFO_ENCAP_MAX,
		},
		.dialect = { .say = SAY_ALL | NFO_SAY_META | NFO_SAY_CSUM },
	}, {
		/*
		 * VF representors. The parser is that of TC flower (en/rep/tc.c:mlx5e_rep_setup_ft_cb):
		 * TC's order of tags; one tag for another keeps the bit DEI (tc/act/vlan.c).
		 */
		.drivers = { "mlx5_core" },
		.caps = {
			.flags = CAPS_ALL | NFO_CAP_8021AD | NFO_CAP_BOND,
			.encap_match = NFO_ENCAP_MAX,
			.encap_push = NFO_ENCAP_MAX,
			.needs_swap = NFO_OPTIN(ANY_TAG),
		},
		.dialect = {
			.say = SAY_ALL | NFO_SAY_NO_FRAGMENT | NFO_SAY_VLAN_NEXT | NFO_SAY_TTL |
			       NFO_SAY_INNER_FIRST | NFO_SAY_NO_PCP | NFO_SAY_L2_BYTES,
			.guard = NFO_GUARD_TRAP,
		},
	}, {
		.caps = {
			.flags = CAPS_ALL,
			.encap_match = NFO_ENCAP_MAX,
			.encap_push = NFO_ENCAP_MAX,
		},
		.dialect = {
			.say = SAY_ALL | NFO_SAY_META | NFO_SAY_NO_FRAGMENT | NFO_SAY_TTL |
			       NFO_SAY_CSUM,
			.guard = NFO_GUARD_TRAP,
		},
	},
};

/**
 * struct native_port - a device
 * @kind: of its driver
 * @block: the driver's callbacks
 */
struct native_port {
	const struct native_kind *kind;
	struct nfo_block *block;
};

static const struct native_kind *kind_of(struct net_device *dev)
{
	const struct native_kind *kind;
	unsigned int i;

	for (kind = kinds; kind->drivers[0]; kind++)
		for (i = 0; kind->drivers[i]; i++)
			if (nfo_driver_is(dev, kind->drivers[i]))
				return kind;
	return kind;
}

static int native_port_add(struct net_device *dev, void **priv, struct netlink_ext_ack *extack)
{
	struct native_port *np = kzalloc(sizeof(*np), GFP_KERNEL);
	int err;

	if (!np)
		return -ENOMEM;
	np->kind = kind_of(dev);
	np->block = nfo_block_bind(dev, TC_SETUP_FT, &np->kind->dialect, extack);
	if (IS_ERR(np->block)) {
		err = PTR_ERR(np->block);
		kfree(np);
		return err;
	}
	*priv = np;
	return 0;
}

static void native_port_del(struct net_device *dev, void *priv)
{
	struct native_port *np = priv;

	nfo_block_free(np->block);
	kfree(np);
}

static const struct nfo_caps *native_port_caps(void *priv)
{
	struct native_port *np = priv;

	return &np->kind->caps;
}

static int native_flow_add(void *priv, const struct nfo_rule *rule, void **flow_priv,
			   struct netlink_ext_ack *extack)
{
	struct native_port *np = priv;
	struct net_device *egress;
	unsigned long cookie;
	int err;

	egress = nfo_egress_get(dev_net(nfo_block_dev(np->block)), rule->edit.ifindex);
	if (!egress)
		return -ENODEV;
	err = nfo_block_add(np->block, rule, egress, NULL, &cookie, extack);
	dev_put(egress);
	if (!err)
		*flow_priv = (void *)cookie;
	return err;
}

static void native_flow_stats(void *priv, void *flow_priv, struct nfo_counters *counters)
{
	struct native_port *np = priv;

	memset(counters, 0, sizeof(*counters));
	nfo_block_stats(np->block, (unsigned long)flow_priv, counters);
}

static void native_flow_del(void *priv, void *flow_priv, struct nfo_counters *last)
{
	struct native_port *np = priv;

	memset(last, 0, sizeof(*last));
	nfo_block_del(np->block, (unsigned long)flow_priv, last);
}

struct nfo_backend nfo_native = {
	.name = "native",
	.owner = THIS_MODULE,
	.port_add = native_port_add,
	.port_caps = native_port_caps,
	.port_del = native_port_del,
	.flow_add = native_flow_add,
	.flow_del = native_flow_del,
	.flow_stats = native_flow_stats,
};
