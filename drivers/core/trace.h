/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tracepoints nfo:*. A flow is named by its ingress port, its tuple as packets come in, and the id
 * of its direction; addresses print for IPv4 and IPv6 alike.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM nfo

#if !defined(_NFO_CORE_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _NFO_CORE_TRACE_H

#include <linux/tracepoint.h>

#include "core.h"

#ifndef NFO_TRACE_ONCE
#define NFO_TRACE_ONCE
/* An IPv4 address as an IPv6 one that maps it, so that one format prints both. */
static inline void nfo_trace_addr(u8 *to, const struct nfo_packed *p, unsigned int i)
{
	if (p->l3proto == htons(ETH_P_IP)) {
		memset(to, 0, 10);
		memset(to + 10, 0xff, 2);
		memcpy(to + 12, &p->addr[i], 4);
	} else {
		memcpy(to, &p->addr[4 * i], 16);
	}
}
#endif

DECLARE_EVENT_CLASS(nfo_flow,
	TP_PROTO(const struct nfo_flow *f, int what),
	TP_ARGS(f, what),
	TP_STRUCT__entry(
		__field(int, in)
		__field(int, out)
		__field(u8, dir)
		__field(u8, proto)
		__field(u16, sport)
		__field(u16, dport)
		__field(int, what)
		__array(u8, src, 16)
		__array(u8, dst, 16)
	),
	TP_fast_assign(
		__entry->in = f->port->ifindex;
		__entry->out = f->rule.out;
		__entry->dir = f->dir;
		__entry->proto = f->rule.l4proto;
		__entry->sport = ntohs(f->rule.sport);
		__entry->dport = ntohs(f->rule.dport);
		__entry->what = what;
		nfo_trace_addr(__entry->src, &f->rule, 0);
		nfo_trace_addr(__entry->dst, &f->rule, 1);
	),
	TP_printk("in=%d out=%d dir=%u proto=%u [%pI6c]:%u -> [%pI6c]:%u what=%d",
		  __entry->in, __entry->out, __entry->dir, __entry->proto, __entry->src,
		  __entry->sport, __entry->dst, __entry->dport, __entry->what)
);

/* what: enum nfo_reason, why it left the hardware */
DEFINE_EVENT(nfo_flow, nfo_flow_del, TP_PROTO(const struct nfo_flow *f, int what),
	     TP_ARGS(f, what));
/* what: enum nfo_refresh */
DEFINE_EVENT(nfo_flow, nfo_flow_refresh, TP_PROTO(const struct nfo_flow *f, int what),
	     TP_ARGS(f, what));
/* what: enum nfo_reason */
DEFINE_EVENT(nfo_flow, nfo_flow_refused, TP_PROTO(const struct nfo_flow *f, int what),
	     TP_ARGS(f, what));
/* what: always 0 */
DEFINE_EVENT(nfo_flow, nfo_flow_add, TP_PROTO(const struct nfo_flow *f, int what),
	     TP_ARGS(f, what));
/* what: 1 into hardware, 0 out of it, by hw-tc-offload or the policy */
DEFINE_EVENT(nfo_flow, nfo_flow_move, TP_PROTO(const struct nfo_flow *f, int what),
	     TP_ARGS(f, what));

#endif /* _NFO_CORE_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
