// SPDX-License-Identifier: GPL-2.0-only
/*
 * The health reporter of a device that does not answer (NFO_SIM_WEDGE). To recover is to reset it:
 * it answers again and has lost its table.
 */
#include "sim.h"

static int recover(struct devlink_health_reporter *reporter, void *ctx,
		   struct netlink_ext_ack *extack)
{
	struct sim *sim = devlink_health_reporter_priv(reporter);

	WRITE_ONCE(sim->faults.wedge, false);
	sim_table_reset(&sim->table);
	return 0;
}

int sim_health_add(struct sim *sim)
{
	sim->health_ops.name = "fw";
	sim->health = devlink_health_reporter_create(sim->devlink, &sim->health_ops, 0, sim);
	if (IS_ERR(sim->health))
		return PTR_ERR(sim->health);
	/*
	 * Only now, before anybody can see it: devlink recovers by itself what could be recovered
	 * from the start, and no wedge would last. The administrator can have that (auto_recover).
	 */
	sim->health_ops.recover = recover;
	return 0;
}

void sim_health_del(struct sim *sim)
{
	devlink_health_reporter_destroy(sim->health);
}

/**
 * sim_health_wedge() - the device stops to answer, or answers again
 * @sim: the model
 * @wedge: which
 */
void sim_health_wedge(struct sim *sim, bool wedge)
{
	lockdep_assert_held(&sim_lock);
	if (wedge == READ_ONCE(sim->faults.wedge))
		return;
	WRITE_ONCE(sim->faults.wedge, wedge);
	if (wedge)
		devlink_health_report(sim->health, "the device does not answer", NULL);
	else
		devlink_health_reporter_state_update(sim->health,
						     DEVLINK_HEALTH_REPORTER_STATE_HEALTHY);
}
