# The product for production: one image for the web server, the workers and beat.
FROM python:3.13-slim-bookworm AS build
ENV PYTHONDONTWRITEBYTECODE=1 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /app
COPY requirements/base.txt requirements/base.txt
RUN python -m venv /opt/venv \
 && /opt/venv/bin/pip install --require-hashes --no-deps -r requirements/base.txt

FROM python:3.13-slim-bookworm
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONUTF8=1
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin doi
WORKDIR /app
COPY --from=build /opt/venv /opt/venv
COPY manage.py ./
COPY redivis_doi redivis_doi
COPY organizations organizations
COPY datasets datasets
COPY doi doi
COPY templates templates
COPY static static
# Compiled now, since the files belong to root and the product does not run as root.
RUN python -m compileall -q redivis_doi organizations datasets doi
USER 10001
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
  CMD ["python", "-c", "import socket; socket.create_connection(('127.0.0.1', 8000), 3).close()"]
CMD ["granian", "--interface", "wsgi", "--no-ws", "--host", "0.0.0.0", "--port", "8000", "--workers", "2", "redivis_doi.wsgi:application"]
