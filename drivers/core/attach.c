// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which backend a port has, and how it comes to have another one.
 *
 *	bind ──► ATTACHING ──► READY	one has the device: port->be is set
 *	           ▲     ├───► FAILED	none can
 *	           │     └───► OFF	none is wanted
 *	           └── another one is wanted, or all shall be asked again
 *
 * At bind backends are asked in order. One that is not deferred attaches there and then, and the
 * port is ready; a deferred one says whether it would (port_match), and the worker of job.c does
 * the rest. From then on only that worker changes the backend, whatever kind it is and the next one
 * is:
 *
 *	1. The port is ATTACHING: nothing goes into hardware any more (program.c).
 *	2. All flows leave the hardware and go on in software; what they leave to the worker is done.
 *	3. The old backend gives the device back, its module is let go.
 *	4. Backends are asked one after the other, from the first on, until one has the device. What
 *	   those before it said becomes the port's note.
 *	5. READY, and all flows are offered anew.
 *
 * The ruleset and nf notice nothing of it, so no packet is lost.
 *
 * Locks. port->be and what belongs to it change under port->lock. The worker may look at them
 * without it, for it alone changes them, but for the case below. Operations of a backend that is
 * not deferred are called with port->lock held, here too: who takes the device away gets that lock
 * first, and so cannot do so in the middle of them. Those of a deferred backend, and nfo_lock to
 * find the next backend, are not for that lock: it is given back meanwhile, and port->dying looked
 * at afterwards.
 *
 * A port that dies. nfo_attach_leave() may be called with RTNL, and must not wait for the worker. A
 * backend that is not deferred it takes off itself, as that has to be done before the device is
 * gone. If nothing is left then, neither a deferred backend nor a worker in the middle of a change
 * (port->busy), the port is released at once. Else the worker does it, and attaches nothing any
 * more.
 */
#include <linux/slab.h>

#include "core.h"

static void set_text(struct nfo_port *port, char *text, size_t size, const char *to)
{
	lockdep_assert_held(&port->lock);
	spin_lock(&port->text_lock);
	strscpy(text, to, size);
	spin_unlock(&port->text_lock);
}

static void show_backend(struct nfo_port *port, const struct nfo_backend *be)
{
	set_text(port, port->text.backend, sizeof(port->text.backend), be ? be->name : "none");
}

static void show_note(struct nfo_port *port, const char *note)
{
	set_text(port, port->text.note, sizeof(port->text.note), note);
}

static void set_state(struct nfo_port *port, enum nfo_port_state state)
{
	if (port->state == state)
		return;
	WRITE_ONCE(port->state, state);
	/* the namespace may be gone */
	if (!port->dying)
		nfo_notify_port(port, NFO_PORT_EV_STATE);
}

/* ---- one backend */

static void add_note(char *note, const char *name, int err, const struct netlink_ext_ack *extack)
{
	size_t n = strlen(note);

	/* the device is none of its own: there is nothing to tell */
	if (err == -EOPNOTSUPP && !extack->_msg)
		return;
	if (n)
		n += scnprintf(note + n, NFO_NOTE_LEN - n, "; ");
	if (extack->_msg)
		scnprintf(note + n, NFO_NOTE_LEN - n, "%s: %s", name, extack->_msg);
	else
		scnprintf(note + n, NFO_NOTE_LEN - n, "%s: could not attach, error %d", name, err);
}

/* No backend had anything to say. */
static void say_something(char *note, const char *wanted)
{
	if (!*note && *wanted)
		scnprintf(note, NFO_NOTE_LEN, "%s: cannot serve this device, or is not loaded", wanted);
	else if (!*note)
		strscpy(note, "no backend can serve this device", NFO_NOTE_LEN);
}

static void take(struct nfo_port *port, struct nfo_backend *be, void *priv)
{
	const struct nfo_caps *caps = be->port_caps(priv);
	char how[NFO_HOW_LEN] = "";

	port->be = be;
	port->be_priv = priv;
	port->caps = caps;
	WRITE_ONCE(port->needs, caps->needs | caps->needs_tcp | caps->needs_udp |
				 caps->needs_nat | caps->needs_swap);
	if (be->port_show)
		be->port_show(priv, how, sizeof(how));
	set_text(port, port->text.how, sizeof(port->text.how), how);
}

/* Give the device back. Flows are gone; what they left to the worker is not. */
static void let_go(struct nfo_port *port)
{
	struct nfo_backend *be = port->be;

	lockdep_assert_held(&port->lock);
	if (!be)
		return;
	if (be->deferred) {
		mutex_unlock(&port->lock);
		nfo_job_run(port, UINT_MAX);
		be->port_del(port->dev, port->be_priv);
		mutex_lock(&port->lock);
	} else {
		be->port_del(port->dev, port->be_priv);
	}
	port->be = NULL;
	port->be_priv = NULL;
	port->caps = NULL;
	WRITE_ONCE(port->needs, 0);
	set_text(port, port->text.how, sizeof(port->text.how), "");
	nfo_backend_put(be);
}

/* Ask one, in the worker. With port->lock, which is given back for a deferred backend. */
static int ask(struct nfo_port *port, struct nfo_backend *be, char *note)
{
	struct netlink_ext_ack extack = {};
	void *priv = NULL;
	int err;

	show_backend(port, be);
	if (be->deferred) {
		mutex_unlock(&port->lock);
		err = be->port_match(port->dev, &extack);
		if (!err)
			err = be->port_add(port->dev, &priv, &extack);
		mutex_lock(&port->lock);
	} else {
		err = be->port_add(port->dev, &priv, &extack);
	}
	if (err)
		add_note(note, be->name, err, &extack);
	else
		take(port, be, priv);
	return err;
}

/* ---- a change, in the worker: with port->lock, which is given back now and then */

static void evacuate(struct nfo_port *port)
{
	while (port->n_hw || port->n_pending) {
		nfo_program_sync(port);
		mutex_unlock(&port->lock);
		cond_resched();
		mutex_lock(&port->lock);
	}
}

static struct nfo_backend *next(struct nfo_port *port, struct nfo_backend *prev, const char *wanted)
{
	struct nfo_backend *be;

	mutex_unlock(&port->lock);
	mutex_lock(&nfo_lock);
	be = nfo_backend_next(prev, wanted);
	mutex_unlock(&nfo_lock);
	mutex_lock(&port->lock);
	return be;
}

/* Returns 0, or the error of the first backend that had one to tell of. */
static int ask_all(struct nfo_port *port, const char *wanted, char *note)
{
	struct nfo_backend *be = NULL;
	int err, first = 0;

	while ((be = next(port, be, wanted))) {
		if (port->dying) {
			nfo_backend_put(be);
			return -ENODEV;
		}
		err = ask(port, be, note);
		if (!err)
			return 0;
		if (!first && *note)
			first = err;
	}
	say_something(note, wanted);
	return first ?: -EOPNOTSUPP;
}

static void attach(struct nfo_port *port)
{
	char note[NFO_NOTE_LEN] = "", wanted[NFO_BACKEND_LEN];
	enum nfo_port_state state = NFO_PORT_OFF;

	strscpy(wanted, port->text.wanted, sizeof(wanted));
	if (strcmp(wanted, "none")) {
		port->error = ask_all(port, wanted, note);
		state = port->error ? NFO_PORT_FAILED : NFO_PORT_READY;
	}
	port->attached = jiffies;
	show_backend(port, port->be);
	show_note(port, note);
	if (*note)
		net_info_ratelimited("nft_offload: %s: %s%s: %s\n", port->dev->name,
				     port->be ? "served by backend " : "flows stay in software",
				     port->be ? port->be->name : "", note);
	set_state(port, state);
}

static void change(struct nfo_port *port)
{
	set_state(port, NFO_PORT_ATTACHING);
	evacuate(port);
	let_go(port);
	if (port->dying)
		return;
	attach(port);
	nfo_program_sync(port);
}

/**
 * nfo_attach_turn() - all that there is to do about a port's backend
 * @port: the port
 *
 * Context: the worker of job.c.
 *
 * Return: true if the port lives; else it has been given back.
 */
bool nfo_attach_turn(struct nfo_port *port)
{
	bool released, mine;

	mutex_lock(&port->lock);
	port->busy = true;
	while (port->due && !port->dying) {
		port->due = false;
		change(port);
	}
	/* a turn that was asked for before the port died may come first, or last */
	mine = port->dying && !port->released;
	if (mine) {
		let_go(port);
		port->released = true;
	}
	released = port->released;
	port->busy = false;
	mutex_unlock(&port->lock);
	if (mine)
		nfo_port_release(port);
	return !released;
}

/* ---- the rest of the world */

static void again(struct nfo_port *port)
{
	port->due = true;
	set_state(port, NFO_PORT_ATTACHING);
	nfo_job_kick(port);
}

/**
 * nfo_attach_want() - the policy names a backend for a port
 * @port: locked, has bindings
 * @wanted: a backend's name, "none", or "" for the first that can
 */
void nfo_attach_want(struct nfo_port *port, const char *wanted)
{
	if (!strcmp(port->text.wanted, wanted))
		return;
	set_text(port, port->text.wanted, sizeof(port->text.wanted), wanted);
	if (port->state == NFO_PORT_READY && !strcmp(port->be->name, wanted))
		show_note(port, "");
	else
		again(port);
}

/**
 * nfo_attach_stale() - the backend says that the device has become another one
 * @port: locked
 *
 * Not more often than once a second, whatever it says.
 */
void nfo_attach_stale(struct nfo_port *port)
{
	if (port->state == NFO_PORT_READY && !port->dying && !port->due &&
	    time_after(jiffies, port->attached + HZ))
		again(port);
}

/**
 * nfo_attach_ask_again() - have all backends asked again, if there may be a better one
 * @port: has bindings or had some until now
 *
 * Context: may sleep.
 */
void nfo_attach_ask_again(struct nfo_port *port)
{
	bool right;

	mutex_lock(&nfo_lock);
	mutex_lock(&port->lock);
	if (!list_empty(&port->bindings)) {
		nfo_port_update(port);
		right = port->state == NFO_PORT_READY &&
			(*port->text.wanted || nfo_backend_is_first(port->be));
		if (!right && !port->due)
			again(port);
	}
	mutex_unlock(&port->lock);
	mutex_unlock(&nfo_lock);
}

/*
 * A backend's first answer, at bind: nobody else knows of the port. A deferred one attaches later,
 * from the worker, which asks all of them again.
 */
static int ask_at_bind(struct nfo_port *port, struct nfo_backend *be, char *note)
{
	struct netlink_ext_ack extack = {};
	void *priv = NULL;
	int err;

	err = be->deferred ? be->port_match(port->dev, &extack) :
			     be->port_add(port->dev, &priv, &extack);
	if (err) {
		add_note(note, be->name, err, &extack);
		return err;
	}
	mutex_lock(&port->lock);
	show_backend(port, be);
	show_note(port, note);
	if (be->deferred) {
		port->state = NFO_PORT_ATTACHING;
		port->due = true;
		nfo_backend_put(be);
	} else {
		take(port, be, priv);
		port->state = NFO_PORT_READY;
	}
	mutex_unlock(&port->lock);
	return 0;
}

/*
 * The first backend that takes the device. A backend that knows the device but cannot have it
 * (busy, say) ends the search: a lesser one would hide the trouble.
 */
static int ask_all_at_bind(struct nfo_port *port, char *note)
{
	const char *wanted = port->text.wanted;
	struct nfo_backend *be = NULL;
	int err;

	while ((be = nfo_backend_next(be, wanted))) {
		err = ask_at_bind(port, be, note);
		if (!err)
			return 0;
		if (err != -EOPNOTSUPP) {
			nfo_backend_put(be);
			return err;
		}
	}
	return -EOPNOTSUPP;
}

/* What the administrator has named for a port shall not make a ruleset invalid. */
static void bind_without(struct nfo_port *port, enum nfo_port_state state, int err, const char *note)
{
	mutex_lock(&port->lock);
	show_backend(port, NULL);
	show_note(port, note);
	port->error = err;
	port->state = state;
	mutex_unlock(&port->lock);
}

/**
 * nfo_attach_bind() - choose the backend of a new port
 * @port: the port; nobody else knows of it; its text says what is wanted
 * @note: NFO_NOTE_LEN bytes: why it has no backend, or no better one
 *
 * Context: nfo_lock; may sleep, but not for RTNL.
 *
 * Return: 0, -EOPNOTSUPP if no backend can serve the device, or another error.
 */
int nfo_attach_bind(struct nfo_port *port, char *note)
{
	const char *wanted = port->text.wanted;
	int err;

	*note = '\0';
	if (!strcmp(wanted, "none")) {
		bind_without(port, NFO_PORT_OFF, 0, "");
		return 0;
	}
	err = ask_all_at_bind(port, note);
	if (!err || !*wanted)
		return err;
	say_something(note, wanted);
	bind_without(port, NFO_PORT_FAILED, err, note);
	return 0;
}

/**
 * nfo_attach_leave() - a port dies
 * @port: out of the set of ports; without bindings and flows
 *
 * Context: may sleep; RTNL may be held.
 *
 * Return: true if the caller has to release the port; else the worker does.
 */
bool nfo_attach_leave(struct nfo_port *port)
{
	bool mine;

	mutex_lock(&port->lock);
	WRITE_ONCE(port->dying, true);
	if (port->be && !port->be->deferred)
		let_go(port);
	mine = !port->be && !port->busy;
	port->released = mine;
	mutex_unlock(&port->lock);
	return mine;
}
