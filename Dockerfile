# One image for everything of ours in docker-compose.yml: the Prefect server, the worker, the one-shot that
# deploys, and the `dateline` command. Its dependencies are the locked ones, which the tests run with.
FROM python:3.11.14-slim-bookworm AS build

WORKDIR /build
RUN python -m venv /opt/dateline
COPY requirements.lock ./
RUN /opt/dateline/bin/pip install --disable-pip-version-check --no-cache-dir --no-deps --require-hashes -r requirements.lock
COPY pyproject.toml README.md LICENSE records.py ./
COPY sources ./sources
COPY extractors ./extractors
COPY warehouse ./warehouse
COPY flows ./flows
RUN /opt/dateline/bin/pip install --disable-pip-version-check --no-cache-dir --no-deps --no-build-isolation .


FROM python:3.11.14-slim-bookworm

# /var/lib/dateline is for a volume: the news database. All else may be mounted read-only but /tmp.
RUN useradd --uid 10001 --user-group --no-create-home --home-dir /var/lib/dateline --shell /usr/sbin/nologin dateline \
  && install --directory --owner=dateline --group=dateline /var/lib/dateline

COPY --from=build /opt/dateline /opt/dateline
WORKDIR /srv/dateline
COPY prefect.yaml ./
COPY samples ./samples

ENV PATH=/opt/dateline/bin:$PATH \
  PYTHONUNBUFFERED=1 \
  DATELINE_DB=/var/lib/dateline/news.duckdb \
  DO_NOT_TRACK=1 \
  PREFECT_HOME=/tmp/prefect \
  PREFECT_SERVER_ANALYTICS_ENABLED=false \
  PREFECT_SERVER_UI_STATIC_DIRECTORY=/tmp/prefect-ui

USER 10001:10001
CMD ["dateline", "--help"]
