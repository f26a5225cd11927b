# SPDX-License-Identifier: GPL-2.0-only
# Verbs only; what the modules are made of is in Kbuild.

KERNEL	?= 6.12
KDIR	?= /lib/modules/$(shell uname -r)/build
VM	:= tools/vm/vm

help:
	@echo 'nft-offload: make VERB'
	@echo
	@echo '  demo           see it work, in a VM: nothing on this machine changes'
	@echo '  check          host builds, unit tests, the suite on Linux 6.12, and on 6.1 what says something'
	@echo '                 about a kernel'
	@echo '  check-deep     the same with the whole suite on both'
	@echo '  check-quick    unit tests and the quick scripts on 6.12 (minutes)'
	@echo '  check-debug    the suite on a kernel with KASAN, lockdep and kmemleak'
	@echo '  bench          what it costs next to Linux as it is, in instructions (about 10 minutes;'
	@echo '                 BENCH_QUICK=1 for a glance, BENCH_CONNS=N connections)'
	@echo '  vm             a shell in a VM with the modules; "exit" ends it'
	@echo
	@echo '  modules        build the modules for the running kernel'
	@echo '                 (KDIR=/lib/modules/VERSION/build for another)'
	@echo '  tools          build nfoctl'
	@echo
	@echo '  fetch          put the kernels for the VMs into the cache'
	@echo '  clean          remove what was built in the tree'
	@echo '  clean-cache    remove the kernels and builds in the cache'
	@echo
	@echo 'KERNEL=6.1, 6.12 (default), debug or an exact Debian version is for demo, vm, bench, fetch and check.'
	@echo 'Missing packages are named, and installed where that needs no password: tools/deps.'

modules: need-headers need-clang
	$(MAKE) -C $(KDIR) M=$(CURDIR) modules

need-headers:
	@[ -e $(KDIR)/Makefile ] || { \
		echo 'There are no kernel headers in $(KDIR). On Debian and Ubuntu:'; \
		echo '    sudo apt-get install linux-headers-$(notdir $(patsubst %/build,%,$(KDIR)))'; \
		echo '"make demo" and "make check" need none: they bring kernels of their own.'; \
		exit 1; } >&2
	@[ ! -e $(KDIR)/vmlinux ] || command -v pahole >/dev/null || { \
		echo 'These kernel headers want pahole. On Debian and Ubuntu:'; \
		echo '    sudo apt-get install dwarves'; \
		exit 1; } >&2

need-clang:
	@command -v clang >/dev/null || { \
		echo 'clang is missing, which makes the BPF program of nfo_xdp. On Debian and Ubuntu:'; \
		echo '    sudo apt-get install clang'; \
		exit 1; } >&2

tools: need-libs
	$(MAKE) -C tools/nfoctl

need-libs:
	@echo '#include <libmnl/libmnl.h>' | $(CC) -E -o /dev/null - 2>/dev/null || { \
		echo 'libmnl is missing. On Debian and Ubuntu:'; \
		echo '    sudo apt-get install libmnl-dev'; \
		exit 1; } >&2
	@echo '#include <curses.h>' | $(CC) -E -o /dev/null - 2>/dev/null || { \
		echo 'ncurses is missing. On Debian and Ubuntu:'; \
		echo '    sudo apt-get install libncurses-dev'; \
		exit 1; } >&2

demo:
	@tools/deps demo $(filter debug,$(KERNEL))
	@$(MAKE) --no-print-directory -s tools
	@$(MAKE) --no-print-directory -s -C selftests all
	@$(VM) build $(KERNEL)
	@$(VM) run $(KERNEL) -- demo/run

# KERNEL on the command line narrows the check to that kernel.
check_kernel := $(if $(filter command line environment,$(origin KERNEL)),$(KERNEL))

check:
	@tools/deps check
	@tools/vm/check $(check_kernel)

check-quick:
	@tools/deps check
	@tools/vm/check --quick $(check_kernel)

check-deep:
	@tools/deps check
	@tools/vm/check --deep $(check_kernel)

check-debug:
	@tools/deps check debug
	@tools/vm/check --debug

bench:
	@tools/deps bench
	@tools/vm/bench $(if $(BENCH_QUICK),--quick) $(if $(BENCH_CONNS),--conns $(BENCH_CONNS)) $(KERNEL)

vm:
	@tools/deps demo $(filter debug,$(KERNEL))
	@$(MAKE) --no-print-directory -s tools
	@$(VM) build $(KERNEL)
	@$(VM) shell $(KERNEL)

fetch:
	@tools/deps demo $(filter debug,$(KERNEL))
	@for kernel in $(or $(check_kernel),6.1 6.12); do $(VM) fetch $$kernel || exit; done

clean:
	@for dir in tools/nfoctl selftests; do \
		[ ! -e $$dir/Makefile ] || $(MAKE) --no-print-directory -s -C $$dir clean || exit; done
	@find . -path ./.git -prune -o \( -name '*.o' -o -name '*.ko' -o -name '*.mod' -o \
		-name '*.mod.c' -o -name '.*.cmd' -o -name '.*.d' -o -name modules.order -o \
		-name Module.symvers -o -name prog.bin -o -name prog.bin.elf \) -type f -exec rm -f {} +

clean-cache:
	@$(VM) clean-cache

.PHONY: help modules need-headers need-clang tools need-libs demo check check-quick check-deep check-debug bench vm \
	fetch clean clean-cache
