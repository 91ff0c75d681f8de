# Every target does its own set-up on a fresh Debian-like machine that has the .NET SDK. Root is needed.

export DOTNET_NOLOGO := 1
export DOTNET_CLI_TELEMETRY_OPTOUT := 1
# Nothing keeps running when make has ended.
export MSBUILDDISABLENODEREUSE := 1
export UseSharedCompilation := false

PROPS := Directory.Build.props Directory.Packages.props global.json src/Directory.Build.props
LIBRARIES := $(shell find src/Core src/Netlink src/Dataplane \( -name bin -o -name obj \) -prune -o \( -name '*.cs' -o -name '*.csproj' \) -print)
sources = $(PROPS) $(LIBRARIES) build/publish $(shell find src/$(1) \( -name bin -o -name obj \) -prune -o \( -name '*.cs' -o -name '*.csproj' \) -print)

# Real engines and runtimes, and what runs in their containers.
DOCKER := docker.io busybox-static squid haproxy mitmproxy
RUNTIMES := containerd runc podman

.PHONY: build test demo demo-docker bench fmt clean setup
# Both executables share libraries, which one build at a time writes.
.NOTPARALLEL:

build: setup out/bin/tproxy out/bin/tproxyd

out/bin/tproxy: $(call sources,Cni) | setup
	@build/publish Cni tproxy

out/bin/tproxyd: $(call sources,Plugin) | setup
	@build/publish Plugin tproxyd

setup:
	@build/setup

test: build
	@build/setup $(DOCKER) $(RUNTIMES) shellcheck systemd
	@build/newer containerd containernetworking-plugins docker.io kubectl
	@dotnet build TransparentCni.sln -v q -clp:NoSummary -p:NativeFramework=$$(build/native-framework) </dev/null
	@build/test

demo: build
	@dotnet build tests/Demo -v q -clp:NoSummary </dev/null
	@dotnet tests/Demo/bin/Debug/net10.0/TransparentCni.Demo.dll

demo-docker: build
	@build/setup $(filter-out mitmproxy,$(DOCKER))
	@dotnet build tests/Demo -v q -clp:NoSummary </dev/null
	@dotnet tests/Demo/bin/Debug/net10.0/TransparentCni.Demo.dll docker

bench: build
	@build/setup iperf3 nginx-light wrk $(DOCKER) $(RUNTIMES)
	@build/bench-floor
	@dotnet run -c Release --project tests/Bench -- $(PARTS) </dev/null

fmt:
	@dotnet format TransparentCni.sln

clean:
	rm -rf out obj
	find src tests -type d \( -name bin -o -name obj \) -prune -exec rm -rf {} +
