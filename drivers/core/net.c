// SPDX-License-Identifier: GPL-2.0-only
/*
 * Network namespaces: what we keep for each, and their policies.
 *
 * A namespace without a policy of its own has that of the initial one. policy_lock orders writers;
 * readers use RCU.
 */
#include <linux/slab.h>
#include <net/netfilter/nf_conntrack_acct.h>
#include <net/netns/generic.h>

#include "hop.h"

static unsigned int net_id;
static DEFINE_MUTEX(policy_lock);
static u32 policy_seq;	/* of all policies: writers count, under policy_lock */
static const struct nfo_policy default_policy = { .evict = 1, .shaper = NFO_SHAPER_WARN };

struct nfo_net *nfo_net_of(const struct net *net)
{
	return net_generic(net, net_id);
}

/**
 * nfo_policy_of() - the policy that holds in a namespace
 * @net: the namespace
 *
 * Context: RCU.
 */
const struct nfo_policy *nfo_policy_of(const struct net *net)
{
	const struct nfo_policy_rcu *p = rcu_dereference(nfo_net_of(net)->policy);

	if (!p)
		p = rcu_dereference(nfo_net_of(&init_net)->policy);
	return p ? &p->p : &default_policy;
}

static void publish(struct nfo_net *nn, struct nfo_policy_rcu *fresh)
{
	struct nfo_policy_rcu *old;

	lockdep_assert_held(&policy_lock);
	old = rcu_replace_pointer(nn->policy, fresh, lockdep_is_held(&policy_lock));
	/* who knows of this change has the policy after it */
	smp_store_release(&policy_seq, policy_seq + 1);
	if (old)
		kfree_rcu(old, rcu);
}

/* Those without one of their own have the initial namespace's too. */
static const struct net *all_with(const struct net *net)
{
	return net_eq(net, &init_net) ? NULL : net;
}

/**
 * nfo_policy_seq() - number of the last change of any policy
 *
 * To be read before the policy: then a change in between is noticed by nfo_policy_set().
 */
u32 nfo_policy_seq(void)
{
	return smp_load_acquire(&policy_seq);
}

/**
 * nfo_policy_set() - another policy for a namespace
 * @net: the namespace
 * @p: the policy, NULL for that of the initial namespace
 * @seq: if not NULL, only if there was no change after that one
 *
 * Context: may sleep.
 *
 * Return: 0, -ENOMEM, or -EAGAIN if there was one.
 */
int nfo_policy_set(struct net *net, const struct nfo_policy *p, const u32 *seq)
{
	struct nfo_policy_rcu *fresh = NULL;
	bool late;

	if (p) {
		fresh = kmalloc(sizeof(*fresh), GFP_KERNEL_ACCOUNT);
		if (!fresh)
			return -ENOMEM;
		fresh->p = *p;
	}
	mutex_lock(&policy_lock);
	late = seq && *seq != policy_seq;
	if (!late)
		publish(nfo_net_of(net), fresh);
	mutex_unlock(&policy_lock);
	if (late) {
		kfree(fresh);
		return -EAGAIN;
	}
	/* as a ruleset that looks at a connection's packets does */
	if (p && (p->min_packets || p->min_bytes))
		nf_ct_set_acct(net, true);
	nfo_port_sync_net(all_with(net), NULL);
	return 0;
}

/**
 * nfo_policy_set_port() - say something else of one port
 * @net: namespace; it gets a policy of its own if it has none
 * @change: what
 *
 * Context: may sleep.
 *
 * Return: 0, -ENOMEM, or -ENOSPC if there are too many ports.
 */
int nfo_policy_set_port(struct net *net, const struct nfo_port_change *change)
{
	struct nfo_policy_rcu *fresh = kmalloc(sizeof(*fresh), GFP_KERNEL_ACCOUNT);

	if (!fresh)
		return -ENOMEM;
	mutex_lock(&policy_lock);
	rcu_read_lock();
	fresh->p = *nfo_policy_of(net);
	rcu_read_unlock();
	if (!nfo_policy_change_port(&fresh->p, change)) {
		mutex_unlock(&policy_lock);
		kfree(fresh);
		return -ENOSPC;
	}
	publish(nfo_net_of(net), fresh);
	mutex_unlock(&policy_lock);
	nfo_port_sync_net(all_with(net), change->name);
	return 0;
}

/**
 * nfo_net_may_offload() - may devices of a namespace use hardware?
 * @net: the namespace
 */
bool nfo_net_may_offload(const struct net *net)
{
	bool may;

	rcu_read_lock();
	may = net->user_ns == &init_user_ns || nfo_policy_of(net)->userns;
	rcu_read_unlock();
	return may;
}

static int __net_init net_init(struct net *net)
{
	struct nfo_net *nn = nfo_net_of(net);

	nn->net = net;
	return nfo_watch_net(nn);
}

static void __net_exit net_exit(struct net *net)
{
	struct nfo_net *nn = nfo_net_of(net);

	nfo_watch_net_exit(nn);
	mutex_lock(&policy_lock);
	publish(nn, NULL);
	mutex_unlock(&policy_lock);
}

static struct pernet_operations net_ops = {
	.init = net_init,
	.exit = net_exit,
	.id = &net_id,
	.size = sizeof(struct nfo_net),
};

int nfo_net_init(void)
{
	return register_pernet_subsys(&net_ops);
}

void nfo_net_exit(void)
{
	unregister_pernet_subsys(&net_ops);
}
