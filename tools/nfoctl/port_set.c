// SPDX-License-Identifier: GPL-2.0-only
/* nfoctl port set: what an administrator says of one port. The kernel changes only what is named. */
#include <string.h>
#include <linux/nfo.h>

#include "nfoctl.h"
#include "optin.h"
#include "policy.h"
#include "port.h"

struct request {
	const char *dev;
	const char *backend;	/* NULL: not named */
	bool has_allow;
	struct optins allow;
};

static int read_backend(struct request *r, const char *word, const char *usage)
{
	if (r->backend)
		return usage_error(usage, "\"backend\" is given twice");
	if (!policy_backend_ok(word))
		return usage_error(usage, "\"%s\" is no backend: a name has 1 to %d characters", word,
				   NFO_BACKEND_LEN - 1);
	r->backend = word;
	return EXIT_OK;
}

static int read_allow(struct request *r, const char *word, const char *usage)
{
	char bad[OPTINS_TEXT];

	if (r->has_allow)
		return usage_error(usage, "\"allow\" is given twice");
	if (!optins_read(&r->allow, word, true, bad))
		return usage_error(usage, "\"%s\" cannot be allowed; what can, all with + or - or "
				   "none of them: %s", bad, optin_names());
	r->has_allow = true;
	return EXIT_OK;
}

static int read_part(struct request *r, struct args *a, const char *usage)
{
	const char *key = arg_next(a), *word;
	bool backend = !strcmp(key, "backend");

	if (!backend && strcmp(key, "allow"))
		return usage_error(usage, "\"%s\" is not expected here", key);
	word = arg_next(a);
	if (!word)
		return usage_error(usage, "\"%s\" needs a value", key);
	return (backend ? read_backend : read_allow)(r, word, usage);
}

static int read_request(struct request *r, struct args *a, const char *usage)
{
	int rc = EXIT_OK;

	r->dev = arg_next(a);
	if (r->dev && !strcmp(r->dev, "dev") && a->left)
		r->dev = arg_next(a);
	if (!r->dev)
		return usage_error(usage, "\"set\" needs a DEV");
	/* it need not exist yet */
	if (!policy_name_ok(r->dev))
		return usage_error(usage, "\"%s\" is no name of a device", r->dev);
	while (!rc && a->left)
		rc = read_part(r, a, usage);
	if (!rc && !r->backend && !r->has_allow)
		return usage_error(usage, "nothing is said of \"%s\"", r->dev);
	return rc;
}

static void put_request(struct genl *g, const struct request *r)
{
	genl_request(g, NFO_CMD_PORT_SET);
	genl_put_str(g, NFO_PORT_NAME, r->dev);
	if (r->backend)
		genl_put_str(g, NFO_PORT_WANTED, r->backend);
	if (r->has_allow)
		genl_put_u32(g, NFO_PORT_ALLOW, r->allow.bits);
	/* without a mask those that we do not know are meant too */
	if (r->has_allow && r->allow.mask != UINT32_MAX)
		genl_put_u32(g, NFO_PORT_ALLOW_MASK, r->allow.mask);
}

int port_set(struct args *a, const char *usage)
{
	struct request r = { 0 };
	struct genl g;
	int rc = read_request(&r, a, usage);

	if (rc)
		return rc;
	rc = genl_open(&g, NFO_GENL_NAME, "nft_offload");
	if (!rc) {
		put_request(&g, &r);
		rc = genl_do(&g, NULL, NULL);
	}
	genl_close(&g);
	return rc;
}
