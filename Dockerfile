FROM node:24-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
# Nothing that runs needs an install script; the image brings its own Node.
RUN npm ci --omit=dev --ignore-scripts

FROM node:24-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=dependencies /app/node_modules ./node_modules
COPY package.json ./
COPY src ./src
COPY templates ./templates
RUN mkdir var && chown node:node var
USER node
EXPOSE 3000
# Without npm in between, which would only stand in the way of signals.
CMD ["node", "-r", "./src/check-node.cjs", "src/main.ts"]
