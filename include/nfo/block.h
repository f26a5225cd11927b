/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How backends speak to a driver that is told rules through callbacks in a flow block: bound by its
 * ndo_setup_tc as TC_SETUP_FT or TC_SETUP_BLOCK, then called with TC_SETUP_CLSFLOWER.
 *
 * Rules that stay. A driver may fail to remove a rule: some refuse every command while
 * hw-tc-offload is off, and the core learns of that switch when it is off already; or the device
 * does not answer. Such a rule is remembered and removed as soon as the driver lets us. Cookies are
 * never used twice, so it cannot be taken for another one meanwhile.
 *
 * Devices that do not answer. Each command then takes as long as the driver has patience. So after
 * a command that timed out none is given for a second: they all fail at once.
 */
#ifndef _NFO_BLOCK_H
#define _NFO_BLOCK_H

#include <linux/netdevice.h>
#include <nfo/backend.h>
#include <nfo/compose.h>

struct nfo_block;

/**
 * nfo_block_bind() - have a driver's callbacks for a device
 * @dev: the device; held by the caller until nfo_block_free()
 * @type: TC_SETUP_FT or TC_SETUP_BLOCK
 * @dialect: what the driver wants to hear; valid as long as the block
 * @extack: says what is wrong
 *
 * Context: may sleep; RTNL is held for TC_SETUP_BLOCK.
 *
 * Return: the block, or -EOPNOTSUPP if the driver has no such callbacks, -EBUSY if the ingress of
 * the device belongs to somebody else, or another error.
 */
struct nfo_block *nfo_block_bind(struct net_device *dev, enum tc_setup_type type,
				 const struct nfo_dialect *dialect, struct netlink_ext_ack *extack);

/**
 * nfo_block_dev() - the device of a block
 * @b: the block
 */
struct net_device *nfo_block_dev(const struct nfo_block *b);

/**
 * nfo_block_needs_rtnl() - have commands to be given with RTNL held?
 * @b: the block
 *
 * As for TC itself: unless the driver said otherwise when it was bound.
 */
bool nfo_block_needs_rtnl(const struct nfo_block *b);

/**
 * nfo_block_unbind() - give the driver's callbacks back
 * @b: the block; rules that it still has are lost to us: remove them before
 *
 * Context: may sleep; RTNL is held for TC_SETUP_BLOCK. The device may be on its way out, but its
 * driver has not been told so yet. Commands that come after are answered as if the rule were gone.
 */
void nfo_block_unbind(struct nfo_block *b);

/**
 * nfo_block_free() - the last that happens to a block
 * @b: unbound, or bound as TC_SETUP_FT
 *
 * Context: may sleep; RTNL is not held if commands need it.
 */
void nfo_block_free(struct nfo_block *b);

/**
 * nfo_block_add() - tell the driver a rule
 * @b: the block
 * @rule: the rule
 * @egress: where to send
 * @ttl: only packets in this range, NULL: all
 * @cookie: set to the rule's name in later calls, never 0
 * @extack: the driver's words
 *
 * Context: may sleep; RTNL as nfo_block_needs_rtnl() has it.
 *
 * Return: 0 or a negative error, then nothing is left behind that would stay.
 */
int nfo_block_add(struct nfo_block *b, const struct nfo_rule *rule, struct net_device *egress,
		  const struct nfo_ttl *ttl, unsigned long *cookie, struct netlink_ext_ack *extack);

/**
 * nfo_block_try() - would the driver take such a rule?
 * @b: the block
 * @fr: any flow_rule
 * @protocol: its EtherType
 * @extack: the driver's words
 *
 * One that is taken is removed at once. Context: as nfo_block_add().
 *
 * Return: 0 if it was taken, else the driver's error.
 */
int nfo_block_try(struct nfo_block *b, struct flow_rule *fr, __be16 protocol,
		  struct netlink_ext_ack *extack);

/**
 * nfo_block_stats() - what a rule has counted since the last time
 * @b: the block
 * @cookie: its name
 * @c: added to; @c->lost is set if the driver does not know the rule
 *
 * Context: as nfo_block_add().
 */
void nfo_block_stats(struct nfo_block *b, unsigned long cookie, struct nfo_counters *c);

/**
 * nfo_block_del() - have a rule removed, now or as soon as the driver lets us
 * @b: the block
 * @cookie: its name
 * @c: what it has counted since the last time is added
 *
 * A driver that reports its last counters with DESTROY loses nothing; for all others what comes
 * between the two commands is lost, as in Linux itself. Context: as nfo_block_add().
 */
void nfo_block_del(struct nfo_block *b, unsigned long cookie, struct nfo_counters *c);

/**
 * nfo_block_switched_on() - is hw-tc-offload on?
 * @dev: the device; held
 *
 * For those who do not hold RTNL: drivers that go by the feature see it on for the commands that
 * take rules out, whatever it is.
 *
 * Context: any but interrupts.
 */
bool nfo_block_switched_on(const struct net_device *dev);

/**
 * nfo_bond_active() - the active member of a bond
 * @dev: the bond
 *
 * Context: RCU or RTNL.
 *
 * Return: the member, or NULL if none is active or the bond's mode knows no such thing.
 */
struct net_device *nfo_bond_active(const struct net_device *dev);

/**
 * nfo_egress_get() - the device that frames leave by
 * @net: network namespace
 * @ifindex: device of a rule: it, or of a bond its active member
 *
 * Context: any.
 *
 * Return: the device, with a reference, or NULL.
 */
struct net_device *nfo_egress_get(struct net *net, int ifindex);

/**
 * nfo_driver_name() - name of a device's driver
 * @dev: the device; held
 * @name: set to what the parent's driver is called or, for devices without a parent, to the kind of
 *	link, or to what `ethtool -i` says: some representors (nfp, sfc) have neither of the others;
 *	"" if there is nothing
 * @size: of @name
 *
 * Context: may sleep if the device has no parent.
 */
void nfo_driver_name(struct net_device *dev, char *name, size_t size);

/**
 * nfo_driver_is() - is this the name of a device's driver?
 * @dev: the device; held
 * @name: the name
 *
 * Context: as nfo_driver_name().
 */
bool nfo_driver_is(struct net_device *dev, const char *name);

#endif /* _NFO_BLOCK_H */
