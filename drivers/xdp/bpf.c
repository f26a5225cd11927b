// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel's BPF, from inside of it: what a loader in user space does with bpf(2).
 *
 * File descriptors go to the table of the calling thread. That is a kernel worker: its table is
 * shared by all of them and reachable for nobody else. They are closed as soon as the object is
 * held by itself.
 *
 * Two calls take the namespace of a device from the calling thread. For these the worker enters
 * that namespace, as include/linux/nsproxy.h has it: a thread may change its own nsproxy under its
 * task_lock, and reads it without.
 *
 * Context of all: a kernel worker, may sleep, no RTNL.
 */
#include <linux/fdtable.h>
#include <linux/filter.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/nsproxy.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/syscalls.h>
#include <linux/vmalloc.h>

#include "xdp.h"

extern int kern_sys_bpf(int cmd, union bpf_attr *attr, unsigned int size);

static int sys_bpf(int cmd, union bpf_attr *attr)
{
	return kern_sys_bpf(cmd, attr, sizeof(*attr));
}

void nfo_xdp_fd_close(int fd)
{
	close_fd(fd);
}

/**
 * nfo_xdp_map_new() - make a map
 * @type: BPF_MAP_TYPE_ARRAY, ..._PERCPU_ARRAY or ..._DEVMAP
 * @value_size: bytes
 * @n: elements
 * @flags: BPF_F_*
 * @name: shown by bpftool
 *
 * Return: the map, to be given back by bpf_map_put(), or an error.
 */
struct bpf_map *nfo_xdp_map_new(u32 type, u32 value_size, u32 n, u32 flags, const char *name)
{
	union bpf_attr attr = {
		.map_type = type,
		.key_size = sizeof(u32),
		.value_size = value_size,
		.max_entries = n,
		.map_flags = flags,
	};
	struct bpf_map *map;
	int fd;

	strscpy(attr.map_name, name, sizeof(attr.map_name));
	fd = sys_bpf(BPF_MAP_CREATE, &attr);
	if (fd < 0)
		return ERR_PTR(fd);
	map = bpf_map_get(fd);
	close_fd(fd);
	return map;
}

/**
 * nfo_xdp_map_at() - an element of an array
 * @map: the array
 * @index: less than its number of elements
 *
 * Return: the element, which stays as long as the map.
 */
void *nfo_xdp_map_at(struct bpf_map *map, u32 index)
{
	void *p;

	rcu_read_lock();
	p = map->ops->map_lookup_elem(map, &index);
	rcu_read_unlock();
	return p;
}

/**
 * nfo_xdp_count_at() - what a CPU counted
 * @map: the per CPU array
 * @index: less than its number of elements
 * @cpu: a possible one
 *
 * Return: the element, which stays as long as the map.
 */
struct xdp_count *nfo_xdp_count_at(struct bpf_map *map, u32 index, int cpu)
{
	struct xdp_count *c;

	rcu_read_lock();
	c = map->ops->map_lookup_percpu_elem(map, &index, cpu);
	rcu_read_unlock();
	return c;
}

/* Replaces the constants of the program; maps by their file descriptors. */
static void set_constants(struct bpf_insn *insns, size_t n, const int *fds, const u64 *consts)
{
	u64 value;
	size_t i;

	for (i = 0; i + 1 < n; i++) {
		if (insns[i].code != (BPF_LD | BPF_DW | BPF_IMM))
			continue;
		value = (u32)insns[i].imm | (u64)(u32)insns[i + 1].imm << 32;
		value -= XDP_MAGIC;
		if (value < XDP_CONST_MAPS) {
			insns[i].src_reg = BPF_PSEUDO_MAP_FD;
			insns[i].imm = fds[value];
			insns[i + 1].imm = 0;
		} else if (value < __XDP_CONST_MAX) {
			insns[i].imm = (u32)consts[value];
			insns[i + 1].imm = consts[value] >> 32;
		}
		i++;
	}
}

static int load(struct bpf_insn *insns, size_t n)
{
	union bpf_attr attr = {
		.prog_type = BPF_PROG_TYPE_XDP,
		.insns = (u64)(unsigned long)insns,
		.insn_cnt = n,
		.license = (u64)(unsigned long)"GPL",
		.expected_attach_type = BPF_XDP,
		.prog_flags = BPF_F_XDP_HAS_FRAGS,
	};

	strscpy(attr.prog_name, "nfo_forward", sizeof(attr.prog_name));
	return sys_bpf(BPF_PROG_LOAD, &attr);
}

static int map_fds(struct bpf_map *const *maps, int *fds)
{
	union bpf_attr attr = {};
	int i, err;

	for (i = 0; i < XDP_CONST_MAPS; i++) {
		attr.map_id = maps[i]->id;
		fds[i] = sys_bpf(BPF_MAP_GET_FD_BY_ID, &attr);
		if (fds[i] >= 0)
			continue;
		err = fds[i];
		while (i--)
			close_fd(fds[i]);
		return err;
	}
	return 0;
}

/**
 * nfo_xdp_prog_load() - load the program
 * @maps: XDP_CONST_MAPS of them
 * @consts: by number
 *
 * Return: a file descriptor, to be closed by nfo_xdp_fd_close(), or an error.
 */
int nfo_xdp_prog_load(struct bpf_map *const *maps, const u64 *consts)
{
	size_t size = (char *)nfo_xdp_blob_end - (char *)nfo_xdp_blob;
	int fds[XDP_CONST_MAPS], fd, i;
	struct bpf_insn *insns;

	insns = kvmalloc(size, GFP_KERNEL);
	if (!insns)
		return -ENOMEM;
	memcpy(insns, nfo_xdp_blob, size);
	fd = map_fds(maps, fds);
	if (!fd) {
		set_constants(insns, size / sizeof(*insns), fds, consts);
		fd = load(insns, size / sizeof(*insns));
		for (i = 0; i < XDP_CONST_MAPS; i++)
			close_fd(fds[i]);
	}
	kvfree(insns);
	return fd;
}

/* ---- in the namespace of a device */

struct visit {
	struct nsproxy here;
	struct nsproxy *home;
};

static void enter(struct visit *v, struct net *net)
{
	v->home = current->nsproxy;
	v->here = *v->home;
	v->here.net_ns = net;
	task_lock(current);
	current->nsproxy = &v->here;
	task_unlock(current);
}

static void leave(struct visit *v)
{
	task_lock(current);
	current->nsproxy = v->home;
	task_unlock(current);
}

/**
 * nfo_xdp_link_new() - attach a program to a device
 * @dev: the device, held; it may be gone
 * @prog_fd: the program
 * @flags: XDP_FLAGS_DRV_MODE or XDP_FLAGS_SKB_MODE
 * @link: set, to be given back by nfo_xdp_link_del()
 *
 * Return: 0, -EBUSY or -EEXIST if somebody else's program is on it, or another error.
 */
int nfo_xdp_link_new(struct net_device *dev, int prog_fd, u32 flags, struct bpf_link **link)
{
	union bpf_attr attr = {
		.link_create.prog_fd = prog_fd,
		.link_create.target_ifindex = dev->ifindex,
		.link_create.attach_type = BPF_XDP,
		.link_create.flags = flags,
	};
	struct visit visit;
	int fd;

	enter(&visit, dev_net(dev));
	fd = sys_bpf(BPF_LINK_CREATE, &attr);
	leave(&visit);
	if (fd < 0)
		return fd;
	*link = bpf_link_get_from_fd(fd);
	close_fd(fd);
	return PTR_ERR_OR_ZERO(*link);
}

/**
 * nfo_xdp_link_update() - give a device another program, between two packets
 * @link: of the device
 * @prog_fd: the program
 *
 * Return: 0, -ENOLINK if the device is gone, or the driver's error.
 */
int nfo_xdp_link_update(struct bpf_link *link, int prog_fd)
{
	struct bpf_prog *prog = bpf_prog_get_type_dev(prog_fd, BPF_PROG_TYPE_XDP, false);
	int err;

	if (IS_ERR(prog))
		return PTR_ERR(prog);
	err = link->ops->update_prog(link, prog, NULL);
	if (err)
		bpf_prog_put(prog);
	return err;
}

/**
 * nfo_xdp_link_del() - take the program off its device
 * @link: of the device, which may be gone
 */
void nfo_xdp_link_del(struct bpf_link *link)
{
	/* now, and not when the last reference is gone */
	link->ops->detach(link);
	bpf_link_put(link);
}

/**
 * nfo_xdp_devmap_set() - enter a device
 * @map: the devmap
 * @dev: the device, held; it may be gone
 * @slot: where
 *
 * The kernel removes it when the device goes away.
 *
 * Return: 0 or an error.
 */
int nfo_xdp_devmap_set(struct bpf_map *map, struct net_device *dev, u32 slot)
{
	u32 ifindex = dev->ifindex;
	struct visit visit;
	int err;

	enter(&visit, dev_net(dev));
	rcu_read_lock();
	err = map->ops->map_update_elem(map, &slot, &ifindex, BPF_ANY);
	rcu_read_unlock();
	leave(&visit);
	return err;
}

MODULE_IMPORT_NS(BPF_INTERNAL);
