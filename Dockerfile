# One image for every process of the fleet: the command says which one it is (`actor`, `learner`, or any other of `marlin`).
#
# The base is pinned to one release of Node and one of Debian by its tag. A digest would also hold against a tag that is moved:
# whoever builds for production passes NODE_IMAGE=node:20.20.2-bookworm-slim@sha256:… with the digest their registry shows.
ARG NODE_IMAGE=node:20.20.2-bookworm-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /app
# The compiler of the native kernels; without it WebAssembly serves.
RUN apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev && rm -rf /var/lib/apt/lists/*
# The lock file alone decides this layer, so that a change of the sources does not install everything again.
COPY package.json package-lock.json .npmrc ./
# No package needs an install script to work, so none gets to run one.
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY scripts scripts
COPY proto proto
COPY src src
COPY services services
COPY cli cli
COPY client client
COPY policy policy
COPY examples examples
COPY dashboard dashboard
RUN npm run build && npm prune --omit=dev --ignore-scripts --no-audit --no-fund

FROM ${NODE_IMAGE}
LABEL org.opencontainers.image.title="marlin" \
      org.opencontainers.image.description="Multi-agent reinforcement learning whose result follows from the job spec alone" \
      org.opencontainers.image.licenses="MIT"
# Inside a container the port is its own, so it can be the same everywhere; the health check below asks there.
ENV NODE_ENV=production \
    PROBE_HOST=0.0.0.0 \
    PROBE_PORT=9464 \
    CHECKPOINT_DIR=/data/checkpoints
WORKDIR /app
# A volume that is mounted here for the first time takes over the owner.
RUN install -d -o node -g node /data/checkpoints
COPY --from=build /app/package.json package.json
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY LICENSE README.md ./
COPY examples examples
USER node
EXPOSE 9464
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PROBE_PORT}/livez`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "/app/dist/cli/main.js"]
CMD ["--help"]
