# The builder has the .NET SDK and a C linker; the runtime base needs nothing but a C library. Both can be replaced by
# images that are at hand: docker build --build-arg BUILDER=… --build-arg RUNTIME=… .
ARG BUILDER=dotnet/sdk:10.0
ARG RUNTIME=debian:12-slim

FROM ${BUILDER} AS build
WORKDIR /src
COPY . .
RUN make build

FROM ${RUNTIME}
LABEL org.opencontainers.image.title="TransparentCni" \
      org.opencontainers.image.description="Sends a container's traffic through a proxy container, transparently"
COPY --from=build /src/out/bin/tproxy /opt/cni/bin/tproxy
COPY --from=build /src/out/bin/tproxyd /usr/local/bin/tproxyd
ENTRYPOINT ["/usr/local/bin/tproxyd"]
