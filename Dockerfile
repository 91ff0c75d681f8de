# A small image with both executables: each is one static file that needs no library, no shell and no tool of a base.
#
#   docker build -t transparent-cni:0.1.0 .
#
# EXECUTABLES=ready takes the executables from out/bin, where make build has put them, in place of building them here.
# BUILDER has the .NET SDK and, if it is not Debian-like, clang and the headers of zlib. RUNTIME is what they are put on:
# nothing; for tproxyd run beside an engine that filters (iptables true, the default) an image with iptables.
ARG BUILDER=dotnet/sdk:10.0
ARG RUNTIME=scratch
ARG EXECUTABLES=build

FROM ${BUILDER} AS build
RUN command -v clang >/dev/null || { apt-get update && apt-get install -y --no-install-recommends clang zlib1g-dev; }
WORKDIR /src
COPY . .
RUN rm -rf out && build/publish Cni tproxy && build/publish Plugin tproxyd && mv out/bin/* /

FROM scratch AS ready
COPY out/bin/tproxy out/bin/tproxyd /

FROM ${EXECUTABLES} AS executables

FROM ${RUNTIME}
ARG VERSION=0.1.0
LABEL org.opencontainers.image.title="TransparentCni" \
      org.opencontainers.image.description="Sends a container's traffic through a proxy container, transparently" \
      org.opencontainers.image.version="${VERSION}"
COPY --from=executables /tproxy /tproxyd /usr/local/bin/
ENTRYPOINT ["/usr/local/bin/tproxyd"]
CMD ["help"]
