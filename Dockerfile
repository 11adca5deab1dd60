# One image for the API and the worker; the command decides which of the two it is.
# Stage 1 builds the pages' assets, stage 2 the Python environment, stage 3 is what runs.

FROM node:24-bookworm-slim AS assets
WORKDIR /app
COPY web/frontend/package.json web/frontend/package-lock.json web/frontend/
RUN npm --prefix web/frontend ci --no-audit --no-fund
COPY web web
RUN npm --prefix web/frontend run build

FROM python:3.13-slim-bookworm AS packages
WORKDIR /app
RUN python -m venv /opt/whatsway
COPY requirements.txt ./
RUN /opt/whatsway/bin/pip install --no-cache-dir --require-hashes -r requirements.txt

FROM python:3.13-slim-bookworm
RUN useradd --system --uid 10001 --create-home --home-dir /var/lib/whatsway whatsway
COPY --from=packages /opt/whatsway /opt/whatsway
WORKDIR /app
COPY pyproject.toml README.md settings.py worker.py ./
COPY activities activities
COPY api api
COPY cli cli
COPY domain domain
COPY services services
COPY simulator simulator
COPY store store
COPY web web
COPY whatsapp whatsapp
COPY workflows workflows
COPY --from=assets /app/web/static/dist web/static/dist
RUN python -m compileall -q /app \
    && printf '#!/bin/sh\nexec python -m cli.main "$@"\n' > /usr/local/bin/whatsway \
    && chmod 755 /usr/local/bin/whatsway \
    && install -d -o whatsway -g whatsway /var/lib/whatsway/data

ENV PATH=/opt/whatsway/bin:$PATH \
    PYTHONPATH=/app \
    PYTHONUNBUFFERED=1 \
    WHATSWAY_DATA_DIR=/var/lib/whatsway/data
USER whatsway
WORKDIR /var/lib/whatsway
EXPOSE 8000
ENTRYPOINT ["whatsway"]
CMD ["api"]
