// SPDX-License-Identifier: GPL-2.0-only
/*
 * Deferred backends: those whose operations may take RTNL. And the worker that every port has,
 * which also gives it another backend (attach.c).
 *
 * nf's workers must not wait for RTNL: a link going down flushes them with RTNL held. Bind and
 * unbind run under the nft commit mutex, for which holders of RTNL wait. So the operations of such
 * a backend run in a work item per port, on one ordered queue of our own, and nobody who holds one
 * of our locks, RTNL or the commit mutex ever waits for that queue. Only module exit does.
 *
 * A job stands for one rule of the backend, from the wish to program it until it is out of the
 * hardware again. It outlives its flow: a flow that leaves drops its job, and the worker removes
 * the rule when it comes to it; a job dropped before its turn is never programmed. Until then
 * conntrack is kept by the job, so that the last counters find it.
 *
 * All ports share the queue, and a device that goes away waits for its port's turn: so a turn ends
 * after some jobs, however fast new ones come.
 *
 * port->lock guards job->list, job->dropped and job->done. Only the worker runs operations and
 * frees jobs, so it may look at a job without the lock; and what it has taken on needs none.
 */
#include <linux/slab.h>
#include <net/netfilter/nf_conntrack.h>

#include "core.h"

#define BATCH	64
#define TURN	256	/* jobs of a port before others have their turn */

/**
 * struct nfo_job - a rule of a deferred backend
 * @list: in port->jobs, while there is something to do
 * @cookie: of the flow it belongs to, if that still has it in be_priv
 * @rule: to be programmed
 * @ct: held
 * @be_priv: of the backend, once it is programmed
 * @dir: of the flow
 * @account: the flowtable counts for conntrack
 * @done: is programmed
 * @dropped: no flow has it any more
 */
struct nfo_job {
	struct list_head list;
	unsigned long cookie;
	struct nfo_rule rule;
	struct nf_conn *ct;
	void *be_priv;
	u8 dir;
	bool account;
	bool done;
	bool dropped;
};

static struct workqueue_struct *job_wq;

/**
 * nfo_job_kick() - there is something to do for the worker of a port
 * @port: the port
 */
void nfo_job_kick(struct nfo_port *port)
{
	refcount_inc(&port->refs);
	if (!queue_work(job_wq, &port->prog))
		nfo_port_put(port);
}

/**
 * nfo_job_add() - have a flow programmed
 * @f: the flow; its port is locked
 *
 * Return: 0, then nfo_program_done() will be called unless nfo_job_del() is before; or -ENOMEM.
 */
int nfo_job_add(struct nfo_flow *f)
{
	struct nfo_job *job = kzalloc(sizeof(*job), GFP_KERNEL);
	struct flow_offload *nf;

	if (!job)
		return -ENOMEM;
	nf = nfo_nf_flow(f->cookie, &job->dir);
	job->cookie = f->cookie;
	nfo_unpack(&f->rule, &job->rule);
	job->ct = nf->ct;
	nf_conntrack_get(&job->ct->ct_general);
	job->account = f->table && f->table->nf->flags & NF_FLOWTABLE_COUNTER;
	f->be_priv = job;
	list_add_tail(&job->list, &f->port->jobs);
	nfo_job_kick(f->port);
	return 0;
}

/**
 * nfo_job_del() - a flow leaves the hardware, or does not want to go there any more
 * @f: the flow; its port is locked
 */
void nfo_job_del(struct nfo_flow *f)
{
	struct nfo_job *job = f->be_priv;

	f->be_priv = NULL;
	job->dropped = true;
	/* one that waits for its turn stays in its place */
	if (list_empty(&job->list))
		list_add_tail(&job->list, &f->port->jobs);
	nfo_job_kick(f->port);
}

static void job_free(struct nfo_job *job)
{
	nf_ct_put(job->ct);
	kfree(job);
}

/* The flow of a job, with the port locked. */
static struct nfo_flow *flow_of(const struct nfo_job *job)
{
	struct nfo_flow *f;

	if (job->dropped)
		return NULL;
	f = nfo_flow_find(job->cookie);
	return f && f->be_priv == job ? f : NULL;
}

static void job_program(struct nfo_port *port, struct nfo_job *job)
{
	struct netlink_ext_ack extack = {};
	struct nfo_flow *f;
	bool dropped;
	int err;

	mutex_lock(&port->lock);
	dropped = job->dropped;
	mutex_unlock(&port->lock);
	/* it is in the list again */
	if (dropped)
		return;

	err = port->be->flow_add(port->be_priv, &job->rule, &job->be_priv, &extack);

	mutex_lock(&port->lock);
	job->done = !err;
	f = flow_of(job);
	if (f) {
		if (err)
			f->be_priv = NULL;
		nfo_program_done(f, err, extack._msg);
	}
	mutex_unlock(&port->lock);
	/* one that was dropped meanwhile is in the list again */
	if (err && f)
		job_free(job);
}

/* What was counted for a job that no flow has any more. With the port locked. */
static void job_account(struct nfo_port *port, const struct nfo_job *job,
			const struct nfo_counters *c)
{
	WRITE_ONCE(port->packets, port->packets + c->packets);
	WRITE_ONCE(port->bytes, port->bytes + c->bytes);
	if (job->account)
		nfo_state_acct(job->ct, job->dir, c->packets, c->bytes);
}

/*
 * What the worker has taken on. Rules that no flow has any more go first, all at once, as a backend
 * may have to wait for something then: whatever comes in the place of one is programmed afterwards.
 */
static struct turn {
	struct nfo_job *add[TURN];
	struct nfo_job *del[TURN];
	void *privs[TURN];
	struct nfo_counters last[TURN];
	u32 n_add;
	u32 n_del;
} turn;	/* there is one worker */

static void remove_rules(const struct nfo_port *port, struct turn *t, u32 n)
{
	u32 i;

	memset(t->last, 0, n * sizeof(t->last[0]));
	if (n && port->be->flow_del_many) {
		port->be->flow_del_many(port->be_priv, t->privs, t->last, n);
		return;
	}
	for (i = 0; i < n; i++)
		port->be->flow_del(port->be_priv, t->privs[i], &t->last[i]);
}

static void remove_jobs(struct nfo_port *port, struct turn *t)
{
	struct nfo_job *job;
	u32 i, n = 0;

	for (i = 0; i < t->n_del; i++) {
		job = t->del[i];
		if (!job->done)
			continue;
		/* those that were programmed come first */
		swap(t->del[i], t->del[n]);
		t->privs[n++] = job->be_priv;
	}
	remove_rules(port, t, n);

	mutex_lock(&port->lock);
	for (i = 0; i < n; i++)
		job_account(port, t->del[i], &t->last[i]);
	mutex_unlock(&port->lock);
	for (i = 0; i < t->n_del; i++)
		job_free(t->del[i]);
}

/* Returns how many. */
static u32 take_jobs(struct nfo_port *port, struct turn *t, u32 max)
{
	struct nfo_job *job;
	u32 n;

	t->n_add = 0;
	t->n_del = 0;
	mutex_lock(&port->lock);
	for (n = 0; n < min_t(u32, max, TURN) && !list_empty(&port->jobs); n++) {
		job = list_first_entry(&port->jobs, struct nfo_job, list);
		list_del_init(&job->list);
		if (job->dropped)
			t->del[t->n_del++] = job;
		else
			t->add[t->n_add++] = job;
	}
	mutex_unlock(&port->lock);
	return n;
}

/**
 * nfo_job_run() - do what flows of a port want or have left to be done
 * @port: the port; its backend is deferred if there is any job
 * @max: so many jobs at most
 *
 * Context: the worker; no lock is held.
 *
 * Return: false if that was all there is.
 */
bool nfo_job_run(struct nfo_port *port, unsigned int max)
{
	u32 i, n;

	for (; max; max -= n) {
		n = take_jobs(port, &turn, max);
		if (!n)
			return false;
		remove_jobs(port, &turn);
		for (i = 0; i < turn.n_add; i++) {
			job_program(port, turn.add[i]);
			cond_resched();
		}
	}
	return true;
}

struct batch {
	struct nfo_job *jobs[BATCH];
	void *privs[BATCH];
	struct nfo_counters counters[BATCH];
};

static u32 pick_batch(struct nfo_port *port, struct batch *b, u32 left)
{
	struct nfo_flow *f;
	u32 n = 0;

	mutex_lock(&port->lock);
	while (n < min_t(u32, left, BATCH) && !list_empty(&port->hw)) {
		f = list_first_entry(&port->hw, struct nfo_flow, list);
		list_move_tail(&f->list, &port->hw);
		b->jobs[n] = f->be_priv;
		b->privs[n] = b->jobs[n]->be_priv;
		n++;
	}
	mutex_unlock(&port->lock);
	return n;
}

static void read_batch(struct nfo_port *port, struct batch *b, u32 n)
{
	struct nfo_flow *f;
	u32 i;

	memset(b->counters, 0, n * sizeof(b->counters[0]));
	if (port->be->flow_stats_many)
		port->be->flow_stats_many(port->be_priv, b->privs, b->counters, n);
	for (i = 0; i < n && !port->be->flow_stats_many; i++)
		port->be->flow_stats(port->be_priv, b->privs[i], &b->counters[i]);

	mutex_lock(&port->lock);
	for (i = 0; i < n; i++) {
		f = flow_of(b->jobs[i]);
		if (f && f->state == NFO_FLOW_HW) {
			nfo_age_visit(f, &b->counters[i],
				      jiffies_to_msecs(NFO_AGE_READ_EVERY *
						       nfo_age_tick(port->net)));
		} else {
			job_account(port, b->jobs[i], &b->counters[i]);
		}
	}
	mutex_unlock(&port->lock);
}

/* Nobody but this worker frees a job: those of a batch stay while they are read. */
static void read_counters(struct nfo_port *port)
{
	struct batch *b = kmalloc(sizeof(*b), GFP_KERNEL);
	u32 n, left = READ_ONCE(port->n_hw), from = jiffies;

	if (!b)
		return;
	while (left) {
		n = pick_batch(port, b, left);
		if (!n)
			break;
		read_batch(port, b, n);
		left -= n;
		cond_resched();
	}
	kfree(b);
	WRITE_ONCE(port->read_from, from);
}

static bool read_is_due(struct nfo_port *port)
{
	bool due;

	mutex_lock(&port->lock);
	due = port->read_due && port->be && port->be->deferred;
	port->read_due = false;
	mutex_unlock(&port->lock);
	return due;
}

/**
 * nfo_job_work() - all that there is to do for a port that is not done at once
 * @work: port->prog; holds a reference to the port
 *
 * Context: the ordered queue; no lock is held.
 */
void nfo_job_work(struct work_struct *work)
{
	struct nfo_port *port = container_of(work, struct nfo_port, prog);

	if (nfo_attach_turn(port)) {
		if (nfo_job_run(port, TURN))
			nfo_job_kick(port);
		if (read_is_due(port))
			read_counters(port);
	}
	nfo_port_put(port);
}

int nfo_job_init(void)
{
	job_wq = alloc_ordered_workqueue("nfo_job", 0);
	return job_wq ? 0 : -ENOMEM;
}

void nfo_job_exit(void)
{
	destroy_workqueue(job_wq);
}
