// SPDX-License-Identifier: GPL-2.0-only
/* nfoctl sim show: the device models, their traffic and why frames went to the CPU. */
#include <inttypes.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <linux/genetlink.h>
#include <linux/nfo_sim.h>

#include "nfoctl.h"

struct traffic {
	uint64_t rx_packets;
	uint64_t rx_bytes;
	uint64_t tx_packets;
	uint64_t tx_bytes;
};

struct sim_port {
	char name[IFNAMSIZ];
	char wire[IFNAMSIZ];	/* empty: the wire is gone */
	bool rep;		/* a representor; it has no wire */
	uint32_t vf;		/* of which it is the representor */
	uint32_t ifindex;
	struct traffic hw;
	struct traffic cpu;
	struct counts punts;
};

struct sim {
	char name[IFNAMSIZ];
	uint32_t size;
	uint32_t used;
	uint64_t full;
	uint64_t failed;
	uint32_t latency;
	uint32_t fail_nth;
	bool refuse;
	bool wedge;
	bool filter2;
	bool fragments;
	bool soc;		/* it has these instead of all that */
	bool stuck;
	bool lost_irq;
	bool table_error;
	bool silent;
	char profile[NFO_SIM_PROFILE_MAX + 1];
	char device[64];
	uint32_t vfs;
	uint32_t dsa;
	const char *mode;	/* NULL: it has no eswitch */
	struct sim_port *port;
	size_t nports;
	size_t cap;
};

struct sims {
	struct sim *sim;
	size_t n;
	size_t cap;
};

static const struct attr_policy port_policy[NFO_SIM_PORT_MAX + 1] = {
	[NFO_SIM_PORT_NAME] = { .type = MNL_TYPE_NUL_STRING },
	[NFO_SIM_PORT_IFINDEX] = { .type = MNL_TYPE_U32 },
	[NFO_SIM_PORT_WIRE] = { .type = MNL_TYPE_NUL_STRING },
	[NFO_SIM_PORT_HW_RX_PACKETS] = { .type = MNL_TYPE_U64 },
	[NFO_SIM_PORT_HW_RX_BYTES] = { .type = MNL_TYPE_U64 },
	[NFO_SIM_PORT_HW_TX_PACKETS] = { .type = MNL_TYPE_U64 },
	[NFO_SIM_PORT_HW_TX_BYTES] = { .type = MNL_TYPE_U64 },
	[NFO_SIM_PORT_CPU_RX_PACKETS] = { .type = MNL_TYPE_U64 },
	[NFO_SIM_PORT_CPU_RX_BYTES] = { .type = MNL_TYPE_U64 },
	[NFO_SIM_PORT_CPU_TX_PACKETS] = { .type = MNL_TYPE_U64 },
	[NFO_SIM_PORT_CPU_TX_BYTES] = { .type = MNL_TYPE_U64 },
	[NFO_SIM_PORT_PUNT] = { .type = MNL_TYPE_NESTED },
	[NFO_SIM_PORT_KIND] = { .type = MNL_TYPE_U8 },
	[NFO_SIM_PORT_VF] = { .type = MNL_TYPE_U32 },
};

static int read_port(struct sim *sim, const struct nlattr *nest)
{
	const struct nlattr *tb[NFO_SIM_PORT_MAX + 1], *attr;
	struct sim_port *p;

	if (nest_attrs(nest, port_policy, tb, NFO_SIM_PORT_MAX))
		return -1;
	if (!tb[NFO_SIM_PORT_NAME])
		return attrs_missing("port");
	sim->port = grow(sim->port, &sim->cap, sim->nports, sizeof(*p));
	p = &sim->port[sim->nports++];
	*p = (struct sim_port) {
		.ifindex = attr_u32(tb[NFO_SIM_PORT_IFINDEX]),
		.rep = attr_u8(tb[NFO_SIM_PORT_KIND]) == NFO_SIM_KIND_REP,
		.vf = attr_u32(tb[NFO_SIM_PORT_VF]),
		.hw = {
			.rx_packets = attr_u64(tb[NFO_SIM_PORT_HW_RX_PACKETS]),
			.rx_bytes = attr_u64(tb[NFO_SIM_PORT_HW_RX_BYTES]),
			.tx_packets = attr_u64(tb[NFO_SIM_PORT_HW_TX_PACKETS]),
			.tx_bytes = attr_u64(tb[NFO_SIM_PORT_HW_TX_BYTES]),
		},
		.cpu = {
			.rx_packets = attr_u64(tb[NFO_SIM_PORT_CPU_RX_PACKETS]),
			.rx_bytes = attr_u64(tb[NFO_SIM_PORT_CPU_RX_BYTES]),
			.tx_packets = attr_u64(tb[NFO_SIM_PORT_CPU_TX_PACKETS]),
			.tx_bytes = attr_u64(tb[NFO_SIM_PORT_CPU_TX_BYTES]),
		},
	};
	attr_str(tb[NFO_SIM_PORT_NAME], p->name, sizeof(p->name));
	attr_str(tb[NFO_SIM_PORT_WIRE], p->wire, sizeof(p->wire));
	nest_for_each(attr, nest) {
		if (mnl_attr_get_type(attr) == NFO_SIM_PORT_PUNT && counts_read(&p->punts, attr))
			return -1;
	}
	return 0;
}

static const struct attr_policy sim_policy[NFO_SIM_MAX + 1] = {
	[NFO_SIM_NAME] = { .type = MNL_TYPE_NUL_STRING },
	[NFO_SIM_SIZE] = { .type = MNL_TYPE_U32 },
	[NFO_SIM_USED] = { .type = MNL_TYPE_U32 },
	[NFO_SIM_FULL] = { .type = MNL_TYPE_U64 },
	[NFO_SIM_PORT] = { .type = MNL_TYPE_NESTED },
	[NFO_SIM_LATENCY] = { .type = MNL_TYPE_U32 },
	[NFO_SIM_FAIL_NTH] = { .type = MNL_TYPE_U32 },
	[NFO_SIM_REFUSE] = { .type = MNL_TYPE_U8 },
	[NFO_SIM_WEDGE] = { .type = MNL_TYPE_U8 },
	[NFO_SIM_FILTER2] = { .type = MNL_TYPE_U8 },
	[NFO_SIM_FRAGMENTS] = { .type = MNL_TYPE_U8 },
	[NFO_SIM_STUCK] = { .type = MNL_TYPE_U8 },
	[NFO_SIM_LOST_IRQ] = { .type = MNL_TYPE_U8 },
	[NFO_SIM_TABLE_ERROR] = { .type = MNL_TYPE_U8 },
	[NFO_SIM_SILENT] = { .type = MNL_TYPE_U8 },
	[NFO_SIM_FAILED] = { .type = MNL_TYPE_U64 },
	[NFO_SIM_PROFILE] = { .type = MNL_TYPE_NUL_STRING },
	[NFO_SIM_DSA] = { .type = MNL_TYPE_U32 },
	[NFO_SIM_VFS] = { .type = MNL_TYPE_U32 },
	[NFO_SIM_MODE] = { .type = MNL_TYPE_U8 },
	[NFO_SIM_DEVICE] = { .type = MNL_TYPE_NUL_STRING },
};

static const char *mode_of(const struct nlattr *attr)
{
	if (!attr)
		return NULL;
	return attr_u8(attr) == NFO_SIM_MODE_SWITCHDEV ? "switchdev" : "legacy";
}

static struct sim *new_sim(struct sims *sims, const struct nlattr **tb)
{
	struct sim *sim;

	sims->sim = grow(sims->sim, &sims->cap, sims->n, sizeof(*sim));
	sim = &sims->sim[sims->n++];
	*sim = (struct sim) {
		.size = attr_u32(tb[NFO_SIM_SIZE]),
		.used = attr_u32(tb[NFO_SIM_USED]),
		.full = attr_u64(tb[NFO_SIM_FULL]),
		.failed = attr_u64(tb[NFO_SIM_FAILED]),
		.latency = attr_u32(tb[NFO_SIM_LATENCY]),
		.fail_nth = attr_u32(tb[NFO_SIM_FAIL_NTH]),
		.refuse = attr_u8(tb[NFO_SIM_REFUSE]),
		.wedge = attr_u8(tb[NFO_SIM_WEDGE]),
		.filter2 = attr_u8(tb[NFO_SIM_FILTER2]),
		.fragments = attr_u8(tb[NFO_SIM_FRAGMENTS]),
		.soc = tb[NFO_SIM_STUCK],
		.stuck = attr_u8(tb[NFO_SIM_STUCK]),
		.lost_irq = attr_u8(tb[NFO_SIM_LOST_IRQ]),
		.table_error = attr_u8(tb[NFO_SIM_TABLE_ERROR]),
		.silent = attr_u8(tb[NFO_SIM_SILENT]),
		.dsa = attr_u32(tb[NFO_SIM_DSA]),
		.vfs = attr_u32(tb[NFO_SIM_VFS]),
		.mode = mode_of(tb[NFO_SIM_MODE]),
	};
	attr_str(tb[NFO_SIM_NAME], sim->name, sizeof(sim->name));
	attr_str(tb[NFO_SIM_PROFILE], sim->profile, sizeof(sim->profile));
	attr_str(tb[NFO_SIM_DEVICE], sim->device, sizeof(sim->device));
	return sim;
}

/* The model that the message before was about, if this one only has more of its ports. */
static struct sim *same_sim(struct sims *sims, const struct nlattr **tb)
{
	struct sim *last = sims->n ? &sims->sim[sims->n - 1] : NULL;
	char name[IFNAMSIZ];

	attr_str(tb[NFO_SIM_NAME], name, sizeof(name));
	return last && !tb[NFO_SIM_SIZE] && !strcmp(last->name, name) ? last : NULL;
}

static int read_sim(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *tb[NFO_SIM_MAX + 1], *attr;
	struct sims *sims = data;
	struct sim *sim;

	if (msg_attrs(nlh, sim_policy, tb, NFO_SIM_MAX))
		return -1;
	if (!tb[NFO_SIM_NAME])
		return attrs_missing("model");
	sim = same_sim(sims, tb);
	if (!sim)
		sim = new_sim(sims, tb);
	msg_for_each(attr, nlh) {
		if (mnl_attr_get_type(attr) == NFO_SIM_PORT && read_port(sim, attr))
			return -1;
	}
	return 0;
}

static void drop_sims(void *data)
{
	struct sims *sims = data;
	struct sim *sim;

	while (sims->n) {
		sim = &sims->sim[--sims->n];
		while (sim->nports)
			free(sim->port[--sim->nports].punts.count);
		free(sim->port);
	}
}

static void traffic_json(const char *key, const struct traffic *t)
{
	json_object(key);
	json_object("rx");
	json_u64("packets", t->rx_packets);
	json_u64("bytes", t->rx_bytes);
	json_end();
	json_object("tx");
	json_u64("packets", t->tx_packets);
	json_u64("bytes", t->tx_bytes);
	json_end();
	json_end();
}

static void str_or_null(const char *key, const char *val)
{
	if (val && *val)
		json_str(key, val);
	else
		json_null(key);
}

static void port_json(const struct sim_port *p)
{
	json_object(NULL);
	json_str("port", p->name);
	json_u64("ifindex", p->ifindex);
	json_str("kind", p->rep ? "rep" : "uplink");
	str_or_null("wire", p->wire);
	if (p->rep)
		json_u64("vf", p->vf);
	else
		json_null("vf");
	traffic_json("hw", &p->hw);
	traffic_json("cpu", &p->cpu);
	counts_json("punts", &p->punts, &punts);
	json_end();
}

static void sim_json(const struct sim *sim)
{
	size_t i;

	json_object(NULL);
	json_str("name", sim->name);
	str_or_null("profile", sim->profile);
	str_or_null("mode", sim->mode);
	json_u64("vfs", sim->vfs);
	if (sim->soc)
		json_u64("dsa", sim->dsa);
	str_or_null("device", sim->device);
	json_u64("size", sim->size);
	json_u64("used", sim->used);
	json_u64("full", sim->full);
	json_u64("failed", sim->failed);
	json_u64("latency_ms", sim->latency);
	json_u64("fail_nth", sim->fail_nth);
	json_bool("refuse", sim->refuse);
	json_bool("wedge", sim->wedge);
	json_bool("filter2", sim->filter2);
	json_bool("fragments", sim->fragments);
	if (sim->soc) {
		json_bool("stuck", sim->stuck);
		json_bool("lost_irq", sim->lost_irq);
		json_bool("table_error", sim->table_error);
		json_bool("silent", sim->silent);
	}
	json_array("ports");
	for (i = 0; i < sim->nports; i++)
		port_json(&sim->port[i]);
	json_end();
	json_end();
}

/* Where the cable goes: to a wire, or into a VF. */
static void link_cell(struct table *t, const struct sim_port *p)
{
	if (p->rep)
		table_cell(t, COLOR_NONE, "vf%" PRIu32, p->vf);
	else
		table_cell(t, *p->wire ? COLOR_DEV : COLOR_BAD, "%s", *p->wire ? p->wire : "gone");
}

static void traffic_row(struct table *t, const struct sim_port *p, const char *path,
			const struct traffic *traffic)
{
	char num[NUM_LEN];

	table_cell(t, COLOR_DEV, "%s", p->name);
	table_cell(t, COLOR_NONE, "%s", p->rep ? "rep" : "uplink");
	link_cell(t, p);
	table_cell(t, COLOR_NONE, "%s", path);
	table_cell(t, COLOR_NONE, "%s", human_count(num, traffic->rx_packets));
	table_cell(t, COLOR_NONE, "%s", human_count(num, traffic->rx_bytes));
	table_cell(t, COLOR_NONE, "%s", human_count(num, traffic->tx_packets));
	table_cell(t, COLOR_NONE, "%s", human_count(num, traffic->tx_bytes));
}

static void identity_line(const struct sim *sim)
{
	if (!*sim->profile)
		return;
	print(COLOR_NONE, "  profile %s, ", sim->profile);
	if (sim->mode)
		print(COLOR_NONE, "mode %s, ", sim->mode);
	if (sim->dsa)
		print(COLOR_NONE, "a switch with %" PRIu32 " user ports, ", sim->dsa);
	print(COLOR_NONE, "%" PRIu32 " VFs, device %s", sim->vfs, sim->device);
	fputc('\n', opt.out);
}

/* The same as set_line() of a SoC. */
static void soc_line(const struct sim *sim)
{
	bool set = sim->stuck || sim->lost_irq || sim->table_error || sim->silent;

	if (!set && !sim->failed)
		return;
	print(COLOR_NONE, "  set:");
	if (sim->stuck)
		print(COLOR_BAD, " stuck on");
	if (sim->lost_irq)
		print(COLOR_WARN, " lost-irq on");
	if (sim->table_error)
		print(COLOR_BAD, " table-error on");
	if (sim->silent)
		print(COLOR_WARN, " silent on");
	if (!set)
		print(COLOR_NONE, " nothing");
	print(COLOR_NONE, "; entries that could not be read: %" PRIu64, sim->failed);
	fputc('\n', opt.out);
}

/* A line for what is not as it is by itself, in the words of "set". */
static void set_line(const struct sim *sim)
{
	bool set = sim->latency || sim->fail_nth || sim->refuse || sim->wedge || sim->filter2 ||
		   sim->fragments;

	if (!set && !sim->failed)
		return;
	print(COLOR_NONE, "  set:");
	if (sim->latency)
		print(COLOR_WARN, " latency %" PRIu32, sim->latency);
	if (sim->fail_nth)
		print(COLOR_WARN, " fail-nth %" PRIu32, sim->fail_nth);
	if (sim->refuse)
		print(COLOR_WARN, " refuse on");
	if (sim->wedge)
		print(COLOR_BAD, " wedge on");
	if (sim->filter2)
		print(COLOR_NONE, " filter2 on");
	if (sim->fragments)
		print(COLOR_NONE, " fragments on");
	if (!set)
		print(COLOR_NONE, " nothing");
	print(COLOR_NONE, "; inserts failed by that: %" PRIu64, sim->failed);
	fputc('\n', opt.out);
}

static void sim_table(const struct sim *sim)
{
	static const char *const heads[] = {
		"PORT", "KIND", "WIRE", "PATH", "RX-PACKETS", "RX-BYTES", "TX-PACKETS", "TX-BYTES",
	};
	const struct counts *c;
	struct word word;
	struct table t;
	size_t i, k;

	print(COLOR_HEAD, "%s", sim->name);
	print(COLOR_NONE, ": %" PRIu32 " of %" PRIu32 " entries used, %" PRIu64
	      " refused because the table was full", sim->used, sim->size, sim->full);
	fputc('\n', opt.out);
	identity_line(sim);
	if (sim->soc)
		soc_line(sim);
	else
		set_line(sim);
	table_init(&t, "  ", heads, ARRAY_SIZE(heads), 0xf0);
	for (i = 0; i < sim->nports; i++) {
		traffic_row(&t, &sim->port[i], "hw", &sim->port[i].hw);
		traffic_row(&t, &sim->port[i], "cpu", &sim->port[i].cpu);
		c = &sim->port[i].punts;
		for (k = 0; opt.stats && k < c->n; k++) {
			word = word_of(&punts, c->count[k].id);
			if (c->count[k].n)
				table_note(&t, COLOR_NONE, "%s %" PRIu64 ": %s", word.key,
					   c->count[k].n, word.text);
		}
	}
	table_flush(&t);
}

static int sims_print(const struct sims *sims, const char *name)
{
	bool found = !name;
	size_t i;

	for (i = 0; i < sims->n; i++)
		found = found || !strcmp(name, sims->sim[i].name);
	if (!found)
		return refuse("there is no model \"%s\" in this network namespace", name);
	if (opt.json)
		json_array(NULL);
	for (i = 0; i < sims->n; i++) {
		if (!name || !strcmp(name, sims->sim[i].name))
			(opt.json ? sim_json : sim_table)(&sims->sim[i]);
	}
	if (opt.json)
		json_end();
	return EXIT_OK;
}

/* The models of this network namespace, or the one called @name. */
int sim_show(const char *name)
{
	struct sims sims = { 0 };
	struct genl g;
	int rc;

	rc = genl_open(&g, NFO_SIM_GENL_NAME, "nfo_sim");
	if (!rc) {
		genl_request(&g, NFO_SIM_CMD_GET);
		rc = genl_dump(&g, read_sim, drop_sims, &sims);
	}
	genl_close(&g);
	if (!rc)
		rc = sims_print(&sims, name);
	drop_sims(&sims);
	free(sims.sim);
	return rc;
}
