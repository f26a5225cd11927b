// SPDX-License-Identifier: GPL-2.0-only
/*
 * nfo_ppe: flowtable offload through the packet processing engines of SoCs. The platform driver.
 */
#include <linux/mod_devicetable.h>
#include <linux/module.h>
#include <linux/platform_device.h>
#include <linux/property.h>
#include <linux/regmap.h>

#include "ppe.h"

static const struct regmap_config mmio_config = {
	.reg_bits = 32,
	.reg_stride = 4,
	.val_bits = 32,
	.fast_io = true,
};

static struct regmap *registers_of(struct platform_device *pdev, struct nfo_ppe_host *host)
{
	void __iomem *base;

	if (host->regmap)
		return host->regmap;
	base = devm_platform_ioremap_resource(pdev, 0);
	if (IS_ERR(base))
		return ERR_CAST(base);
	return devm_regmap_init_mmio(&pdev->dev, base, &mmio_config);
}

static const struct ppe_gen *gen_of(struct platform_device *pdev)
{
	const struct platform_device_id *id = platform_get_device_id(pdev);
	const struct ppe_gen *gen = device_get_match_data(&pdev->dev);

	if (gen || !id)
		return gen;
	return &ppe_gens[id->driver_data];
}

static bool is_sane(const struct nfo_ppe_host *host, const struct ppe_gen *gen)
{
	unsigned int i;

	if (!host->ops || !host->ops->place || !host->ops->netdev || !host->ops->listen ||
	    !host->dma || !host->macs || host->macs > NFO_PPE_MACS || !host->engines ||
	    host->engines > NFO_PPE_ENGINES)
		return false;
	for (i = 0; i < host->engines; i++)
		if (!gen->fwd[i])
			return false;
	return !foe_layout_check(foe_layout(gen->foe));
}

static int ppe_probe(struct platform_device *pdev)
{
	struct nfo_ppe_host *host = dev_get_platdata(&pdev->dev);
	const struct ppe_gen *gen = gen_of(pdev);
	struct regmap *regmap;
	struct ppe_soc *soc;
	int err;

	if (!host || !gen || !is_sane(host, gen))
		return dev_err_probe(&pdev->dev, -EINVAL,
				     "the Ethernet driver does not say what it has\n");
	regmap = registers_of(pdev, host);
	if (IS_ERR(regmap))
		return PTR_ERR(regmap);
	soc = ppe_soc_new(&pdev->dev, host, gen, regmap);
	if (IS_ERR(soc))
		return PTR_ERR(soc);
	err = ppe_soc_start(soc);
	if (err) {
		ppe_soc_put(soc);
		return dev_err_probe(&pdev->dev, err, "the Ethernet driver has another listener\n");
	}
	platform_set_drvdata(pdev, soc);
	return 0;
}

static nfo_remove_t ppe_remove(struct platform_device *pdev)
{
	struct ppe_soc *soc = platform_get_drvdata(pdev);

	ppe_soc_stop(soc);
	ppe_soc_put(soc);
	nfo_removed();
}

static const struct platform_device_id ppe_ids[] = {
	{ .name = "nfo-ppe-v1", .driver_data = FOE_V1 },
	{ .name = "nfo-ppe-v2", .driver_data = FOE_V2 },
	{ .name = "nfo-ppe-v3", .driver_data = FOE_V3 },
	{ }
};
MODULE_DEVICE_TABLE(platform, ppe_ids);

static const struct of_device_id ppe_of_ids[] = {
	{ .compatible = "nft-offload,ppe-v1", .data = &ppe_gens[FOE_V1] },
	{ .compatible = "nft-offload,ppe-v2", .data = &ppe_gens[FOE_V2] },
	{ .compatible = "nft-offload,ppe-v3", .data = &ppe_gens[FOE_V3] },
	{ }
};
MODULE_DEVICE_TABLE(of, ppe_of_ids);

/* Its ports come and go with netdevs; the driver alone cannot be taken off. */
static struct platform_driver ppe_driver = {
	.probe = ppe_probe,
	NFO_PLATFORM_REMOVE(ppe_remove),
	.id_table = ppe_ids,
	.driver = {
		.name = "nfo_ppe",
		.of_match_table = ppe_of_ids,
		.suppress_bind_attrs = true,
	},
};

static int __init ppe_init(void)
{
	int err;

	err = ppe_ident_init();
	if (err)
		return err;
	err = platform_driver_register(&ppe_driver);
	if (err)
		goto out_ident;
	err = ppe_netlink_init();
	if (err)
		goto out_driver;
	err = nfo_backend_register(&ppe_backend);
	if (err)
		goto out_netlink;
	return 0;

out_netlink:
	ppe_netlink_exit();
out_driver:
	platform_driver_unregister(&ppe_driver);
out_ident:
	ppe_ident_exit();
	return err;
}

/* No port is left: each pins the module. */
static void __exit ppe_exit(void)
{
	nfo_backend_unregister(&ppe_backend);
	ppe_netlink_exit();
	platform_driver_unregister(&ppe_driver);
	ppe_ident_exit();
}

module_init(ppe_init);
module_exit(ppe_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("nft-offload backend for packet processing engines of SoCs");
MODULE_ALIAS_NFO_BACKEND("ppe");
