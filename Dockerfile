# The service with its model inside: `make docker`; docs/deploy.md says how to run it.

# The Python that the locked packages are tested with.
FROM python:3.11-slim-bookworm AS base


FROM base AS build

# The lock's category "service" has OpenCV without windows, the chat, and nothing that trains or
# tests.
WORKDIR /build
COPY Pipfile.lock docker/requirements.py ./
RUN python requirements.py < Pipfile.lock > requirements.txt

# pip stays here: the environment that moves on holds what the service imports and nothing else.
RUN python -m venv tools && python -m venv --without-pip /opt/artlens
RUN tools/bin/pip --python /opt/artlens/bin/python install --quiet --no-cache-dir --no-deps \
    --only-binary :all: --require-hashes --requirement requirements.txt

# Compiled here, since nothing can be written where it runs.
WORKDIR /app
COPY main.py ./
COPY src src
COPY models/color/model.json models/color/model.skops models/color/
COPY models/artist/model.json models/artist/model.skops models/artist/novelty.npz models/artist/
COPY models/medium/model.json models/medium/model.skops models/medium/
COPY models/same_artist/model.json models/same_artist/space.npz models/same_artist/works.npz \
    models/same_artist/
RUN python -m compileall -q --invalidation-mode unchecked-hash main.py src


FROM base

# The folder is for a volume: it is the chat's, and nothing else can be written to.
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin artlens && \
    install --directory --owner 10001 --group 10001 --mode 700 /var/lib/artlens
COPY --from=build /opt/artlens /opt/artlens
COPY --from=build /app /app

ENV PATH=/opt/artlens/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PORT=9797
WORKDIR /app
USER 10001:10001
EXPOSE 9797

HEALTHCHECK --interval=10s --timeout=3s --start-period=10s \
    CMD ["python", "-c", "import http.client, os, sys; c = http.client.HTTPConnection('127.0.0.1', int(os.environ['PORT']), timeout=2); c.request('GET', '/healthz'); sys.exit(c.getresponse().status != 200)"]
# `docker run artlens --workers 2` adds options.
ENTRYPOINT ["python", "-m", "src.cli", "serve", "--host", "0.0.0.0"]
