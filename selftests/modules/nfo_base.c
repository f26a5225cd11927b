// SPDX-License-Identifier: GPL-2.0-only
/*
 * For the benchmark: network devices that cost as little as a device can, and a generator that
 * sends connections through them.
 *
 *	ip link add base0 type nfo_base
 *
 * What a device transmits is counted and freed. Its driver takes flowtable rules (TC_SETUP_FT)
 * unless the parameter ft is 0, and does nothing with them: what is measured is what the kernel
 * spends around a driver. With busy=1 hardware that does not exist claims that every flow is used.
 *
 * /dev/nfo_base takes one command a line, done when write() returns; read() then gives
 * "busy_ns elapsed_ns sent transmitted" of it. busy is the time in which the CPUs were not idle: in
 * a machine whose clock counts instructions it says how many there were, whatever it waited for.
 *
 *	make FIRST COUNT PORTS	a packet each way of connections FIRST to FIRST+COUNT-1, through the
 *				devices base0 to base(PORTS-1) in pairs; then wait as settle does
 *	mark			begin what the next settle measures
 *	settle			wait until the CPUs have nothing to do
 *	idle SECONDS		let time pass
 *	stream CONN COUNT USEC	COUNT packets of one connection, one each USEC microseconds
 *
 * Connection i is 10.P.1.x, port y to 10.P+1.1.1, port 5000, over UDP, with P the even number of
 * its pair of ports. Devices are those of the network namespace of the writer.
 *
 * Read-only parameters: added: rules of flows that the driver was given, asked: how often for counters.
 */
#include <linux/atomic.h>
#include <linux/delay.h>
#include <linux/etherdevice.h>
#include <linux/fs.h>
#include <linux/ip.h>
#include <linux/ktime.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/netdevice.h>
#include <linux/nsproxy.h>
#include <linux/slab.h>
#include <linux/tick.h>
#include <linux/uaccess.h>
#include <linux/udp.h>
#include <net/flow_offload.h>
#include <net/ip.h>
#include <net/rtnetlink.h>

#define MAX_PORTS	256
#define BATCH		64	/* connections between two chances for others to run */
#define SPORTS		32768	/* connections of one client address */
#define FRAME_LEN	60
#define QUIET_MS	20	/* quiet: the CPUs work less than a 16th of it, twice in a row */
#define QUIET_LIMIT	100000

static bool ft = true;
module_param(ft, bool, 0644);
static bool busy;
module_param(busy, bool, 0644);

static atomic_t added, asked;
static atomic64_t transmitted;

static int get_atomic(char *buf, const struct kernel_param *kp)
{
	return sysfs_emit(buf, "%d\n", atomic_read((atomic_t *)kp->arg));
}

static const struct kernel_param_ops atomic_ops = { .get = get_atomic };

module_param_cb(added, &atomic_ops, &added, 0444);
module_param_cb(asked, &atomic_ops, &asked, 0444);

struct base_dev {
	struct list_head block_cbs;
};

/* Sums of all CPUs. */
struct stamp {
	ktime_t now;
	s64 idle;
};

struct result {
	s64 busy;
	s64 elapsed;
	u64 sent;
	u64 transmitted;
};

/* An open file. */
struct session {
	struct result result;
	struct stamp mark;
	bool marked;
};

/* ---- devices */

/* Guards of a port are not counted: they come with its first flow, and stay when it has none. */
static bool is_guard(const struct flow_cls_offload *cls)
{
	return cls->rule->action.num_entries == 1 &&
	       cls->rule->action.entries[0].id == FLOW_ACTION_TRAP;
}

static int base_block_cb(enum tc_setup_type type, void *type_data, void *cb_priv)
{
	struct flow_cls_offload *cls = type_data;

	if (type != TC_SETUP_CLSFLOWER)
		return -EOPNOTSUPP;
	switch (cls->command) {
	case FLOW_CLS_REPLACE:
		if (!is_guard(cls))
			atomic_inc(&added);
		return 0;
	case FLOW_CLS_DESTROY:
		return 0;
	case FLOW_CLS_STATS:
		atomic_inc(&asked);
		if (READ_ONCE(busy))
			flow_stats_update(&cls->stats, 100, 1, 0, jiffies,
					  FLOW_ACTION_HW_STATS_DELAYED);
		return 0;
	default:
		return -EOPNOTSUPP;
	}
}

static int base_setup_tc(struct net_device *dev, enum tc_setup_type type, void *type_data)
{
	struct base_dev *base = netdev_priv(dev);
	struct flow_block_offload *bo = type_data;

	if (type != TC_SETUP_FT || (bo->command == FLOW_BLOCK_BIND && !READ_ONCE(ft)))
		return -EOPNOTSUPP;
	return flow_block_cb_setup_simple(bo, &base->block_cbs, base_block_cb, dev, dev, true);
}

static netdev_tx_t base_xmit(struct sk_buff *skb, struct net_device *dev)
{
	atomic64_inc(&transmitted);
	DEV_STATS_INC(dev, tx_packets);
	consume_skb(skb);
	return NETDEV_TX_OK;
}

static const struct net_device_ops base_netdev_ops = {
	.ndo_start_xmit = base_xmit,
	.ndo_setup_tc = base_setup_tc,
	.ndo_set_mac_address = eth_mac_addr,
};

/* No ARP: every neighbour is valid at once. */
static void base_setup(struct net_device *dev)
{
	struct base_dev *base = netdev_priv(dev);

	ether_setup(dev);
	dev->netdev_ops = &base_netdev_ops;
	dev->needs_free_netdev = true;
	dev->flags |= IFF_NOARP;
	dev->flags &= ~IFF_MULTICAST;
	dev->priv_flags |= IFF_NO_QUEUE;
	dev->hw_features |= NETIF_F_HW_TC;
	dev->features |= NETIF_F_HW_TC;
	nfo_netdev_set_lltx(dev);
	eth_hw_addr_random(dev);
	INIT_LIST_HEAD(&base->block_cbs);
}

static struct rtnl_link_ops base_link_ops __read_mostly = {
	.kind = "nfo_base",
	.priv_size = sizeof(struct base_dev),
	.setup = base_setup,
};

/* ---- what time it is, and how much of it was work */

static void stamp(struct stamp *s)
{
	unsigned int cpu;

	s->idle = 0;
	for_each_online_cpu(cpu)
		s->idle += get_cpu_idle_time_us(cpu, NULL) + get_cpu_iowait_time_us(cpu, NULL);
	s->idle *= NSEC_PER_USEC;
	s->now = ktime_get();
}

static void since(const struct stamp *from, const struct stamp *to, struct result *r)
{
	r->elapsed = ktime_to_ns(ktime_sub(to->now, from->now));
	r->busy = r->elapsed * num_online_cpus() - (to->idle - from->idle);
}

/* @quiet is when the CPUs began to have nothing to do. */
static int settle(struct stamp *quiet)
{
	unsigned int calm = 0, rounds = 0;
	struct stamp before, after;
	struct result r;

	stamp(quiet);
	while (calm < 2) {
		if (++rounds > QUIET_LIMIT)
			return -ETIMEDOUT;
		stamp(&before);
		if (msleep_interruptible(QUIET_MS))
			return -EINTR;
		stamp(&after);
		since(&before, &after, &r);
		if (r.busy * 16 < r.elapsed)
			calm++;
		else
			calm = 0;
		if (!calm)
			*quiet = after;
	}
	return 0;
}

/* ---- generator */

/* @n counts the connections of one pair of ports. */
static void fill(struct sk_buff *skb, struct net_device *dev, unsigned int port, unsigned int n,
		 bool reply)
{
	unsigned int even = port & ~1;
	__be32 client = htonl(10 << 24 | even << 16 | 1 << 8 | (1 + n / SPORTS));
	__be32 server = htonl(10 << 24 | (even + 1) << 16 | 1 << 8 | 1);
	__be16 client_port = htons(1024 + n % SPORTS), server_port = htons(5000);
	struct ethhdr *eth = skb_put_zero(skb, FRAME_LEN);
	struct iphdr *ip = (struct iphdr *)(eth + 1);
	struct udphdr *udp = (struct udphdr *)(ip + 1);

	ether_addr_copy(eth->h_dest, dev->dev_addr);
	eth->h_source[0] = 2;
	eth->h_proto = htons(ETH_P_IP);
	ip->version = 4;
	ip->ihl = 5;
	ip->ttl = 64;
	ip->protocol = IPPROTO_UDP;
	ip->tot_len = htons(FRAME_LEN - ETH_HLEN);
	ip->saddr = reply ? server : client;
	ip->daddr = reply ? client : server;
	ip_send_check(ip);
	udp->source = reply ? server_port : client_port;
	udp->dest = reply ? client_port : server_port;
	udp->len = htons(FRAME_LEN - ETH_HLEN - sizeof(*ip));
}

static int receive(struct net_device *dev, unsigned int port, unsigned int n, bool reply)
{
	struct sk_buff *skb = netdev_alloc_skb(dev, FRAME_LEN);

	if (!skb)
		return -ENOMEM;
	fill(skb, dev, port, n, reply);
	skb->protocol = eth_type_trans(skb, dev);
	DEV_STATS_INC(dev, rx_packets);
	netif_receive_skb(skb);
	return 0;
}

static int packet(struct net_device **devs, unsigned int ports, unsigned int conn, bool reply)
{
	unsigned int port = 2 * (conn % (ports / 2)) + reply;

	return receive(devs[port], port, conn / (ports / 2), reply);
}

static void put_devs(struct net_device **devs, unsigned int ports)
{
	unsigned int i;

	for (i = 0; i < ports; i++)
		dev_put(devs[i]);
	kfree(devs);
}

static struct net_device **get_devs(unsigned int ports)
{
	struct net_device **devs;
	char name[IFNAMSIZ];
	unsigned int i;

	if (ports < 2 || ports > MAX_PORTS || ports % 2)
		return ERR_PTR(-EINVAL);
	devs = kcalloc(ports, sizeof(*devs), GFP_KERNEL);
	if (!devs)
		return ERR_PTR(-ENOMEM);
	for (i = 0; i < ports; i++) {
		snprintf(name, sizeof(name), "base%u", i);
		devs[i] = dev_get_by_name(current->nsproxy->net_ns, name);
		if (!devs[i] || devs[i]->rtnl_link_ops != &base_link_ops) {
			put_devs(devs, ports);
			return ERR_PTR(-ENODEV);
		}
	}
	return devs;
}

static int batch(struct net_device **devs, unsigned int ports, unsigned int first,
		 unsigned int count)
{
	unsigned int conn;
	int err = 0;

	local_bh_disable();
	for (conn = first; conn < first + count && !err; conn++) {
		err = packet(devs, ports, conn, false);
		if (!err)
			err = packet(devs, ports, conn, true);
	}
	local_bh_enable();
	return err;
}

static int cmd_make(struct result *r, unsigned int first, unsigned int count, unsigned int ports)
{
	struct net_device **devs = get_devs(ports);
	struct stamp from, to;
	unsigned int n, done;
	int err = 0;

	if (IS_ERR(devs))
		return PTR_ERR(devs);
	stamp(&from);
	for (done = 0; done < count && !err; done += n) {
		n = min_t(unsigned int, count - done, BATCH);
		err = batch(devs, ports, first + done, n);
		r->sent += 2 * n;
		cond_resched();
		if (signal_pending(current))
			err = -EINTR;
	}
	if (!err)
		err = settle(&to);
	if (!err)
		since(&from, &to, r);
	put_devs(devs, ports);
	return err;
}

static int cmd_stream(struct result *r, unsigned int conn, unsigned int count, unsigned int usec)
{
	struct net_device **devs = get_devs(2);
	struct stamp from, to;
	int err = 0;

	if (IS_ERR(devs))
		return PTR_ERR(devs);
	stamp(&from);
	for (; r->sent < count && !err; r->sent++) {
		local_bh_disable();
		err = packet(devs, 2, conn, r->sent % 2);
		local_bh_enable();
		usleep_range(usec, usec);
		if (signal_pending(current))
			err = -EINTR;
	}
	stamp(&to);
	since(&from, &to, r);
	put_devs(devs, 2);
	return err;
}

static int cmd_settle(struct session *s)
{
	struct stamp to;
	int err;

	if (!s->marked)
		stamp(&s->mark);
	s->marked = false;
	err = settle(&to);
	if (!err)
		since(&s->mark, &to, &s->result);
	return err;
}

static int cmd_mark(struct session *s)
{
	stamp(&s->mark);
	s->marked = true;
	return 0;
}

static int cmd_idle(struct result *r, unsigned int seconds)
{
	struct stamp from, to;

	stamp(&from);
	if (msleep_interruptible(1000 * seconds))
		return -EINTR;
	stamp(&to);
	since(&from, &to, r);
	return 0;
}

static int command(const char *text, struct session *s)
{
	struct result *r = &s->result;
	u64 before = atomic64_read(&transmitted);
	unsigned int a, b, c;
	int err = -EINVAL;

	memset(r, 0, sizeof(*r));
	if (sscanf(text, "make %u %u %u", &a, &b, &c) == 3)
		err = cmd_make(r, a, b, c);
	else if (sscanf(text, "stream %u %u %u", &a, &b, &c) == 3)
		err = cmd_stream(r, a, b, c);
	else if (sscanf(text, "idle %u", &a) == 1)
		err = cmd_idle(r, a);
	else if (strstarts(text, "settle"))
		err = cmd_settle(s);
	else if (strstarts(text, "mark"))
		err = cmd_mark(s);
	r->transmitted = atomic64_read(&transmitted) - before;
	return err;
}

/* ---- /dev/nfo_base: each open file has its own result */

static int base_open(struct inode *inode, struct file *file)
{
	file->private_data = kzalloc(sizeof(struct session), GFP_KERNEL);
	return file->private_data ? 0 : -ENOMEM;
}

static int base_release(struct inode *inode, struct file *file)
{
	kfree(file->private_data);
	return 0;
}

static ssize_t base_write(struct file *file, const char __user *from, size_t len, loff_t *pos)
{
	char text[80];
	int err;

	if (len >= sizeof(text))
		return -EINVAL;
	if (copy_from_user(text, from, len))
		return -EFAULT;
	text[len] = 0;
	err = command(text, file->private_data);
	*pos = 0;
	return err ?: len;
}

static ssize_t base_read(struct file *file, char __user *to, size_t len, loff_t *pos)
{
	const struct session *s = file->private_data;
	const struct result *r = &s->result;
	char text[100];
	int n;

	n = scnprintf(text, sizeof(text), "%lld %lld %llu %llu\n", r->busy, r->elapsed, r->sent,
		      r->transmitted);
	return simple_read_from_buffer(to, len, pos, text, n);
}

static const struct file_operations base_fops = {
	.owner = THIS_MODULE,
	.open = base_open,
	.release = base_release,
	.write = base_write,
	.read = base_read,
};

static struct miscdevice base_misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "nfo_base",
	.fops = &base_fops,
	.mode = 0600,
};

static int __init base_init(void)
{
	int err;

	err = rtnl_link_register(&base_link_ops);
	if (err)
		return err;
	err = misc_register(&base_misc);
	if (err)
		rtnl_link_unregister(&base_link_ops);
	return err;
}

static void __exit base_exit(void)
{
	misc_deregister(&base_misc);
	rtnl_link_unregister(&base_link_ops);
}

module_init(base_init);
module_exit(base_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("nft-offload benchmark devices and generator");
MODULE_ALIAS_RTNL_LINK("nfo_base");
