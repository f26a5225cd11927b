// SPDX-License-Identifier: GPL-2.0-only
/*
 * From a flow_rule to what a dialect's hardware would be told.
 */
#include <linux/string.h>

#include "flower.h"

/* What the mask does not cover is zero in the key: masked keys compare as memory. */
static void cover(struct sim_flower *f)
{
	const u8 *mask = (const u8 *)&f->mask;
	u8 *key = (u8 *)&f->key;
	size_t i;

	for (i = 0; i < sizeof(f->key); i++)
		key[i] &= mask[i];
}

/**
 * sim_flower_parse() - parse a rule
 * @p: the request; @p->out need not be zeroed
 *
 * Return: 0 or a negative error, with the reason in @p->why.
 */
int sim_flower_parse(struct sim_parse *p)
{
	int err;

	memset(p->out, 0, sizeof(*p->out));
	memset(&p->scratch, 0, sizeof(p->scratch));
	p->why = NULL;
	p->out->explicit_csum = p->dialect->flags & SIM_D_EXPLICIT_CSUM;
	if (p->dialect->prio_max && p->prio > p->dialect->prio_max)
		return sim_refuse(p, "priority number out of the range that the device has");
	err = sim_flower_keys(p);
	if (!err && p->dialect->match)
		err = p->dialect->match(p);
	if (!err)
		err = sim_flower_acts(p);
	if (!err && p->dialect->finish)
		err = p->dialect->finish(p);
	if (!err)
		cover(p->out);
	return err;
}
