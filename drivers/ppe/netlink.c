// SPDX-License-Identifier: GPL-2.0-only
/*
 * Generic netlink family "nfo_ppe": what stands in the tables, and why a flow does not. The
 * contract is in uapi/linux/nfo_ppe.h.
 *
 * Dumps go through frame engines, engines and slots or buckets, in this order. An engine may be
 * read by a network namespace that one of its MACs is in, and by the initial one.
 */
#include <linux/module.h>
#include <linux/slab.h>
#include <net/genetlink.h>
#include <net/sock.h>
#include <uapi/linux/nfo_ppe.h>

#include "ppe.h"
#include "regs.h"

static struct genl_family ppe_family;

/**
 * struct ppe_dump - what is asked for, and how far it is
 * @device: name of the frame engine, or NULL
 * @engine: number, or -1
 * @state: of entries, or -1
 * @key: of flows
 * @len: of its addresses, 4 or 16
 * @l4proto: of flows
 * @any_sport: its source port does not matter
 * @any_dport: its destination port does not matter
 * @at_engine: engines that are done, of those that there are
 * @at: slots or buckets of the next one that are done
 * @skip: flows of that bucket that are done
 */
struct ppe_dump {
	char device[NFO_PPE_DEVICE_MAX + 1];
	int engine;
	int state;
	struct foe_key key;
	int len;
	u8 l4proto;
	bool any_sport;
	bool any_dport;
	unsigned int at_engine;
	unsigned int at;
	unsigned int skip;
};

struct ppe_msg {
	struct sk_buff *skb;
	struct netlink_callback *cb;
	struct ppe_dump *d;
};

/* One more message about an engine, or one more thing of it. */
typedef int (*ppe_fill_fn)(const struct ppe_msg *m, struct ppe_engine *e);

static bool is_of_net(const struct ppe_engine *e, unsigned int mac, const struct net *net)
{
	struct nfo_ppe_host *host = e->soc->host;
	struct net_device *dev;
	bool is;

	if (ppe_soc_engine(e->soc, mac) != e)
		return false;
	rcu_read_lock();
	dev = host->ops->netdev(host, mac);
	is = dev && net_eq(dev_net(dev), net);
	rcu_read_unlock();
	return is;
}

static bool may_see(const struct ppe_msg *m, const struct ppe_engine *e)
{
	const struct net *net = sock_net(m->cb->skb->sk);
	unsigned int mac;

	if (net_eq(net, &init_net))
		return true;
	for (mac = 0; mac < e->soc->host->macs; mac++)
		if (is_of_net(e, mac, net))
			return true;
	return false;
}

static bool is_wanted(const struct ppe_msg *m, const struct ppe_engine *e)
{
	const struct ppe_dump *d = m->d;

	return (!*d->device || !strcmp(d->device, dev_name(e->soc->dev))) &&
	       (d->engine < 0 || d->engine == e->index) && may_see(m, e);
}

static int walk(const struct ppe_msg *m, ppe_fill_fn fill)
{
	unsigned int i, n = 0;
	struct ppe_soc *soc;
	int err = 0;

	mutex_lock(&ppe_lock);
	list_for_each_entry(soc, &ppe_socs, list) {
		for (i = 0; i < soc->n_engines && !err; i++) {
			if (n++ < m->d->at_engine)
				continue;
			if (is_wanted(m, &soc->engine[i]))
				err = fill(m, &soc->engine[i]);
			if (err)
				break;
			m->d->at_engine++;
			m->d->at = 0;
			m->d->skip = 0;
		}
	}
	mutex_unlock(&ppe_lock);
	return m->skb->len ?: err;
}

static void *begin(const struct ppe_msg *m, const struct ppe_engine *e, u8 cmd)
{
	void *hdr = genlmsg_put(m->skb, NETLINK_CB(m->cb->skb).portid, m->cb->nlh->nlmsg_seq,
				&ppe_family, NLM_F_MULTI, cmd);

	if (!hdr)
		return NULL;
	if (!nla_put_string(m->skb, NFO_PPE_DEVICE, dev_name(e->soc->dev)) &&
	    !nla_put_u32(m->skb, NFO_PPE_ENGINE, e->index) &&
	    !nla_put_u8(m->skb, NFO_PPE_GEN, e->soc->gen->foe + 1))
		return hdr;
	genlmsg_cancel(m->skb, hdr);
	return NULL;
}

/* ---- engines */

static int put_stats(struct sk_buff *skb, const struct ppe_stats *s)
{
	const struct {
		int attr;
		u64 n;
	} stats[] = {
		{ NFO_PPE_STAT_BINDS, s->binds },
		{ NFO_PPE_STAT_REBINDS, s->rebinds },
		{ NFO_PPE_STAT_AGED, s->aged },
		{ NFO_PPE_STAT_EVICTED, s->evicted },
		{ NFO_PPE_STAT_FULL, s->full },
		{ NFO_PPE_STAT_RESETS, s->resets },
		{ NFO_PPE_STAT_MIB_ERRORS, s->mib_errors },
		{ NFO_PPE_STAT_STUCK, s->stuck },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(stats); i++)
		if (nla_put_u64_64bit(skb, stats[i].attr, stats[i].n, NFO_PPE_PAD))
			return -EMSGSIZE;
	return 0;
}

static int put_macs(const struct ppe_msg *m, const struct ppe_engine *e)
{
	const struct net *net = sock_net(m->cb->skb->sk);
	struct nfo_ppe_host *host = e->soc->host;
	struct net_device *dev;
	unsigned int mac;
	int err = 0;

	for (mac = 0; mac < host->macs && !err; mac++) {
		if (!is_of_net(e, mac, net))
			continue;
		rcu_read_lock();
		dev = host->ops->netdev(host, mac);
		err = dev ? nla_put_string(m->skb, NFO_PPE_MAC, dev->name) : 0;
		rcu_read_unlock();
	}
	return err;
}

static int put_engine(const struct ppe_msg *m, struct ppe_engine *e)
{
	u32 n_flows, n_bound;
	struct ppe_stats s;
	bool down;
	u32 used;

	/* so nobody resets it now */
	mutex_lock(&e->hw);
	down = e->down;
	used = down ? 0 : ppe_read(e, PPE_TB_USED);
	mutex_unlock(&e->hw);
	spin_lock_bh(&e->lock);
	n_flows = e->n_flows;
	n_bound = e->n_bound;
	s = e->stats;
	spin_unlock_bh(&e->lock);
	if (nla_put_u8(m->skb, NFO_PPE_ACCOUNTING, e->soc->host->accounting) ||
	    nla_put_u32(m->skb, NFO_PPE_ENTRIES, FOE_ENTRIES) ||
	    (!down && nla_put_u32(m->skb, NFO_PPE_USED, used)) ||
	    nla_put_u32(m->skb, NFO_PPE_BOUND, n_bound) ||
	    nla_put_u32(m->skb, NFO_PPE_WAITING, n_flows - n_bound) || put_macs(m, e))
		return -EMSGSIZE;
	return put_stats(m->skb, &s);
}

static int fill_engine(const struct ppe_msg *m, struct ppe_engine *e)
{
	void *hdr = begin(m, e, NFO_PPE_CMD_GET_ENGINES);

	if (!hdr)
		return -EMSGSIZE;
	if (put_engine(m, e)) {
		genlmsg_cancel(m->skb, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(m->skb, hdr);
	return 0;
}

/* ---- entries */

/**
 * struct ppe_shown - an entry, taken out of the table
 * @words: the entry
 * @ours: it belongs to a flow
 * @packets: of the flow
 * @bytes: of the flow
 */
struct ppe_shown {
	u32 words[FOE_WORDS_MAX];
	bool ours;
	u64 packets;
	u64 bytes;
};

static bool take(struct ppe_engine *e, unsigned int slot, int state, struct ppe_shown *s)
{
	struct ppe_flow *f;
	u32 is;

	spin_lock_bh(&e->lock);
	if (e->down) {
		spin_unlock_bh(&e->lock);
		return false;
	}
	ppe_table_read(e, slot, s->words);
	f = e->owner[slot];
	s->ours = f && f->bound && foe_same_key(e->layout, s->words, f->words);
	s->packets = s->ours ? f->packets : 0;
	s->bytes = s->ours ? f->bytes : 0;
	spin_unlock_bh(&e->lock);
	is = foe_ib1_state(e->layout, s->words[0]);
	return state < 0 ? is != FOE_INVALID : is == state;
}

static int put_entry(const struct ppe_msg *m, struct ppe_engine *e, unsigned int slot,
		     const struct ppe_shown *s)
{
	void *hdr = begin(m, e, NFO_PPE_CMD_GET_ENTRIES);

	if (!hdr)
		return -EMSGSIZE;
	if (nla_put_u32(m->skb, NFO_PPE_INDEX, slot) ||
	    nla_put(m->skb, NFO_PPE_WORDS, e->words * sizeof(u32), s->words) ||
	    nla_put_u32(m->skb, NFO_PPE_NOW, ppe_now(e)) ||
	    nla_put_u8(m->skb, NFO_PPE_OURS, s->ours))
		goto out;
	if (s->ours && e->soc->host->accounting &&
	    (nla_put_u64_64bit(m->skb, NFO_PPE_PACKETS, s->packets, NFO_PPE_PAD) ||
	     nla_put_u64_64bit(m->skb, NFO_PPE_BYTES, s->bytes, NFO_PPE_PAD)))
		goto out;
	genlmsg_end(m->skb, hdr);
	return 0;
out:
	genlmsg_cancel(m->skb, hdr);
	return -EMSGSIZE;
}

static int fill_entries(const struct ppe_msg *m, struct ppe_engine *e)
{
	struct ppe_shown s;
	int err = 0;

	/* so nobody resets it now */
	mutex_lock(&e->hw);
	for (; m->d->at < FOE_ENTRIES && !err; m->d->at++) {
		if (take(e, m->d->at, m->d->state, &s))
			err = put_entry(m, e, m->d->at, &s);
		if (err)
			break;
		if (!(m->d->at % 1024))
			cond_resched();
	}
	mutex_unlock(&e->hw);
	return err;
}

/* ---- why */

static bool side_is(const struct ppe_dump *d, const __be32 *src, const __be32 *dst, __be16 sport,
		    __be16 dport)
{
	return !memcmp(src, d->key.src, d->len) && !memcmp(dst, d->key.dst, d->len) &&
	       (d->any_sport || sport == d->key.sport) && (d->any_dport || dport == d->key.dport);
}

/* As packets come in or go out, there or back. */
static bool is_connection(const struct ppe_dump *d, const struct foe_entry *entry)
{
	const struct foe_key *k = &entry->key;

	if (k->type != d->key.type || k->udp != d->key.udp)
		return false;
	if (side_is(d, k->src, k->dst, k->sport, k->dport) ||
	    side_is(d, k->dst, k->src, k->dport, k->sport))
		return true;
	return k->type == FOE_IP4_HNAPT &&
	       (side_is(d, &entry->new_src, &entry->new_dst, entry->new_sport, entry->new_dport) ||
		side_is(d, &entry->new_dst, &entry->new_src, entry->new_dport, entry->new_sport));
}

static u8 why_of(const struct ppe_engine *e, const struct ppe_flow *f)
{
	if (f->bound)
		return NFO_PPE_WHY_BOUND;
	if (e->down)
		return NFO_PPE_WHY_RESET;
	if (f->where == NFO_REASON_AMBIGUOUS)
		return NFO_PPE_WHY_AMBIGUOUS;
	if (f->where == NFO_REASON_BUCKET)
		return NFO_PPE_WHY_BUCKET_FULL;
	return f->was_bound ? NFO_PPE_WHY_AGED : NFO_PPE_WHY_WAIT_HIT;
}

static int put_flow(const struct ppe_msg *m, struct ppe_engine *e, const struct ppe_flow *f,
		    const struct foe_entry *entry)
{
	const struct foe_key *k = &entry->key;
	void *hdr = begin(m, e, NFO_PPE_CMD_WHY);

	if (!hdr)
		return -EMSGSIZE;
	if (nla_put_u8(m->skb, NFO_PPE_WHY, why_of(e, f)) ||
	    (f->bound && nla_put_u32(m->skb, NFO_PPE_INDEX, f->slot)) ||
	    nla_put_u32(m->skb, NFO_PPE_BUCKET, foe_hash(e->layout, k)) ||
	    nla_put(m->skb, NFO_PPE_SRC, m->d->len, k->src) ||
	    nla_put(m->skb, NFO_PPE_DST, m->d->len, k->dst) ||
	    nla_put_u8(m->skb, NFO_PPE_L4PROTO, k->udp ? IPPROTO_UDP : IPPROTO_TCP) ||
	    nla_put_be16(m->skb, NFO_PPE_SPORT, k->sport) ||
	    nla_put_be16(m->skb, NFO_PPE_DPORT, k->dport))
		goto out;
	if (e->soc->host->accounting &&
	    (nla_put_u64_64bit(m->skb, NFO_PPE_PACKETS, f->packets, NFO_PPE_PAD) ||
	     nla_put_u64_64bit(m->skb, NFO_PPE_BYTES, f->bytes, NFO_PPE_PAD)))
		goto out;
	genlmsg_end(m->skb, hdr);
	return 0;
out:
	genlmsg_cancel(m->skb, hdr);
	return -EMSGSIZE;
}

static int fill_bucket(const struct ppe_msg *m, struct ppe_engine *e)
{
	struct foe_entry entry;
	struct ppe_flow *f;
	unsigned int n = 0;
	int err;

	hlist_for_each_entry(f, &e->buckets[m->d->at], node) {
		if (n++ < m->d->skip)
			continue;
		foe_decode(e->layout, f->words, &entry);
		err = is_connection(m->d, &entry) ? put_flow(m, e, f, &entry) : 0;
		if (err)
			return err;
		m->d->skip++;
	}
	return 0;
}

static int fill_flows(const struct ppe_msg *m, struct ppe_engine *e)
{
	unsigned int n = FOE_ENTRIES / foe_ways(e->layout);
	int err = 0;

	for (; m->d->at < n; m->d->at++) {
		spin_lock_bh(&e->lock);
		err = fill_bucket(m, e);
		spin_unlock_bh(&e->lock);
		if (err)
			break;
		m->d->skip = 0;
	}
	return err;
}

/* ---- requests */

static const struct nla_policy ppe_policy[NFO_PPE_MAX + 1] = {
	[NFO_PPE_DEVICE] = { .type = NLA_NUL_STRING, .len = NFO_PPE_DEVICE_MAX },
	[NFO_PPE_ENGINE] = NLA_POLICY_MAX(NLA_U32, NFO_PPE_ENGINES - 1),
	[NFO_PPE_STATE] = NLA_POLICY_MAX(NLA_U8, NFO_PPE_STATE_MAX),
	[NFO_PPE_SRC] = NLA_POLICY_RANGE(NLA_BINARY, 4, 16),
	[NFO_PPE_DST] = NLA_POLICY_RANGE(NLA_BINARY, 4, 16),
	[NFO_PPE_SPORT] = { .type = NLA_U16 },
	[NFO_PPE_DPORT] = { .type = NLA_U16 },
	[NFO_PPE_L4PROTO] = { .type = NLA_U8 },
};

static int parse_connection(struct ppe_dump *d, struct nlattr **tb, struct netlink_ext_ack *extack)
{
	const struct nlattr *src = tb[NFO_PPE_SRC], *dst = tb[NFO_PPE_DST];

	if (!src || !dst || !tb[NFO_PPE_L4PROTO]) {
		NL_SET_ERR_MSG(extack, "a connection has two addresses and a protocol");
		return -EINVAL;
	}
	if (nla_len(src) != nla_len(dst) || (nla_len(src) != 4 && nla_len(src) != 16)) {
		NL_SET_ERR_MSG_ATTR(extack, src, "two addresses of 4 or 16 bytes");
		return -EINVAL;
	}
	d->l4proto = nla_get_u8(tb[NFO_PPE_L4PROTO]);
	if (d->l4proto != IPPROTO_TCP && d->l4proto != IPPROTO_UDP) {
		NL_SET_ERR_MSG_ATTR(extack, tb[NFO_PPE_L4PROTO], "engines know TCP and UDP only");
		return -EOPNOTSUPP;
	}
	d->len = nla_len(src);
	memcpy(d->key.src, nla_data(src), d->len);
	memcpy(d->key.dst, nla_data(dst), d->len);
	d->key.type = d->len == 4 ? FOE_IP4_HNAPT : FOE_IP6_5T;
	d->key.udp = d->l4proto == IPPROTO_UDP;
	d->any_sport = !tb[NFO_PPE_SPORT];
	d->any_dport = !tb[NFO_PPE_DPORT];
	d->key.sport = d->any_sport ? 0 : nla_get_be16(tb[NFO_PPE_SPORT]);
	d->key.dport = d->any_dport ? 0 : nla_get_be16(tb[NFO_PPE_DPORT]);
	return 0;
}

static int start(struct netlink_callback *cb, bool connection)
{
	struct nlattr *tb[NFO_PPE_MAX + 1];
	struct ppe_dump *d;
	int err;

	err = genlmsg_parse(cb->nlh, &ppe_family, tb, NFO_PPE_MAX, ppe_policy, cb->extack);
	if (err)
		return err;
	d = kzalloc(sizeof(*d), GFP_KERNEL);
	if (!d)
		return -ENOMEM;
	if (tb[NFO_PPE_DEVICE])
		nla_strscpy(d->device, tb[NFO_PPE_DEVICE], sizeof(d->device));
	d->engine = tb[NFO_PPE_ENGINE] ? nla_get_u32(tb[NFO_PPE_ENGINE]) : -1;
	d->state = tb[NFO_PPE_STATE] ? nla_get_u8(tb[NFO_PPE_STATE]) : -1;
	err = connection ? parse_connection(d, tb, cb->extack) : 0;
	if (err) {
		kfree(d);
		return err;
	}
	cb->args[0] = (long)d;
	return 0;
}

static int start_any(struct netlink_callback *cb)
{
	return start(cb, false);
}

static int start_why(struct netlink_callback *cb)
{
	return start(cb, true);
}

static int done(struct netlink_callback *cb)
{
	kfree((void *)cb->args[0]);
	return 0;
}

static int dump(struct sk_buff *skb, struct netlink_callback *cb, ppe_fill_fn fill)
{
	const struct ppe_msg m = { .skb = skb, .cb = cb, .d = (void *)cb->args[0] };

	return walk(&m, fill);
}

static int dump_engines(struct sk_buff *skb, struct netlink_callback *cb)
{
	return dump(skb, cb, fill_engine);
}

static int dump_entries(struct sk_buff *skb, struct netlink_callback *cb)
{
	return dump(skb, cb, fill_entries);
}

static int dump_flows(struct sk_buff *skb, struct netlink_callback *cb)
{
	return dump(skb, cb, fill_flows);
}

static const struct genl_ops ops[] = {
	{
		.cmd = NFO_PPE_CMD_GET_ENGINES,
		.start = start_any,
		.dumpit = dump_engines,
		.done = done,
		.policy = ppe_policy,
		.maxattr = NFO_PPE_MAX,
	}, {
		.cmd = NFO_PPE_CMD_GET_ENTRIES,
		.flags = GENL_ADMIN_PERM,
		.start = start_any,
		.dumpit = dump_entries,
		.done = done,
		.policy = ppe_policy,
		.maxattr = NFO_PPE_MAX,
	}, {
		.cmd = NFO_PPE_CMD_WHY,
		.flags = GENL_ADMIN_PERM,
		.start = start_why,
		.dumpit = dump_flows,
		.done = done,
		.policy = ppe_policy,
		.maxattr = NFO_PPE_MAX,
	},
};

static struct genl_family ppe_family = {
	.name = NFO_PPE_GENL_NAME,
	.version = NFO_PPE_GENL_VERSION,
	.netnsok = true,
	.module = THIS_MODULE,
	.ops = ops,
	.n_ops = ARRAY_SIZE(ops),
	.resv_start_op = __NFO_PPE_CMD_MAX,
};

int ppe_netlink_init(void)
{
	return genl_register_family(&ppe_family);
}

void ppe_netlink_exit(void)
{
	genl_unregister_family(&ppe_family);
}
