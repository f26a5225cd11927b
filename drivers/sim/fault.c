// SPDX-License-Identifier: GPL-2.0-only
/*
 * What goes wrong on request: inserts that take long, fail or are refused, and a device that does
 * not answer. Commands wait here before they take any lock, as a driver waits for its firmware.
 */
#include <linux/delay.h>
#include <linux/netlink.h>

#include "sim.h"

#define ANSWER_MS	20	/* so long the driver waits for an answer */

/**
 * sim_fault_answer() - does the device answer?
 * @sim: the model
 *
 * Context: may sleep.
 *
 * Return: 0, or after a while -ETIMEDOUT.
 */
int sim_fault_answer(struct sim *sim)
{
	if (!READ_ONCE(sim->faults.wedge))
		return 0;
	msleep(ANSWER_MS);
	return -ETIMEDOUT;
}

static bool is_nth(struct sim_faults *f)
{
	u32 nth = READ_ONCE(f->fail_nth);

	return nth && !((u32)atomic_inc_return(&f->inserts) % nth);
}

static int insert(struct sim *sim, struct netlink_ext_ack *extack)
{
	struct sim_faults *f = &sim->faults;
	u32 latency = READ_ONCE(f->latency);
	int err;

	if (latency)
		msleep(latency);
	err = sim_fault_answer(sim);
	if (err) {
		NL_SET_ERR_MSG_MOD(extack, "the device does not answer");
		return err;
	}
	if (READ_ONCE(f->refuse)) {
		NL_SET_ERR_MSG_MOD(extack, "the device was told to refuse every rule");
		return -EOPNOTSUPP;
	}
	if (is_nth(f)) {
		NL_SET_ERR_MSG_MOD(extack, "the device was told to fail");
		return -EIO;
	}
	return 0;
}

/**
 * sim_fault_insert() - how an insert goes, before the table is asked
 * @sim: the model
 * @extack: says what went wrong
 *
 * Context: may sleep, for as long as NFO_SIM_LATENCY says.
 *
 * Return: 0 if nothing is to go wrong, else the error it fails with.
 */
int sim_fault_insert(struct sim *sim, struct netlink_ext_ack *extack)
{
	int err = insert(sim, extack);

	if (err)
		atomic64_inc(&sim->faults.failed);
	return err;
}
