# A small image with both executables: each is one static file that needs no library, no shell and no tool of a base.
#
#   docker build -t transparent-cni:0.1.0 .                   # compiles them in BUILDER
#   docker build -t transparent-cni:0.1.0 --target ready .    # takes them from out/bin, where make build has put them
#
# BUILDER has the .NET SDK and, if it is not Debian-like, clang and the headers of zlib. RUNTIME is what they are put on:
# nothing; for tproxyd run beside an engine that filters (iptables true, the default) an image with iptables.
ARG BUILDER=dotnet/sdk:10.0
ARG RUNTIME=scratch

FROM ${RUNTIME} AS base
ARG VERSION=0.1.0
LABEL org.opencontainers.image.title="TransparentCni" \
      org.opencontainers.image.description="Sends a container's traffic through a proxy container, transparently" \
      org.opencontainers.image.version="${VERSION}"
ENTRYPOINT ["/usr/local/bin/tproxyd"]
CMD ["help"]

FROM base AS ready
COPY out/bin/tproxy out/bin/tproxyd /usr/local/bin/

FROM ${BUILDER} AS build
RUN command -v clang >/dev/null || { apt-get update && apt-get install -y --no-install-recommends clang zlib1g-dev; }
WORKDIR /src
COPY . .
RUN rm -rf out && build/publish Cni tproxy && build/publish Plugin tproxyd

FROM base
COPY --from=build /src/out/bin/tproxy /src/out/bin/tproxyd /usr/local/bin/
