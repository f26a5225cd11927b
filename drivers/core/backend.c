// SPDX-License-Identifier: GPL-2.0-only
/*
 * The list of backends, in order of preference. Guarded by nfo_lock.
 */
#include <linux/kmod.h>
#include <linux/module.h>

#include "core.h"

static LIST_HEAD(backends);

/* Words that mean something else where a backend is named. */
static bool name_ok(const char *name)
{
	return name && *name && strlen(name) < NFO_BACKEND_LEN && strcmp(name, "auto") &&
	       strcmp(name, "none");
}

static bool is_complete(const struct nfo_backend *be)
{
	return name_ok(be->name) && be->port_add && be->port_caps && be->port_del && be->flow_add &&
	       be->flow_del && be->flow_stats &&
	       (be->deferred ? be->port_match && !be->flow_where : !be->flow_del_many);
}

/* The list ends with those that are a fallback. */
static void enlist(struct nfo_backend *be)
{
	struct nfo_backend *other;

	list_for_each_entry(other, &backends, list)
		if (!be->fallback && other->fallback)
			break;
	list_add_tail(&be->list, &other->list);
}

int nfo_backend_register(struct nfo_backend *be)
{
	struct nfo_backend *other;
	int err = 0;

	if (!is_complete(be))
		return -EINVAL;
	mutex_lock(&nfo_lock);
	list_for_each_entry(other, &backends, list)
		if (!strcmp(other->name, be->name))
			err = -EEXIST;
	if (!err)
		enlist(be);
	mutex_unlock(&nfo_lock);
	return err;
}
EXPORT_SYMBOL_GPL(nfo_backend_register);

void nfo_backend_unregister(struct nfo_backend *be)
{
	mutex_lock(&nfo_lock);
	list_del(&be->list);
	mutex_unlock(&nfo_lock);
}
EXPORT_SYMBOL_GPL(nfo_backend_unregister);

struct list_head *nfo_backend_list(void)
{
	lockdep_assert_held(&nfo_lock);
	return &backends;
}

static bool is_registered(const char *name)
{
	struct nfo_backend *be;
	bool found = false;

	mutex_lock(&nfo_lock);
	list_for_each_entry(be, &backends, list)
		found |= !strcmp(be->name, name);
	mutex_unlock(&nfo_lock);
	return found;
}

static void list_names(char *buf, size_t size)
{
	struct nfo_backend *be;
	size_t n = 0;

	*buf = '\0';
	mutex_lock(&nfo_lock);
	list_for_each_entry(be, &backends, list)
		n += scnprintf(buf + n, size - n, "%s%s", n ? ", " : "", be->name);
	mutex_unlock(&nfo_lock);
}

/**
 * nfo_backend_known() - is there a backend of this name?
 * @name: the name
 * @extack: says which there are, if not
 *
 * One whose module is not loaded is loaded: modules say by an alias that they are backends. Never
 * at bind: loading a module may take RTNL, and nft's commit mutex is held there.
 *
 * Context: may sleep; no lock of the core is held.
 *
 * Return: 0 or -ENOENT.
 */
int nfo_backend_known(const char *name, struct netlink_ext_ack *extack)
{
	char names[32];

	if (!is_registered(name))
		request_module("nfo-backend-%s", name);
	if (is_registered(name))
		return 0;
	list_names(names, sizeof(names));
	NL_SET_ERR_MSG_FMT(extack, "no backend \"%s\", there are %s", name, names);
	return -ENOENT;
}

/**
 * nfo_backend_is_first() - is no other backend asked before this one?
 * @be: the backend
 *
 * Context: nfo_lock.
 */
bool nfo_backend_is_first(const struct nfo_backend *be)
{
	lockdep_assert_held(&nfo_lock);
	return list_first_entry_or_null(&backends, struct nfo_backend, list) == be;
}

/**
 * nfo_backend_next() - the next backend to be asked
 * @prev: the one that was asked last, which is let go; NULL to begin with
 * @wanted: name of the only one that is wanted, or ""
 *
 * Context: nfo_lock.
 *
 * Return: a backend, which stays until nfo_backend_put(), or NULL.
 */
struct nfo_backend *nfo_backend_next(struct nfo_backend *prev, const char *wanted)
{
	struct nfo_backend *be, *found = NULL;

	lockdep_assert_held(&nfo_lock);
	be = list_prepare_entry(prev, &backends, list);
	list_for_each_entry_continue(be, &backends, list) {
		if (*wanted && strcmp(be->name, wanted))
			continue;
		/* our own backends need no pin: nft or the indirect door holds us */
		if (be->owner != THIS_MODULE && !try_module_get(be->owner))
			continue;
		found = be;
		break;
	}
	if (prev)
		nfo_backend_put(prev);
	return found;
}

/**
 * nfo_backend_put() - a backend may go
 * @be: of nfo_backend_next()
 */
void nfo_backend_put(struct nfo_backend *be)
{
	if (be->owner != THIS_MODULE)
		module_put(be->owner);
}
