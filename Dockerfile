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

RUN install -d -o node -g node -m 700 /data
VOLUME /data
USER node
EXPOSE 4000

HEALTHCHECK --interval=10s --timeout=5s --start-period=30s \
  CMD ["node", "-e", "require('node:http').get({ host: '127.0.0.1', port: process.env.PORT, path: '/health/ready' }, ({ statusCode }) => process.exit(statusCode === 200 ? 0 : 1)).on('error', () => process.exit(1))"]

# Node itself: npm does not forward a stop signal.
CMD ["node", "--disable-warning=ExperimentalWarning", "src/server/main.ts"]
