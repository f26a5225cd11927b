// SPDX-License-Identifier: GPL-2.0-only
/*
 * Is a driver to be believed?
 *
 * A driver that does not look at what it does not know takes every rule and forwards wrongly.
 * Before one that we have no profile of is told anything, it is offered rules that match no packet
 * there is: a plain one, which it has to take, and two with something that no driver of a NIC
 * knows, which it has to refuse. The plain one is offered to some that we know as well: whether
 * they take rules at all depends on how the kernel was built (mlx5), on its version or the firmware
 * (sfc).
 */
#include <linux/in.h>
#include <linux/slab.h>

#include "flower.h"

enum trial {
	TRIAL_PLAIN,
	TRIAL_KEY,
	TRIAL_ACTION,
	TRIAL_TRAP,
};

static void add_action(struct flow_rule *fr, enum flow_action_id id)
{
	struct flow_action_entry *act = &fr->action.entries[fr->action.num_entries++];

	memset(act, 0, sizeof(*act));
	act->id = id;
	act->hw_stats = FLOW_ACTION_HW_STATS_DONT_CARE;
}

/* UDP from 0.0.0.0 port 0 to the same: dropped, if anybody sends it. */
static void make(struct flower_port *fp, enum trial trial, struct nfo_said *said,
		 struct flow_rule *fr)
{
	const struct nfo_rule rule = {
		.match = {
			.ifindex = fp->dev->ifindex,
			.l3proto = htons(ETH_P_IP),
			.l4proto = IPPROTO_UDP,
		},
	};

	const struct nfo_dialect *dialect = &fp->profile->dialect;

	nfo_compose(&rule, NULL, dialect,
		    dialect->guard == NFO_GUARD_COVER ? &nfo_ttl_cover[0] : NULL, said, fr);
	fr->action.num_entries = 0;
	if (trial == TRIAL_KEY)
		said->dissector.used_keys |= BIT_ULL(FLOW_DISSECTOR_KEY_TIPC);
	if (trial == TRIAL_ACTION)
		add_action(fr, FLOW_ACTION_PPPOE_PUSH);
	add_action(fr, trial == TRIAL_TRAP ? FLOW_ACTION_TRAP : FLOW_ACTION_DROP);
}

static int offer(struct flower_port *fp, enum trial trial, struct netlink_ext_ack *extack)
{
	struct nfo_said *said = kmalloc(sizeof(*said), GFP_KERNEL);
	struct flow_rule *fr = flow_rule_alloc(NFO_SAID_ACTIONS);
	struct flower_member *m;
	int err = -ENOMEM;

	m = list_first_entry(&fp->members, struct flower_member, list);
	if (said && fr) {
		make(fp, trial, said, fr);
		err = nfo_block_try(m->block, fr, htons(ETH_P_IP), extack);
	}
	kfree(fr);
	kfree(said);
	return err;
}

/* It refuses what it cannot know; running out of something is no refusal. */
static int must_refuse(struct flower_port *fp, enum trial trial)
{
	int err = offer(fp, trial, NULL);

	if (!err)
		return -EOPNOTSUPP;
	return err == -ENOMEM || err == -ETIMEDOUT || err == -ENOSPC ? err : 0;
}

static int try_all(struct flower_port *fp, struct netlink_ext_ack *extack)
{
	int err;

	err = offer(fp, TRIAL_PLAIN, extack);
	if (err) {
		if (!extack->_msg)
			NL_SET_ERR_MSG(extack, "the driver refuses the simplest rule");
		return err;
	}
	if (!(fp->profile->flags & FLOWER_TRY_NONSENSE))
		return 0;
	err = must_refuse(fp, TRIAL_KEY);
	if (!err)
		err = must_refuse(fp, TRIAL_ACTION);
	if (err == -EOPNOTSUPP)
		NL_SET_ERR_MSG(extack, "the driver takes rules with things that it cannot know, so it is not to be trusted with any");
	return err;
}

/**
 * flower_try_mode() - is the port's driver in the mode of an eswitch?
 * @fp: the port; entered
 *
 * Only an eswitch traps: there are representors to receive it. A driver that takes no rule at all
 * just now has not answered, nor has one that fails for another reason than that it cannot.
 *
 * Return: the mode, as far as can be told.
 */
bool flower_try_mode(struct flower_port *fp)
{
	int err;

	if (!(fp->profile->flags & FLOWER_TWO_MODES) || list_empty(&fp->members) ||
	    offer(fp, TRIAL_PLAIN, NULL))
		return fp->eswitch;
	err = offer(fp, TRIAL_TRAP, NULL);
	return err && err != -EOPNOTSUPP ? fp->eswitch : !err;
}

/**
 * flower_try() - see what the driver does with rules
 * @fp: the port; entered
 * @extack: says what is wrong
 *
 * Done once; not as long as hw-tc-offload is off, when every rule is refused.
 *
 * Return: 0, or why the driver cannot be told rules.
 */
int flower_try(struct flower_port *fp, struct netlink_ext_ack *extack)
{
	struct flower_member *m;
	int err;

	m = list_first_entry_or_null(&fp->members, struct flower_member, list);
	if (fp->tried || !(fp->profile->flags & FLOWER_TRY) || !m ||
	    !(m->dev->features & NETIF_F_HW_TC))
		return 0;
	err = try_all(fp, extack);
	fp->tried = !err;
	return err;
}
