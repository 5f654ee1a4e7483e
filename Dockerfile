# The installation that .ci/run tests as "production", in the same steps.
FROM node:24.21.0-slim AS generate
WORKDIR /app
COPY package.json package-lock.json prisma.config.ts ./
COPY prisma ./prisma
COPY explorer ./explorer
RUN npm ci

FROM node:24.21.0-slim

ENV NODE_ENV=production HOST=0.0.0.0 PORT=4000 DATA_DIR=/data
WORKDIR /app

COPY package.json package-lock.json prisma.config.ts ./
COPY prisma ./prisma
COPY explorer/build.mjs ./explorer/
RUN npm ci --omit=dev && npm cache clean --force

COPY src ./src
COPY --from=generate /app/src/generated ./src/generated

# Node keeps what it compiles for each user apart.
ENV NODE_COMPILE_CACHE=/app/.cache
RUN install -d -o node -g node -m 700 /data /app/.cache
VOLUME /data
USER node
RUN node --disable-warning=ExperimentalWarning --input-type=module \
  -e "await import('/app/src/server/process.ts'); await import('/app/src/cli/program.ts'); process.exit()"
EXPOSE 4000

HEALTHCHECK --interval=10s --timeout=5s --start-period=30s \
  CMD ["node", "-e", "require('node:http').get({ host: '127.0.0.1', port: process.env.PORT, path: '/health/ready' }, ({ statusCode }) => process.exit(statusCode === 200 ? 0 : 1)).on('error', () => process.exit(1))"]

# Node itself: npm does not forward a stop signal.
CMD ["node", "--disable-warning=ExperimentalWarning", "src/server/main.ts"]
