// SPDX-License-Identifier: GPL-2.0-only
/*
 * For the tests of the SoC model: a driver of its engines that is as simple as can be. Every flow
 * that an engine reports as busy is bound to the other one of the first two MACs, with what the
 * parameters say. One at a time with nfo_ppe, as they drive the same device.
 *
 * Parameters, all to be written before the flow comes:
 *	dmac	destination addresses, of what leaves by the first and by the second MAC
 *	tags, vlan, pppoe, vid, etype, sid
 *		fields of layer 2, as in an entry; etype 0: that of the packet
 *	snat	IPv4 source of what leaves by the second MAC, in hexadecimal; 0: as it is
 *	clear	whether the cache is cleared when an entry is removed
 *	rate	packets that make a flow busy
 * Read-only: bound, how many entries; reasons, how many packets per reason. "mib" reads, and so clears,
 * "PACKETS BYTES" of all that was bound. "remove" writes all entries off.
 */
#include <linux/dma-mapping.h>
#include <linux/etherdevice.h>
#include <linux/mod_devicetable.h>
#include <linux/module.h>
#include <linux/platform_device.h>
#include <linux/regmap.h>
#include <nfo/ppe.h>

#define ENTRIES		16384
#define WORDS_MAX	32
#define BOUND_MAX	64

static u64 dmac[2];
module_param_array(dmac, ullong, NULL, 0644);
static uint tags, vlan, pppoe, vid = 100, etype, sid = 1, snat, clear = 1, rate = 3, bound, resets;
module_param(tags, uint, 0644);
module_param(vlan, uint, 0644);
module_param(pppoe, uint, 0644);
module_param(vid, uint, 0644);
module_param(etype, uint, 0644);
module_param(sid, uint, 0644);
module_param(snat, uint, 0644);
module_param(clear, uint, 0644);
module_param(rate, uint, 0644);
module_param(bound, uint, 0444);
module_param(resets, uint, 0444);
static uint reasons[32];
module_param_array(reasons, uint, NULL, 0444);

struct engine {
	unsigned int base;
	__le32 *table;
	dma_addr_t table_dma;
	void *mib;
	dma_addr_t mib_dma;
};

static struct {
	struct nfo_ppe_host *host;
	unsigned int version;
	unsigned int size;
	struct engine engine[NFO_PPE_ENGINES];
	struct { struct engine *e; u16 index; } entry[BOUND_MAX];
} poke;

static void wr(const struct engine *e, unsigned int off, u32 val)
{
	if (regmap_write(poke.host->regmap, e->base + off, val))
		pr_err("register %x cannot be written\n", off);
}

static u32 rd(unsigned int reg)
{
	u32 val = 0;

	if (regmap_read(poke.host->regmap, reg, &val))
		pr_err("register %x cannot be read\n", reg);
	return val;
}

static void clear_cache(const struct engine *e)
{
	wr(e, 0x320, 0x201);
	wr(e, 0x320, 0x001);
}

static struct engine *engine_of(unsigned int mac)
{
	return &poke.engine[mac < poke.host->engines ? mac : 0];
}

/* New words of a bound entry; what is in the old ones stays. */
static void bind(struct net_device *out, unsigned int mac, u32 *w)
{
	bool v1 = poke.version == 1;
	unsigned int type = v1 ? (w[0] >> 25) & 7 : (w[0] >> 23) & 0x1f;
	unsigned int l2 = type >= 4 ? 0x3c / 4 : 0x2c / 4;
	u8 to[ETH_ALEN];

	u64_to_ether_addr(dmac[mac], to);
	w[0] = 2 << 28 | type << (v1 ? 25 : 23) | (w[0] & BIT(30)) |
	       (rd(0x10) & (v1 ? 0x7fff : 0xff)) | tags << (v1 ? 16 : 14) |
	       pppoe << (v1 ? 19 : 17) | vlan << (v1 ? 20 : 18) | BIT(v1 ? 24 : 22) |
	       BIT(v1 ? 22 : 20);
	w[type >= 4 ? 0x38 / 4 : 0x10 / 4] = v1 ? (mac + 1) << 5 | BIT(10) : (mac + 1) << 9 | BIT(15);
	if (type == 0) {
		w[5] = mac == 1 && snat ? snat : w[1];
		w[6] = w[2];
		w[7] = w[3];
	}
	w[l2] = vid | (etype ?: type >= 4 ? ETH_P_IPV6 : ETH_P_IP) << 16;
	w[l2 + 1] = to[0] << 24 | to[1] << 16 | to[2] << 8 | to[3];
	w[l2 + 2] = vid + 1 + ((to[4] << 8 | to[5]) << 16);
	w[l2 + 3] = out->dev_addr[0] << 24 | out->dev_addr[1] << 16 | out->dev_addr[2] << 8 |
		    out->dev_addr[3];
	w[l2 + 4] = sid | (out->dev_addr[4] << 8 | out->dev_addr[5]) << 16;
}

static void poke_rx(void *priv, struct net_device *dev, const struct sk_buff *skb,
		    unsigned int reason, unsigned int index)
{
	struct nfo_ppe_place place;
	struct net_device *out;
	u32 w[WORDS_MAX] = {};
	struct engine *e;
	unsigned int i;
	__le32 *slot;

	reasons[reason & 31]++;
	if (reason != NFO_PPE_REASON_UNBIND_RATE || poke.host->ops->place(poke.host, dev, &place))
		return;
	out = poke.host->ops->netdev(poke.host, !place.mac);
	if (!out || index >= ENTRIES || bound >= BOUND_MAX)
		return;
	e = engine_of(place.mac);
	slot = e->table + index * poke.size / 4;
	for (i = 0; i < poke.size / 4; i++)
		w[i] = le32_to_cpu(slot[i]);
	bind(out, !place.mac, w);
	for (i = 1; i < poke.size / 4; i++)
		WRITE_ONCE(slot[i], cpu_to_le32(w[i]));
	wmb();
	WRITE_ONCE(slot[0], cpu_to_le32(w[0]));
	clear_cache(e);
	poke.entry[bound].e = e;
	poke.entry[bound++].index = index;
}

static int remove_set(const char *val, const struct kernel_param *kp)
{
	while (bound) {
		bound--;
		WRITE_ONCE(poke.entry[bound].e->table[poke.entry[bound].index * poke.size / 4], 0);
		if (clear)
			clear_cache(poke.entry[bound].e);
	}
	return 0;
}

static const struct kernel_param_ops remove_ops = { .set = remove_set };
module_param_cb(remove, &remove_ops, NULL, 0200);

static int mib_get(char *buf, const struct kernel_param *kp)
{
	u64 bytes = 0, packets = 0;
	unsigned int i, tries;

	for (i = 0; i < bound; i++) {
		unsigned int base = poke.entry[i].e->base;
		u32 r0, r1, r2, r3;

		wr(poke.entry[i].e, 0x33c, poke.entry[i].index | BIT(16));
		for (tries = 0; tries < 10 && rd(base + 0x33c) & BIT(16); tries++)
			;
		if (tries == 10)
			return -ETIMEDOUT;
		r0 = rd(base + 0x340);
		r1 = rd(base + 0x344);
		r2 = rd(base + 0x348);
		r3 = rd(base + 0x34c);
		if (poke.version < 3) {
			bytes += r0 | (u64)(r1 & 0xffff) << 32;
			packets += r1 >> 16 | (u64)(r2 & 0xffffff) << 16;
		} else {
			bytes += r0 | (u64)r1 << 32;
			packets += r2 | (u64)r3 << 32;
		}
	}
	return sysfs_emit(buf, "%llu %llu\n", packets, bytes);
}

static const struct kernel_param_ops mib_ops = { .get = mib_get };
module_param_cb(mib, &mib_ops, NULL, 0444);

static void engine_on(struct engine *e)
{
	u32 size80 = poke.version < 3 ? BIT(3) : 0;

	memset(e->table, 0, ENTRIES * poke.size);
	wr(e, 0x220, e->table_dma);
	wr(e, 0x21c, 4 | size80 | 3 << 4 | 0xf80 | 1 << 14 | 1 << 16);
	wr(e, 0x204, BIT(9) | BIT(13));	/* 5-tuples */
	clear_cache(e);
	wr(e, 0x228, rate);
	wr(e, 0x238, 1000 << 16 | 3);
	wr(e, 0x23c, 1 << 16 | 12);
	wr(e, 0x240, 1 << 16 | 7);
	if (poke.host->accounting) {
		wr(e, 0x338, e->mib_dma);
		wr(e, 0x334, 3);
	}
	wr(e, 0x200, 1);
}

static void all_on(void)
{
	static const u16 to[] = { 0x3333, 0x4444, 0xcccc };
	unsigned int i, n;

	for (i = 0; i < poke.host->engines; i++)
		engine_on(&poke.engine[i]);
	for (i = 0; i < poke.host->macs; i++) {
		n = engine_of(i) - poke.engine;
		regmap_write(poke.host->regmap, i == 2 ? 0x540 : 0x500 + i * 0x1000,
			     poke.version == 1 ? 0x4444 : to[n]);
	}
}

static void all_off(void)
{
	unsigned int i;

	for (i = 0; i < poke.host->macs; i++)
		regmap_write(poke.host->regmap, i == 2 ? 0x540 : 0x500 + i * 0x1000, 0);
	for (i = 0; i < poke.host->engines; i++)
		wr(&poke.engine[i], 0x200, 0);
	synchronize_net();
}

static void poke_reset(void *priv, bool done)
{
	resets++;
	if (done) {
		bound = 0;
		all_on();
	}
}

static const struct nfo_ppe_client_ops client_ops = {
	.rx = poke_rx,
	.reset = poke_reset,
};

static int poke_probe(struct platform_device *pdev)
{
	struct nfo_ppe_host *host = dev_get_platdata(&pdev->dev);
	struct engine *e;
	unsigned int i;

	if (poke.host)
		return -EBUSY;
	poke.host = host;
	poke.version = platform_get_device_id(pdev)->driver_data;
	poke.size = poke.version == 1 ? 80 : poke.version == 2 ? 96 : 128;
	for (i = 0; i < host->engines; i++) {
		e = &poke.engine[i];
		e->base = (poke.version == 1 ? 0xc00 : 0x2000) + (i == 2 ? 0xc00 : i * 0x400);
		e->table = dmam_alloc_coherent(host->dma, ENTRIES * poke.size, &e->table_dma,
					       GFP_KERNEL);
		e->mib = dmam_alloc_coherent(host->dma, ENTRIES * 16, &e->mib_dma, GFP_KERNEL);
		if (!e->table || !e->mib)
			return -ENOMEM;
	}
	all_on();
	return host->ops->listen(host, &client_ops, NULL);
}

static nfo_remove_t poke_remove(struct platform_device *pdev)
{
	poke.host->ops->listen(poke.host, NULL, NULL);
	all_off();
	poke.host = NULL;
	bound = 0;
	nfo_removed();
}

static const struct platform_device_id ids[] = {
	{ "nfo-ppe-v1", 1 }, { "nfo-ppe-v2", 2 }, { "nfo-ppe-v3", 3 }, {}
};

static struct platform_driver poke_driver = {
	.probe = poke_probe,
	NFO_PLATFORM_REMOVE(poke_remove),
	.id_table = ids,
	.driver.name = "nfo_poke",
};
module_platform_driver(poke_driver);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("For tests of the SoC model: the simplest driver of its engines");
