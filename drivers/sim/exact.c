// SPDX-License-Identifier: GPL-2.0-only
/*
 * The exact-match table: what flowtable rules of the generic profile are in.
 */
#include <linux/rhashtable.h>

#include "sim.h"

const struct rhashtable_params sim_exact_params = {
	.head_offset = offsetof(struct sim_exact, by_key),
	.key_offset = offsetof(struct sim_exact, key),
	.key_len = sizeof_field(struct sim_exact, key),
	.automatic_shrinking = true,
};

struct sim_exact *sim_exact_lookup(struct sim_table *table, const struct sim_key *key)
{
	return rhashtable_lookup(&table->exact, key, sim_exact_params);
}

int sim_exact_add(struct sim_table *table, struct sim_exact *e, struct netlink_ext_ack *extack)
{
	int err = rhashtable_lookup_insert_fast(&table->exact, &e->by_key, sim_exact_params);

	lockdep_assert_held(&table->lock);
	if (err == -EEXIST)
		NL_SET_ERR_MSG_MOD(extack, "another rule matches the same packets");
	return err;
}

void sim_exact_del(struct sim_table *table, struct sim_exact *e)
{
	lockdep_assert_held(&table->lock);
	rhashtable_remove_fast(&table->exact, &e->by_key, sim_exact_params);
}

bool sim_exact_same(const struct sim_exact *a, const struct sim_exact *b)
{
	return !memcmp(&a->key, &b->key, sizeof(a->key)) &&
	       !memcmp(&a->edit, &b->edit, sizeof(a->edit));
}
