// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rules of the core as entries. Pure.
 *
 * What comes in is not compared with the rule's layers, nor has it to be: hardware takes all of
 * them off.
 */
#include <linux/string.h>

#include "ppe.h"
#include "regs.h"

#define DSA_QUEUE	3	/* queues of a switch's ports come after those of MACs */

u8 ppe_pse_port(unsigned int mac)
{
	static const u8 ports[NFO_PPE_MACS] = { PSE_GDM1, PSE_GDM2, PSE_GDM3 };

	return ports[mac];
}

/**
 * ppe_entry_key() - what hardware compares
 * @m: the rule's match
 * @key: filled in
 */
void ppe_entry_key(const struct nfo_match *m, struct foe_key *key)
{
	memset(key, 0, sizeof(*key));
	memcpy(key->src, m->src.ip6, sizeof(key->src));
	memcpy(key->dst, m->dst.ip6, sizeof(key->dst));
	key->sport = m->sport;
	key->dport = m->dport;
	key->udp = m->l4proto == IPPROTO_UDP;
	key->type = m->l3proto == htons(ETH_P_IP) ? FOE_IP4_HNAPT : FOE_IP6_5T;
}

static void new_tuple(const struct nfo_rule *rule, struct foe_entry *entry)
{
	const struct nfo_match *m = &rule->match;
	const struct nfo_edit *edit = &rule->edit;
	bool src = edit->flags & NFO_EDIT_SRC, dst = edit->flags & NFO_EDIT_DST;

	entry->new_src = src ? edit->src.ip4 : m->src.ip4;
	entry->new_sport = src ? edit->sport : m->sport;
	entry->new_dst = dst ? edit->dst.ip4 : m->dst.ip4;
	entry->new_dport = dst ? edit->dport : m->dport;
}

static int put_layers(const struct nfo_edit *edit, struct foe_mac *mac)
{
	u8 i;

	for (i = 0; i < edit->n_encap; i++) {
		if (edit->encap[i].proto == htons(ETH_P_PPP_SES)) {
			mac->pppoe = true;
			mac->sid = edit->encap[i].id;
		} else if (mac->pppoe || mac->n_vlan == FOE_VLANS_MAX ||
			   edit->encap[i].proto != htons(ETH_P_8021Q)) {
			return -E2BIG;
		} else {
			mac->vlan[mac->n_vlan++] = edit->encap[i].id;
		}
	}
	return 0;
}

/**
 * ppe_entry_of() - a rule as an entry
 * @rule: the rule
 * @out: where the egress device is
 * @counted: hardware counts
 * @entry: filled in
 * @what: with an error, what does not fit
 *
 * Return: 0; -E2BIG: more layers than hardware puts on; -EOPNOTSUPP: IPv6 that is translated.
 */
int ppe_entry_of(const struct nfo_rule *rule, const struct nfo_ppe_place *out, bool counted,
		 struct foe_entry *entry, const char **what)
{
	struct foe_mac *mac = &entry->mac;

	memset(entry, 0, sizeof(*entry));
	ppe_entry_key(&rule->match, &entry->key);
	*what = "translation of IPv6";
	if (entry->key.type == FOE_IP6_5T && rule->edit.flags)
		return -EOPNOTSUPP;
	if (entry->key.type == FOE_IP4_HNAPT)
		new_tuple(rule, entry);
	entry->state = FOE_BIND;
	entry->ttl = true;
	entry->cache = true;
	entry->counted = counted;
	/* engines that do not count are those of MT7621 and MT7623 */
	entry->meter = counted ? 0 : FOE_NO_METER;
	memcpy(mac->dmac, rule->edit.dmac, ETH_ALEN);
	memcpy(mac->smac, rule->edit.smac, ETH_ALEN);
	mac->dsa_port = out->dsa_port < 0 ? FOE_NO_DSA : out->dsa_port;
	mac->port = ppe_pse_port(out->mac);
	mac->queue = out->dsa_port < 0 ? mac->port - 1 : DSA_QUEUE + out->dsa_port;
	mac->use_queue = true;
	*what = "VLAN tags and PPPoE";
	return put_layers(&rule->edit, mac);
}
