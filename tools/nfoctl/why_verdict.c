// SPDX-License-Identifier: GPL-2.0-only
/*
 * From facts about a connection to where its packets go and why: nothing here asks or prints. What
 * has to be put right comes in the order in which a packet would meet it, the first is the verdict.
 */
#include <stdarg.h>
#include <string.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_conntrack_tcp.h>
#include <linux/nfo.h>

#include "nfoctl.h"
#include "why.h"

#define RELOAD	"remove the flowtables, \"rmmod nf_flow_table_inet\", \"modprobe nft_offload\", " \
		"reload the ruleset"

static const char *const remedies[] = {
	[NFO_REASON_NONE] = "",
	[NFO_REASON_PORT_OFF] = "\"ethtool -K DEV hw-tc-offload on\"",
	[NFO_REASON_UNKNOWN_KEY] = "report it with \"nfoctl -j flow\" and the kernel's version",
	[NFO_REASON_MASK] = "report it with \"nfoctl -j flow\" and the kernel's version",
	[NFO_REASON_FAMILY] = "none: only IPv4 and IPv6 are offloaded",
	[NFO_REASON_L4PROTO] = "none with this hardware",
	[NFO_REASON_UNKNOWN_ACTION] = "report it with \"nfoctl -j flow\" and the kernel's version",
	[NFO_REASON_REWRITE] = "report it with \"nfoctl -j flow\" and the kernel's version",
	[NFO_REASON_NO_EGRESS] = "report it with \"nfoctl -j flow\" and the kernel's version",
	[NFO_REASON_TUNNEL] = "route it without the tunnel if hardware shall forward it",
	[NFO_REASON_VIRTUAL_DEV] = "put the hardware's own ports into the flowtable and route, or "
				   "tag VLANs, on them",
	[NFO_REASON_ENCAP] = "use one VLAN tag at most, or a backend that does more",
	[NFO_REASON_NAT] = "none with this backend: let it through without address translation",
	[NFO_REASON_MTU] = "give both ports the same MTU, and no lower one to the route",
	[NFO_REASON_TABLE_FULL] = "offload fewer with \"nfoctl policy\": min-packets, exclude or "
				  "evict on",
	[NFO_REASON_DRIVER] = "see the kernel's log for the driver's own words",
	[NFO_REASON_NO_MEMORY] = "free memory; the next packets try again",
	[NFO_REASON_EGRESS_PORT] = "send it out by a port of the same card, and have both in the "
				   "flowtable",
	[NFO_REASON_NEIGH] = "see that the next hop answers: \"ip neigh\"; it is tried again then",
	[NFO_REASON_NO_ROUTE] = "look for the route: \"ip route get ADDRESS\"",
	[NFO_REASON_PATH] = "look at \"ip route get\" and \"ip neigh\": the path has changed",
	[NFO_REASON_NO_CARRIER] = "look at the cable and the other end of the egress device",
	[NFO_REASON_SHAPER] = "\"nfoctl policy set shaper warn\" if hardware may bypass the shaper",
	[NFO_REASON_THRESHOLD] = "wait, or \"nfoctl policy set\" a lower min-packets or min-bytes",
	[NFO_REASON_EXCLUDED] = "look at the exclude lines of \"nfoctl policy\"",
	[NFO_REASON_PORT_QUOTA] = "\"nfoctl policy set\" a higher port-quota, or evict on",
	[NFO_REASON_NETNS_QUOTA] = "\"nfoctl policy set\" a higher netns-quota, or evict on",
	[NFO_REASON_EVICTED] = "none: it comes back when it is busier than others",
	[NFO_REASON_ATTACHING] = "wait a moment",
	[NFO_REASON_PORT_FAILED] = "\"nfoctl port\" says what went wrong, and so does the kernel's "
				   "log",
	[NFO_REASON_PENDING] = "wait a moment",
	[NFO_REASON_REFRESH] = "wait for the next packet: the kernel sets it up anew",
	[NFO_REASON_LOST] = "wait for the next packets; if it comes back, read the driver's "
			    "messages in the kernel's log",
	[NFO_REASON_TTL] = "\"nfoctl port set DEV allow +ttl-unchanged\" if this router need not "
			   "show in traceroute",
	[NFO_REASON_FIN_RST] = "\"nfoctl port set DEV allow +no-fin-rst\" if connections that have "
			       "ended may stay until they time out",
	[NFO_REASON_FRAGMENTS] = "\"nfoctl port set DEV allow +fragments\" if packets that are "
				 "fragmented may be lost",
	[NFO_REASON_TAGS] = "\"nfoctl port set DEV allow +any-tag\" if no other VLAN has the same "
			    "addresses, or none comes in there",
	[NFO_REASON_NO_BACKEND] = "\"nfoctl port set DEV backend auto\"",
	[NFO_REASON_FIRMWARE] = "\"nfoctl port set DEV allow +filter2\" if you know that its "
				"firmware can translate",
	[NFO_REASON_WAITING] = "none: it comes in with its next packets",
	[NFO_REASON_BUCKET] = "none: it comes in when it is busier than others; "
			      "\"nfoctl ppe why\" shows its places",
	[NFO_REASON_AMBIGUOUS] = "let one network namespace have all devices on top of this "
				 "engine's ports, and no conntrack zone",
	[NFO_REASON_XMIT] = "put the egress device into the flowtable, too; some never take XDP "
			    "frames",
	[NFO_REASON_INNER_CSUM] = "\"nfoctl port set DEV allow +inner-csum\" if no tunnels come in "
				  "there, or they leave no checksum to hardware",
};

const char *why_remedy(uint8_t reason)
{
	return reason < ARRAY_SIZE(remedies) && remedies[reason] ? remedies[reason] : "";
}

static void __attribute__((format(printf, 4, 5)))
fill(struct why_cause *c, const char *key, const char *remedy, const char *fmt, ...)
{
	va_list ap;

	c->key = key;
	snprintf(c->remedy, sizeof(c->remedy), "%s", remedy);
	va_start(ap, fmt);
	vsnprintf(c->text, sizeof(c->text), fmt, ap);
	va_end(ap);
}

static struct why_cause *next_cause(struct why_verdict *v)
{
	return &v->cause[v->n < WHY_CAUSES - 1 ? v->n++ : v->n];
}

#define cause(v, key, remedy, ...)	fill(next_cause(v), key, remedy, __VA_ARGS__)

/* ---- the ruleset and the modules */

static void judge_rules(const struct why_facts *f, struct why_verdict *v)
{
	const struct why_nft *nft = &f->nft;

	if (!nft->flowtables)
		cause(v, "no-flowtable", "add a flowtable with \"flags offload\" and a rule "
		      "\"flow add\" to the ruleset", "the ruleset has no flowtable for it");
	else if (!nft->rules)
		cause(v, "no-flow-rule", "add \"meta l4proto { tcp, udp } flow add @NAME\" to a "
		      "chain of the forward hook",
		      "the ruleset has a flowtable, but no rule adds connections to it");
	if (nft->flowtables && !nft->offload)
		cause(v, "no-offload-flag", "add \"flags offload\" to the flowtable",
		      "no flowtable has \"flags offload\": it stays in software");
	else if (nft->rules && !nft->rules_offload)
		cause(v, "no-offload-flag", "let \"flow add\" name the flowtable with \"flags "
		      "offload\"", "the rules add to flowtables without \"flags offload\" only");
}

static void judge_provider(const struct why_facts *f, struct why_verdict *v)
{
	if (!f->loaded)
		cause(v, "not-loaded", "\"modprobe nft_offload\", before the ruleset is loaded",
		      "the module nft_offload is not loaded");
	else if (f->nft.offload && !f->ports && (f->stock || !f->flowtables))
		cause(v, "stock-provider", RELOAD, "the flowtables belong to the kernel's own "
		      "nf_flow_table_inet, which was loaded before nft_offload");
}

static const char *dir_word(int i)
{
	return i ? "reply" : "original";
}

static void judge_device(const struct why_facts *f, int i, struct why_verdict *v)
{
	const struct why_dir *d = &f->dir[i];

	if (d->known || !*d->dev || d->local || !f->nft.flowtables)
		return;
	if (d->in_flowtable == WHY_NO)
		cause(v, "no-device", "add it to \"devices\" of the flowtable",
		      "%s, by which the %s direction enters, is in no flowtable", d->dev,
		      dir_word(i));
	else if (d->in_flowtable == WHY_YES && d->is_port == WHY_NO && f->ports && f->nft.offload)
		cause(v, "no-port", f->stock ? RELOAD : "look at the kernel's log for why the "
		      "device was refused",
		      "%s, by which the %s direction enters, is in the flowtable, but nft_offload "
		      "has not got it", d->dev, dir_word(i));
}

/* ---- the connection */

static const char *tcp_state_name(uint8_t state)
{
	static const char *const names[] = {
		[TCP_CONNTRACK_NONE] = "NONE",
		[TCP_CONNTRACK_SYN_SENT] = "SYN_SENT",
		[TCP_CONNTRACK_SYN_RECV] = "SYN_RECV",
		[TCP_CONNTRACK_ESTABLISHED] = "ESTABLISHED",
		[TCP_CONNTRACK_FIN_WAIT] = "FIN_WAIT",
		[TCP_CONNTRACK_CLOSE_WAIT] = "CLOSE_WAIT",
		[TCP_CONNTRACK_LAST_ACK] = "LAST_ACK",
		[TCP_CONNTRACK_TIME_WAIT] = "TIME_WAIT",
		[TCP_CONNTRACK_CLOSE] = "CLOSE",
		[TCP_CONNTRACK_SYN_SENT2] = "SYN_SENT2",
	};

	return state < ARRAY_SIZE(names) ? names[state] : "unknown";
}

static void judge_tcp(const struct why_ct *ct, struct why_verdict *v)
{
	if (!ct->has_tcp_state || ct->tcp_state == TCP_CONNTRACK_ESTABLISHED)
		return;
	if (ct->tcp_state < TCP_CONNTRACK_ESTABLISHED || ct->tcp_state == TCP_CONNTRACK_SYN_SENT2)
		cause(v, "tcp-opening", "wait until the handshake is over",
		      "TCP is not established yet: %s", tcp_state_name(ct->tcp_state));
	else
		cause(v, "tcp-closing", "none: the end of a connection is the kernel's",
		      "TCP is closing or closed: %s", tcp_state_name(ct->tcp_state));
}

/* What keeps the kernel from adding a connection to a flowtable. */
static void judge_conn(const struct why_facts *f, struct why_verdict *v)
{
	const struct why_ct *ct = &f->ct;

	if (!(ct->status & IPS_CONFIRMED))
		cause(v, "unconfirmed", "see whether the ruleset drops its first packet",
		      "its first packet has not got through yet");
	if (ct->helper[0] || ct->status & IPS_HELPER)
		cause(v, "helper", "take the helper off it if nothing needs it",
		      "the conntrack helper \"%s\" has to see its packets",
		      ct->helper[0] ? ct->helper : "?");
	if (ct->status & IPS_SEQ_ADJUST)
		cause(v, "seq-adjust", "none: only software can do that",
		      "its sequence numbers are rewritten");
	if (!(ct->status & IPS_SEEN_REPLY))
		cause(v, "one-way", "see that the other end answers, by way of this machine",
		      "packets were seen in the original direction only");
	judge_tcp(ct, v);
}

static bool is_local(const struct why_facts *f)
{
	return f->dir[0].local || f->dir[1].local;
}

/* In no flowtable: the causes lie before us. */
static void judge_slow(const struct why_facts *f, struct why_verdict *v)
{
	if (is_local(f)) {
		cause(v, "local", "none: flowtables take what is forwarded",
		      "one end of it is this machine");
		return;
	}
	judge_rules(f, v);
	judge_provider(f, v);
	judge_device(f, 0, v);
	judge_device(f, 1, v);
	judge_conn(f, v);
	if (!v->n)
		cause(v, "not-added", "see whether a \"flow add\" rule fits it, and send a packet: "
		      "one that was idle is added again by the next",
		      "it could be in the flowtable, but no rule has added it");
}

/* In a flowtable, but what nft_offload knows is not all of it. */
static void judge_fast(const struct why_facts *f, struct why_verdict *v)
{
	judge_rules(f, v);
	judge_provider(f, v);
	judge_device(f, 0, v);
	judge_device(f, 1, v);
	if (!v->n)
		cause(v, "not-offered", "see \"ip neigh\" and \"ip route\" for both ends, and "
		      "\"unbuilt\" in \"nfoctl status\"",
		      "the flowtable has it, but the kernel could not build %s yet",
		      f->dir[0].known || f->dir[1].known ? "one direction's rule" : "its rules");
}

/* ---- directions */

/* DEV in a remedy is the device by which the direction enters. */
static void name_device(struct why_cause *c, const char *dev)
{
	char text[sizeof(c->remedy)], *at;

	memcpy(text, c->remedy, sizeof(text));
	at = strstr(text, " DEV ");
	if (!at)
		return;
	*at = '\0';
	snprintf(c->remedy, sizeof(c->remedy), "%s %s %s", text, dev, at + strlen(" DEV "));
}

static void judge_dir(const struct why_facts *f, int i, struct why_verdict *v)
{
	const struct why_dir *d = &f->dir[i];
	struct word word = word_of(&reasons, d->reason);

	if (!d->known) {
		v->dir[i].where = !f->ct.found ? WHERE_NONE :
				  f->ct.status & IPS_OFFLOAD ? WHERE_FAST : WHERE_SLOW;
		return;
	}
	v->dir[i].where = d->state == NFO_FLOW_HW ? WHERE_HW :
			  d->state == NFO_FLOW_PENDING ? WHERE_PENDING : WHERE_FAST;
	if (d->state == NFO_FLOW_PENDING && d->reason == NFO_REASON_NONE)
		word = word_of(&reasons, NFO_REASON_PENDING);
	if (d->state != NFO_FLOW_HW)
		fill(&v->dir[i].cause, d->reason < reasons.n ? word.key : "unknown",
		     why_remedy(d->reason), "%s", word.text);
	if (v->dir[i].cause.key && *d->dev)
		name_device(&v->dir[i].cause, d->dev);
}

static void judge_known(const struct why_facts *f, struct why_verdict *v)
{
	int i;

	for (i = 0; i < 2; i++) {
		if (v->dir[i].cause.key && (!i || v->dir[0].cause.key != v->dir[1].cause.key))
			*next_cause(v) = v->dir[i].cause;
	}
	if (!f->dir[0].known || !f->dir[1].known)
		judge_fast(f, v);
	else if (!v->n)
		cause(v, "hardware", "", "both directions are in hardware");
}

/* A direction we know nothing of has the verdict for its cause. */
static void copy_cause(const struct why_facts *f, struct why_verdict *v)
{
	size_t at;
	int i;

	for (i = 0; i < 2; i++) {
		at = f->dir[!i].known && v->dir[!i].cause.key;	/* that is the other's reason */
		if (!f->dir[i].known && at < v->n)
			v->dir[i].cause = v->cause[at];
	}
}

void why_judge(const struct why_facts *f, struct why_verdict *v)
{
	memset(v, 0, sizeof(*v));
	judge_dir(f, 0, v);
	judge_dir(f, 1, v);
	if (f->dir[0].known || f->dir[1].known) {
		judge_known(f, v);
		copy_cause(f, v);
		return;
	}
	if (!f->ct.found) {
		cause(v, "no-connection", "look for it with \"conntrack -L\": as the client calls "
		      "the other end, or as the server does", "there is no such connection");
		return;
	}
	if (f->ct.status & IPS_DYING) {
		cause(v, "dying", "none: it has ended", "the connection is just being removed");
	} else if (f->ct.status & IPS_HW_OFFLOAD) {
		cause(v, "foreign-hardware", f->loaded ? RELOAD : "",
		      "in hardware by the kernel's own flowtable and the device's driver, not by "
		      "nft_offload");
		v->dir[0].where = v->dir[1].where = WHERE_HW;
	} else if (f->ct.status & IPS_OFFLOAD) {
		judge_fast(f, v);
	} else {
		judge_slow(f, v);
	}
	copy_cause(f, v);
}
