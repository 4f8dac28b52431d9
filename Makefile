# make serve    set up this machine, build, start the service with config.json
# make test     set up this machine, build, run all tests in an optimised build
# make lint     hold the code's form against .swift-format, and lines against 120 columns
# make asan     all tests under the address sanitizer
# make tsan     all tests under the thread sanitizer
# make build    the release build alone
# make fuzz     every fuzz target under address sanitizer, FUZZ_SECONDS (600) each; what each reads is in Documentation/Inputs.md
# make growth   count what each route does for requests that grow, in Swift code down to single loops; builds once more
# make soak     kill the service again and again under load; check that nothing is lost or doubled (needs python3)
# make aarch64  compile the kernels for AArch64, run them in an emulator, hold their bits against this machine's
# make clients  generated clients, curl, requests and httpx through nginx, the examples and the page make their round (needs python3; downloads them)
# make schemathesis  all checks of schemathesis against the live service, without tokens and with three (needs python3; downloads it)
# make bench    Phantom beside PyTorch, ONNX Runtime and OpenVINO in a throw-away Python environment (needs python3; downloads them)
# make bench-train  training steps of Phantom beside PyTorch's, alternated (needs python3; downloads it)
# make bench-features  EfficientNet-Lite0's features of 1,000 pictures, Phantom beside PyTorch (needs python3; downloads it)
# make soak-hosts  kill workers, API processes and PostgreSQL again and again under load; check that nothing is lost or doubled (needs python3)
# make soak-face  a receiver of webhooks that fails and dies, models loaded anew under load, 100,000 images and 1,000 listeners, an archive beside reading its store, half an hour at full load (needs python3)
# make soak-train   kill a training run again and again; its bits have to be those of a run that nobody disturbed (needs python3)
# make bench-hosts  what the queue alone does on PostgreSQL: jobs a second, 1 to 16 workers, the wait for one of 100 (needs python3)
# make walkthrough  run every command of Documentation/Walkthrough.md, on DATA=folder or on images of the shipped model (needs python3)
# make gallery DATA=folder  pictures of each shipped model beside real ones (DATA holds the sets that the models' train.json name)
# make clean    remove what was built

CONFIG ?= config.json
FUZZ_SECONDS ?= 600

# Debian packages: what the program links, and how SwiftPM finds it.
LIBRARIES := libopenblas-dev libpng-dev libsqlite3-dev zlib1g-dev libturbojpeg0-dev libzip-dev libnifti2-dev libznz-dev \
  libhdf5-dev libcurl4-openssl-dev libpq-dev nettle-dev pkg-config
# What the tests need beside: they talk to the service as its users do.
TEST_PROGRAMS := curl postgresql

# What `make clients` needs beside.
CLIENT_PROGRAMS := curl nginx python3-venv chromium chromium-driver

SOAK_KILLS ?= 200

.PHONY: serve test lint asan tsan build fuzz growth soak soak-hosts soak-face soak-train clients schemathesis bench bench-train bench-features bench-hosts walkthrough gallery aarch64 clean toolchain libraries test-programs

serve: build
	exec .build/release/phantom serve --config "$(CONFIG)"

# Both programs: `phantom serve` becomes phantom-serve, which it finds beside itself.
PROGRAMS := .build/release/phantom .build/release/phantom-serve

build: toolchain libraries $(PROGRAMS)

# What `make test` has built is as good: SwiftPM alone would compile it once more, with other flags.
$(PROGRAMS): Package.swift $(wildcard Package.resolved) $(shell find Sources -type f)
	swift build -c release --product $(notdir $@)
	touch $@

test: toolchain lint libraries test-programs
	Tests/run

# The toolchain's own clang: the kernels' digests are compiled nowhere else but in `make aarch64`.
lint: toolchain
	swift format lint --strict --recursive Sources
	! LC_ALL=C.UTF-8 grep --recursive --line-number --extended-regexp '.{121}' Sources
	"$$(dirname "$$(readlink --canonicalize "$$(command -v swift)")")"/clang -fsyntax-only -std=gnu11 -Wall -Wextra -Werror -I Sources/CKernels/include Tests/AArch64/*.c

# Locks are pthread's own in these builds (Sources/Locking): of others the thread sanitizer knows nothing. After a report the
# backtrace helper would hang, and what hangs on a global looks lost to the leak sanitizer.
asan tsan: export SWIFT_BACKTRACE = enable=no
asan tsan: export ASAN_OPTIONS = detect_leaks=0
asan tsan: export OPTIMISE_COMPUTATION_ONLY = yes
asan: toolchain libraries test-programs
	swift test -c release --sanitize=address --scratch-path .build/asan -Xswiftc -DSANITIZER
tsan: toolchain libraries test-programs
	swift test -c release --sanitize=thread --scratch-path .build/tsan -Xswiftc -DSANITIZER

fuzz: toolchain libraries
	Fuzz/run "$(FUZZ_SECONDS)"

growth: toolchain libraries test-programs
	swift build -c release --scratch-path .build/growth --product GrowthProbe -Xswiftc -profile-generate -Xswiftc -DCOUNT_REGIONS
	GROWTH_PROBE="$$PWD/.build/growth/release/GrowthProbe" swift test -c release --filter GrowthTests

soak: build
	python3 Tests/Soak/kill_under_load.py --kills $(SOAK_KILLS)

soak-hosts: build test-programs
	python3 Tests/Soak/hosts_faults.py
	test -x .build/moto/bin/python || python3 -m venv .build/moto
	.build/moto/bin/pip install --quiet 'moto[server,s3]==5.2.5'
	python3 Tests/Soak/s3_faults.py --s3-python .build/moto/bin/python
	python3 Tests/Soak/kill_hosts.py --faults $(SOAK_KILLS)
	python3 Tests/Soak/kill_hosts.py --faults 30 --images s3 --s3-python .build/moto/bin/python

soak-face: build test-programs
	python3 Tests/Soak/webhooks.py
	python3 Tests/Soak/webhooks.py --postgres
	python3 Tests/Soak/reload_under_load.py
	python3 Tests/Soak/scale.py
	python3 Tests/Soak/archive_speed.py
	python3 Tests/Soak/streams_speed.py
	python3 Tests/Soak/steady.py

bench-hosts: build test-programs
	swift build -c release --product HostsProbe
	python3 Tests/Soak/queue_speed.py
	python3 Tests/Soak/store_overhead.py

soak-train: build
	python3 Tests/Soak/kill_training.py

clients: build
	@.ci/packages $(CLIENT_PROGRAMS)
	@command -v java > /dev/null || .ci/packages default-jre-headless
	Tests/Clients/run .build/release/phantom

schemathesis: build
	@.ci/packages python3-venv
	Tests/Clients/schemathesis .build/release/phantom

# PICTURES=keep puts the pictures that it makes into the page.
walkthrough: build test-programs
	DATA="$(DATA)" PICTURES="$(PICTURES)" Documentation/walkthrough/run

gallery: build
	Documentation/gallery/run "$(DATA)"

bench: build
	test -x Benchmarks/.venv/bin/python || python3 -m venv Benchmarks/.venv
	Benchmarks/.venv/bin/pip install --quiet --requirement Benchmarks/requirements.txt
	Benchmarks/.venv/bin/python Benchmarks/compare.py --phantom .build/release/phantom --directory .build/bench $(BENCH_OPTIONS)

bench-train: build
	test -x Benchmarks/.venv/bin/python || python3 -m venv Benchmarks/.venv
	Benchmarks/.venv/bin/pip install --quiet --requirement Benchmarks/requirements.txt
	Benchmarks/.venv/bin/python Benchmarks/train.py --phantom .build/release/phantom --directory .build/bench $(BENCH_OPTIONS)

bench-features: build
	test -x Benchmarks/.venv/bin/python || python3 -m venv Benchmarks/.venv
	Benchmarks/.venv/bin/pip install --quiet --requirement Benchmarks/requirements.txt
	Benchmarks/.venv/bin/python Benchmarks/features.py --phantom .build/release/phantom --directory .build/bench $(BENCH_OPTIONS)

aarch64: toolchain
	@.ci/packages gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user
	Tests/AArch64/run

clean:
	rm -rf .build Fuzz/.build Benchmarks/.venv

toolchain:
	@command -v swift > /dev/null || { \
	  echo "Phantom needs the Swift toolchain, 6.2 or later, and finds no 'swift' in PATH." >&2; \
	  echo "Install it from https://www.swift.org/install/linux/ and try again." >&2; \
	  exit 1; \
	}

libraries:
	@.ci/packages $(LIBRARIES)

test-programs:
	@.ci/packages $(TEST_PROGRAMS)
