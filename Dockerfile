# A small image with both executables: each is one static file that needs no library, no shell and no tool of a base.
#
#   docker build -t transparent-cni:0.1.0 --build-arg BUILDER=IMAGE-WITH-THE-SDK .
#
# compiles them; packaging/Dockerfile takes those that make build has made.
#
# BUILDER: the .NET SDK's image, by the name that it has in the registry in use; one that is not Debian-like also has clang
# and static zlib. RUNTIME: what the executables are put on. Nothing; for tproxyd run beside an engine that filters (iptables
# true, the default) an image with iptables.
ARG BUILDER=dotnet/sdk:10.0
ARG RUNTIME=scratch

FROM ${BUILDER} AS build
RUN command -v clang >/dev/null || { apt-get update && apt-get install -y --no-install-recommends clang zlib1g-dev; }
WORKDIR /src
COPY . .
RUN rm -rf out && build/publish Cni tproxy && build/publish Plugin tproxyd

# Kept the same as in packaging/Dockerfile.
FROM ${RUNTIME}
ARG VERSION=0.1.0
LABEL org.opencontainers.image.title="TransparentCni" \
      org.opencontainers.image.description="Sends a container's traffic through a proxy container, transparently" \
      org.opencontainers.image.version="${VERSION}"
COPY --from=build /src/out/bin/tproxy /src/out/bin/tproxyd /usr/local/bin/
ENTRYPOINT ["/usr/local/bin/tproxyd"]
CMD ["help"]
