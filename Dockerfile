# Build:  docker build -t phantom .
# Run:    docker run -p 8080:8080 -v phantom-data:/data -e PHANTOM_AUTH=none phantom
#
# The service refuses to listen beyond loopback, as it must in a container, without being told who may use it. Say either
#   -e PHANTOM_AUTH=none                      anybody who can reach the port (behind a proxy that asks, or for a trial), or
#   -e PHANTOM_AUTH_TOKENS_SHA256=DIGEST,...  who sends `Authorization: Bearer TOKEN`; a digest is
#                                             printf %s TOKEN | sha256sum

FROM swift:6.3-bookworm AS build
RUN apt-get update \
 && apt-get install -y --no-install-recommends libopenblas-dev libpng-dev libsqlite3-dev zlib1g-dev libturbojpeg0-dev \
      libzip-dev libnifti2-dev libznz-dev libhdf5-dev libcurl4-openssl-dev libpq-dev nettle-dev pkg-config \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /build
# Dependencies first: they change seldom, so this layer is kept.
COPY Package.* ./
RUN swift package resolve
COPY . .
# `phantom serve` becomes phantom-serve, which it finds beside itself.
RUN for program in phantom phantom-serve; do swift build -c release --product $program --static-swift-stdlib || exit 1; done \
 && install -D -s -t /out/bin \
      "$(swift build -c release --static-swift-stdlib --show-bin-path)/phantom" \
      "$(swift build -c release --static-swift-stdlib --show-bin-path)/phantom-serve" \
 && cp -r Models config.json LICENSE /out/

FROM debian:bookworm-slim
RUN apt-get update \
 && apt-get install -y --no-install-recommends libopenblas0-pthread libpng16-16 libsqlite3-0 libstdc++6 zlib1g \
      libturbojpeg0 libzip4 libnifti2-2 libznz3 libhdf5-103-1 libpq5 libcurl4 libnettle8 ca-certificates \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --uid 10001 --user-group --no-create-home --home-dir /data --shell /usr/sbin/nologin phantom \
 && install -d -o phantom -g phantom -m 0700 /data
COPY --from=build /out /opt/phantom
WORKDIR /opt/phantom
ENV PHANTOM_HOST=0.0.0.0 \
    PHANTOM_PORT=8080 \
    PHANTOM_DATABASE=sqlite:/data/phantom.sqlite
USER phantom
# Jobs and their images outlive the container here.
VOLUME /data
EXPOSE 8080
# Ready to take jobs. Debian's bash speaks TCP, so no other program is needed.
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 CMD ["bash", "-c", "\
exec 3<>/dev/tcp/127.0.0.1/${PHANTOM_PORT} && \
printf 'GET /readyz HTTP/1.1\\r\\nHost: localhost\\r\\nConnection: close\\r\\n\\r\\n' >&3 && \
head -n 1 <&3 | grep -q ' 200 '"]
# The program is process 1 and takes SIGTERM itself: it finishes answers and saves what it works on.
STOPSIGNAL SIGTERM
ENTRYPOINT ["bin/phantom"]
CMD ["serve", "--config", "config.json"]
