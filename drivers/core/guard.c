// SPDX-License-Identifier: GPL-2.0-only
/*
 * Guards: rules of higher precedence that trap packets at the end of their TTL, for drivers whose
 * rules add to the TTL without a look at it (NFO_GUARD_TRAP). One per kind of packet, there before
 * the first rule that needs it, as long as any rule may forward. With the block locked; see
 * block.c.
 */
#include <linux/slab.h>
#include <net/flow_offload.h>

#include "block.h"

static const u16 guard_tags[] = { 0, ETH_P_8021Q, ETH_P_8021AD };
static const u16 guard_protos[] = { ETH_P_IP, ETH_P_IPV6 };

u32 nfo_guard_rule_prio(const struct nfo_block *b)
{
	return b->dialect->guard == NFO_GUARD_TRAP ? PRIO_SECOND : PRIO_FIRST;
}

static unsigned int guard_index(const struct nfo_rule *rule)
{
	__be16 tag = rule->match.n_encap ? rule->match.encap[0].proto : 0;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(guard_tags) - 1; i++)
		if (tag == htons(guard_tags[i]))
			break;
	return 2 * i + (rule->match.l3proto == htons(ETH_P_IPV6));
}

void nfo_guard_remove(struct nfo_block *b)
{
	struct nfo_counters ignored = {};
	unsigned int i;

	for (i = 0; i < NFO_GUARDS; i++) {
		if (b->guards[i])
			nfo_block_destroy(b, b->guards[i], &ignored);
		b->guards[i] = 0;
	}
}

/* As long as there is a rule that may forward, one that should be gone too, guards stay. */
void nfo_guard_drop(struct nfo_block *b)
{
	if (!b->n_rules && list_empty(&b->stale))
		nfo_guard_remove(b);
}

static int add_guard(struct nfo_block *b, unsigned int i, struct nfo_said *said,
		     struct flow_rule *fr, struct netlink_ext_ack *extack)
{
	__be16 l3proto = htons(guard_protos[i % 2]), tag = htons(guard_tags[i / 2]);
	unsigned long cookie = nfo_block_cookie(tag ?: l3proto, 0);
	int err;

	nfo_compose_guard(l3proto, tag, b->dev->ifindex, b->dialect, said, fr);
	err = nfo_block_insert(b, fr, PRIO_FIRST, cookie, extack);
	if (!err)
		b->guards[i] = cookie;
	return err;
}

/* What keeps the packets of @rule that are at the end of their TTL out of the hardware is there first. */
int nfo_guard_need(struct nfo_block *b, const struct nfo_rule *rule, struct nfo_said *said,
		   struct flow_rule *fr, struct netlink_ext_ack *extack)
{
	unsigned int i = guard_index(rule);

	BUILD_BUG_ON(ARRAY_SIZE(guard_tags) * ARRAY_SIZE(guard_protos) != NFO_GUARDS);
	if (b->dialect->guard != NFO_GUARD_TRAP || b->guards[i])
		return 0;
	return add_guard(b, i, said, fr, extack);
}

static void restore_guard(struct nfo_block *b, unsigned int i)
{
	struct nfo_said *said = kmalloc(sizeof(*said), GFP_KERNEL);
	struct flow_rule *fr = flow_rule_alloc(NFO_SAID_ACTIONS);
	struct nfo_counters ignored = {};
	unsigned long lost = b->guards[i];

	b->guards[i] = 0;
	if (said && fr)
		add_guard(b, i, said, fr, NULL);
	/* should the driver have it after all */
	nfo_block_destroy(b, lost, &ignored);
	kfree(fr);
	kfree(said);
}

/*
 * A device that was reset has lost its guards too. Rules that came between that and now have been
 * added without: so they come back at once. If that fails they do with the next rule.
 */
void nfo_guard_check(struct nfo_block *b)
{
	struct nfo_counters ignored = {};
	unsigned int i;

	for (i = 0; i < NFO_GUARDS; i++)
		if (b->guards[i] && nfo_block_unknown(nfo_block_ask(b, b->guards[i], FLOW_CLS_STATS, &ignored)))
			restore_guard(b, i);
}

