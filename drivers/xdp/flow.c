// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rules: into the table and out of it. In the core's worker: no lock, see xdp.h.
 */
#include <linux/rcupdate.h>
#include <linux/slab.h>

#include "xdp.h"

/* Does a device take frames in several pieces? An skb in pieces is no matter for the program. */
static bool takes_pieces(const struct net_device *out, const struct nfo_xdp_port *port)
{
	return port->mode == NFO_XDP_GENERIC || nfo_dev_takes_xdp_pieces(out);
}

static int start(struct nfo_xdp_flow *flow, const struct nfo_xdp_port *port,
		 const struct nfo_rule *rule, struct net_device *out)
{
	struct nfo_xdp_tx *tx = nfo_xdp_tx_get(out, port->mode);
	struct xdp_entry e;
	int err;

	if (IS_ERR(tx))
		return PTR_ERR(tx);
	nfo_xdp_entry_make(&e, rule, port->number, tx->slot, READ_ONCE(out->mtu),
			   takes_pieces(out, port));
	flow->tx = tx;
	err = nfo_xdp_table_add(flow, &e);
	if (err)
		nfo_xdp_tx_put(tx);
	return err;
}

int nfo_xdp_flow_add(void *priv, const struct nfo_rule *rule, void **flow_priv,
		     struct netlink_ext_ack *extack)
{
	struct nfo_xdp_port *port = priv;
	struct nfo_xdp_flow *flow;
	struct net_device *out;
	int err;

	if (port->broken)
		return -ESTALE;
	out = dev_get_by_index(dev_net(port->dev), rule->edit.ifindex);
	if (!out)
		return -ENODEV;
	flow = kzalloc(sizeof(*flow), GFP_KERNEL);
	err = flow ? start(flow, port, rule, out) : -ENOMEM;
	dev_put(out);
	if (err)
		kfree(flow);
	else
		*flow_priv = flow;
	return err;
}

/* One grace period serves all of them. */
void nfo_xdp_flow_del_many(void *priv, void *const *flow_privs, struct nfo_counters *last,
			   unsigned int n)
{
	struct nfo_xdp_flow *flow;
	unsigned int i;

	for (i = 0; i < n; i++)
		nfo_xdp_table_unlink(flow_privs[i]);
	synchronize_net();
	for (i = 0; i < n; i++) {
		flow = flow_privs[i];
		nfo_xdp_count_read(flow, &last[i]);
		nfo_xdp_table_release(flow);
		nfo_xdp_tx_put(flow->tx);
		kfree(flow);
	}
}

void nfo_xdp_flow_del(void *priv, void *flow_priv, struct nfo_counters *last)
{
	nfo_xdp_flow_del_many(priv, &flow_priv, last, 1);
}

void nfo_xdp_flow_stats(void *priv, void *flow_priv, struct nfo_counters *counters)
{
	const struct nfo_xdp_port *port = priv;

	nfo_xdp_count_read(flow_priv, counters);
	counters->lost = port->broken;
}
