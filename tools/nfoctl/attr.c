// SPDX-License-Identifier: GPL-2.0-only
/*
 * Netlink attributes, read with suspicion: an attribute of another size than the contract says
 * means that nfoctl and the modules are of different versions, and nothing of it is shown.
 */
#include <arpa/inet.h>
#include <string.h>
#include <linux/genetlink.h>

#include "nfoctl.h"

#define VERSIONS	"nfoctl and the kernel modules are of different versions"

static int odd(const char *what, unsigned int type)
{
	refuse("cannot read the kernel's answer (%s %u): " VERSIONS, what, type);
	return -1;
}

static bool valid(const struct nlattr *attr, const struct attr_policy *p)
{
	if (p->len)
		return !mnl_attr_validate2(attr, p->type, p->len);
	return p->type == MNL_TYPE_UNSPEC || !mnl_attr_validate(attr, p->type);
}

/* Attributes beyond @max are of a newer kernel and skipped; of repeated ones the last counts. */
static int parse(const void *payload, size_t len, const struct attr_policy *policy,
		 const struct nlattr **tb, unsigned int max)
{
	const struct nlattr *attr;
	unsigned int type;
	size_t done;

	memset(tb, 0, (max + 1) * sizeof(*tb));
	mnl_attr_for_each_payload(payload, len) {
		type = mnl_attr_get_type(attr);
		if (type > max)
			continue;
		if (!valid(attr, &policy[type]))
			return odd("attribute", type);
		tb[type] = attr;
	}
	done = (const char *)attr - (const char *)payload;
	if (done < len)
		return odd("attributes end after byte", done);
	return 0;
}

/* Fills @tb[0..@max] from a message, NULL for what is not there. Non-zero: unreadable, said so. */
int msg_attrs(const struct nlmsghdr *nlh, const struct attr_policy *policy,
	      const struct nlattr **tb, unsigned int max)
{
	return hdr_attrs(nlh, GENL_HDRLEN, policy, tb, max);
}

/* The same for another bus, whose messages begin with a header of @hdr bytes. */
int hdr_attrs(const struct nlmsghdr *nlh, size_t hdr, const struct attr_policy *policy,
	      const struct nlattr **tb, unsigned int max)
{
	size_t len = mnl_nlmsg_get_payload_len(nlh);

	hdr = MNL_ALIGN(hdr);
	if (len < hdr)
		return odd("message of bytes", len);
	return parse(mnl_nlmsg_get_payload_offset(nlh, hdr), len - hdr, policy, tb, max);
}

int nest_attrs(const struct nlattr *nest, const struct attr_policy *policy,
	       const struct nlattr **tb, unsigned int max)
{
	return parse(mnl_attr_get_payload(nest), mnl_attr_get_payload_len(nest), policy, tb, max);
}

/* For what an answer cannot do without. */
int attrs_missing(const char *what)
{
	refuse("the kernel's answer lacks attributes of a %s: " VERSIONS, what);
	return -1;
}

/* The values of checked attributes, 0 or "" for one that is not there. */

uint64_t attr_u64(const struct nlattr *attr)
{
	return attr ? mnl_attr_get_u64(attr) : 0;
}

uint32_t attr_u32(const struct nlattr *attr)
{
	return attr ? mnl_attr_get_u32(attr) : 0;
}

uint16_t attr_be16(const struct nlattr *attr)
{
	return attr ? ntohs(mnl_attr_get_u16(attr)) : 0;
}

uint8_t attr_u8(const struct nlattr *attr)
{
	return attr ? mnl_attr_get_u8(attr) : 0;
}

void attr_str(const struct nlattr *attr, char *buf, size_t size)
{
	snprintf(buf, size, "%s", attr ? mnl_attr_get_str(attr) : "");
}
